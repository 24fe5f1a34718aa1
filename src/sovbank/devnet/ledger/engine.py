"""The ledger of one server in standalone mode: an open ledger that is closed on demand.

``submit`` applies to the open ledger. ``close`` applies the open ledger's transactions to the last closed
one again, in canonical order and up to three passes, and builds the next open ledger from what is left.
Source of the rules: xrpld ``app/misc/NetworkOPs.cpp``, ``app/ledger/detail/BuildLedger.cpp``,
``OpenLedger.cpp``, ``LocalTxs.cpp`` and ``app/consensus/RCLConsensus.cpp``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sovbank.devnet.ledger import keylets, shamap, skiplist
from sovbank.devnet.ledger.admission import Admission
from sovbank.devnet.ledger.canonical import CanonicalSet
from sovbank.devnet.ledger.encoding import encode, variable_length
from sovbank.devnet.ledger.genesis import FEES, genesis_state
from sovbank.devnet.ledger.header import LedgerHeader, next_close_time, round_close_time
from sovbank.devnet.ledger.history import AppliedTransaction, ClosedLedger, History
from sovbank.devnet.ledger.pipeline import Deleter, Mode, Outcome, Pipeline
from sovbank.devnet.ledger.results import TER, is_failure, is_local, is_malformed, is_retry
from sovbank.devnet.ledger.state import ClosedState, Displaced, LedgerView, PastState
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import Transactor
from sovbank.devnet.ledger.values import MAX_DROPS
from sovbank.devnet.ledger.view import Action, LedgerInfo, ReadView, read_account
from sovbank.devnet.ledger.waiting import LocalTransactions

TOTAL_PASSES: Final = 3
RETRY_PASSES: Final = 1
"""After the pass of this number, a tec counts."""
HELD_LEDGERS: Final = 5
"""A transaction whose LastLedgerSequence is this near is held again and again."""
KNOWN_TRANSACTIONS: Final = 65_536
"""Submitted transactions that can be asked about, applied or not."""
MAX_FOLLOWERS: Final = 10
"""Most held transactions that one applied transaction lets follow."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submitted transaction came to in the open ledger."""

    tx: Transaction
    result: TER
    applied: bool
    kept: bool
    account_sequence: int | None


class Ledger:
    """A standalone server's ledger: ledger 2 is closed and 3 open at the start."""

    def __init__(
        self,
        *,
        network_id: int,
        start_time: int,
        transactors: Mapping[str, Transactor],
        deleters: Mapping[str, Deleter],
    ) -> None:
        self.network_id = network_id
        self.admission = Admission(transactors)
        self.history = History()
        self._pipeline = Pipeline(network_id, transactors, deleters)
        self._local = LocalTransactions()
        self._known: dict[bytes, Transaction] = {}
        self._bad: set[bytes] = set()
        self._held_before: set[bytes] = set()
        self._held = CanonicalSet(bytes(32))
        self.closed: ClosedState = genesis_state()
        self._add_genesis(start_time)
        self.open = self._new_open_view()

    def _add_genesis(self, start_time: int) -> None:
        first = LedgerHeader(1, MAX_DROPS, bytes(32), bytes(32), self.closed.root(), 0, 0)
        displaced: Displaced = {}
        skiplist.update(self.closed, displaced, parent_sequence=1, parent_hash=first.hash)
        header = LedgerHeader(
            2, MAX_DROPS, first.hash, bytes(32), self.closed.root(), 0, round_close_time(start_time)
        )
        self.closed.info = _info_of(header)
        self.history.add(ClosedLedger(header, header.hash, (), displaced))

    # -- reading -----------------------------------------------------------------------------------

    @property
    def current_sequence(self) -> int:
        """The sequence of the open ledger."""
        return self.open.info.sequence

    def view_of(self, ledger: ClosedLedger) -> ReadView:
        """Give the state of a closed ledger."""
        later = self.history.later_than(ledger.header.sequence)
        if not later:
            return self.closed
        displaced = [closed.displaced for closed in later]
        parent = ledger.header.sequence - 1
        recent = skiplist.recent(self.history.hashes_before(ledger.header.sequence), parent)
        return PastState(self.closed, _info_of(ledger.header), [{keylets.SKIP_LIST: recent}, *displaced])

    # -- submitting --------------------------------------------------------------------------------

    def submit(self, tx: Transaction, *, fail_hard: bool = False) -> Submission:
        """Apply an admitted transaction to the open ledger."""
        if tx.hash in self._bad:
            return Submission(tx, TER.temBAD_SIGNATURE, False, False, None)
        self._remember(tx)
        outcome, followers = self._submit_one(tx, local=True, fail_hard=fail_hard)
        kept = not fail_hard or outcome.result is TER.tesSUCCESS
        sequence = self._open_sequence(tx)
        self._submit_followers(followers)
        return Submission(tx, outcome.result, outcome.applied, kept, sequence)

    def _remember(self, tx: Transaction) -> None:
        self._known[tx.hash] = tx
        if len(self._known) > KNOWN_TRANSACTIONS:
            del self._known[next(iter(self._known))]

    def _open_sequence(self, tx: Transaction) -> int:
        account = read_account(self.open, tx.account)
        return account["Sequence"] if account is not None else 0

    def _submit_followers(self, waiting: list[Transaction]) -> None:
        while waiting:
            batch, waiting = waiting, []
            for tx in batch:
                if tx.hash not in self._bad:
                    waiting += self._submit_one(tx, local=False, fail_hard=False)[1]

    def _submit_one(
        self, tx: Transaction, *, local: bool, fail_hard: bool
    ) -> tuple[Outcome, list[Transaction]]:
        """Apply to the open ledger, hold what may succeed later; give the held ones that can follow."""
        outcome = self._pipeline.apply(self.open, tx, Mode(fail_hard=fail_hard))
        result = outcome.result
        if is_malformed(result):
            self._bad.add(tx.hash)
        followers: list[Transaction] = []
        if result is TER.tesSUCCESS:
            follower = self._held.pop_next(tx)
            while follower is not None and len(followers) < MAX_FOLLOWERS:
                followers.append(follower)
                follower = self._held.pop_next(tx)
            # One taken out beyond the most is dropped; what was submitted here is tried after the close.
        elif result is not TER.tefPAST_SEQ and _may_succeed_later(result) and not fail_hard:
            self._hold(tx, local=local)
        if local and (not fail_hard or result is TER.tesSUCCESS):
            self._local.add(tx, self.current_sequence)
        return outcome, followers

    def _hold(self, tx: Transaction, *, local: bool) -> None:
        last = tx.get("LastLedgerSequence")
        soon = last is not None and 0 <= last - self.current_sequence <= HELD_LEDGERS
        if local or soon:
            self._held.add(tx)
        elif tx.hash not in self._held_before:
            self._held_before.add(tx.hash)
            self._held.add(tx)

    def simulate(self, tx: Transaction) -> Outcome:
        """Try an unsigned transaction on the open ledger and keep nothing."""
        return self._pipeline.apply(self.open, tx, Mode(simulated=True))

    def submitted(self, tx_hash: bytes) -> Transaction | None:
        """Give a transaction that was submitted, whatever came of it, or None."""
        return self._known.get(tx_hash)

    # -- closing -----------------------------------------------------------------------------------

    def close(self, now: int) -> ClosedLedger:
        """Close the open ledger at a time (seconds since 2000) and open the next one."""
        self._apply_held()
        before = self.open
        waiting = CanonicalSet(shamap.root_of((tx_hash, tx_hash) for tx_hash in before.transactions))
        for tx in before.transactions.values():
            waiting.add(tx)
        closed = self._build(waiting, now)
        self._reopen(before, waiting, closed)
        self._local.sweep(self.closed, closed.header.sequence, self._is_applied)
        return closed

    def _apply_held(self) -> None:
        held, self._held = self._held, CanonicalSet(self.open.info.parent_hash)
        followers: list[Transaction] = []
        for tx in held:
            if tx.hash not in self._bad:
                followers += self._submit_one(tx, local=False, fail_hard=False)[1]
        self._submit_followers(followers)

    def _build(self, waiting: CanonicalSet, now: int) -> ClosedLedger:
        parent = self.history.last
        sequence = parent.header.sequence + 1
        info = LedgerInfo(sequence, parent.header.close_time, parent.hash, FEES, open=False)
        view = LedgerView(self.closed, info, frozenset())
        self._run_passes(waiting, lambda tx, mode: self._pipeline.apply(view, tx, mode))
        displaced = self._flush(view)
        skiplist.update(
            self.closed, displaced, parent_sequence=parent.header.sequence, parent_hash=parent.hash
        )
        applied = tuple(
            AppliedTransaction(tx, view.metadata[tx.hash], sequence, index)
            for index, tx in enumerate(view.transactions.values())
        )
        header = LedgerHeader(
            sequence=sequence,
            drops=parent.header.drops - view.destroyed,
            parent_hash=parent.hash,
            transaction_hash=shamap.root_of(_transaction_leaves(applied)),
            account_hash=self.closed.root(),
            parent_close_time=parent.header.close_time,
            close_time=next_close_time(now, parent.header.close_time),
        )
        closed = ClosedLedger(header, header.hash, applied, displaced)
        self.closed.info = _info_of(header)
        self.history.add(closed)
        return closed

    @staticmethod
    def _run_passes(waiting: CanonicalSet, apply: Callable[[Transaction, Mode], Outcome]) -> None:
        """Apply a set in up to three passes; what is left wants to be tried in a later ledger."""
        retry = True
        for number in range(TOTAL_PASSES):
            changes = 0
            for tx in waiting:
                outcome = apply(tx, Mode(retry=retry))
                changes += outcome.applied
                if outcome.applied or not is_later(outcome.result):
                    waiting.discard(tx)
            if not changes and not retry:
                return
            if not changes or number >= RETRY_PASSES:
                retry = False

    def _flush(self, view: LedgerView) -> Displaced:
        displaced: Displaced = {}
        for key, change in view.changes.items():
            if change.action is Action.ERASED:
                displaced[key] = self.closed.erase(key)
            elif change.action is not Action.LENT:
                displaced[key] = self.closed.put(change.entry)
        return displaced

    def _is_applied(self, tx_hash: bytes) -> bool:
        return self.history.transaction(tx_hash) is not None

    def _reopen(self, before: LedgerView, waiting: CanonicalSet, closed: ClosedLedger) -> None:
        """Open the next ledger with what the closed one left out, then with what waits here."""
        self.open = self._new_open_view()
        here = {applied.tx.hash for applied in closed.transactions}
        for tx_hash in sorted(before.transactions.keys() - here):
            tx = before.transactions[tx_hash]
            outcome = self._pipeline.apply(self.open, tx, Mode(retry=True))
            if not outcome.applied and is_later(outcome.result):
                waiting.add(tx)
        self._run_passes(waiting, lambda tx, mode: self._pipeline.apply(self.open, tx, mode))
        for tx in self._local.in_order(self.closed, self._is_applied):
            self._pipeline.apply(self.open, tx, Mode())

    def _new_open_view(self) -> LedgerView:
        last = self.history.last
        info = LedgerInfo(last.header.sequence + 1, last.header.close_time, last.hash, FEES, open=True)
        here = frozenset(applied.tx.hash for applied in last.transactions)
        return LedgerView(self.closed, info, here)


def is_later(result: TER) -> bool:
    """Tell whether a transaction that did not apply is worth another try: a ter or a tec."""
    return not (is_failure(result) or is_malformed(result) or is_local(result))


def _may_succeed_later(result: TER) -> bool:
    return is_retry(result) or is_local(result) or is_failure(result)


def _info_of(header: LedgerHeader) -> LedgerInfo:
    return LedgerInfo(header.sequence, header.parent_close_time, header.parent_hash, FEES, open=False)


def _transaction_leaves(applied: Iterable[AppliedTransaction]) -> Iterable[tuple[bytes, bytes]]:
    for item in applied:
        metadata = encode(item.metadata)
        data = b"".join(
            (variable_length(len(item.tx.blob)), item.tx.blob, variable_length(len(metadata)), metadata)
        )
        yield item.tx.hash, shamap.transaction_leaf(item.tx.hash, data)
