"""The state of the last closed ledger, the views above it, and the states of the ledgers before.

The closed state is one table that every close updates in place. What an update displaced is kept per
ledger, so that an older ledger reads as the present one with the later updates undone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any

from sovbank.devnet.ledger import shamap
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.view import LedgerInfo, ReadView, Sandbox

Displaced = dict[bytes, LedgerEntry | None]


def entry_bytes(entry: LedgerEntry) -> bytes:
    """Give the bytes of an entry as the state tree holds them."""
    return encode({**entry.fields, "LedgerEntryType": entry.type})


class ClosedState:
    """The entries of the last closed ledger, their order by key and their hash tree."""

    def __init__(self, info: LedgerInfo) -> None:
        self.info = info
        self._entries: dict[bytes, LedgerEntry] = {}
        self._keys: list[bytes] = []
        self._tree = shamap.HashTree()

    def __len__(self) -> int:
        return len(self._entries)

    def read(self, key: bytes) -> LedgerEntry | None:
        """Give an entry that must not be changed, or None."""
        return self._entries.get(key)

    def exists(self, key: bytes) -> bool:
        """Tell whether there is an entry of this key."""
        return key in self._entries

    def successor(self, key: bytes, limit: bytes | None = None) -> bytes | None:
        """Give the lowest key above ``key`` and below ``limit``, or None."""
        at = bisect_right(self._keys, key)
        if at == len(self._keys):
            return None
        found = self._keys[at]
        return None if limit is not None and found >= limit else found

    def owner_count_hook(self, account: bytes, count: int) -> int:  # noqa: ARG002
        """Give the owner count that reserves are computed from."""
        return count

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield every entry in the order of keys."""
        for key in self._keys:
            yield self._entries[key]

    def put(self, entry: LedgerEntry) -> LedgerEntry | None:
        """Store an entry; give the one that it displaced."""
        before = self._entries.get(entry.key)
        if before is None:
            insort(self._keys, entry.key)
        self._entries[entry.key] = entry
        self._tree.put(entry.key, shamap.entry_leaf(entry.key, entry_bytes(entry)))
        return before

    def erase(self, key: bytes) -> LedgerEntry:
        """Take an entry away and give it; KeyError when there is none."""
        before = self._entries.pop(key)
        del self._keys[bisect_left(self._keys, key)]
        self._tree.remove(key)
        return before

    def root(self) -> bytes:
        """Give the account hash of the state."""
        return self._tree.root()


class LedgerView(Sandbox):
    """Changes of a whole ledger above the closed state, with the transactions that made them."""

    __slots__ = ("destroyed", "metadata", "parent_transactions", "transactions")

    def __init__(self, base: ReadView, info: LedgerInfo, parent_transactions: frozenset[bytes]) -> None:
        super().__init__(base)
        self.info = info
        self.transactions: dict[bytes, Transaction] = {}
        self.metadata: dict[bytes, dict[str, Any]] = {}
        self.parent_transactions = parent_transactions
        self.destroyed = 0

    def transaction_exists(self, tx_hash: bytes) -> bool:
        """Tell whether the transaction is in this ledger or in the one before it."""
        return tx_hash in self.transactions or tx_hash in self.parent_transactions

    def add_transaction(self, tx: Transaction, metadata: dict[str, Any] | None) -> None:
        """Record a transaction that was applied."""
        self.transactions[tx.hash] = tx
        if metadata is not None:
            self.metadata[tx.hash] = metadata


class PastState:
    """The state of an earlier ledger: the present one with later updates undone."""

    def __init__(self, present: ClosedState, info: LedgerInfo, later: list[Displaced]) -> None:
        self.info = info
        self._present = present
        self._before: Displaced = {}
        for displaced in reversed(later):
            self._before.update(displaced)

    def read(self, key: bytes) -> LedgerEntry | None:
        """Give an entry that must not be changed, or None."""
        if key in self._before:
            return self._before[key]
        return self._present.read(key)

    def exists(self, key: bytes) -> bool:
        """Tell whether there is an entry of this key."""
        return self.read(key) is not None

    def successor(self, key: bytes, limit: bytes | None = None) -> bytes | None:
        """Give the lowest key above ``key`` and below ``limit``, or None."""
        present = self._present.successor(key, limit)
        while present is not None and self._before.get(present, present) is None:
            present = self._present.successor(present, limit)
        gone = [k for k, entry in self._before.items() if entry is not None and k > key]
        best = min(gone, default=None)
        if best is not None and limit is not None and best >= limit:
            best = None
        if best is None or (present is not None and present < best):
            return present
        return best

    def owner_count_hook(self, account: bytes, count: int) -> int:  # noqa: ARG002
        """Give the owner count that reserves are computed from."""
        return count
