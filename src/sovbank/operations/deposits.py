"""Deposits: the booked bank credits that back mints and distributions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sovbank.core.machine import Kind, State
from sovbank.core.money import from_micro, parse_amount, to_micro
from sovbank.errors.operations import DepositMissing, DepositUnsuitable
from sovbank.journal.books import BankEntry, Direction
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations.house import House


def backing_deposit(house: House, bank_reference: str) -> BankEntry:
    """Return the booked bank credit with the reference.

    Raises
    ------
    DepositMissing, DepositUnsuitable
    """
    entry = house.books.bank_entry(bank_reference)
    if entry is None:
        raise DepositMissing(f"no booked bank entry has the reference {bank_reference}")
    if entry.direction is not Direction.CREDIT or entry.currency != "USD":
        raise DepositUnsuitable(
            f"{bank_reference} is a {entry.direction.value} in {entry.currency}, not a deposit in USD"
        )
    return entry


def deposit_left(house: House, reference: str, *, own_id: str) -> Decimal:
    """Return what is left of a deposit for one distribution.

    Distributions are counted in the order of their intent rows: those after ``own_id`` count it, not the
    other way round, so of two that were ordered at the same moment exactly one finds enough. An id that is
    not recorded yet comes last. A mint that went to a customer directly took its part too.
    """
    entry = backing_deposit(house, reference)
    rows = list(_users(house, reference))
    own_seq = next((_seq(house, row) for row in rows if row.id == own_id), None)
    taken = sum(
        to_micro(parse_amount(row.parameters["amount"]))
        for row in rows
        if row.id != own_id and (own_seq is None or _seq(house, row) < own_seq)
    )
    return from_micro(entry.amount_micro - taken)


def _users(house: House, reference: str) -> Iterator[OperationRow]:
    for row in house.journal.operations(kind=Kind.DISTRIBUTE, limit=ALL_ROWS):
        if row.parameters["deposit"] == reference and row.state is not State.CANCELLED:
            yield row
    mint = house.journal.find(Kind.MINT, reference)
    if mint is not None and mint.state is not State.CANCELLED and not _to_treasury(house, mint):
        yield mint


def _to_treasury(house: House, mint: OperationRow) -> bool:
    return mint.parameters["destination"] == house.treasury_of(mint.parameters["asset"]).address


def _seq(house: House, row: OperationRow) -> int:
    return house.journal.anchor(row.id).seq
