"""Views of the ledger's state: reading it, and collecting changes above it.

A view stands on a base. :class:`Sandbox` collects changes above any other view and hands them down with
``apply_to``, or is dropped. Nothing below is copied: an entry is copied once, when a sandbox first lends
it out with ``peek``.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import IntEnum
from typing import NamedTuple, Protocol

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.objects import LedgerEntry


class Fees(NamedTuple):
    """The network's fee settings, all in drops."""

    base: int
    reserve: int
    increment: int

    def account_reserve(self, owner_count: int) -> int:
        """Give the XRP that an account with so many objects must keep."""
        return self.reserve + owner_count * self.increment


class LedgerInfo(NamedTuple):
    """What a transaction can see of the ledger that it is applied to.

    ``parent_close_time`` is in seconds since 2000-01-01. ``open`` is true for the open ledger, where no
    metadata is made and the fee is checked; it is false while a ledger closes.
    """

    sequence: int
    parent_close_time: int
    parent_hash: bytes
    fees: Fees
    open: bool


class ReadView(Protocol):
    """The state of a ledger, to read."""

    @property
    def info(self) -> LedgerInfo:
        """The ledger's header, as far as transactions see it."""
        ...

    def read(self, key: bytes) -> LedgerEntry | None:
        """Give an entry that must not be changed, or None."""
        ...

    def exists(self, key: bytes) -> bool:
        """Tell whether there is an entry of this key."""
        ...

    def successor(self, key: bytes, limit: bytes | None = None) -> bytes | None:
        """Give the lowest key above ``key`` and below ``limit``, or None."""
        ...

    def owner_count_hook(self, account: bytes, count: int) -> int:
        """Give the owner count that reserves are computed from; payments in progress see the highest."""
        ...


class RawView(ReadView, Protocol):
    """A view that takes over the changes of a sandbox standing on it."""

    def raw_put(self, entry: LedgerEntry) -> None:
        """Take over an entry that was made or changed."""
        ...

    def raw_erase(self, entry: LedgerEntry) -> None:
        """Take over that an entry was deleted; ``entry`` is its last form."""
        ...


class Action(IntEnum):
    """What a sandbox did to an entry."""

    LENT = 0
    MODIFIED = 1
    INSERTED = 2
    ERASED = 3


class Change:
    """An entry in a sandbox and what was done to it."""

    __slots__ = ("action", "entry")

    def __init__(self, action: Action, entry: LedgerEntry) -> None:
        self.action = action
        self.entry = entry


class Sandbox:
    """Changes above another view.

    Change an entry by ``peek``, setting its fields, and ``update``; a peeked entry that is not updated does
    not count as changed. A second ``peek`` of the same key lends the same entry. Breaking these rules
    raises ``KeyError`` or ``RuntimeError``: mistakes of the code, not of a transaction.
    """

    __slots__ = ("base", "changes", "info")

    def __init__(self, base: ReadView) -> None:
        self.base = base
        self.info = base.info
        self.changes: dict[bytes, Change] = {}

    def read(self, key: bytes) -> LedgerEntry | None:
        """Give an entry that must not be changed, or None."""
        change = self.changes.get(key)
        if change is None:
            return self.base.read(key)
        return None if change.action is Action.ERASED else change.entry

    def exists(self, key: bytes) -> bool:
        """Tell whether there is an entry of this key."""
        change = self.changes.get(key)
        if change is None:
            return self.base.exists(key)
        return change.action is not Action.ERASED

    def successor(self, key: bytes, limit: bytes | None = None) -> bytes | None:
        """Give the lowest key above ``key`` and below ``limit``, or None."""
        below = self.base.successor(key, limit)
        while below is not None:
            change = self.changes.get(below)
            if change is None or change.action is not Action.ERASED:
                break
            below = self.base.successor(below, limit)
        own = sorted(k for k, c in self.changes.items() if c.action is Action.INSERTED)
        at = bisect_right(own, key)
        found = own[at] if at < len(own) else None
        if found is None or (below is not None and below < found):
            found = below
        return None if found is not None and limit is not None and found >= limit else found

    def peek(self, key: bytes) -> LedgerEntry | None:
        """Give an entry that may be changed, or None; changes count once ``update`` is called."""
        change = self.changes.get(key)
        if change is None:
            below = self.base.read(key)
            if below is None:
                return None
            entry = below.copy()
            self.changes[key] = Change(Action.LENT, entry)
            return entry
        return None if change.action is Action.ERASED else change.entry

    def insert(self, entry: LedgerEntry) -> None:
        """Add a new entry."""
        change = self.changes.get(entry.key)
        if change is None:
            self.changes[entry.key] = Change(Action.INSERTED, entry)
        elif change.action is Action.ERASED:
            change.action, change.entry = Action.MODIFIED, entry
        else:
            raise RuntimeError(f"insert: {entry!r} is there already")

    def update(self, entry: LedgerEntry) -> None:
        """Count an entry given by ``peek`` as changed."""
        change = self.changes[entry.key]
        if change.entry is not entry or change.action is Action.ERASED:
            raise RuntimeError(f"update: {entry!r} was not lent by this view")
        if change.action is Action.LENT:
            change.action = Action.MODIFIED

    def erase(self, entry: LedgerEntry) -> None:
        """Delete an entry given by ``peek`` or added by ``insert``; its fields become its final fields."""
        change = self.changes[entry.key]
        if change.entry is not entry or change.action is Action.ERASED:
            raise RuntimeError(f"erase: {entry!r} was not lent by this view")
        if change.action is Action.INSERTED:
            del self.changes[entry.key]
        else:
            change.action = Action.ERASED

    def raw_put(self, entry: LedgerEntry) -> None:
        """Take over an entry made or changed in a sandbox that stands on this one."""
        change = self.changes.get(entry.key)
        if change is None:
            known = self.base.exists(entry.key)
            self.changes[entry.key] = Change(Action.MODIFIED if known else Action.INSERTED, entry)
            return
        if change.action is not Action.INSERTED:
            change.action = Action.MODIFIED
        change.entry = entry

    def raw_erase(self, entry: LedgerEntry) -> None:
        """Take over a deletion from a sandbox that stands on this one."""
        change = self.changes.get(entry.key)
        if change is None:
            self.changes[entry.key] = Change(Action.ERASED, entry)
        elif change.action is Action.INSERTED:
            del self.changes[entry.key]
        else:
            change.action, change.entry = Action.ERASED, entry

    def apply_to(self, target: RawView) -> None:
        """Hand the changes down to the view below (the base, or a sandbox on it)."""
        for change in self.changes.values():
            if change.action is Action.ERASED:
                target.raw_erase(change.entry)
            elif change.action is not Action.LENT:
                target.raw_put(change.entry)

    def discard(self) -> None:
        """Drop every change."""
        self.changes.clear()

    def owner_count_hook(self, account: bytes, count: int) -> int:
        """Give the owner count that reserves are computed from: the one asked about, unless overridden."""
        return self.base.owner_count_hook(account, count)

    def adjust_owner_count_hook(self, account: bytes, before: int, after: int) -> None:
        """Be told of a change of an owner count; sandboxes of payments override it."""


def read_account(view: ReadView, account_id: bytes) -> LedgerEntry | None:
    """Read the AccountRoot of an account, or None."""
    return view.read(keylets.account(account_id))


def peek_account(view: Sandbox, account_id: bytes) -> LedgerEntry | None:
    """Borrow the AccountRoot of an account to change it, or None."""
    return view.peek(keylets.account(account_id))


def adjust_owner_count(view: Sandbox, account: LedgerEntry, amount: int) -> None:
    """Add to an AccountRoot's owner count, kept within 0 and 2**32-1, and count it as changed."""
    before = account["OwnerCount"]
    after = min(max(before + amount, 0), 0xFFFFFFFF)
    view.adjust_owner_count_hook(account["Account"], before, after)
    account["OwnerCount"] = after
    view.update(account)
