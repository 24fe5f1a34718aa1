"""``account_objects``: what an account owns: its token pages first, then its owner directory."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.text import account_text, entry_text, hexadecimal
from sovbank.devnet.ledger.view import ReadView
from sovbank.devnet.rpc.entry_types import SHORT_NAMES, type_named
from sovbank.devnet.rpc.refusals import expected, invalid
from sovbank.devnet.rpc.request import Limits, Request, parse_hash

LIMITS: Final = Limits(10, 200, 400)
_BLOCKERS: Final = {
    name: SHORT_NAMES[name]
    for name in (
        *("check", "escrow", "nft_page", "payment_channel", "state", "mpt_issuance", "mptoken", "vault"),
        *("permissioned_domain", "bridge", "xchain_owned_claim_id", "xchain_owned_create_account_claim_id"),
    )
}
"""Types of entries that keep an account from being deleted, by their short names."""


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    request.text("account")
    selected = request.ledger()
    account, _ = request.existing_account(selected)
    types = _wanted(request)
    limit = request.limit(LIMITS)
    directory, entry = _marker(request)
    walk = _Walk(selected.view, account, types, limit)
    walk.run(directory, entry)
    answer: dict[str, Any] = {
        **selected.answer,
        "account": account_text(account),
        "account_objects": walk.objects,
    }
    if walk.marker is not None:
        answer["limit"] = limit
        answer["marker"] = walk.marker
    return answer


def _wanted(request: Request) -> frozenset[str] | None:
    if request.flag("deletion_blockers_only"):
        if "type" not in request.params:
            return frozenset(_BLOCKERS.values())
        # Here the server knows short names alone, and any other type chooses nothing.
        wanted = request.params["type"]
        return frozenset({_BLOCKERS[wanted]} if isinstance(wanted, str) and wanted in _BLOCKERS else ())
    named = type_named(request.params, allowed_singletons=False)
    return None if named is None else frozenset({named})


def _marker(request: Request) -> tuple[bytes | None, bytes]:
    """Give the directory page to go on with, if any, and the entry: all zeros for none."""
    if "marker" not in request.params:
        return None, bytes(32)
    marker = request.params["marker"]
    if not isinstance(marker, str):
        raise expected("marker", "string")
    first, comma, second = marker.partition(",")
    directory, entry = parse_hash(first), parse_hash(second)
    if not comma or directory is None or entry is None:
        raise invalid("marker")
    return (directory if any(directory) else None), entry


class _Walk:
    """One walk over what an account owns, up to a number of entries."""

    def __init__(self, view: ReadView, account: bytes, types: frozenset[str] | None, limit: int) -> None:
        self.view = view
        self.account = account
        self.types = types
        self.limit = limit
        self.left = limit
        self.objects: list[dict[str, Any]] = []
        self.marker: str | None = None

    def run(self, directory: bytes | None, entry: bytes) -> None:
        """Walk from a marker on: a directory page and an entry on it, or a token page alone."""
        if directory is not None:
            page = self.view.read(directory)
            # Any directory will do: the server does not ask whose it is.
            if page is None or page.type != "DirectoryNode":
                raise invalid("marker")
        wants_pages = self.types is None or "NFTokenPage" in self.types
        in_pages = not any(entry) or entry[:20] == self.account
        if directory is None and wants_pages and in_pages and self._token_pages(entry):
            return
        start = entry if directory is not None else None
        self._directory(directory or keylets.owner_directory(self.account), start)

    def _token_pages(self, after: bytes) -> bool:
        """Give the token pages; tell whether the limit was reached before their end."""
        last = keylets.nftoken_page_max(self.account)
        first = after if any(after) else keylets.nftoken_page_min(self.account)
        key = self.view.successor(first, _next(last)) or last
        page = self.view.read(key)
        while page is not None:
            self.objects.append(entry_text(page))
            following = page.get("NextPageMin")
            self.left -= 1
            if self.left == 0 and following is not None:
                self.marker = f"0,{hexadecimal(page.key)}"
                return True
            page = self.view.read(following) if following is not None else None
        return False

    def _directory(self, directory: bytes, start: bytes | None) -> None:
        root = keylets.owner_directory(self.account)
        added = 0
        while True:
            page = self.view.read(directory)
            if page is None:
                return
            keys: tuple[bytes, ...] = page["Indexes"]
            if start is not None:
                if start not in keys:
                    raise invalid("marker")
                keys = keys[keys.index(start) :]
                start = None
            for key in keys:
                if added == self.left:
                    self.marker = f"{hexadecimal(directory)},{hexadecimal(key)}"
                    return
                self._add(key)
                added += 1
            number = page.get("IndexNext", 0)
            if not number:
                return
            directory = keylets.page(root, number)

    def _add(self, key: bytes) -> None:
        entry = self.view.read(key)
        if entry is not None and (self.types is None or entry.type in self.types):
            self.objects.append(entry_text(entry))


def _next(key: bytes) -> bytes:
    return (int.from_bytes(key, "big") + 1).to_bytes(33, "big")[1:]
