"""Withdrawing memberships that were offered and never accepted: the token is burned, and its offer with it.

The registry never held them, so there is nothing to revoke. A burn that names no owner finds the token on the
bank's own account alone: if the holder accepts first, it has no effect.
"""

from __future__ import annotations

import contextlib

from sovbank.core.ids import operation_id as id_of
from sovbank.core.machine import Kind, State
from sovbank.core.permits import MembershipWithdrawalPermit
from sovbank.errors.memberships import MembershipAccepted, MembershipRecorded, TokenBurned
from sovbank.errors.operations import WrongKind, WrongState
from sovbank.journal.port import ALL_ROWS, LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.execution import Movement, close_movement, run_movement
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.membership_tokens import WITHDRAWN, Place, find_token, found_gone, membership_account
from sovbank.operations.moving import has_reached, move_on
from sovbank.operations.people import first_signer_here, proposer_here
from sovbank.operations.terms import anchor_terms
from sovbank.xrpl.envelope import Anchor, Envelope, Tx
from sovbank.xrpl.nft import membership_burn


def withdraw(house: House, membership_id: str) -> OperationRow:
    """Take back a membership that its holder has not accepted; again, it takes up what was begun.

    Raises
    ------
    WrongKind, WrongState
        The operation is no membership, or it was never offered.
    MembershipAccepted, MembershipRecorded
        Its holder has the token, or had it.
    SignaturesMissing, AttemptFailed, AttemptPending
        The burn stays on record and the same command takes it up again.
    """
    actor = first_signer_here(house, membership_account(house))
    return resume_withdrawal(house, _opened(house, offered(house, membership_id), actor))


def propose_withdrawal(house: House, membership_id: str) -> OperationRow:
    """Record a withdrawal that a ceremony signs; nothing is signed here.

    Raises
    ------
    WrongKind, WrongState, MembershipAccepted, MembershipRecorded
    """
    actor = proposer_here(house, membership_account(house))
    operation = _opened(house, offered(house, membership_id), actor)
    if operation.state is not State.INTENT or house.journal.attempts(operation.id):
        return operation
    try:
        _refuse(house, operation)
    except TokenBurned:
        return close(house, found_gone(house, operation))
    return operation


def resume_withdrawal(house: House, operation: OperationRow) -> OperationRow:
    """Take a withdrawal from where it stands as far as it can go here.

    Raises
    ------
    MembershipAccepted
        The holder was first; the withdrawal stays open until the registry has the membership.
    MembershipRecorded
        The membership is on the registry; the withdrawal is cancelled.
    """
    if operation.state is State.CANCELLED:
        _refuse(house, operation)
    if not has_reached(operation.kind, operation.state, State.FINAL):
        operation = _burn(house, operation)
    return close(house, operation)


def close(house: House, operation: OperationRow) -> OperationRow:
    """Post a withdrawal whose token is gone, and the membership that was offered with it."""
    if operation.state is not State.FINAL:
        return operation
    for row in house.journal.operations(kind=Kind.MEMBERSHIP, unfinished=True, limit=ALL_ROWS):
        of_token = row.facts.get("nftoken_id") == operation.parameters["nftoken_id"]
        if of_token and row.state is State.FINAL:
            event = LogEvent(
                LogKind.FINAL,
                actor="books",
                network=house.network_id,
                tx_hash=operation.facts.get("tx_hash"),
                result="withdrawn",
            )
            move_on(house, row, State.POSTED, event, {WITHDRAWN: operation.id})
    return close_movement(house, operation)


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the burn of a token that is still on the account that issued it."""
    account, nftoken_id = membership_account(house), operation.parameters["nftoken_id"]

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        return membership_burn(envelope, nftoken_id=nftoken_id, owner=None, anchor=anchor)

    def permit() -> MembershipWithdrawalPermit:
        place = find_token(house, nftoken_id, holder=operation.parameters["holder"]).place
        return MembershipWithdrawalPermit(
            anchor=anchor_terms(house, operation),
            account=account.address,
            nftoken_id=nftoken_id,
            on_account=place is Place.ISSUER,
            recorded=house.control.is_recorded_token(nftoken_id),
        )

    return Movement(
        account,
        build,
        permit,
        refuse=lambda: _refuse(house, operation),
        actor=operation.created_by,
    )


def refuse_withdrawal(house: House, holder: str, nftoken_id: str) -> None:
    """Refuse to withdraw a token unless it was never recorded and is still on the account that issued it.

    Raises
    ------
    MembershipRecorded, MembershipAccepted, TokenBurned
    """
    if house.control.is_recorded_token(nftoken_id):
        raise MembershipRecorded(f"MembershipRegistry holds token {nftoken_id}, offered to {holder}")
    place = find_token(house, nftoken_id, holder=holder).place
    if place is Place.HOLDER:
        raise MembershipAccepted(f"{holder} has accepted token {nftoken_id}")
    if place is Place.NOBODY:
        raise TokenBurned(
            f"token {nftoken_id} is on the ledger no more",
            next_step="Run `sovbank nft membership withdraw ID`: it records that the token is gone.",
        )


def offered(house: House, membership_id: str) -> OperationRow:
    """Return the membership that an id names, whose token was minted and offered.

    Raises
    ------
    WrongKind, WrongState
    """
    found = house.journal.operation(membership_id)
    if found.kind is not Kind.MEMBERSHIP:
        raise WrongKind(f"{found.id} is a {found.kind.value}, not a membership")
    if "nftoken_id" not in found.facts:
        raise WrongState(f"membership {found.reference} is {found.state.value}: no token was offered")
    return found


def _opened(house: House, membership: OperationRow, actor: str) -> OperationRow:
    """Return the withdrawal of an offered membership, opened if it is new and may begin now."""
    holder, nftoken_id = membership.parameters["holder"], membership.facts["nftoken_id"]
    if house.journal.find(Kind.MEMBERSHIP_WITHDRAWAL, nftoken_id) is None:
        with contextlib.suppress(TokenBurned):  # then it is recorded that there is nothing left to burn
            refuse_withdrawal(house, holder, nftoken_id)
    parameters = {"holder": holder, "nftoken_id": nftoken_id}
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=id_of(Kind.MEMBERSHIP_WITHDRAWAL, parameters, nftoken_id),
            kind=Kind.MEMBERSHIP_WITHDRAWAL,
            reference=nftoken_id,
            parameters=parameters,
            created_by=actor,
        ),
        intent(house, actor, account=membership_account(house).address),
    )
    return operation


def _burn(house: House, operation: OperationRow) -> OperationRow:
    try:
        return run_movement(house, operation, movement_of(house, operation))
    except TokenBurned:
        return found_gone(house, house.journal.operation(operation.id))
    except MembershipRecorded as refusal:
        event = LogEvent(LogKind.ABORT, actor="policy", rule=refusal.code, decision="refused")
        move_on(house, house.journal.operation(operation.id), State.CANCELLED, event)
        raise


def _refuse(house: House, operation: OperationRow) -> None:
    refuse_withdrawal(house, operation.parameters["holder"], operation.parameters["nftoken_id"])
