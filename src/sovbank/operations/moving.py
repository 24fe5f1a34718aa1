"""Moving an operation on when another process may be doing the same."""

from __future__ import annotations

from collections.abc import Mapping

from sovbank.core.machine import OPERATIONS, Kind, State
from sovbank.errors.journal import MovedOn
from sovbank.journal.port import LogEvent, OperationRow
from sovbank.operations.house import House


def move_on(
    house: House,
    operation: OperationRow,
    after: State,
    event: LogEvent,
    facts: Mapping[str, str] | None = None,
) -> OperationRow:
    """Move the operation on, or return it as it stands when another process came as far or further.

    Raises
    ------
    MovedOn
        It went another way.
    """
    try:
        return house.journal.advance(
            operation.id, before=operation.state, after=after, event=event, facts=facts or {}
        )
    except MovedOn:
        found = house.journal.operation(operation.id)
        if not has_reached(found.kind, found.state, after):
            raise
        return found


def has_reached(kind: Kind, state: State, wanted: State) -> bool:
    """Say whether an operation in ``state`` is at the wanted state or has passed it."""
    reachable, steps = {wanted}, OPERATIONS[kind].steps
    while more := {State(after) for before in reachable for after in steps.get(before, ())} - reachable:
        reachable |= more
    return state in reachable - ({State.CANCELLED} - {wanted})
