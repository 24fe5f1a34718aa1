"""A node: the ledger, the journal that it is rebuilt from, a clock and a lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sovbank.devnet.journal import Journal
from sovbank.devnet.ledger.engine import Ledger, Submission
from sovbank.devnet.ledger.header import EPOCH_OFFSET
from sovbank.devnet.ledger.history import ClosedLedger
from sovbank.devnet.transactions.registry import DELETERS, TRANSACTORS
from sovbank.errors.devnet import InvalidTransaction, JournalDamaged

START, SUBMIT, SUBMIT_HARD, CLOSE = "T", "S", "H", "C"
"""Kinds of journal entries: the time of the start, blobs, and closes with their time."""

Clock = Callable[[], int]


def ledger_clock() -> int:
    """Give the time in seconds since 2000-01-01."""
    return int(time.time()) - EPOCH_OFFSET


class Node:
    """A standalone ledger that remembers. Hold ``lock`` around every use of ``ledger``."""

    def __init__(
        self, *, network_id: int, journal: Journal | None = None, clock: Clock = ledger_clock
    ) -> None:
        self.network_id = network_id
        self.lock = threading.RLock()
        self.started = time.monotonic()
        self._clock = clock
        self._journal = journal
        entries = iter(journal.entries() if journal is not None else ())
        first = next(entries, None)
        start = self._start_time(first)
        self.ledger = Ledger(
            network_id=network_id, start_time=start, transactors=TRANSACTORS, deleters=DELETERS
        )
        for kind, payload in entries:
            self._replay(kind, payload)

    def _start_time(self, first: tuple[str, str] | None) -> int:
        if first is None:
            start = self._clock()
            self._record(START, str(start))
            return start
        kind, payload = first
        if kind != START or not payload.isdigit():
            raise JournalDamaged("the journal does not begin with a start time")
        return int(payload)

    def _record(self, kind: str, payload: str) -> None:
        if self._journal is not None:
            self._journal.append(kind, payload)

    def _replay(self, kind: str, payload: str) -> None:
        try:
            if kind in (SUBMIT, SUBMIT_HARD):
                tx = self.ledger.admission.admit(bytes.fromhex(payload))
                self.ledger.submit(tx, fail_hard=kind == SUBMIT_HARD)
            elif kind == CLOSE:
                self.ledger.close(int(payload))
            else:
                raise JournalDamaged(f"the journal has an entry of unknown kind {kind!r}")
        except (ValueError, InvalidTransaction) as error:
            raise JournalDamaged(f"the journal has an entry that cannot be done again: {error}") from error

    def submit(self, blob: bytes, *, fail_hard: bool = False) -> Submission:
        """Apply a blob to the open ledger, and record it first.

        Raises
        ------
        InvalidTransaction
            The blob is not an admissible transaction; nothing is recorded.
        """
        with self.lock:
            tx = self.ledger.admission.admit(blob)
            self._record(SUBMIT_HARD if fail_hard else SUBMIT, blob.hex())
            return self.ledger.submit(tx, fail_hard=fail_hard)

    def close_ledger(self) -> ClosedLedger:
        """Close the open ledger now, record when, and wait until the record is on the disk."""
        with self.lock:
            now = self._clock()
            self._record(CLOSE, str(now))
            closed = self.ledger.close(now)
            if self._journal is not None:
                self._journal.sync()
            return closed

    def stop(self) -> None:
        """Close the journal; the node answers no more."""
        with self.lock:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
