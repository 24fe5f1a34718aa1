"""Issuing memberships: a token minted and offered, accepted by its holder, and recorded on the registry."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any

from sovbank.core.canonical import canonical_json
from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.membership import taxon_of
from sovbank.core.permits import MembershipPermit
from sovbank.core.profile import Role
from sovbank.errors.base import Waiting
from sovbank.errors.memberships import (
    AlreadyMember,
    AlreadyOffered,
    MembershipCancelled,
    MembershipEnded,
    OfferGone,
    TokenBurned,
    WaitingForAcceptance,
)
from sovbank.errors.operations import WaitingForRole, WrongKind
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.acting import Act, found_event, perform_and_move
from sovbank.operations.execution import (
    Movement,
    Preview,
    close_movement,
    preview_movement,
    run_movement,
)
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.membership_rules import MembershipOrder, membership_in_force, refuse_issue
from sovbank.operations.membership_tokens import (
    WITHDRAWN,
    Place,
    find_token,
    is_offered,
    membership_account,
    minted,
    present_uri,
    refuse_other_token,
)
from sovbank.operations.moving import move_on
from sovbank.operations.people import acting_officer, first_signer_here, officers_here, proposer_here
from sovbank.operations.terms import anchor_terms
from sovbank.xrpl.envelope import Anchor, Envelope, Tx
from sovbank.xrpl.nft import acceptance, membership_mint


def offer(house: House, order: MembershipOrder) -> OperationRow:
    """Mint the token and offer it to its holder; the same order again returns the same operation.

    Raises
    ------
    PolicyRefused
        See ``membership_rules.refuse_issue``. Nothing was signed.
    MembershipCancelled, MembershipEnded
        The reference is used up.
    NoOfficerHere
        None of the account's signers has a key on this machine.
    SignaturesMissing, AttemptFailed, AttemptPending
        The attempt stays on record; the same command takes it up again.
    """
    _refuse_new(house, order)
    return _offer(house, _opened(house, order, first_signer_here(house, membership_account(house))))


def propose(house: House, order: MembershipOrder) -> OperationRow:
    """Record a membership that a ceremony signs; nothing is signed here.

    Raises
    ------
    PolicyRefused
        What ``offer`` refuses.
    """
    _refuse_new(house, order)
    return ready(house, _opened(house, order, proposer_here(house, membership_account(house))))


def ready(house: House, operation: OperationRow) -> OperationRow:
    """Return a membership that may be minted now, or that was; refuse one that is over.

    Raises
    ------
    MembershipCancelled, MembershipEnded, AlreadyMember, AlreadyOffered
    """
    if operation.state is State.CANCELLED:
        raise MembershipCancelled(f"membership {operation.reference} was refused and cancelled")
    if operation.state is State.POSTED:
        _refuse_ended(house, operation)
    if operation.state is State.INTENT and not house.journal.attempts(operation.id):
        _cancel_if_refused(house, operation)
    return operation


def complete(house: House, operation_id: str, *, officer: str | None = None) -> OperationRow:
    """Record an accepted membership on the registry and post it.

    Raises
    ------
    WaitingForAcceptance
        The holder has not accepted; what they sign is in ``details``.
    WaitingForRole
        Whoever records memberships works on another machine.
    OfferGone, TokenBurned, TokenDiffers
        The token cannot be accepted any more, or is not the right one.
    """
    operation = house.journal.operation(operation_id)
    if operation.kind is not Kind.MEMBERSHIP:
        raise WrongKind(f"{operation.id} is a {operation.kind.value}, not a membership")
    if operation.state is State.FINAL:
        _refuse_unaccepted(house, operation)
        operation = _record(house, operation, officer)
    return close_movement(house, operation, before=State.CONFIRMED)


def close(house: House, operation: OperationRow) -> OperationRow:
    """Record a membership whose mint is final where that is possible now; else leave it for its holder."""
    with contextlib.suppress(Waiting):
        return complete(house, operation.id)
    return house.journal.operation(operation.id)


def resume_membership(house: House, operation: OperationRow) -> OperationRow:
    """Take a membership from where it stands as far as it can go here."""
    return complete(house, _offer(house, operation).id)


def preview(house: House, order: MembershipOrder) -> Preview:
    """Return what the mint would be and what the node says of it; nothing is recorded."""
    refuse_issue(house, order, own=None)
    now = house.clock.now()
    draft = OperationRow(
        id=_identity(order),
        kind=Kind.MEMBERSHIP,
        reference=order.reference,
        parameters=_parameters(order),
        state=State.INTENT,
        created_by="preview",
        created_at=now,
        updated_at=now,
        facts={"uri": present_uri(house, order.tier)},
    )
    return preview_movement(house, movement_of(house, draft))


def acceptance_of(house: House, operation: OperationRow) -> Mapping[str, Any]:
    """Return what the holder signs to accept the membership; their wallet adds sequence, fee and key."""
    return acceptance(
        holder=operation.parameters["holder"],
        offer_id=operation.facts["offer_id"],
        network_id=house.network_id,
    )


def _refuse_new(house: House, order: MembershipOrder) -> None:
    if house.journal.find(Kind.MEMBERSHIP, order.reference) is None:
        refuse_issue(house, order, own=None)


def _opened(house: House, order: MembershipOrder, actor: str) -> OperationRow:
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=_identity(order),
            kind=Kind.MEMBERSHIP,
            reference=order.reference,
            parameters=_parameters(order),
            created_by=actor,
            facts={"uri": present_uri(house, order.tier)},
        ),
        intent(house, actor, account=membership_account(house).address),
    )
    return operation


def _identity(order: MembershipOrder) -> str:
    return operation_id(Kind.MEMBERSHIP, _parameters(order), order.reference)


def _parameters(order: MembershipOrder) -> dict[str, str]:
    return {"holder": order.holder, "tier": order.tier}


def _order_of(operation: OperationRow) -> MembershipOrder:
    parameters = operation.parameters
    return MembershipOrder(parameters["holder"], parameters["tier"], operation.reference)


def _offer(house: House, operation: OperationRow) -> OperationRow:
    operation = ready(house, operation)
    if operation.state is State.POSTED:
        return operation
    return run_movement(house, operation, movement_of(house, operation))


def _refuse_ended(house: House, operation: OperationRow) -> None:
    if WITHDRAWN in operation.facts:
        raise MembershipEnded(f"membership {operation.reference} was withdrawn before it was accepted")
    found = membership_in_force(house, operation.parameters["holder"])
    if found is None or found.nftoken_id != operation.facts["nftoken_id"]:
        raise MembershipEnded(f"membership {operation.reference} was issued and ended since")


def _cancel_if_refused(house: House, operation: OperationRow) -> None:
    try:
        refuse_issue(house, _order_of(operation), own=operation)
    except (AlreadyMember, AlreadyOffered) as refusal:
        event = LogEvent(LogKind.ABORT, actor="policy", rule=refusal.code, decision="refused")
        move_on(house, operation, State.CANCELLED, event)
        raise


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the mint and offer that a membership's parameters and the URI among its facts give."""
    account, order = membership_account(house), _order_of(operation)

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        return membership_mint(
            envelope,
            holder=order.holder,
            taxon=taxon_of(order.tier),
            uri=operation.facts["uri"],
            anchor=anchor,
        )

    def permit() -> MembershipPermit:
        return MembershipPermit(
            anchor=anchor_terms(house, operation),
            account=account.address,
            holder=order.holder,
            taxon=taxon_of(order.tier),
            uri=present_uri(house, order.tier),
            whitelisted=house.control.is_whitelisted(house.network_id, order.holder),
            member=membership_in_force(house, order.holder) is not None,
        )

    return Movement(
        account,
        build,
        permit,
        refuse=lambda: refuse_issue(house, order, own=operation),
        learn=lambda tx_hash: minted(house, tx_hash, tier=order.tier),
        actor=operation.created_by,
    )


def _refuse_unaccepted(house: House, operation: OperationRow) -> None:
    """Refuse to go on until exactly the minted token is with its holder."""
    holder, nftoken_id = operation.parameters["holder"], operation.facts["nftoken_id"]
    found = find_token(house, nftoken_id, holder=holder)
    offered = found.place is Place.ISSUER and is_offered(house, operation.facts["offer_id"])
    if found.place is Place.ISSUER and not offered:  # unless it was accepted a moment ago
        found = find_token(house, nftoken_id, holder=holder)
    if found.token is None:
        raise TokenBurned(f"token {nftoken_id} is on the ledger no more; {holder} was never recorded")
    if found.place is Place.HOLDER:
        refuse_other_token(house, found.token, tier=operation.parameters["tier"], uri=operation.facts["uri"])
        return
    if not offered:
        raise OfferGone(f"the offer of token {nftoken_id} to {holder} is on the ledger no more")
    raise WaitingForAcceptance(
        f"{holder} has not accepted the membership that is offered to them",
        waiting_for="holder",
        details={
            "operation": operation.id,
            "acceptance": canonical_json(acceptance_of(house, operation)).decode(),
        },
    )


def _record(house: House, operation: OperationRow, officer: str | None) -> OperationRow:
    if _is_recorded(house, operation):
        return move_on(house, operation, State.CONFIRMED, found_event("recorded"))
    if officer is None and not officers_here(house, Role.MEMBERSHIP):
        raise WaitingForRole(
            f"membership {operation.id} is accepted; MembershipRegistry waits for its record",
            waiting_for=Role.MEMBERSHIP.value,
        )
    actor = acting_officer(house, Role.MEMBERSHIP, named=officer)
    house.progress("recording the membership on MembershipRegistry")
    send = partial(
        house.control.issue_membership,
        house.network_id,
        operation.parameters["holder"],
        operation.facts["nftoken_id"],
        operation.parameters["tier"],
    )
    facts = {"confirmed_by": actor}
    return perform_and_move(
        house,
        operation,
        Act("issue-membership", actor, send),
        State.CONFIRMED,
        facts,
        taken=lambda: _is_recorded(house, operation),
        found=lambda: move_on(house, operation, State.CONFIRMED, found_event("recorded", actor=actor), facts),
    )


def _is_recorded(house: House, operation: OperationRow) -> bool:
    """Say whether the registry has this very membership; refuse to go on when it has another.

    Raises
    ------
    AlreadyMember, MembershipEnded
    """
    holder, nftoken_id = operation.parameters["holder"], operation.facts["nftoken_id"]
    last = house.control.membership_of(house.network_id, holder)
    if last is None or (last.revoked_at is not None and last.nftoken_id != nftoken_id):
        return False
    if last.nftoken_id != nftoken_id:
        raise AlreadyMember(f"{holder} is a member of tier {last.tier}, with token {last.nftoken_id}")
    if last.revoked_at is not None:
        raise MembershipEnded(f"the membership of {holder} with token {nftoken_id} was revoked")
    return True
