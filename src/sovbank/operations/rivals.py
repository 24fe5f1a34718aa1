"""Two operations on one ticket or sequence, one of which cancels the other: which of them it went to.

The ledger applies at most one of the two. The other is proven without effect as soon as a validated ledger
shows the one; its window need not be over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sovbank.core.machine import UNSENT, AttemptState, Kind
from sovbank.errors.cancellation import BeingCancelled
from sovbank.journal.port import ALL_ROWS, AttemptRow, LogKind, OperationRow
from sovbank.operations.attempts import EXPIRED, submission_of
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event
from sovbank.operations.spent import is_unused, prove_unsent, uses_slot
from sovbank.xrpl.evidence import has_same_effect
from sovbank.xrpl.port import Outcome, ValidatedTransaction

CANCELLED, SUPERSEDED = "cancelled", "superseded"
_OVER = (AttemptState.SUCCEEDED, AttemptState.WITHOUT_EFFECT)
# A transaction of these fields alone changes nothing but its sender's XRP and its ticket or sequence.
_NO_OP_FIELDS = frozenset(
    {"TransactionType", "Account", "Fee", "Sequence", "TicketSequence", "LastLedgerSequence", "NetworkID"}
    | {"Flags", "Memos", "SigningPubKey", "Signers", "TxnSignature", "hash"}
)
_Test = Callable[[Mapping[str, Any]], bool]


def slot_name(attempt: AttemptRow) -> str:
    """Return what an attempt is bound to, in words: ``ticket 41`` or ``sequence 7``."""
    return f"ticket {attempt.ticket}" if attempt.ticket is not None else f"sequence {attempt.sequence}"


def cancellations_of(house: House, operation_id: str, *, unfinished: bool = False) -> list[OperationRow]:
    """Return the cancellations of an operation that this journal knows, newest first."""
    rows = house.journal.operations(kind=Kind.CANCELLATION, unfinished=unfinished, limit=ALL_ROWS)
    return [row for row in rows if row.parameters.get("operation") == operation_id]


def open_cancellation_on(house: House, attempt: AttemptRow) -> OperationRow | None:
    """Return the cancellation that can still use the attempt's ticket or sequence, if there is one."""
    for row in cancellations_of(house, attempt.operation_id, unfinished=True):
        attempts = house.journal.attempts(row.id)
        if attempts and attempts[-1].state not in _OVER and _same_slot(attempts[-1], attempt):
            return row
    return None


def refuse_while_cancelled(house: House, attempt: AttemptRow) -> None:
    """Refuse to sign or send what is being cancelled here; what validated ledgers show already is let pass.

    Raises
    ------
    BeingCancelled
    """
    if attempt.state not in (*UNSENT, AttemptState.SIGNED):
        return
    cancelling = open_cancellation_on(house, attempt)
    if cancelling is None:
        return
    signed = attempt.state is AttemptState.SIGNED
    if signed and house.submitter.outcome(submission_of(attempt)).outcome is not Outcome.PENDING:
        return
    raise BeingCancelled(
        f"attempt {attempt.number} is being cancelled by {cancelling.id[:16]}",
        next_step=f"Submit that (`sovbank multisig submit {cancelling.id[:16]}`), or wait until its window is"
        f" over and give it up with `sovbank ops cancel {cancelling.id[:16]}`.",
    )


def reusable(house: House, last: AttemptRow | None) -> AttemptRow | None:
    """Return the last attempt if the next one may take its ticket again, as far as cancellations go."""
    if last is None or last.result != EXPIRED or open_cancellation_on(house, last) is not None:
        return None
    return last


def find_rival(house: House, attempt: AttemptRow) -> ValidatedTransaction | None:
    """Return the validated transaction of the other operation that used the ticket or sequence, if any.

    Raises
    ------
    NodeGap
        The node's history does not cover the time since the attempt was bound.
    """
    operation = house.journal.operation(attempt.operation_id)
    is_rival = _test_of(house, operation, attempt)
    if is_rival is None or is_unused(house, attempt):
        return None
    last = house.ledger.server_state().validated_ledger
    first = min(row.first_ledger for row in (attempt, *_of_the_other(house, operation, attempt)))
    if last < first:
        return None
    history = house.ledger.transactions(attempt.account, first_ledger=first, last_ledger=last)
    used = (found for found in history if uses_slot(found.tx, attempt))
    return next((found for found in used if is_rival(found.tx)), None)


def prove_over(house: House, attempt: AttemptRow, *, actor: str) -> AttemptRow | None:
    """Close an unsent attempt that can no longer apply; None while it can.

    Its ticket or sequence went to the other operation that shares it, or its window is over and nothing used
    it.

    Raises
    ------
    ForeignTransaction
        A transaction that this journal knows nothing of used the ticket or sequence.
    """
    rival = find_rival(house, attempt)
    if rival is not None:
        return close_overtaken(house, attempt, rival, actor=actor)
    return prove_unsent(house, attempt, actor=actor)


def close_overtaken(
    house: House, attempt: AttemptRow, rival: ValidatedTransaction, *, actor: str
) -> AttemptRow:
    """Close an attempt whose ticket or sequence a validated transaction of the other operation used."""
    cancels = house.journal.operation(attempt.operation_id).kind is Kind.CANCELLATION
    result = SUPERSEDED if cancels else CANCELLED
    said = f"its {slot_name(attempt)} was used by {rival.tx_hash} in validated ledger {rival.ledger_index}"
    return house.journal.finish_attempt(
        attempt.operation_id,
        attempt.number,
        state=AttemptState.WITHOUT_EFFECT,
        result=result,
        validated_ledger=rival.ledger_index,
        event=attempt_event(
            house,
            LogKind.ABORT,
            attempt,
            actor=actor,
            tx_hash=rival.tx_hash,
            result=result,
            decision=result,
            body={"evidence": said},
        ),
    )


def no_op_hash(house: House, attempt: AttemptRow) -> str | None:
    """Return the hash of the validated no-op that has cancelled an attempt, where this journal knows it."""
    if attempt.result != CANCELLED:
        return None
    rows = cancellations_of(house, attempt.operation_id)
    known = (row for row in rows if row.parameters["slot"] == slot_name(attempt))
    return next((row.facts["tx_hash"] for row in known if "tx_hash" in row.facts), None)


def attempts_on(house: House, operation_id: str, like: AttemptRow) -> list[AttemptRow]:
    """Return the attempts of an operation on the same ticket or sequence as another attempt."""
    return [row for row in house.journal.attempts(operation_id) if _same_slot(row, like)]


def is_no_op(tx: Mapping[str, Any]) -> bool:
    """Say whether a transaction changes no setting."""
    return tx.get("TransactionType") == "AccountSet" and not tx.get("Flags") and tx.keys() <= _NO_OP_FIELDS


def _test_of(house: House, operation: OperationRow, attempt: AttemptRow) -> _Test | None:
    """Return what tells the other operation's transaction, or None when no other shares the slot."""
    if operation.kind is Kind.CANCELLATION:
        named = operation.parameters["operation"]
        recorded = [json.loads(row.unsigned) for row in attempts_on(house, named, attempt)]
        return lambda tx: (
            str(tx.get("InvoiceID", "")).lower() == named
            or any(has_same_effect(_bare(one), _bare(tx)) for one in recorded)
        )
    for row in cancellations_of(house, operation.id):
        account = house.account(row.parameters["account"])
        if account.address == attempt.account and row.parameters["slot"] == slot_name(attempt):
            return is_no_op
    return None


def _of_the_other(house: House, operation: OperationRow, attempt: AttemptRow) -> list[AttemptRow]:
    """Return the other operation's attempts: the first of them was bound before any on the slot was sent."""
    if operation.kind is not Kind.CANCELLATION:
        return []
    return attempts_on(house, operation.parameters["operation"], attempt)


def _bare(tx: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tx.items() if name != "hash"}


def _same_slot(row: AttemptRow, like: AttemptRow) -> bool:
    return (row.account, row.ticket, row.sequence) == (like.account, like.ticket, like.sequence)
