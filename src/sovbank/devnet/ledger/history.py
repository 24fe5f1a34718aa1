"""Closed ledgers and their transactions, by sequence, by hash and by account."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sovbank.devnet.ledger.fields import FIELDS
from sovbank.devnet.ledger.header import LedgerHeader
from sovbank.devnet.ledger.state import Displaced
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.values import TokenAmount

_ACCOUNT_FIELDS: Final = frozenset(name for name, field in FIELDS.items() if field.type == "AccountID")
_AMOUNTS_OF_ACCOUNTS: Final = frozenset({"LowLimit", "HighLimit", "TakerPays", "TakerGets"})


@dataclass(frozen=True, slots=True)
class AppliedTransaction:
    """A transaction in a closed ledger, with its native metadata."""

    tx: Transaction
    metadata: dict[str, Any]
    ledger: int
    index: int


@dataclass(frozen=True, slots=True)
class ClosedLedger:
    """A closed ledger: header, transactions in the order they were applied, and what its close displaced."""

    header: LedgerHeader
    hash: bytes
    transactions: tuple[AppliedTransaction, ...]
    displaced: Displaced


def affected_accounts(metadata: dict[str, Any]) -> set[bytes]:
    """Give the accounts that metadata names in new or final fields."""
    accounts: set[bytes] = set()
    for element in metadata["AffectedNodes"]:
        for kind, node in element.items():
            fields = node.get("NewFields" if kind == "CreatedNode" else "FinalFields", {})
            for name, value in fields.items():
                if name in _ACCOUNT_FIELDS:
                    accounts.add(value)
                elif name in _AMOUNTS_OF_ACCOUNTS and isinstance(value, TokenAmount):
                    accounts.add(value.issuer)
                elif name == "MPTokenIssuanceID":
                    accounts.add(value[4:])
    return accounts


class History:
    """Every closed ledger since the first."""

    def __init__(self) -> None:
        self._ledgers: list[ClosedLedger] = []
        self._by_hash: dict[bytes, ClosedLedger] = {}
        self._transactions: dict[bytes, AppliedTransaction] = {}
        self._by_account: dict[bytes, list[tuple[int, int]]] = {}

    def add(self, ledger: ClosedLedger) -> None:
        """Add the ledger that was closed last."""
        self._ledgers.append(ledger)
        self._by_hash[ledger.hash] = ledger
        for applied in ledger.transactions:
            self._transactions[applied.tx.hash] = applied
            for account in affected_accounts(applied.metadata):
                self._by_account.setdefault(account, []).append((applied.ledger, applied.index))

    @property
    def last(self) -> ClosedLedger:
        """The ledger that was closed last."""
        return self._ledgers[-1]

    @property
    def first_sequence(self) -> int:
        """The sequence of the earliest ledger that is kept."""
        return self._ledgers[0].header.sequence

    def ledger(self, sequence: int) -> ClosedLedger | None:
        """Give a closed ledger by sequence, or None."""
        at = sequence - self.first_sequence
        return self._ledgers[at] if 0 <= at < len(self._ledgers) else None

    def ledger_by_hash(self, ledger_hash: bytes) -> ClosedLedger | None:
        """Give a closed ledger by hash, or None."""
        return self._by_hash.get(ledger_hash)

    def hashes_before(self, sequence: int) -> list[bytes]:
        """Give the hashes of up to 256 ledgers before one, oldest first."""
        at = sequence - self.first_sequence
        earlier = [ledger.hash for ledger in self._ledgers[max(at - 256, 0) : at]]
        return [self._ledgers[0].header.parent_hash, *earlier] if at < 256 else earlier

    def later_than(self, sequence: int) -> list[ClosedLedger]:
        """Give the closed ledgers after one, in order."""
        return self._ledgers[sequence - self.first_sequence + 1 :]

    def transaction(self, tx_hash: bytes) -> AppliedTransaction | None:
        """Give an applied transaction by hash, or None."""
        return self._transactions.get(tx_hash)

    def transaction_at(self, ledger: int, index: int) -> AppliedTransaction | None:
        """Give the transaction at a place in a closed ledger, or None."""
        closed = self.ledger(ledger)
        if closed is None or not 0 <= index < len(closed.transactions):
            return None
        return closed.transactions[index]

    def of_account(
        self,
        account: bytes,
        *,
        first: int,
        last: int,
        forward: bool,
        start: tuple[int, int] | None = None,
    ) -> Iterator[AppliedTransaction]:
        """Yield the transactions that affected an account in ledgers first..last.

        Newest first unless ``forward``. ``start`` is the (ledger, index) to begin with.
        """
        places = self._by_account.get(account, [])
        low = bisect_left(places, (first, 0))
        high = bisect_left(places, (last + 1, 0))
        if start is not None and forward:
            low = max(low, bisect_left(places, start))
        elif start is not None:
            high = min(high, bisect_left(places, (start[0], start[1] + 1)))
        chosen = places[low:high]
        for ledger, index in chosen if forward else reversed(chosen):
            applied = self.transaction_at(ledger, index)
            if applied is not None:
                yield applied
