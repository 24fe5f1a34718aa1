"""Submitting what a ceremony has signed, by the normal execution path, and how far open ceremonies are."""

from __future__ import annotations

from dataclasses import dataclass

from sovbank.core.machine import UNSENT, State
from sovbank.errors.operations import SignaturesMissing, WrongState
from sovbank.journal.port import ALL_ROWS, AttemptRow, OperationRow
from sovbank.operations.execution import run_movement
from sovbank.operations.house import House
from sovbank.operations.moving import has_reached
from sovbank.operations.multisig.carried import carried
from sovbank.operations.multisig.derivation import movement_of
from sovbank.operations.multisig.together import held_with
from sovbank.operations.signing import SigningMode, mode_of


@dataclass(frozen=True)
class Ceremony:
    """An attempt that waits for signatures: names of who signed and who is missing, and until when."""

    operation: OperationRow
    attempt: AttemptRow
    signed: tuple[str, ...]
    missing: tuple[str, ...]
    weight: int
    quorum: int
    ledgers_left: int


def submit_all(house: House, operation_id: str) -> tuple[OperationRow, ...]:
    """Submit the whole ceremony that an operation belongs to, in its order, and return its operations.

    What is final already is passed over. Nothing is sent while a transaction lacks its quorum; the first one
    without effect ends it, and those after it are not sent.

    Raises
    ------
    SignaturesMissing, AttemptFailed, AttemptPending
    """
    named = house.journal.operation(operation_id).id
    rows = [house.journal.operation(one) for one in held_with(house, named) or (named,)]
    left = [row for row in rows if not has_reached(row.kind, row.state, State.FINAL)]
    for row in left or rows:
        refuse_incomplete(house, row)
    done = {row.id: submit(house, row.id) for row in left or rows}
    return tuple(done.get(row.id, row) for row in rows)


def submit(house: House, operation_id: str) -> OperationRow:
    """Put exactly a quorum of the recorded signatures together, submit, and wait for validated evidence.

    Raises
    ------
    SignaturesMissing
        The recorded signatures do not reach the quorum; nothing was signed or sent.
    AttemptFailed, AttemptPending
    """
    operation = house.journal.operation(operation_id)
    movement = movement_of(house, operation)
    attempts = house.journal.attempts(operation.id)
    if not attempts:
        raise WrongState("no transaction of this operation was bound here")
    if attempts[-1].state in UNSENT:
        refuse_incomplete(house, operation)
        movement.refuse()
    return carried(operation.kind).close(house, run_movement(house, operation, movement))


def refuse_incomplete(house: House, operation: OperationRow) -> None:
    """Refuse an operation whose recorded signatures do not reach the quorum.

    Raises
    ------
    SignaturesMissing
    """
    attempts = house.journal.attempts(operation.id)
    if not attempts or attempts[-1].state not in UNSENT:
        return
    ceremony = _ceremony(house, operation, attempts[-1])
    if ceremony.weight < ceremony.quorum:
        raise SignaturesMissing(
            f"the signatures of {operation.kind.value} {operation.id[:16]} weigh {ceremony.weight} of"
            f" {ceremony.quorum}; any of these can add theirs: {', '.join(ceremony.missing)}"
        )


def open_ceremonies(house: House, operation_id: str | None = None) -> list[Ceremony]:
    """Return the attempts of this machine's journal that wait for signatures, or the one of an operation."""
    if operation_id is not None:
        operations = [house.journal.operation(operation_id)]
    else:
        operations = list(house.journal.operations(unfinished=True, limit=ALL_ROWS))
    found: list[Ceremony] = []
    for operation in operations:
        attempts = house.journal.attempts(operation.id)
        if attempts and attempts[-1].state in UNSENT and mode_of(attempts[-1]) is SigningMode.QUORUM:
            found.append(_ceremony(house, operation, attempts[-1]))
    return found


def _ceremony(house: House, operation: OperationRow, attempt: AttemptRow) -> Ceremony:
    state = house.ledger.account(attempt.account)
    listed = () if state is None else state.signer_list.entries
    names = {officer.account: name for name, officer in house.profile.officers.items()}
    done = {row.signer for row in house.journal.signatures(operation.id, attempt.number)}
    return Ceremony(
        operation=operation,
        attempt=attempt,
        signed=tuple(names.get(one.account, one.account) for one in listed if one.account in done),
        missing=tuple(names.get(one.account, one.account) for one in listed if one.account not in done),
        weight=sum(one.weight for one in listed if one.account in done),
        quorum=0 if state is None else state.signer_list.quorum,
        ledgers_left=attempt.last_ledger - house.ledger.server_state().validated_ledger,
    )
