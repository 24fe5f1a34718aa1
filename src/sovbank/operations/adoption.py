"""Payments that validated ledgers already show: taken up as an operation's outcome instead of made again.

They come from another officer's machine, or from a journal that was restored from a backup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.core.machine import AttemptState, State
from sovbank.errors.operations import InvoiceAlreadyPaid
from sovbank.journal.port import LogEvent, LogKind, OperationRow
from sovbank.operations.history import payment_of
from sovbank.operations.house import House
from sovbank.operations.moving import move_on
from sovbank.wire.codec import decode_tx, encode_tx
from sovbank.xrpl.envelope import Tx
from sovbank.xrpl.evidence import has_same_effect
from sovbank.xrpl.port import ValidatedTransaction

# Chosen anew for each attempt, on whichever machine; the rest is what the payment does.
_OF_THE_ATTEMPT = frozenset({"Memos", "Sequence", "TicketSequence"})


def adopt_payment(house: House, operation: OperationRow, account: str, draft: Tx) -> OperationRow | None:
    """Bring the operation to ``final`` on the payment that the account's history shows; None without one.

    ``draft`` is the payment as it would be built now.

    Raises
    ------
    InvoiceAlreadyPaid
        The payment with the operation's InvoiceID is another one.
    NodeGap
        The history does not reach back far enough.
    """
    if any(row.state is not AttemptState.WITHOUT_EFFECT for row in house.journal.attempts(operation.id)):
        return None
    found = payment_of(house, operation, account)
    if found is None:
        return None
    if not has_same_effect(_effect(decode_tx(encode_tx(draft))), _effect(found.tx)):
        raise InvoiceAlreadyPaid(
            f"transaction {found.tx_hash} carries InvoiceID {operation.id} and is another payment"
        )
    for after in (State.EXECUTING, State.FINAL):
        if operation.state is not after:
            operation = move_on(house, operation, after, _event(house, account, found), _facts(after, found))
    return operation


def _effect(tx: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tx.items() if name not in _OF_THE_ATTEMPT}


def _event(house: House, account: str, found: ValidatedTransaction) -> LogEvent:
    return LogEvent(
        LogKind.OBSERVE,
        actor="ledger",
        network=house.network_id,
        account=account,
        tx_hash=found.tx_hash,
        result=found.result,
        decision="found on the ledger",
    )


def _facts(after: State, found: ValidatedTransaction) -> dict[str, str]:
    if after is not State.FINAL:
        return {}
    return {"tx_hash": found.tx_hash, "validated_ledger": str(found.ledger_index)}
