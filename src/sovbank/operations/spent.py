"""Attempts whose signed blob was never recorded: when they can no longer apply, and how that is proven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.core.machine import AttemptState
from sovbank.errors.operations import ForeignTransaction
from sovbank.journal.port import AttemptRow, LogKind
from sovbank.operations.attempts import EXPIRED
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event


def prove_unsent(house: House, attempt: AttemptRow, *, actor: str) -> AttemptRow | None:
    """Close an attempt that was never sent once its window is over; None while the window is open.

    Signatures may exist that were never stored. A ticket that is on the ledger still was not used by them;
    else the account's history over the window is searched for the ticket or sequence: every signature that
    was made carries the attempt's LastLedgerSequence.

    Raises
    ------
    ForeignTransaction
        A transaction that this journal has no blob of used the ticket or sequence.
    """
    validated = house.ledger.server_state().validated_ledger
    if validated <= attempt.last_ledger:
        return None
    if not is_unused(house, attempt):
        _refuse_used(house, attempt)
    return house.journal.finish_attempt(
        attempt.operation_id,
        attempt.number,
        state=AttemptState.WITHOUT_EFFECT,
        result=EXPIRED,
        validated_ledger=validated,
        event=attempt_event(
            house, LogKind.ABORT, attempt, actor=actor, result=EXPIRED, decision="never sent"
        ),
    )


def is_unused(house: House, attempt: AttemptRow) -> bool:
    """Say whether the attempt's ticket is on the ledger still: then nothing can have used it.

    It needs no history, which few nodes keep over the window of a ceremony that lasts for months.
    """
    return attempt.ticket is not None and attempt.ticket in house.ledger.tickets(attempt.account)


def uses_slot(tx: Mapping[str, Any], attempt: AttemptRow) -> bool:
    """Say whether a transaction of the account used the attempt's ticket or sequence."""
    if tx.get("Account") != attempt.account:
        return False
    if attempt.ticket is not None:
        return bool(tx.get("TicketSequence") == attempt.ticket)
    return bool(tx.get("Sequence") == attempt.sequence and "TicketSequence" not in tx)


def _refuse_used(house: House, attempt: AttemptRow) -> None:
    history = house.ledger.transactions(
        attempt.account, first_ledger=attempt.first_ledger, last_ledger=attempt.last_ledger
    )
    for found in history:
        if uses_slot(found.tx, attempt):
            raise ForeignTransaction(f"transaction {found.tx_hash} used the slot of attempt {attempt.number}")
