"""Keeping an account's pool of tickets full: the last transaction of a ceremony that leaves it half empty.

Starting a ceremony then never needs a quorum of its own.
"""

from __future__ import annotations

from sovbank.core.machine import Kind
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations import steps
from sovbank.operations.house import House
from sovbank.operations.multisig.together import is_open
from sovbank.operations.planned import make_plan, propose_plan

_MOST_TICKETS = 250  # an account owns no more (xrpl.org: TicketCreate)
_SUBJECT = "tickets for ceremonies"


def topping_up(house: House, address: str) -> OperationRow | None:
    """Return a recorded operation that fills an account's pool of tickets; None while half of it is free.

    A ticket that an operation is bound to is not free. While another ceremony fills the pool, nothing is
    added to this one.
    """
    name = next(name for name, account in house.profile.accounts.items() if account.address == address)
    wanted = house.account(name).tickets
    owned = house.ledger.tickets(address)
    free = len(set(owned) - house.journal.bound_tickets(address))
    missing = min(wanted - free, _MOST_TICKETS - len(owned))
    if 2 * free >= wanted or missing < 1 or _is_filling(house, name):
        return None
    (operation,) = propose_plan(house, make_plan(house, _SUBJECT, [steps.tickets(name, missing)]))
    return operation


def _is_filling(house: House, account: str) -> bool:
    rows = house.journal.operations(kind=Kind.SETTINGS, unfinished=True, limit=ALL_ROWS)
    return any(
        row.parameters["account"] == account
        and row.parameters["step"].startswith("tickets/")
        and is_open(house, row.id)
        for row in rows
    )
