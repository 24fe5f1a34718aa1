"""Giving an operation up for good, once it is certain that nothing of it can apply any more."""

from __future__ import annotations

from collections.abc import Mapping

from sovbank.core.machine import OPERATIONS, AttemptState, Kind, State
from sovbank.errors.cancellation import CancelTooLate, CancelWhileSent, HasOwnCancellation, StillApplicable
from sovbank.errors.operations import WrongState
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, OperationRow
from sovbank.operations.execution import adopt
from sovbank.operations.house import House
from sovbank.operations.moving import has_reached, move_on
from sovbank.operations.multisig.cancelling import conclude, look
from sovbank.operations.multisig.carried import carried
from sovbank.operations.receipts import find_receipt
from sovbank.operations.rivals import slot_name

_AGAIN = "Give the command that began it again: it finishes what stands on the control plane."
# Their payments carry the operation's id, so that one made on whichever machine is found.
_PAYING = (Kind.DISTRIBUTE, Kind.BURN)
_OWN: Mapping[Kind, str] = {
    Kind.MINT: "Run `sovbank mint cancel {id}`: it releases what MintGuard holds for it.",
    Kind.MEMBERSHIP_END: "A revocation is finished with `sovbank ops resume {id}`; nothing takes it back.",
    **dict.fromkeys((Kind.WHITELIST, Kind.BLOCK, Kind.ATTEST, Kind.DEPLOY, Kind.BANK_IMPORT), _AGAIN),
}
"""Kinds of which more stands than the journal and the ledger say, and what finishes or ends them."""


def abandon(house: House, operation_id: str) -> OperationRow:
    """Cancel an operation without an attempt, or whose every attempt is proven without effect.

    What validated ledgers show is looked at first. It binds no ticket and signs nothing.

    Raises
    ------
    HasOwnCancellation
        The control plane knows the operation too.
    CancelTooLate
        Its transaction is final.
    StillApplicable, CancelWhileSent
        Its transaction can still apply.
    WrongState
        It is at a point from which it can only go on.
    """
    operation = house.journal.operation(operation_id)
    if operation.kind is Kind.CANCELLATION:
        operation = conclude(house, operation)
    if operation.state is State.CANCELLED:
        return operation
    own = _OWN.get(operation.kind)
    if own is not None:
        raise HasOwnCancellation(
            f"a {operation.kind.value} is not given up in the journal alone",
            next_step=own.format(id=operation.id[:16]),
        )
    _refuse_final(house, operation)
    _refuse_received(house, operation)
    if State.CANCELLED not in OPERATIONS[operation.kind].steps.get(operation.state, frozenset()):
        raise WrongState(f"a {operation.kind.value} that is {operation.state.value} can only go on")
    event = LogEvent(
        LogKind.ABORT, actor=_actor(house), network=house.network_id, rule="operation", decision="cancelled"
    )
    return move_on(house, operation, State.CANCELLED, event, {"cancelled_by": _actor(house)})


def _refuse_final(house: House, operation: OperationRow) -> None:
    if not has_reached(operation.kind, operation.state, State.FINAL):
        attempts = house.journal.attempts(operation.id)
        if attempts:
            _refuse_open(operation, look(house, attempts[-1]))
        if operation.kind not in _PAYING:
            return
        if adopt(house, operation, carried(operation.kind).movement(house, operation)) is None:
            return
    named = operation.id[:16]
    raise CancelTooLate(
        f"the {operation.kind.value} is final: a validated ledger holds its transaction",
        next_step=f"One that was not accepted yet is taken back by `sovbank nft membership withdraw {named}`."
        if operation.kind is Kind.MEMBERSHIP
        else f"Nothing takes it back. `sovbank ops resume {named}` finishes it.",
    )


def _refuse_open(operation: OperationRow, last: AttemptRow) -> None:
    if last.state is AttemptState.WITHOUT_EFFECT:
        return
    said = f"attempt {last.number} is {last.state.value} and can apply up to ledger {last.last_ledger}"
    if last.state is AttemptState.SUBMITTED:
        raise CancelWhileSent(said, next_step=f"Run `sovbank ops resume {operation.id[:16]}` first.")
    if operation.kind is Kind.CANCELLATION:
        raise StillApplicable(
            f"{said}, on {slot_name(last)}",
            next_step=f"Wait for that ledger, or go on with `sovbank multisig submit {operation.id[:16]}`.",
        )
    raise StillApplicable(
        f"{said}, on {slot_name(last)}",
        next_step=f"Use that up first: `sovbank multisig cancel {operation.id[:16]}`;"
        " or wait until the ledger has passed it.",
    )


def _refuse_received(house: House, operation: OperationRow) -> None:
    """A redemption whose tokens arrived is owed to the holder."""
    if operation.kind is not Kind.BURN:
        return
    if operation.state is not State.INTENT or find_receipt(house, operation) is not None:
        raise WrongState(
            "the holder's tokens have arrived: they are burned and paid out, or sent back",
            next_step=f"Go on with `sovbank burn run {operation.id[:16]}`.",
        )


def _actor(house: House) -> str:
    """Return who gives it up: the first officer whose key is here, else the desk."""
    officers = house.profile.officers.items()
    return next((name for name, officer in officers if house.keys.holds(officer.key)), "desk")
