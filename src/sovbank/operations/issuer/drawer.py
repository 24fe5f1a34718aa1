"""The freeze in the drawer: signed ahead of time by a quorum, bound to a ticket, and kept by the officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sovbank.ceremony.create import SECONDS_PER_LEDGER
from sovbank.ceremony.records import Bundle
from sovbank.core.machine import Kind
from sovbank.core.profile import Account
from sovbank.errors.freeze import KeptInDrawer
from sovbank.errors.operations import TicketsExhausted
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations.execution import open_attempt
from sovbank.operations.house import House
from sovbank.operations.issuer.freeze import movement_of, retire
from sovbank.operations.issuer.freeze_order import is_prepared
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import open_ceremonies

_DAY = 24 * 3600
HALF_A_YEAR = 182 * _DAY // SECONDS_PER_LEDGER
"""Ledgers of a prepared freeze unless the officer gives another number: about 182 days."""
MOST_LEDGERS = 4 * HALF_A_YEAR
FEW_DAYS = 30
"""Below so many days a prepared freeze is called short of time."""


@dataclass(frozen=True)
class PreparedFreeze:
    """A freeze in the drawer: how far its signatures reach, by the list on the ledger now, and until when."""

    operation: OperationRow
    last_ledger: int
    ledgers_left: int
    weight: int
    quorum: int

    @property
    def is_ready(self) -> bool:
        """Whether submitting it would freeze."""
        return self.weight >= self.quorum > 0

    @property
    def days_left(self) -> int:
        """About how many days it is good for."""
        return days_of(self.ledgers_left)


def days_of(ledgers: int) -> int:
    """Return about how many days so many ledgers take."""
    return round(max(ledgers, 0) * SECONDS_PER_LEDGER / _DAY)


def put_into_drawer(house: House, operation: OperationRow, *, window: int) -> Bundle:
    """Return the bundle of a prepared freeze; a ticket is bound to it for ``window`` ledgers from now.

    Raises
    ------
    TicketsExhausted
        The account has no free ticket: a freeze bound to a sequence would be void with the next transaction.
    WrongState
        It was fired already.
    """
    movement = replace(movement_of(house, operation), window=window)
    attempts = house.journal.attempts(operation.id)
    if not attempts and not _free_tickets(house, movement.account):
        raise TicketsExhausted(f"{movement.account.address} has no free ticket for a prepared freeze")
    open_attempt(house, operation, movement)
    return propose(house, [operation.id], window=window, top_up=False)


def retire_over(house: House) -> None:
    """Cancel the prepared freezes of this journal whose window is over."""
    for row in _prepared(house):
        try:
            retire(house, row)
        except KeptInDrawer:
            continue


def freezes_in_drawer(house: House, account: Account) -> Sequence[PreparedFreeze]:
    """Return the prepared freezes of an account that can still be fired, the most useful one first.

    Those come first whose signatures reach the quorum, and among them those that last longest.
    """
    found: list[PreparedFreeze] = []
    for row in _prepared(house):
        attempts = house.journal.attempts(row.id)
        if not attempts or attempts[-1].account != account.address:
            continue
        found += [
            PreparedFreeze(row, one.attempt.last_ledger, one.ledgers_left, one.weight, one.quorum)
            for one in open_ceremonies(house, row.id)
            if one.ledgers_left > 0
        ]
    return sorted(found, key=lambda one: (not one.is_ready, -one.last_ledger))


def _prepared(house: House) -> list[OperationRow]:
    rows = house.journal.operations(kind=Kind.FREEZE, unfinished=True, limit=ALL_ROWS)
    return [row for row in rows if is_prepared(row)]


def _free_tickets(house: House, account: Account) -> set[int]:
    return set(house.ledger.tickets(account.address)) - house.journal.bound_tickets(account.address)
