"""``account_tx``: the transactions that affected an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.history import AppliedTransaction
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.rpc.coercion import as_number, as_text, as_unsigned, is_convertible_to_unsigned
from sovbank.devnet.rpc.refusals import invalid, refusal
from sovbank.devnet.rpc.request import Limits, Request, Selected, parse_account, parse_hash
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
    span = _span(request)
    marker = _marker(request)
    first, last = span()
    found = _found(request, account, first, last, marker)
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


def _found(
    request: Request, account: bytes, first: int, last: int, marker: tuple[int, int] | None
) -> Iterator[AppliedTransaction]:
    """Yield the transactions of the account from a marker on; none where the marker names none of them."""
    history, forward = request.node.ledger.history, request.flag("forward")
    if marker is None:
        yield from history.of_account(account, first=first, last=last, forward=forward)
        return
    # The marker's own ledger is looked at even where it lies outside the ledgers asked for.
    low, high = (marker[0], max(last, marker[0])) if forward else (min(first, marker[0]), marker[0])
    found = history.of_account(account, first=low, last=high, forward=forward, start=marker)
    head = next(found, None)
    if head is not None and (head.ledger, head.index) == marker:
        yield head
        yield from found


def _span(request: Request) -> Callable[[], tuple[int, int]]:
    """Read which ledgers are asked for; what is given tells the first and the last, once all else is read."""
    params = request.params
    bounded = "ledger_index_min" in params or "ledger_index_max" in params
    if bounded and request.version > 1 and ("ledger_hash" in params or "ledger_index" in params):
        raise refusal("invalidParams", "invalidParams")
    if bounded:
        low, high = _bound(params, "ledger_index_min"), _bound(params, "ledger_index_max")
        return lambda: _bounded(request, low, high)
    if "ledger_hash" in params:
        return _by_hash(request, params["ledger_hash"])
    if "ledger_index" in params:
        return _by_index(request, params["ledger_index"])
    history = request.node.ledger.history
    return lambda: (history.first_sequence, history.last.header.sequence)


def _bound(params: dict[str, Any], field: str) -> int | None:
    number = as_number(params[field]) if field in params else -1
    return number if number >= 0 else None


def _bounded(request: Request, low: int | None, high: int | None) -> tuple[int, int]:
    history = request.node.ledger.history
    first, last = history.first_sequence, history.last.header.sequence
    outside = (low is not None and low != 0 and low < first) or (high is not None and high > last)
    if outside and request.version > 1:
        raise refusal("lgrIdxMalformed")
    low = first if low is None else max(low, first)
    high = last if high is None else min(high, last)
    if high < low:
        raise refusal("lgrIdxsInvalid" if request.version == 1 else "invalidLgrRange")
    return low, high


def _by_hash(request: Request, value: Any) -> Callable[[], tuple[int, int]]:
    if not isinstance(value, str):
        raise refusal("invalidParams", "ledgerHashNotString")
    if parse_hash(value) is None:
        raise refusal("invalidParams", "ledgerHashMalformed")
    return lambda: _only(request.ledger_by_hash(value))


def _by_index(request: Request, value: Any) -> Callable[[], tuple[int, int]]:
    index: int | str
    if isinstance(value, int | float):
        index = as_unsigned(value)
    else:
        index = as_text(value)
        if index not in ("", "current", "closed", "validated"):
            raise refusal("invalidParams", "ledger_index string malformed")
    return lambda: _only(request.ledger_by_index(index))


def _only(selected: Selected) -> tuple[int, int]:
    if selected.closed is None:
        raise refusal("lgrNotValidated")
    return selected.closed.header.sequence, selected.closed.header.sequence


def _marker(request: Request) -> tuple[int, int] | None:
    if "marker" not in request.params:
        return None
    marker = request.params["marker"]
    if isinstance(marker, dict) and "ledger" in marker and "seq" in marker:
        ledger, index = marker["ledger"], marker["seq"]
        if is_convertible_to_unsigned(ledger) and is_convertible_to_unsigned(index):
            return as_unsigned(ledger), as_unsigned(index)
    raise refusal(
        "invalidParams",
        "invalid marker. Provide ledger index via ledger field, and transaction sequence number via seq"
        " field",
    )


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
