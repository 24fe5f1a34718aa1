"""``ledger`` and its small relatives: headers, transactions of a ledger, and closing one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.header import CLOSE_RESOLUTION, EPOCH_OFFSET, LedgerHeader
from sovbank.devnet.ledger.history import AppliedTransaction, ClosedLedger
from sovbank.devnet.ledger.state import entry_bytes
from sovbank.devnet.ledger.text import entry_text, hexadecimal
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.rpc.refusals import refusal
from sovbank.devnet.rpc.request import Request, Selected
from sovbank.devnet.rpc.transactions import iso_time, metadata_text, transaction_text, with_deliver_max

_FLAGS = ("full", "transactions", "accounts", "expand", "binary", "owner_funds", "queue")


def handle(request: Request) -> dict[str, Any]:
    """Answer ``ledger``."""
    for flag in _FLAGS:
        if not isinstance(request.params.get(flag, False), bool):
            raise refusal("invalidParams")
    if not any(name in request.params for name in ("ledger", "ledger_hash", "ledger_index")):
        return _both(request)
    selected = request.ledger()
    if request.flag("queue") and selected.closed is not None:
        raise refusal("invalidParams")
    full = request.flag("full")
    text = ledger_text(request, selected)
    if full or request.flag("transactions"):
        text["transactions"] = _transactions(request, selected)
    if full or request.flag("accounts"):
        text["accountState"] = list(_state(request, selected))
    return {**selected.answer, "ledger": text}


def _both(request: Request) -> dict[str, Any]:
    closed = request.node.ledger.history.last
    return {
        "closed": {"ledger": header_text(closed.header, closed.hash, version=request.version)},
        "open": {"ledger": _open_text(request)},
    }


def _open_text(request: Request) -> dict[str, Any]:
    info = request.node.ledger.open.info
    index: Any = str(info.sequence) if request.version == 1 else info.sequence
    return {"closed": False, "ledger_index": index, "parent_hash": hexadecimal(info.parent_hash)}


def ledger_text(request: Request, selected: Selected) -> dict[str, Any]:
    """Give the JSON of a ledger's header, or its bytes where the request asks for binary."""
    if selected.closed is None:
        return {"closed": False} if request.flag("binary") else _open_text(request)
    if request.flag("binary"):
        return {"closed": True, "ledger_data": hexadecimal(selected.closed.header.serialise())}
    return header_text(selected.closed.header, selected.closed.hash, version=request.version)


def header_text(header: LedgerHeader, ledger_hash: bytes, *, version: int) -> dict[str, Any]:
    """Give the JSON of a closed ledger's header."""
    closed_at = datetime.fromtimestamp(header.close_time + EPOCH_OFFSET, UTC)
    return {
        "account_hash": hexadecimal(header.account_hash),
        "close_flags": 0,
        "close_time": header.close_time,
        "close_time_human": closed_at.strftime("%Y-%b-%d %H:%M:%S.000000000 UTC"),
        "close_time_iso": iso_time(header.close_time),
        "close_time_resolution": CLOSE_RESOLUTION,
        "closed": True,
        "ledger_hash": hexadecimal(ledger_hash),
        "ledger_index": str(header.sequence) if version == 1 else header.sequence,
        "parent_close_time": header.parent_close_time,
        "parent_hash": hexadecimal(header.parent_hash),
        "total_coins": str(header.drops),
        "transaction_hash": hexadecimal(header.transaction_hash),
    }


def _is_expanded(request: Request) -> bool:
    return request.flag("expand") or request.flag("full")


def _state(request: Request, selected: Selected) -> Iterator[Any]:
    """Yield the entries of a ledger by key: as bytes, as JSON, or their keys alone."""
    key = selected.view.successor(bytes(32))
    while key is not None:
        entry = selected.view.read(key)
        if entry is not None and request.flag("binary"):
            yield {"hash": hexadecimal(key), "tx_blob": hexadecimal(entry_bytes(entry))}
        elif entry is not None:
            yield entry_text(entry) if _is_expanded(request) else hexadecimal(key)
        key = selected.view.successor(key)


def _transactions(request: Request, selected: Selected) -> list[Any]:
    """Give the transactions of a ledger in the order of their hashes, as its tree holds them."""
    if selected.closed is None:
        pending = sorted(request.node.ledger.open.transactions.values(), key=lambda tx: tx.hash)
        return [_pending(request, tx) for tx in pending]
    applied = sorted(selected.closed.transactions, key=lambda item: item.tx.hash)
    if not _is_expanded(request):
        return [hexadecimal(item.tx.hash) for item in applied]
    return [_expanded(request, selected.closed, item) for item in applied]


def _pending(request: Request, tx: Transaction) -> Any:
    version = request.version
    if not _is_expanded(request):
        return hexadecimal(tx.hash)
    if request.flag("binary"):
        text = {"tx_blob": hexadecimal(tx.blob)}
        return text if version == 1 else text | {"hash": hexadecimal(tx.hash)}
    body = with_deliver_max(transaction_text(tx, version=version), version=version)
    if version == 1:
        return body
    return {"tx_json": body, "hash": hexadecimal(tx.hash), "validated": False}


def _expanded(request: Request, closed: ClosedLedger, item: AppliedTransaction) -> dict[str, Any]:
    if request.flag("binary"):
        name = "meta" if request.version == 1 else "meta_blob"
        text = {"tx_blob": hexadecimal(item.tx.blob), name: hexadecimal(encode(item.metadata))}
        return text if request.version == 1 else text | {"hash": hexadecimal(item.tx.hash)}
    body = with_deliver_max(transaction_text(item.tx, version=request.version), version=request.version)
    metadata = metadata_text(item.tx, item.metadata, in_ledger=True)
    if request.version == 1:
        return body | {"metaData": metadata}
    return {
        "tx_json": body,
        "meta": metadata,
        "hash": hexadecimal(item.tx.hash),
        "ledger_hash": hexadecimal(closed.hash),
        "ledger_index": closed.header.sequence,
        "close_time_iso": iso_time(closed.header.close_time),
        "validated": True,
    }


def handle_current(request: Request) -> dict[str, Any]:
    """Answer ``ledger_current``."""
    return {"ledger_current_index": request.node.ledger.current_sequence}


def handle_header(request: Request) -> dict[str, Any]:
    """Answer ``ledger_header``, which only version 1 of the interface has."""
    if request.version > 1:
        raise refusal("unknownCmd")
    selected = request.ledger()
    header = selected.closed.header if selected.closed is not None else _open_header(request)
    plain = Request(request.node, {}, request.version)
    return {
        **selected.answer,
        "ledger_data": hexadecimal(header.serialise()),
        "ledger": ledger_text(plain, selected),
    }


def _open_header(request: Request) -> LedgerHeader:
    """Give the header of the open ledger: that of the closed one but for what is known already."""
    last = request.node.ledger.history.last
    return replace(
        last.header,
        sequence=last.header.sequence + 1,
        parent_hash=last.hash,
        parent_close_time=last.header.close_time,
    )


def handle_closed(request: Request) -> dict[str, Any]:
    """Answer ``ledger_closed``."""
    closed = request.node.ledger.history.last
    return {"ledger_hash": hexadecimal(closed.hash), "ledger_index": closed.header.sequence}


def handle_accept(request: Request) -> dict[str, Any]:
    """Answer ``ledger_accept``: close the open ledger now."""
    request.node.close_ledger()
    return {"ledger_current_index": request.node.ledger.current_sequence}
