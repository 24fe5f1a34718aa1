"""``nft_buy_offers`` and ``nft_sell_offers``: the offers for one token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.text import account_text, amount_text, hexadecimal
from sovbank.devnet.ledger.view import ReadView
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.refusals import expected, invalid, missing, refusal
from sovbank.devnet.rpc.request import Limits, Request, parse_hash

LIMITS: Final = Limits(50, 250, 500)


def handle_buy(request: Request) -> dict[str, Any]:
    """Answer ``nft_buy_offers``."""
    return _offers(request, keylets.nftoken_buy_offers)


def handle_sell(request: Request) -> dict[str, Any]:
    """Answer ``nft_sell_offers``."""
    return _offers(request, keylets.nftoken_sell_offers)


def _offers(request: Request, directory: Callable[[bytes], bytes]) -> dict[str, Any]:
    if "nft_id" not in request.params:
        raise missing("nft_id")
    token = parse_hash(as_text(request.params["nft_id"]))
    if token is None:
        raise invalid("nft_id")
    limit = request.limit(LIMITS)
    selected = request.ledger()
    root = directory(token)
    if not selected.view.exists(root):
        raise refusal("objectNotFound")
    start = _marker(request, selected.view, token)
    answer: dict[str, Any] = {"nft_id": hexadecimal(token)}
    offers: list[dict[str, Any]] = []
    reached = start is None
    for _, key in directories.walk(selected.view, root):
        reached = reached or key == start
        entry = selected.view.read(key)
        if not reached or entry is None:
            continue
        if len(offers) == limit:
            answer |= {"limit": limit, "marker": hexadecimal(key)}
            break
        offers.append(_text(entry))
    if not reached:
        raise refusal("invalidParams")
    return answer | {"offers": offers}


def _marker(request: Request, view: ReadView, token: bytes) -> bytes | None:
    if "marker" not in request.params:
        return None
    marker = request.params["marker"]
    if not isinstance(marker, str):
        raise expected("marker", "string")
    key = parse_hash(marker)
    entry = view.read(key) if key is not None else None
    if entry is None or entry.type != "NFTokenOffer" or entry["NFTokenID"] != token:
        raise refusal("invalidParams")
    return key


def _text(offer: LedgerEntry) -> dict[str, Any]:
    text: dict[str, Any] = {
        "nft_offer_index": hexadecimal(offer.key),
        "flags": offer.flags,
        "owner": account_text(offer["Owner"]),
        "amount": amount_text(offer["Amount"]),
    }
    if "Destination" in offer:
        text["destination"] = account_text(offer["Destination"])
    if "Expiration" in offer:
        text["expiration"] = offer["Expiration"]
    return text
