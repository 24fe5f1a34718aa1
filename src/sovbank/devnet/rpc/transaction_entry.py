"""``transaction_entry``: one transaction of one ledger; ``tx_history``: the latest of all ledgers."""

from __future__ import annotations

from itertools import chain, islice
from typing import Any, Final

from sovbank.devnet.ledger.history import AppliedTransaction
from sovbank.devnet.ledger.text import fields_text, hexadecimal
from sovbank.devnet.rpc.coercion import as_text, as_unsigned
from sovbank.devnet.rpc.refusals import bare_refusal, refusal
from sovbank.devnet.rpc.request import Request, Selected, parse_hash
from sovbank.devnet.rpc.transactions import iso_time, placed_text, transaction_text, with_deliver_max
from sovbank.errors.devnet import RequestRefused

HISTORY: Final = 20
"""How many transactions ``tx_history`` tells of."""


def handle(request: Request) -> dict[str, Any]:
    """Answer ``transaction_entry``; its errors have no numbers, and carry what is known of the ledger."""
    selected, version = request.ledger(), request.version
    if "tx_hash" not in request.params:
        raise _refused("fieldNotFoundTransaction", selected)
    if selected.closed is None:
        raise _refused("notYetImplemented", selected)
    wanted = parse_hash(as_text(request.params["tx_hash"]))
    if wanted is None:
        raise _refused("malformedRequest", selected)
    for applied in selected.closed.transactions:
        if applied.tx.hash == wanted:
            break
    else:
        raise _refused("transactionNotFound", selected)
    body = with_deliver_max(transaction_text(applied.tx, version=version), version=version)
    answer = {**selected.answer, "tx_json": body}
    if version == 1:
        return answer | {"metadata": fields_text(applied.metadata)}
    return answer | {
        "close_time_iso": iso_time(selected.closed.header.close_time),
        "hash": hexadecimal(wanted),
        "meta": fields_text(applied.metadata),
    }


def _refused(token: str, selected: Selected) -> RequestRefused:
    error = bare_refusal(token)
    error.body.update(selected.answer)
    return error


def handle_history(request: Request) -> dict[str, Any]:
    """Answer ``tx_history``, which only version 1 of the interface has."""
    if request.version > 1:
        raise refusal("unknownCmd")
    if "start" not in request.params:
        raise refusal("invalidParams")
    start = as_unsigned(request.params["start"])
    history = request.node.ledger.history
    ledgers = map(history.ledger, range(history.last.header.sequence, history.first_sequence - 1, -1))
    applied = chain.from_iterable(reversed(closed.transactions) for closed in ledgers if closed is not None)
    found = [_told(request, item) for item in islice(applied, start, start + HISTORY)]
    return {"index": start, "txs": found or None}


def _told(request: Request, item: AppliedTransaction) -> dict[str, Any]:
    node = request.node
    text = placed_text(item, node.ledger.history, network_id=node.network_id, version=1, dated=False)
    text.pop("ctid", None)
    return with_deliver_max(text, version=1)
