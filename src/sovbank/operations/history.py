"""What an account's history shows of an operation, searched far enough back to be believed.

A node whose history does not reach back to the operation's beginning is refused (``NodeGap``): that it shows
no payment would prove nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sovbank.core.machine import Kind
from sovbank.journal.port import OperationRow
from sovbank.operations.deposits import backing_deposit
from sovbank.operations.house import House
from sovbank.xrpl.port import ValidatedTransaction
from sovbank.xrpl.search import find_invoice

# More than any network closes: the public ones take about four seconds a ledger, a rehearsal a third of one.
LEDGERS_PER_SECOND = 3
MARGIN_SECONDS = 3600
FIRST_LEDGER = 2
IMPORTED = "imported_from_log"
"""The fact of an operation that came from another machine: its age there is not known here."""


def first_ledger_of(house: House, operation: OperationRow) -> int:
    """Return a ledger index before which no payment of the operation can stand."""
    received = operation.facts.get("receipt_ledger")
    if operation.kind is Kind.BURN and received is not None:
        return max(FIRST_LEDGER, int(received))
    server = house.ledger.server_state()
    closed = int(house.clock.now().timestamp()) - server.validated_age_seconds
    elapsed = max(0, closed - _began(house, operation)) + MARGIN_SECONDS
    return max(FIRST_LEDGER, server.validated_ledger - LEDGERS_PER_SECOND * elapsed)


def payment_of(house: House, operation: OperationRow, account: str) -> ValidatedTransaction | None:
    """Return the successful payment *by* the account that carries the operation's InvoiceID, if there is one.

    Payments to the account do not count: anybody can send one with any InvoiceID.

    Raises
    ------
    NodeGap
        The node's history does not reach back to the operation's beginning.
    """
    first = first_ledger_of(house, operation)
    for found in find_invoice(house.ledger, account, operation.id, first_ledger=first):
        if found.result == "tesSUCCESS" and found.tx.get("Account") == account:
            return found
    return None


def _began(house: House, operation: OperationRow) -> int:
    """Return a Unix time at which the operation did not exist anywhere yet, give or take the margin."""
    if operation.kind is Kind.MINT:
        held = house.control.mint_request(operation.id)
        if held is not None:
            return held.requested_at
    if operation.kind is Kind.DISTRIBUTE and IMPORTED in operation.facts:
        booked = backing_deposit(house, operation.parameters["deposit"]).booked_on
        return int(datetime.combine(booked - timedelta(days=1), time(0), tzinfo=UTC).timestamp())
    return int(operation.created_at.timestamp())
