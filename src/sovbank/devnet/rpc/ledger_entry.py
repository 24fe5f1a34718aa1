"""``ledger_entry``: one entry of a ledger, by key or by what identifies it."""

from __future__ import annotations

from typing import Any

from sovbank.devnet.ledger.state import entry_bytes
from sovbank.devnet.ledger.text import entry_text, hexadecimal
from sovbank.devnet.rpc.entry_keys import OPTIONS
from sovbank.devnet.rpc.refusals import bare_refusal, refusal
from sovbank.devnet.rpc.request import Request


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    named = [name for name in OPTIONS if name in request.params]
    if len(named) > 1:
        raise refusal("invalidParams", "Too many fields provided.")
    selected = request.ledger()
    if not named:
        if request.version < 2:
            error = bare_refusal("unknownOption")
            error.body.update(selected.answer)
            raise error
        raise refusal("invalidParams", "No ledger_entry params provided.")
    entry_type, reader = OPTIONS[named[0]]
    key = reader(named[0], request.params[named[0]])
    answer = {**selected.answer, "index": hexadecimal(key)}
    entry = selected.view.read(key)
    if entry is None:
        raise refusal("entryNotFound", body=answer)
    if entry_type is not None and entry.type != entry_type:
        raise refusal("unexpectedLedgerType", body=answer)
    if request.flag("binary"):
        return answer | {"node_binary": hexadecimal(entry_bytes(entry))}
    return answer | {"node": entry_text(entry)}
