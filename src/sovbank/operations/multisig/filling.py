"""Keeping an account's pool of tickets full: the last transaction of a ceremony that leaves it half empty.

Starting a ceremony then never needs a quorum of its own.
"""

from __future__ import annotations

from sovbank.core.machine import UNSENT, AttemptState, Kind
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations import steps
from sovbank.operations.house import House
from sovbank.operations.multisig.together import is_open
from sovbank.operations.planned import make_plan, propose_plan

_MOST_TICKETS = 250  # an account owns no more (xrpl.org: TicketCreate)
_SUBJECT = "tickets for ceremonies"
_STEP = "tickets/"


def topping_up(house: House, address: str) -> OperationRow | None:
    """Return a recorded operation that fills an account's pool of tickets; None while half of it is free.

    A ticket that an operation is bound to is not free. While another ceremony fills the pool, nothing is
    added to this one; what an expired ceremony left undone is taken up, on the ticket that it is bound to.
    """
    name = next(name for name, account in house.profile.accounts.items() if account.address == address)
    wanted = house.account(name).tickets
    owned = house.ledger.tickets(address)
    free = len(set(owned) - house.journal.bound_tickets(address))
    room = _MOST_TICKETS - len(owned)
    missing = min(wanted - free, room)
    begun = _begun(house, name)
    if 2 * free >= wanted or missing < 1 or any(_is_under_way(house, row) for row in begun):
        return None
    left = next((row for row in begun if _count(row) <= room), None)
    if left is not None:
        return left
    (operation,) = propose_plan(house, make_plan(house, _SUBJECT, [steps.tickets(name, missing)]))
    return operation


def _begun(house: House, account: str) -> list[OperationRow]:
    rows = house.journal.operations(kind=Kind.SETTINGS, unfinished=True, limit=ALL_ROWS)
    return [
        row
        for row in rows
        if row.parameters["account"] == account and row.parameters["step"].startswith(_STEP)
    ]


def _is_under_way(house: House, operation: OperationRow) -> bool:
    """Say whether the tickets may still be created by what was signed, or is being signed, already."""
    attempts = house.journal.attempts(operation.id)
    over = not attempts or attempts[-1].state is AttemptState.WITHOUT_EFFECT
    return not over and (attempts[-1].state not in UNSENT or is_open(house, operation.id))


def _count(operation: OperationRow) -> int:
    return int(operation.parameters["step"].removeprefix(_STEP))
