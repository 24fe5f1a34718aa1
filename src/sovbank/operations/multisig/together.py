"""Which operations one ceremony holds: noted with every attempt that a bundle carries.

Any of them names the ceremony: making its bundle again gives the same one, and it is submitted whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from sovbank.core.machine import UNSENT
from sovbank.errors.operations import CeremonyMixed
from sovbank.journal.port import AttemptRow, LogKind, OperationRow
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event

_OPERATIONS, _ATTEMPT = "operations", "attempt"


def note_together(house: House, attempts: Sequence[AttemptRow], *, actor: str) -> None:
    """Note with each attempt of a bundle which operations belong to it."""
    held = [attempt.operation_id for attempt in attempts]
    for attempt in attempts:
        body = together(held, attempt)
        event = attempt_event(house, LogKind.OBSERVE, attempt, actor=actor, decision="bundled", body=body)
        house.journal.note(event, operation_id=attempt.operation_id)


def together(held: Sequence[str], attempt: AttemptRow) -> dict[str, str]:
    """Return the particulars of a log row that say which operations an attempt's ceremony holds."""
    return {_OPERATIONS: " ".join(held), _ATTEMPT: str(attempt.number)}


def held_with(house: House, operation_id: str) -> tuple[str, ...]:
    """Return the operations of the ceremony that an operation's last attempt belongs to, itself included.

    Empty when the attempt is in no bundle, or when the notes of it were erased.
    """
    attempts = house.journal.attempts(operation_id)
    number = str(attempts[-1].number) if attempts else ""
    for body in reversed(house.journal.particulars(operation_id, LogKind.OBSERVE)):
        if number and body.get(_ATTEMPT) == number and operation_id in body.get(_OPERATIONS, "").split():
            return tuple(body[_OPERATIONS].split())
    return ()


def whole_ceremony(house: House, rows: Sequence[OperationRow]) -> tuple[tuple[OperationRow, ...], bool]:
    """Return the operations of the open ceremony that the given ones are in, and whether there is one.

    Raises
    ------
    CeremonyMixed
        They are in different ceremonies, or only some of them are in one.
    """
    held = {row.id: held_with(house, row.id) for row in rows if is_open(house, row.id)}
    ceremonies = {names for names in held.values() if names}
    if not ceremonies:
        return tuple(rows), False
    (first, *others) = ceremonies
    if others or any(row.id not in first for row in rows):
        names = ", ".join(f"{row.kind.value} {row.id[:16]}" for row in rows if held.get(row.id))
        raise CeremonyMixed(f"these are in a ceremony that does not hold all that was asked for: {names}")
    return tuple(house.journal.operation(name) for name in first), True


def is_open(house: House, operation_id: str) -> bool:
    """Say whether the operation's transaction is bound, not yet put together, and can still apply."""
    attempts = house.journal.attempts(operation_id)
    if not attempts or attempts[-1].state not in UNSENT:
        return False
    return attempts[-1].last_ledger > house.ledger.server_state().validated_ledger
