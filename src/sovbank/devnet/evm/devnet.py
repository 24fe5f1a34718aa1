"""The devnet's EVM: a chain that keeps time, mines a block per transaction and survives being killed.

Blocks carry the machine's time, and a chain never stands still for whoever looks: when the head is older
than the block interval, an empty block is mined before an answer about the head. So an expiry or a stale
attestation is seen without anybody sending a transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sovbank.devnet.evm.chain import Chain, Mined
from sovbank.devnet.evm.journal import BlockRecord, ClockShift, EvmJournal, Genesis
from sovbank.devnet.evm.refusals import RpcRefusal
from sovbank.errors.evm import EvmJournalDamaged, EvmJournalUnwritable

DEFAULT_CHAIN_ID = 21338
BLOCK_INTERVAL_SECONDS = 12
MOST_BLOCKS_AT_ONCE = 1000


class Devnet:
    """One chain with its journal. Not thread-safe: the endpoint holds a lock around it."""

    def __init__(
        self,
        directory: Path,
        *,
        chain_id: int = DEFAULT_CHAIN_ID,
        block_interval: int = BLOCK_INTERVAL_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Rebuild the chain from the journal in ``directory``, or begin one there.

        ``block_interval`` is in seconds; 0 means that no empty block is ever mined by itself.

        Raises
        ------
        EvmJournalLocked, EvmJournalOfOtherChain, EvmJournalDamaged, EvmJournalUnwritable
        """
        self._clock = clock
        self._interval = block_interval
        self._shift = 0
        self._broken: EvmJournalUnwritable | None = None
        self._journal = EvmJournal(directory, genesis=Genesis(chain_id, int(clock())))
        try:
            genesis = self._journal.genesis
            self.chain = Chain(chain_id=genesis.chain_id, genesis_time=genesis.time)
            self._replay()
        except BaseException:
            self._journal.close()
            raise

    def now(self) -> int:
        """Return the chain's time in Unix seconds: the machine's, and what was added to it."""
        return int(self._clock()) + self._shift

    def next_time(self) -> int:
        """Return the time that a block mined now would carry: at least a second after its parent's."""
        return max(self.now(), int(self.chain.head.header.timestamp) + 1)

    def head(self) -> Mined:
        """Return the newest block, after mining an empty one when it is older than the interval."""
        if self._interval and self.now() - int(self.chain.head.header.timestamp) >= self._interval:
            self.mine()
        return self.chain.head

    def mine(self, *raws: bytes) -> Mined:
        """Mine a block of these transactions now and record it.

        Raises
        ------
        TransactionRefused
            A transaction cannot be included; nothing happened.
        EvmJournalUnwritable
            The block could not be recorded; from then on nothing is answered.
        """
        if self._broken:
            raise self._broken
        at = self.next_time()
        block = self.chain.mine(raws, at)
        self._append(BlockRecord(at, tuple(raws), block.header.hash))
        return block

    def increase_time(self, seconds: int) -> int:
        """Set the clock forward for good; return how far it runs ahead in all.

        The next block is at least that much later than the head, whose time may be ahead of the clock:
        several blocks within a second carry a second more each.
        """
        ahead = max(0, int(self.chain.head.header.timestamp) - self.now())
        self._append(ClockShift(self._shift + ahead + seconds))
        self._shift += ahead + seconds
        return self._shift

    def close(self) -> None:
        """Let go of the state directory."""
        self._journal.close()

    def _append(self, record: BlockRecord | ClockShift) -> None:
        try:
            self._journal.append(record)
        except EvmJournalUnwritable as error:
            self._broken = error
            raise

    def _replay(self) -> None:
        for number, record in enumerate(self._journal.records(), start=2):
            if isinstance(record, ClockShift):
                self._shift = record.seconds
                continue
            try:
                block = self.chain.mine(record.raws, record.time)
            except RpcRefusal as refusal:
                raise EvmJournalDamaged(
                    f"line {number} of the EVM journal cannot be replayed: {refusal.message}"
                ) from refusal
            if block.header.hash != record.block_hash:
                raise EvmJournalDamaged(f"line {number} of the EVM journal gives another block when replayed")
