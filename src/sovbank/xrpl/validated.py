"""From what a node says of a transaction to a record whose hash was computed here.

The JSON of the node is encoded again and hashed; when the hash is the one asked for, every serialised
field is proven, whatever else the answer held. What is handed on is decoded from those bytes, never the
node's own text. Metadata is not under the hash: it is read strictly, and only what is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sovbank.core.money import parse_ledger_value
from sovbank.errors.base import SovbankError
from sovbank.errors.core import MalformedAmount
from sovbank.errors.xrpl import NodeAnswerMalformed, NodeContradiction
from sovbank.wire.codec import decode_tx
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl import shapes
from sovbank.xrpl.port import TokenAmount, ValidatedTransaction

# Seconds from 1970-01-01 to 2000-01-01, where the ledger's clock begins.
RIPPLE_EPOCH = 946_684_800
# A copy of Amount that the server adds under another name (API version 1).
_NOT_SERIALISED = frozenset({"DeliverMax"})
_APPLIED = ("tes", "tec")


@dataclass(frozen=True)
class HistoryEntry:
    """A validated transaction and the sequences of one account before and after it (None: unchanged)."""

    transaction: ValidatedTransaction
    sequence_before: int | None
    sequence_after: int | None


def validated_transaction(
    fields: shapes.Record, meta: shapes.Record, *, wanted_hash: str | None = None
) -> ValidatedTransaction:
    """Return the record of a transaction that the node reports as validated.

    Parameters
    ----------
    fields
        The transaction as the node writes it, with ``hash``, ``ledger_index`` and ``date`` beside its fields.
    meta
        Its metadata.
    wanted_hash
        The hash that was asked for; the node's own ``hash`` field when omitted.

    Raises
    ------
    NodeAnswerMalformed
    NodeContradiction
        The fields hash to something else.
    """
    wanted = wanted_hash or shapes.hash256(fields, "hash")
    blob = _encode(fields)
    tx_hash = transaction_id(blob)
    if tx_hash != wanted:
        raise NodeContradiction(f"the transaction {wanted} that the node returned hashes to {tx_hash}")
    result = shapes.text(meta, "TransactionResult")
    if not result.startswith(_APPLIED):
        raise NodeContradiction(f"the node says {result[:40]!r} for a validated transaction")
    try:
        tx = decode_tx(blob)
    except SovbankError as error:
        raise NodeAnswerMalformed(f"the transaction {wanted} is not canonical: {error.message}") from error
    date = shapes.optional_number(fields, "date")
    return ValidatedTransaction(
        tx_hash=tx_hash,
        tx=tx,
        result=result,
        ledger_index=shapes.number(fields, "ledger_index"),
        delivered=_delivered(tx, result, meta),
        close_time=None if date is None else date + RIPPLE_EPOCH,
        nftoken_id=shapes.hash256(meta, "nftoken_id") if "nftoken_id" in meta else None,
        offer_id=shapes.hash256(meta, "offer_id") if "offer_id" in meta else None,
    )


def history_entry(item: shapes.Record, account: str) -> HistoryEntry:
    """Return one item of ``account_tx`` with what it did to the sequence of ``account``."""
    if item.get("validated") is not True:
        raise NodeContradiction("the account's history holds a transaction that is not validated")
    meta = shapes.mapping(item, "meta")
    transaction = validated_transaction(shapes.mapping(item, "tx"), meta)
    return HistoryEntry(transaction, *_sequences(meta, account))


def token_amount(record: Mapping[str, Any]) -> TokenAmount:
    """Return the amount of a token as a node writes it."""
    try:
        value = parse_ledger_value(shapes.text(record, "value"))
    except MalformedAmount as error:
        raise NodeAnswerMalformed(f"the node's answer holds a bad amount: {error.message}") from error
    return TokenAmount(value, shapes.text(record, "currency"), shapes.address(record, "issuer"))


def _encode(fields: shapes.Record) -> bytes:
    from xrpl.core import binarycodec

    serialised = {
        name: _plain(value)
        for name, value in fields.items()
        if name[:1].isupper() and name not in _NOT_SERIALISED
    }
    try:
        return bytes.fromhex(binarycodec.encode(serialised))
    except Exception as failure:
        # The SDK raises whatever its encoder trips over; this is the one place that names it.
        raise NodeAnswerMalformed(
            f"the node's transaction cannot be encoded: {type(failure).__name__}: {str(failure)[:120]}"
        ) from failure


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        raise NodeAnswerMalformed("the node's transaction holds a number that is not an integer")
    return value


def _delivered(tx: Mapping[str, Any], result: str, meta: shapes.Record) -> int | TokenAmount | None:
    # Amount is what was asked for; a partial payment delivers less. Only delivered_amount tells.
    if result != "tesSUCCESS" or tx.get("TransactionType") != "Payment":
        return None
    value = meta.get("delivered_amount")
    if isinstance(value, dict):
        return None if "mpt_issuance_id" in value else token_amount(value)
    if isinstance(value, str) and value != "unavailable":
        return shapes.drops(meta, "delivered_amount")
    raise NodeAnswerMalformed("the node does not say what a successful payment delivered")


def _sequences(meta: shapes.Record, account: str) -> tuple[int | None, int | None]:
    for node in shapes.mappings(meta, "AffectedNodes"):
        modified = node.get("ModifiedNode")
        if not isinstance(modified, dict) or modified.get("LedgerEntryType") != "AccountRoot":
            continue
        final, before = modified.get("FinalFields"), modified.get("PreviousFields")
        if isinstance(final, dict) and final.get("Account") == account and isinstance(before, dict):
            return shapes.optional_number(before, "Sequence"), shapes.optional_number(final, "Sequence")
    return None, None
