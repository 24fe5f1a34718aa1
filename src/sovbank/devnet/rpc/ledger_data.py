"""``ledger_data``: the entries of a ledger, in the order of their keys."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.state import entry_bytes
from sovbank.devnet.ledger.text import entry_text, hexadecimal
from sovbank.devnet.rpc.entry_types import type_named
from sovbank.devnet.rpc.ledger import header_text
from sovbank.devnet.rpc.refusals import expected
from sovbank.devnet.rpc.request import Request, parse_hash

PAGE: Final = 256
BINARY_PAGE: Final = 2048


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    selected = request.ledger()
    binary = request.params.get("binary", False)
    if not isinstance(binary, bool):
        raise expected("binary", "boolean")
    limit = request.params.get("limit", -1)
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise expected("limit", "integer")
    if limit < 0:
        limit = BINARY_PAGE if binary else PAGE
    wanted = type_named(request.params, allowed_singletons=True)
    answer = dict(selected.answer)
    last = bytes(32)
    if "marker" in request.params:
        marker = parse_hash(request.params["marker"])
        if marker is None:
            raise expected("marker", "valid")
        last = marker
    elif selected.closed is not None:
        answer["ledger"] = header_text(selected.closed.header, selected.closed.hash, version=request.version)
    state: list[dict[str, Any]] = []
    key = selected.view.successor(last)
    for _ in range(limit):
        if key is None:
            break
        entry = selected.view.read(key)
        if entry is not None and wanted in (None, entry.type):
            state.append(_text(entry, binary))
        last, key = key, selected.view.successor(key)
    if key is not None:
        answer["marker"] = hexadecimal(last)
    return {**answer, "state": state}


def _text(entry: LedgerEntry, binary: bool) -> dict[str, Any]:
    if binary:
        return {"data": hexadecimal(entry_bytes(entry)), "index": hexadecimal(entry.key)}
    return entry_text(entry)
