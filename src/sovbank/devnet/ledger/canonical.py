"""The order in which a set of transactions is applied, and the transactions held for later.

By account XOR a salt, so that no account is always first; then sequences before tickets, by number; then
hash. Source of the rules: xrpld ``ledger/CanonicalTXSet.cpp``.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TypeAlias

from sovbank.devnet.ledger.transaction import Transaction

Key: TypeAlias = tuple[int, bool, int, bytes]


class CanonicalSet:
    """Transactions in canonical order for one salt (32 bytes)."""

    def __init__(self, salt: bytes) -> None:
        self._salt = int.from_bytes(salt, "big")
        self._keys: list[Key] = []
        self._transactions: dict[Key, Transaction] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Transaction]:
        return iter([self._transactions[key] for key in self._keys])

    def _account(self, tx: Transaction) -> int:
        return int.from_bytes(tx.account + bytes(12), "big") ^ self._salt

    def _key(self, tx: Transaction) -> Key:
        return (self._account(tx), tx.uses_ticket, tx.sequence_value, tx.hash)

    def add(self, tx: Transaction) -> None:
        """Add a transaction; nothing happens if it is there."""
        key = self._key(tx)
        if key not in self._transactions:
            insort(self._keys, key)
            self._transactions[key] = tx

    def discard(self, tx: Transaction) -> None:
        """Take a transaction out if it is there."""
        key = self._key(tx)
        if self._transactions.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]

    def pop_next(self, tx: Transaction) -> Transaction | None:
        """Take out what can follow ``tx`` of the same account: the next sequence, else the lowest ticket."""
        account = self._account(tx)
        at = bisect_left(self._keys, (account, tx.uses_ticket, tx.sequence_value, b""))
        if at == len(self._keys):
            return None
        key = self._keys[at]
        if key[0] != account or (not key[1] and key[2] != tx.sequence_value + 1):
            return None
        del self._keys[at]
        return self._transactions.pop(key)
