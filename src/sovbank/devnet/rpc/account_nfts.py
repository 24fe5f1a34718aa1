"""``account_nfts``: the tokens that an account holds, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.text import account_text, hexadecimal
from sovbank.devnet.ledger.view import ReadView
from sovbank.devnet.rpc.refusals import expected, invalid, refusal
from sovbank.devnet.rpc.request import Limits, Request, parse_account, parse_hash

LIMITS: Final = Limits(20, 100, 400)
_CIPHER_FACTOR: Final = 384_160_001
_CIPHER_SUMMAND: Final = 2459


def handle(request: Request) -> dict[str, Any]:
    """Answer the request; an answer that was cut short does not name the account."""
    text = request.text("account")
    if parse_account(text) is None:
        raise refusal("actMalformed")
    selected = request.ledger()
    account, _ = request.existing_account(selected)
    limit = request.limit(LIMITS)
    marker = _marker(request)
    tokens: list[dict[str, Any]] = []
    found = marker is None
    for token in _held(selected.view, account, marker):
        token_id: bytes = token["NFTokenID"]
        if marker is not None and not tokens:
            if (token_id[20:], token_id) < (marker[20:], marker):
                continue
            if token_id == marker:
                found = True
                continue
        if not found:
            raise invalid("marker")
        tokens.append(_text(token))
        if len(tokens) == limit:
            last = hexadecimal(token_id)
            return {**selected.answer, "account_nfts": tokens, "limit": limit, "marker": last}
    if not found:
        raise invalid("marker")
    return {**selected.answer, "account_nfts": tokens, "account": account_text(account)}


def _held(view: ReadView, account: bytes, marker: bytes | None) -> Iterator[dict[str, Any]]:
    """Yield the tokens of an account from the page on where the marker's would be."""
    last = keylets.nftoken_page_max(account)
    start = keylets.nftoken_page(account, marker if marker is not None else bytes(32))
    page = view.read(view.successor(start, last) or last)
    while page is not None:
        for element in page["NFTokens"]:
            yield element["NFToken"]
        following = page.get("NextPageMin")
        page = view.read(following) if following is not None else None


def _marker(request: Request) -> bytes | None:
    if "marker" not in request.params:
        return None
    if not isinstance(request.params["marker"], str):
        raise expected("marker", "string")
    marker = parse_hash(request.params["marker"])
    if marker is None:
        raise invalid("marker")
    return marker


def _text(token: dict[str, Any]) -> dict[str, Any]:
    """Give the JSON of a token, with the parts of its id."""
    token_id: bytes = token["NFTokenID"]
    sequence = int.from_bytes(token_id[28:], "big")
    scrambled = int.from_bytes(token_id[24:28], "big")
    text: dict[str, Any] = {
        "Flags": int.from_bytes(token_id[:2], "big"),
        "Issuer": account_text(token_id[4:24]),
        "NFTokenID": hexadecimal(token_id),
        "NFTokenTaxon": scrambled ^ (_CIPHER_FACTOR * sequence + _CIPHER_SUMMAND) & 0xFFFFFFFF,
        "nft_serial": sequence,
    }
    if "URI" in token:
        text["URI"] = hexadecimal(token["URI"])
    fee = int.from_bytes(token_id[2:4], "big")
    if fee:
        text["TransferFee"] = fee
    return text
