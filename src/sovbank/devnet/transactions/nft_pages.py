"""Pages of NFTs: where an account's tokens are kept, up to 32 to a page, sorted by their low 96 bits.

A page's key bounds its tokens from above; the last page has the highest key an owner can have.
Source of the rules: xrpld ``ledger/helpers/NFTokenHelpers.cpp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.view import ReadView, Sandbox, adjust_owner_count, peek_account

PAGE_TOKENS: Final = 32
_LOW_BYTES: Final = 20
"""Where the low 96 bits of a token id begin."""

Token = Mapping[str, Any]


def _low(token_id: bytes) -> bytes:
    return token_id[_LOW_BYTES:]


def _order(token: Token) -> tuple[bytes, bytes]:
    token_id: bytes = token["NFTokenID"]
    return _low(token_id), token_id


def tokens_of(page: LedgerEntry) -> list[Token]:
    """Give the tokens on a page."""
    return [element["NFToken"] for element in page["NFTokens"]]


def _store(page: LedgerEntry, tokens: list[Token]) -> None:
    page["NFTokens"] = tuple({"NFToken": dict(token)} for token in tokens)


def _page_key(view: ReadView, owner: bytes, token_id: bytes) -> bytes:
    """Give the key of the only page that could hold a token: the first above the token, or the last."""
    last = keylets.nftoken_page_max(owner)
    return view.successor(keylets.nftoken_page(owner, token_id), last) or last


def find(view: ReadView, owner: bytes, token_id: bytes) -> Token | None:
    """Give a token of an owner, or None."""
    page = view.read(_page_key(view, owner, token_id))
    if page is None:
        return None
    return next((token for token in tokens_of(page) if token["NFTokenID"] == token_id), None)


def insert(view: Sandbox, owner: bytes, token: Token) -> TER:
    """Put a token on its page; a page that is made counts against the owner's reserve."""
    page = _page_for(view, owner, token["NFTokenID"])
    if page is None:
        return TER.tecNO_SUITABLE_NFTOKEN_PAGE
    _store(page, sorted([*tokens_of(page), token], key=_order))
    view.update(page)
    return TER.tesSUCCESS


def _page_for(view: Sandbox, owner: bytes, token_id: bytes) -> LedgerEntry | None:
    page = view.peek(_page_key(view, owner, token_id))
    if page is None:
        page = LedgerEntry.new("NFTokenPage", keylets.nftoken_page_max(owner))
        view.insert(page)
        _count_pages(view, owner, 1)
        return page
    tokens = tokens_of(page)
    if len(tokens) != PAGE_TOKENS:
        return page
    at = _split_at(tokens, token_id)
    return None if at is None else _split(view, owner, page, tokens[:at], tokens[at:], token_id)


def _split_at(tokens: list[Token], token_id: bytes) -> int | None:
    """Give where to divide a full page: about the middle, and never between tokens of equal low bits."""
    middle = PAGE_TOKENS // 2
    equal_to = _low(tokens[middle - 1]["NFTokenID"])
    equal = [_low(token["NFTokenID"]) == equal_to for token in tokens]
    at = next((index for index in range(middle, PAGE_TOKENS) if not equal[index]), None)
    if at is None:
        at = equal.index(True)
    if at:
        return at
    if _low(token_id) == equal_to:
        return None
    return PAGE_TOKENS if _low(token_id) > equal_to else 0


def _split(
    view: Sandbox, owner: bytes, page: LedgerEntry, lower: list[Token], upper: list[Token], token_id: bytes
) -> LedgerEntry:
    """Move the lower tokens to a new page before this one; give the page that the new token belongs to."""
    if len(lower) == PAGE_TOKENS:
        bound = int.from_bytes(lower[-1]["NFTokenID"], "big") + 1
        bound_id = bound.to_bytes(32, "big")
    else:
        bound_id = upper[0]["NFTokenID"]
    before = LedgerEntry.new("NFTokenPage", keylets.nftoken_page(owner, bound_id))
    _store(before, lower)
    before["NextPageMin"] = page.key
    if "PreviousPageMin" in page:
        before["PreviousPageMin"] = page["PreviousPageMin"]
        first = view.peek(page["PreviousPageMin"])
        if first is not None:
            first["NextPageMin"] = before.key
            view.update(first)
    view.insert(before)
    _store(page, upper)
    page["PreviousPageMin"] = before.key
    view.update(page)
    _count_pages(view, owner, 1)
    return before if keylets.nftoken_page(owner, token_id) < before.key else page


def _count_pages(view: Sandbox, owner: bytes, change: int) -> None:
    root = peek_account(view, owner)
    if root is not None and change:
        adjust_owner_count(view, root, change)


def remove(view: Sandbox, owner: bytes, token_id: bytes) -> TER:
    """Take a token off its page, and join pages that fit on one."""
    page = view.peek(_page_key(view, owner, token_id))
    if page is None:
        return TER.tecNO_ENTRY
    tokens = tokens_of(page)
    rest = [token for token in tokens if token["NFTokenID"] != token_id]
    if len(rest) == len(tokens):
        return TER.tecNO_ENTRY
    before, after = _linked(view, page, "PreviousPageMin"), _linked(view, page, "NextPageMin")
    if rest:
        _store(page, rest)
        view.update(page)
        joined = int(before is not None and _merge(view, before, page))
        joined += int(after is not None and _merge(view, page, after))
        _count_pages(view, owner, -joined)
    else:
        _drop(view, owner, page, before, after)
    return TER.tesSUCCESS


def _linked(view: Sandbox, page: LedgerEntry, link: str) -> LedgerEntry | None:
    if link not in page:
        return None
    other = view.peek(page[link])
    if other is None:
        raise RuntimeError(f"NFT page {page.key.hex()}: {link} leads nowhere")
    return other


def _merge(view: Sandbox, lower: LedgerEntry, upper: LedgerEntry) -> bool:
    """Move the tokens of a page to the next one if they fit there, and delete it."""
    tokens = [*tokens_of(lower), *tokens_of(upper)]
    if len(tokens) > PAGE_TOKENS:
        return False
    _store(upper, sorted(tokens, key=_order))
    upper.discard("PreviousPageMin")
    if "PreviousPageMin" in lower:
        upper["PreviousPageMin"] = lower["PreviousPageMin"]
        first = view.peek(lower["PreviousPageMin"])
        if first is not None:
            first["NextPageMin"] = upper.key
            view.update(first)
    view.update(upper)
    view.erase(lower)
    return True


def _drop(
    view: Sandbox, owner: bytes, page: LedgerEntry, before: LedgerEntry | None, after: LedgerEntry | None
) -> None:
    """Delete an emptied page; an emptied last page takes over the one before it instead."""
    if before is not None and page.key == keylets.nftoken_page_max(owner):
        _take_over(view, page, before)
        _count_pages(view, owner, -1)
        return
    for one, link, other in ((before, "NextPageMin", after), (after, "PreviousPageMin", before)):
        if one is None:
            continue
        if other is None:
            one.discard(link)
        else:
            one[link] = other.key
        view.update(one)
    view.erase(page)
    gone = 1
    if before is not None and after is not None and _merge(view, before, after):
        gone += 1
    _count_pages(view, owner, -gone)


def _take_over(view: Sandbox, page: LedgerEntry, before: LedgerEntry) -> None:
    page["NFTokens"] = before["NFTokens"]
    page.discard("PreviousPageMin")
    if "PreviousPageMin" in before:
        page["PreviousPageMin"] = before["PreviousPageMin"]
        first = view.peek(before["PreviousPageMin"])
        if first is not None:
            first["NextPageMin"] = page.key
            view.update(first)
    view.update(page)
    view.erase(before)


def change_uri(view: Sandbox, owner: bytes, token_id: bytes, uri: bytes | None) -> TER:
    """Set a token's URI, or take it away."""
    page = view.peek(_page_key(view, owner, token_id))
    if page is None:
        return TER.tecINTERNAL
    tokens = tokens_of(page)
    if all(token["NFTokenID"] != token_id for token in tokens):
        return TER.tecINTERNAL
    new: Token = {"NFTokenID": token_id} if uri is None else {"NFTokenID": token_id, "URI": uri}
    _store(page, [new if token["NFTokenID"] == token_id else token for token in tokens])
    view.update(page)
    return TER.tesSUCCESS
