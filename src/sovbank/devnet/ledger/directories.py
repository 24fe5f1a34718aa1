"""Directories: linked pages of up to 32 keys, as accounts own their objects and books their offers.

The root is page 0; its IndexPrevious is the last page. Owner directories keep each page sorted, books keep
the order of arrival. Source of the rules: xrpld ``ledger/ApplyView.cpp`` and ``ledger/Dir.cpp``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.view import ReadView, Sandbox

PAGE_ENTRIES: Final = 32
_PAGE_LIMIT: Final = 2**64

Describe = Callable[[LedgerEntry], None]


def describe_owner(account_id: bytes) -> Describe:
    """Give the description of an owner directory's pages: who owns it."""

    def describe(page: LedgerEntry) -> None:
        page["Owner"] = account_id

    return describe


def insert_owned(view: Sandbox, account_id: bytes, key: bytes) -> int | None:
    """Add a key to an account's owner directory; give the page, or None when the directory is full."""
    return insert(view, keylets.owner_directory(account_id), key, describe_owner(account_id))


def remove_owned(view: Sandbox, account_id: bytes, page: int, key: bytes, *, keep_root: bool = False) -> bool:
    """Take a key out of an account's owner directory; False when it is not on that page."""
    return remove(view, keylets.owner_directory(account_id), page, key, keep_root=keep_root)


def insert(view: Sandbox, root_key: bytes, key: bytes, describe: Describe) -> int | None:
    """Add a key on the last page, sorted within it; give the page, or None when full."""
    return _add(view, root_key, key, describe, keep_order=False)


def append(view: Sandbox, root_key: bytes, key: bytes, describe: Describe) -> int | None:
    """Add a key at the end of the last page, as order books do; give the page, or None when full."""
    return _add(view, root_key, key, describe, keep_order=True)


def _add(view: Sandbox, root_key: bytes, key: bytes, describe: Describe, *, keep_order: bool) -> int | None:
    root = view.peek(root_key)
    if root is None:
        root = LedgerEntry.new("DirectoryNode", root_key, {"RootIndex": root_key, "Indexes": (key,)})
        describe(root)
        view.insert(root)
        return 0
    number: int = root.get("IndexPrevious", 0)
    last = _page(view, root_key, number) if number else root
    keys: tuple[bytes, ...] = last["Indexes"]
    if len(keys) < PAGE_ENTRIES:
        if keep_order:
            last["Indexes"] = (*keys, key)
        else:
            ordered = sorted(keys)
            at = bisect_left(ordered, key)
            last["Indexes"] = (*ordered[:at], key, *ordered[at:])
        view.update(last)
        return number
    return _add_page(view, root, last, number, key, describe)


def _add_page(
    view: Sandbox, root: LedgerEntry, last: LedgerEntry, number: int, key: bytes, describe: Describe
) -> int | None:
    number += 1
    if number >= _PAGE_LIMIT:
        return None
    last["IndexNext"] = number
    view.update(last)
    root["IndexPrevious"] = number
    view.update(root)
    page = LedgerEntry.new(
        "DirectoryNode", keylets.page(root.key, number), {"RootIndex": root.key, "Indexes": (key,)}
    )
    if number != 1:
        page["IndexPrevious"] = number - 1
    describe(page)
    view.insert(page)
    return number


def _page(view: Sandbox, root_key: bytes, number: int) -> LedgerEntry:
    page = view.peek(keylets.page(root_key, number))
    if page is None:
        raise RuntimeError(f"directory {root_key.hex()}: page {number} is missing")
    return page


def remove(view: Sandbox, root_key: bytes, number: int, key: bytes, *, keep_root: bool = False) -> bool:
    """Take a key off a page; an emptied page goes, and with the last one the root unless it is kept.

    False when there is no such page or the key is not on it.
    """
    page = view.peek(keylets.page(root_key, number))
    if page is None or key not in page["Indexes"]:
        return False
    page["Indexes"] = tuple(k for k in page["Indexes"] if k != key)
    view.update(page)
    if page["Indexes"]:
        return True
    if number == 0:
        _remove_root(view, page, keep_root=keep_root)
    else:
        _unlink(view, root_key, page, keep_root=keep_root)
    return True


def _remove_root(view: Sandbox, root: LedgerEntry, *, keep_root: bool) -> None:
    following, last = root.get("IndexNext", 0), root.get("IndexPrevious", 0)
    if following == last and following:
        page = _page(view, root.key, last)
        if not page["Indexes"]:
            root["IndexNext"] = root["IndexPrevious"] = 0
            view.update(root)
            view.erase(page)
            following = last = 0
    if not keep_root and not following and not last:
        view.erase(root)


def _unlink(view: Sandbox, root_key: bytes, page: LedgerEntry, *, keep_root: bool) -> None:
    before, after = page.get("IndexPrevious", 0), page.get("IndexNext", 0)
    previous = _page(view, root_key, before)
    previous["IndexNext"] = after
    view.update(previous)
    following = _page(view, root_key, after)
    following["IndexPrevious"] = before
    view.update(following)
    view.erase(page)
    if after and not following.get("IndexNext", 0) and not following["Indexes"]:
        view.erase(following)
        previous["IndexNext"] = 0
        view.update(previous)
        root = _page(view, root_key, 0)
        root["IndexPrevious"] = before
        view.update(root)
        after = 0
    if not keep_root and not after and not before and not previous["Indexes"]:
        view.erase(previous)


def delete_empty(view: Sandbox, root_key: bytes) -> bool:
    """Delete a directory that was kept empty; False when it is missing or still has entries."""
    root = view.peek(root_key)
    if root is None or root["Indexes"]:
        return False
    following, last = root.get("IndexNext", 0), root.get("IndexPrevious", 0)
    if following == last and following:
        page = _page(view, root_key, last)
        if page["Indexes"]:
            return False
        root["IndexNext"] = root["IndexPrevious"] = 0
        view.update(root)
        view.erase(page)
        following = last = 0
    if not following and not last:
        view.erase(root)
    return True


def is_empty(view: ReadView, root_key: bytes) -> bool:
    """Tell whether a directory is missing, or its root has no keys and no further page."""
    root = view.read(root_key)
    if root is None:
        return True
    return not root["Indexes"] and not root.get("IndexNext", 0)


def walk(view: ReadView, root_key: bytes, start_page: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield (page, key) of a directory in its order, from a page on."""
    number = start_page
    while True:
        page = view.read(keylets.page(root_key, number))
        if page is None:
            return
        for key in page["Indexes"]:
            yield number, key
        number = page.get("IndexNext", 0)
        if not number:
            return


def owned(view: ReadView, account_id: bytes) -> Iterator[LedgerEntry]:
    """Yield the entries in an account's owner directory, in its order."""
    for _, key in walk(view, keylets.owner_directory(account_id)):
        entry = view.read(key)
        if entry is None:
            raise RuntimeError(f"owner directory of {account_id.hex()} names a missing entry")
        yield entry
