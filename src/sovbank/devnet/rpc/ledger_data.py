"""``ledger_data``: the entries of a ledger, in the order of their keys."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.state import entry_bytes
from sovbank.devnet.ledger.text import entry_text, hexadecimal
from sovbank.devnet.rpc.coercion import as_number
from sovbank.devnet.rpc.entry_types import type_named
from sovbank.devnet.rpc.ledger import ledger_text
from sovbank.devnet.rpc.refusals import expected
from sovbank.devnet.rpc.request import Request, parse_hash

PAGE: Final = 256
BINARY_PAGE: Final = 2048


def handle(request: Request) -> dict[str, Any]:
    """Answer the request; the marker is the key just below the entry to go on with."""
    selected = request.ledger()
    last = _marker(request)
    binary = request.params.get("binary", False)
    if not isinstance(binary, bool):
        raise expected("binary", "boolean")
    limit = _limit(request, BINARY_PAGE if binary else PAGE)
    wanted = type_named(request.params, allowed_singletons=True)
    info = selected.view.info
    ledger_hash = selected.closed.hash if selected.closed is not None else info.parent_hash
    answer = selected.answer | {"ledger_hash": hexadecimal(ledger_hash), "ledger_index": info.sequence}
    if "marker" not in request.params:
        answer["ledger"] = ledger_text(request, selected)
    state: list[dict[str, Any]] = []
    key = selected.view.successor(last)
    for _ in range(limit):
        if key is None:
            break
        entry = selected.view.read(key)
        if entry is not None and wanted in (None, entry.type):
            state.append(_text(entry, binary))
        key = selected.view.successor(key)
    if key is not None:
        answer["marker"] = f"{int.from_bytes(key, 'big') - 1:064X}"
    return {**answer, "state": state}


def _marker(request: Request) -> bytes:
    if "marker" not in request.params:
        return bytes(32)
    marker = parse_hash(request.params["marker"])
    if marker is None:
        raise expected("marker", "valid")
    return marker


def _limit(request: Request, usual: int) -> int:
    if "limit" not in request.params:
        return usual
    if not isinstance(request.params["limit"], int):
        raise expected("limit", "integer")
    limit = as_number(request.params["limit"])
    return limit if limit >= 0 else usual


def _text(entry: LedgerEntry, binary: bool) -> dict[str, Any]:
    if binary:
        return {"data": hexadecimal(entry_bytes(entry)), "index": hexadecimal(entry.key)}
    return entry_text(entry)
