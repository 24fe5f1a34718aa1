"""``account_lines``: the trust lines of an account, in the order of its owner directory."""

from __future__ import annotations

import re
from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.text import account_text, currency_text, hexadecimal
from sovbank.devnet.ledger.view import ReadView
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.lines import Line, line_of
from sovbank.devnet.rpc.refusals import expected, refusal
from sovbank.devnet.rpc.request import Limits, Request, parse_account, parse_hash

LIMITS: Final = Limits(10, 200, 400)
_PAGE: Final = re.compile(r"[-+]?[0-9]{1,20}")


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    request.text("account")
    selected = request.ledger()
    account, _ = request.existing_account(selected)
    peer = as_text(request.params.get("peer"))
    peer_account = parse_account(peer)
    if peer and peer_account is None:
        raise refusal("actMalformed", body=selected.answer)
    limit = request.limit(LIMITS)
    entries, marker = page_of(request, selected.view, account, limit)
    lines = []
    for entry in entries:
        line = line_of(entry, account)
        if line is None or (peer_account is not None and line.peer != peer_account):
            continue
        if request.flag("ignore_default") and not line.own.reserve:
            continue
        lines.append(_text(line))
    answer: dict[str, Any] = {**selected.answer, "account": account_text(account), "lines": lines}
    if marker is not None:
        answer["limit"] = limit
        answer["marker"] = marker
    return answer


def page_of(
    request: Request, view: ReadView, account: bytes, limit: int
) -> tuple[list[LedgerEntry], str | None]:
    """Give up to ``limit`` owned entries from the request's marker on, and the marker of the rest.

    The marker names the last entry given and the directory page it says that it is on.
    """
    after, page = _marker(request, view, account)
    entries: list[LedgerEntry] = []
    found = after is None
    for _, key in directories.walk(view, keylets.owner_directory(account), page):
        if not found:
            found = key == after
            continue
        if len(entries) == limit:
            return entries, f"{hexadecimal(entries[-1].key)},{_page_hint(entries[-1], account)}"
        entry = view.read(key)
        if entry is not None:
            entries.append(entry)
    if not found:
        raise refusal("invalidParams")
    return entries, None


def _marker(request: Request, view: ReadView, account: bytes) -> tuple[bytes | None, int]:
    if "marker" not in request.params:
        return None, 0
    marker = request.params["marker"]
    if not isinstance(marker, str):
        raise expected("marker", "string")
    text, page, *_ = [*marker.split(","), ""]
    key = parse_hash(text)
    if key is None or not _PAGE.fullmatch(page) or abs(int(page)) >= 2**64:
        raise refusal("invalidParams")
    entry = view.read(key)
    if entry is None or not is_related(entry, account):
        raise refusal("invalidParams")
    hinted = view.read(keylets.page(keylets.owner_directory(account), int(page) % 2**64))
    return key, int(page) % 2**64 if hinted is not None and key in hinted["Indexes"] else 0


def _page_hint(entry: LedgerEntry, account: bytes) -> int:
    """Give the page that an entry says it is on; what others own says their page, or none at all."""
    name = "OwnerNode"
    if entry.type == "RippleState":
        name = "LowNode" if entry["LowLimit"].issuer == account else "HighNode"
    page: int = entry.get(name, 0)
    return page


def is_related(entry: LedgerEntry, account: bytes) -> bool:
    """Tell whether an entry stands in the owner directory of an account."""
    if entry.type == "RippleState":
        return account in (entry["LowLimit"].issuer, entry["HighLimit"].issuer)
    if "Account" in entry:
        return account in (entry["Account"], entry.get("Destination"))
    if entry.type == "SignerList":
        return entry.key == keylets.signer_list(account)
    return entry.type == "NFTokenOffer" and bool(entry["Owner"] == account)


def _text(line: Line) -> dict[str, Any]:
    text: dict[str, Any] = {
        "account": account_text(line.peer),
        "balance": line.balance.text(),
        "currency": currency_text(line.balance.currency),
        "limit": line.limit.text(),
        "limit_peer": line.limit_peer.text(),
        "quality_in": line.quality_in,
        "quality_out": line.quality_out,
    }
    marks = {
        "authorized": line.own.authorized,
        "peer_authorized": line.other.authorized,
        "no_ripple": line.own.no_ripple,
        "no_ripple_peer": line.other.no_ripple,
        "freeze": line.own.freeze,
        "freeze_peer": line.other.freeze,
        "deep_freeze": line.own.deep_freeze,
        "deep_freeze_peer": line.other.deep_freeze,
    }
    return text | {name: True for name, is_set in marks.items() if is_set}
