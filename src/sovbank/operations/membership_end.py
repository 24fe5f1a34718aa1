"""Ending memberships: revoked on the registry first, at once; then the token is burned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.permits import MembershipEndPermit
from sovbank.core.profile import Account, Role
from sovbank.errors.memberships import MembershipInForce, NotAMember, TokenBurned
from sovbank.errors.operations import WaitingForRole
from sovbank.journal.port import NewOperation, OperationRow
from sovbank.operations.acting import Act, found_event, perform_and_move
from sovbank.operations.execution import Movement, close_movement, run_movement
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.membership_tokens import Place, find_token, found_gone, membership_account
from sovbank.operations.moving import has_reached, move_on
from sovbank.operations.people import acting_officer, first_signer_here, officers_here, proposer_here
from sovbank.operations.terms import anchor_terms
from sovbank.xrpl.envelope import Anchor, Envelope, Tx
from sovbank.xrpl.nft import membership_burn

_RESUME = "Run `sovbank ops resume ID`: it records that the token is gone."


def revoke(house: House, holder: str, *, reason: str, officer: str | None = None) -> OperationRow:
    """End the last membership of an account; again, it takes up what was begun.

    The reason of the first time stays. One that was revoked elsewhere has its token burned here.

    Raises
    ------
    NotAMember
        The registry never had a membership of the account.
    SignaturesMissing, AttemptFailed, AttemptPending
        It is revoked; the burn stays on record and the same command takes it up again.
    """
    return resume_end(house, _opened(house, holder, reason, officer, first_signer_here), officer=officer)


def propose_end(house: House, holder: str, *, reason: str, officer: str | None = None) -> OperationRow:
    """Revoke the last membership of an account at once; a ceremony burns its token, if there still is one.

    Raises
    ------
    NotAMember, WaitingForRole
    """
    operation = ready(house, _opened(house, holder, reason, officer, proposer_here), officer=officer)
    if operation.state is State.APPROVED and not house.journal.attempts(operation.id):
        try:
            _refuse_gone(house, operation)
        except TokenBurned:
            return close_movement(house, found_gone(house, operation))
    return operation


def ready(house: House, operation: OperationRow, *, officer: str | None = None) -> OperationRow:
    """Return the end of a membership with its revocation on the registry, which is where burning begins.

    Raises
    ------
    WaitingForRole
        Whoever revokes memberships works on another machine.
    MembershipInForce
        It came from another machine, and is not revoked.
    """
    return _revoke(house, operation, officer) if operation.state is State.INTENT else operation


def resume_end(house: House, operation: OperationRow, *, officer: str | None = None) -> OperationRow:
    """Take the end of a membership from where it stands as far as it can go here.

    Raises
    ------
    WaitingForRole
        Whoever revokes memberships works on another machine.
    """
    operation = ready(house, operation, officer=officer)
    if not has_reached(operation.kind, operation.state, State.FINAL):
        operation = _burn(house, operation)
    return close_movement(house, operation)


def _opened(
    house: House,
    holder: str,
    reason: str,
    officer: str | None,
    signer: Callable[[House, Account], str],
) -> OperationRow:
    account = membership_account(house)
    last = house.control.membership_of(house.network_id, holder)
    if last is None:
        raise NotAMember(f"{holder} has no membership on MembershipRegistry")
    known = house.journal.find(Kind.MEMBERSHIP_END, last.nftoken_id)
    if known is not None:
        return known
    parameters = {"holder": holder, "nftoken_id": last.nftoken_id}
    actor = signer(house, account) if last.revoked_at is not None else _officer(house, officer)
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.MEMBERSHIP_END, parameters, last.nftoken_id),
            kind=Kind.MEMBERSHIP_END,
            reference=last.nftoken_id,
            parameters=parameters,
            created_by=actor,
            facts={"reason": reason},
        ),
        intent(house, actor, account=account.address),
    )
    return operation


def _officer(house: House, named: str | None) -> str:
    if named is None and not officers_here(house, Role.MEMBERSHIP):
        raise WaitingForRole(
            "MembershipRegistry waits for an officer who revokes memberships",
            waiting_for=Role.MEMBERSHIP.value,
        )
    return acting_officer(house, Role.MEMBERSHIP, named=named)


def _revoke(house: House, operation: OperationRow, officer: str | None) -> OperationRow:
    def revoked() -> OperationRow:
        return move_on(house, operation, State.APPROVED, found_event("revoked"))

    if _is_revoked(house, operation):
        return revoked()
    if "reason" not in operation.facts:  # nobody on this machine said that it is to be revoked
        raise MembershipInForce(
            f"the membership of {operation.parameters['holder']} with token"
            f" {operation.parameters['nftoken_id']} is not revoked"
        )
    actor = _officer(house, officer)
    house.progress("revoking the membership on MembershipRegistry")
    send = partial(
        house.control.revoke_membership,
        house.network_id,
        operation.parameters["holder"],
        operation.parameters["nftoken_id"],
        operation.facts["reason"],
    )
    return perform_and_move(
        house,
        operation,
        Act("revoke-membership", actor, send),
        State.APPROVED,
        {"revoked_by": actor},
        taken=lambda: _is_revoked(house, operation),
        found=revoked,
    )


def _burn(house: House, operation: OperationRow) -> OperationRow:
    try:
        return run_movement(house, operation, movement_of(house, operation))
    except TokenBurned:
        return found_gone(house, house.journal.operation(operation.id))


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the burn of an ended membership's token, from whoever of holder and issuer has it."""
    account = membership_account(house)
    nftoken_id = operation.parameters["nftoken_id"]

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        owner = _owner(house, operation)
        return membership_burn(envelope, nftoken_id=nftoken_id, owner=owner, anchor=anchor)

    def permit() -> MembershipEndPermit:
        return MembershipEndPermit(
            anchor=anchor_terms(house, operation),
            account=account.address,
            nftoken_id=nftoken_id,
            holder=_owner(house, operation),
            revoked=_is_revoked(house, operation),
        )

    return Movement(
        account,
        build,
        permit,
        refuse=lambda: _refuse_gone(house, operation),
        actor=operation.created_by,
    )


def _owner(house: House, operation: OperationRow) -> str | None:
    """Return the holder, or None while the issuing account has the token."""
    holder, nftoken_id = operation.parameters["holder"], operation.parameters["nftoken_id"]
    return None if find_token(house, nftoken_id, holder=holder).place is Place.ISSUER else holder


def _refuse_gone(house: House, operation: OperationRow) -> None:
    holder, nftoken_id = operation.parameters["holder"], operation.parameters["nftoken_id"]
    if find_token(house, nftoken_id, holder=holder).place is Place.NOBODY:
        raise TokenBurned(f"token {nftoken_id} is on the ledger no more", next_step=_RESUME)


def _is_revoked(house: House, operation: OperationRow) -> bool:
    """Say whether the registry holds the membership of this very token as revoked."""
    last = house.control.membership_of(house.network_id, operation.parameters["holder"])
    return (
        last is not None
        and last.nftoken_id == operation.parameters["nftoken_id"]
        and last.revoked_at is not None
    )
