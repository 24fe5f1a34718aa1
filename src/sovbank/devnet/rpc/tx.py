"""``tx``: one transaction by hash or CTID, with its metadata once it is in a closed ledger."""

from __future__ import annotations

import re
from typing import Any, Final

from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.history import AppliedTransaction
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.rpc.coercion import as_text, as_unsigned
from sovbank.devnet.rpc.refusals import refusal
from sovbank.devnet.rpc.request import Request, parse_hash
from sovbank.devnet.rpc.transactions import (
    iso_time,
    metadata_text,
    placed_text,
    transaction_text,
    with_deliver_max,
)
from sovbank.errors.devnet import RequestRefused

MAX_RANGE: Final = 1000
_CTID: Final = re.compile(r"[Cc][0-9A-Fa-f]{15}")


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    params = request.params
    if "transaction" in params and "ctid" in params:
        raise refusal("invalidParams")
    if "transaction" in params:
        key = parse_hash(as_text(params["transaction"]))
        if key is None:
            raise refusal("notImpl")
        applied = request.node.ledger.history.transaction(key)
    elif "ctid" in params:
        applied = _by_ctid(request)
        key = applied.tx.hash if applied is not None else bytes(32)
    else:
        raise refusal("invalidParams")
    # The range only tells how far a search that fails has looked.
    span = _range(request)
    if applied is not None:
        return _applied(request, applied)
    submitted = request.node.ledger.submitted(key)
    if submitted is not None:
        return _submitted(request, submitted)
    raise refusal("txnNotFound", body={} if span is None else {"searched_all": _holds_all(request, span)})


def _by_ctid(request: Request) -> AppliedTransaction | None:
    text = as_text(request.params["ctid"])
    if not _CTID.fullmatch(text):
        raise refusal("invalidParams")
    number = int(text, 16)
    network_id = number & 0xFFFF
    if network_id != request.node.network_id:
        raise refusal(
            "wrongNetwork",
            f"Wrong network. You should submit this request to a node running on NetworkID: {network_id}",
        )
    history = request.node.ledger.history
    return history.transaction_at(number >> 32 & 0x0FFFFFFF, number >> 16 & 0xFFFF)


def _range(request: Request) -> range | None:
    if "min_ledger" not in request.params or "max_ledger" not in request.params:
        return None
    try:
        first, last = as_unsigned(request.params["min_ledger"]), as_unsigned(request.params["max_ledger"])
    except RequestRefused as error:
        raise refusal("invalidLgrRange") from error
    if last < first:
        raise refusal("invalidLgrRange")
    if last - first > MAX_RANGE:
        raise refusal("excessiveLgrRange")
    return range(first, last + 1)


def _holds_all(request: Request, span: range) -> bool:
    """Tell whether each ledger of the range has a transaction, which is what the server goes by."""
    ledgers = map(request.node.ledger.history.ledger, span)
    return all(closed is not None and closed.transactions for closed in ledgers)


def _applied(request: Request, applied: AppliedTransaction) -> dict[str, Any]:
    history = request.node.ledger.history
    closed = history.ledger(applied.ledger)
    if closed is None:
        raise refusal("txnNotFound")
    binary, version = request.flag("binary"), request.version
    text = placed_text(applied, history, network_id=request.node.network_id, version=version, dated=True)
    ctid = text.get("ctid")
    answer: dict[str, Any] = {"validated": True}
    if ctid is not None:
        answer["ctid"] = ctid
    if version > 1:
        answer |= {
            "hash": hexadecimal(applied.tx.hash),
            "ledger_hash": hexadecimal(closed.hash),
            "ledger_index": applied.ledger,
            "close_time_iso": iso_time(closed.header.close_time),
        }
    if binary:
        answer |= _binary(applied.tx, version)
        answer["meta" if version == 1 else "meta_blob"] = hexadecimal(encode(applied.metadata))
        if version == 1:
            answer |= {name: text[name] for name in ("date", "inLedger", "ledger_index")}
        return answer
    body = with_deliver_max(text, version=version)
    answer["meta"] = metadata_text(applied.tx, applied.metadata)
    return body | answer if version == 1 else answer | {"tx_json": body}


def _submitted(request: Request, tx: Transaction) -> dict[str, Any]:
    """Answer for a transaction that no closed ledger has, and perhaps never will."""
    answer: dict[str, Any] = {"validated": False}
    if request.flag("binary"):
        return answer | _binary(tx, request.version)
    body = with_deliver_max(transaction_text(tx, version=request.version), version=request.version)
    if request.version == 1:
        return answer | body
    return answer | {"tx_json": body, "hash": hexadecimal(tx.hash)}


def _binary(tx: Transaction, version: int) -> dict[str, Any]:
    name = "tx" if version == 1 else "tx_blob"
    return {name: hexadecimal(tx.blob), "hash": hexadecimal(tx.hash)}
