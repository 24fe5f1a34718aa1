"""Headers of ledgers: their fields, their hash and their close times.

Times are seconds since 2000-01-01T00:00:00Z. Source of the rules: xrpld ``protocol/LedgerHeader.cpp`` and
``ledger/LedgerTiming.h``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sovbank.wire.hashes import PREFIX_LEDGER, sha512_half

EPOCH_OFFSET: Final = 946_684_800
"""2000-01-01T00:00:00Z in seconds since 1970."""
CLOSE_RESOLUTION: Final = 10
"""Close times are rounded to this many seconds; a ledger of one server always agrees with itself."""


@dataclass(frozen=True, slots=True)
class LedgerHeader:
    """The header of a closed ledger; hashes are 32 bytes, ``drops`` is all XRP in existence."""

    sequence: int
    drops: int
    parent_hash: bytes
    transaction_hash: bytes
    account_hash: bytes
    parent_close_time: int
    close_time: int

    def serialise(self) -> bytes:
        """Give the bytes of the header."""
        return b"".join(
            (
                self.sequence.to_bytes(4, "big"),
                self.drops.to_bytes(8, "big"),
                self.parent_hash,
                self.transaction_hash,
                self.account_hash,
                self.parent_close_time.to_bytes(4, "big"),
                self.close_time.to_bytes(4, "big"),
                bytes([CLOSE_RESOLUTION, 0]),
            )
        )

    @property
    def hash(self) -> bytes:
        """The hash of the ledger."""
        return sha512_half(PREFIX_LEDGER, self.serialise())


def round_close_time(seconds: int) -> int:
    """Round a time to the close resolution, half up."""
    seconds += CLOSE_RESOLUTION // 2
    return seconds - seconds % CLOSE_RESOLUTION


def next_close_time(now: int, previous: int) -> int:
    """Give the close time of the next ledger: the rounded time, but later than the previous one."""
    return max(round_close_time(now), previous + 1)
