"""``account_offers`` and ``account_channels``: this ledger has no such entries, so both are always empty.

Their pages count every entry that the account owns, as those of the real server do.
"""

from __future__ import annotations

from typing import Any

from sovbank.devnet.ledger.text import account_text
from sovbank.devnet.rpc.account_lines import LIMITS, page_of
from sovbank.devnet.rpc.refusals import invalid, refusal
from sovbank.devnet.rpc.request import Request, Selected, parse_account


def handle_offers(request: Request) -> dict[str, Any]:
    """Answer ``account_offers``."""
    request.text("account")
    selected = request.ledger()
    account, _ = request.existing_account(selected)
    return _page(request, selected, account, "offers")


def handle_channels(request: Request) -> dict[str, Any]:
    """Answer ``account_channels``."""
    request.text("account")
    selected = request.ledger()
    account, _ = request.existing_account(selected)
    destination = request.params.get("destination_account", "")
    if not isinstance(destination, str):
        raise invalid("destination_account")
    if destination and parse_account(destination) is None:
        raise refusal("actMalformed")
    return _page(request, selected, account, "channels")


def _page(request: Request, selected: Selected, account: bytes, name: str) -> dict[str, Any]:
    limit = request.limit(LIMITS)
    _, marker = page_of(request, selected.view, account, limit)
    answer: dict[str, Any] = {**selected.answer, "account": account_text(account), name: []}
    if marker is not None:
        answer |= {"limit": limit, "marker": marker}
    return answer
