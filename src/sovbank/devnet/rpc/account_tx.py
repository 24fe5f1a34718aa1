"""``account_tx``: the transactions that affected an account."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.history import AppliedTransaction
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.rpc.refusals import invalid, refusal
from sovbank.devnet.rpc.request import Limits, Request, parse_account, parse_hash
from sovbank.devnet.rpc.transactions import iso_time, metadata_text, placed_text, with_deliver_max

LIMITS: Final = Limits(10, 200, 400)


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    if request.version > 1:
        for field in ("binary", "forward"):
            if not isinstance(request.params.get(field, False), bool):
                raise invalid(field)
    limit = request.limit(LIMITS)
    account = parse_account(request.text("account"))
    if account is None:
        raise refusal("actMalformed")
    first, last = _range(request)
    found = request.node.ledger.history.of_account(
        account,
        first=first,
        last=last,
        forward=request.flag("forward"),
        start=_marker(request),
    )
    page = list(islice(found, limit + 1))
    answer: dict[str, Any] = {
        "account": request.params["account"],
        "ledger_index_min": first,
        "ledger_index_max": last,
        "limit": limit,
        "transactions": [_text(request, applied) for applied in page[:limit]],
        "validated": True,
    }
    if len(page) > limit:
        answer["marker"] = {"ledger": page[limit].ledger, "seq": page[limit].index}
    return answer


def _range(request: Request) -> tuple[int, int]:
    """Give the first and the last ledger to search."""
    params, history = request.params, request.node.ledger.history
    first, last = history.first_sequence, history.last.header.sequence
    bounded = "ledger_index_min" in params or "ledger_index_max" in params
    named = "ledger_hash" in params or "ledger_index" in params
    if bounded and named and request.version > 1:
        raise refusal("invalidParams", "invalidParams")
    if bounded:
        return _bounded(request, first, last)
    if named:
        sequence = _named(request)
        return sequence, sequence
    return first, last


def _bounded(request: Request, first: int, last: int) -> tuple[int, int]:
    low, high = _bound(request, "ledger_index_min"), _bound(request, "ledger_index_max")
    outside = (low is not None and low != 0 and low < first) or (high is not None and high > last)
    if outside and request.version > 1:
        raise refusal("lgrIdxMalformed")
    low = first if low is None else max(low, first)
    high = last if high is None else min(high, last)
    if high < low:
        raise refusal("lgrIdxsInvalid" if request.version == 1 else "invalidLgrRange")
    return low, high


def _bound(request: Request, field: str) -> int | None:
    value = request.params.get(field, -1)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(field)
    return value if value >= 0 else None


def _named(request: Request) -> int:
    if "ledger_hash" in request.params:
        value = request.params["ledger_hash"]
        if not isinstance(value, str):
            raise refusal("invalidParams", "ledgerHashNotString")
        if parse_hash(value) is None:
            raise refusal("invalidParams", "ledgerHashMalformed")
    elif isinstance(request.params["ledger_index"], str) and request.params["ledger_index"] not in (
        "",
        "current",
        "closed",
        "validated",
    ):
        raise refusal("invalidParams", "ledger_index string malformed")
    selected = request.ledger()
    if selected.closed is None:
        raise refusal("lgrNotValidated")
    return selected.closed.header.sequence


def _marker(request: Request) -> tuple[int, int] | None:
    if "marker" not in request.params:
        return None
    marker = request.params["marker"]
    if isinstance(marker, dict):
        ledger, index = marker.get("ledger"), marker.get("seq")
        if _is_index(ledger) and _is_index(index):
            return int(str(ledger)), int(str(index))
    raise refusal(
        "invalidParams",
        "invalid marker. Provide ledger index via ledger field, and transaction sequence number via seq"
        " field",
    )


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32


def _text(request: Request, applied: AppliedTransaction) -> dict[str, Any]:
    history, version = request.node.ledger.history, request.version
    if request.flag("binary"):
        return {
            "tx_blob": hexadecimal(applied.tx.blob),
            "meta" if version == 1 else "meta_blob": hexadecimal(encode(applied.metadata)),
            "ledger_index": applied.ledger,
            "validated": True,
        }
    body = placed_text(applied, history, network_id=request.node.network_id, version=version, dated=True)
    text: dict[str, Any] = {
        "meta": metadata_text(applied.tx, applied.metadata),
        "validated": True,
    }
    closed = history.ledger(applied.ledger)
    if version == 1 or closed is None:
        return text | {"tx": with_deliver_max(body, version=version)}
    return text | {
        "tx_json": with_deliver_max(body, version=version),
        "hash": hexadecimal(applied.tx.hash),
        "ledger_index": applied.ledger,
        "ledger_hash": hexadecimal(closed.hash),
        "close_time_iso": iso_time(closed.header.close_time),
    }
