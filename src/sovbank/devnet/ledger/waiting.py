"""Transactions that were submitted here and are tried again in each open ledger until they are settled.

Source of the rules: xrpld ``app/ledger/detail/LocalTxs.cpp``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.canonical import CanonicalSet
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.view import ReadView, read_account

KEPT_LEDGERS: Final = 5


class LocalTransactions:
    """The transactions submitted to this server that no closed ledger has settled."""

    def __init__(self) -> None:
        self._expiry: dict[bytes, tuple[Transaction, int]] = {}

    def __len__(self) -> int:
        return len(self._expiry)

    def add(self, tx: Transaction, current: int) -> None:
        """Keep a transaction that was submitted while ledger ``current`` was open."""
        expiry = current + KEPT_LEDGERS
        if "LastLedgerSequence" in tx:
            expiry = min(expiry, tx["LastLedgerSequence"] + 1)
        self._expiry[tx.hash] = (tx, expiry)

    def in_order(self, view: ReadView, is_applied: Callable[[bytes], bool]) -> Iterator[Transaction]:
        """Yield what could still apply, in canonical order without salt."""
        ordered = CanonicalSet(bytes(32))
        for tx, _ in self._expiry.values():
            if not _is_settled(view, tx, is_applied):
                ordered.add(tx)
        return iter(ordered)

    def sweep(self, view: ReadView, closed: int, is_applied: Callable[[bytes], bool]) -> None:
        """Forget what was applied, can never apply, or has been tried long enough."""
        self._expiry = {
            tx.hash: (tx, expiry)
            for tx, expiry in self._expiry.values()
            if closed <= expiry and not _is_settled(view, tx, is_applied)
        }


def _is_settled(view: ReadView, tx: Transaction, is_applied: Callable[[bytes], bool]) -> bool:
    if is_applied(tx.hash):
        return True
    account = read_account(view, tx.account)
    if account is None:
        return False
    if not tx.uses_ticket:
        return bool(account["Sequence"] > tx.sequence_value)
    if account["Sequence"] <= tx.sequence_value:
        return False
    return not view.exists(keylets.ticket(tx.account, tx.sequence_value))
