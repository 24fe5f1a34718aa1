"""The bank port: statements in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class StatementEntry:
    """One booked entry as the bank wrote it. ``amount_micro`` is positive; ``credit`` says the direction."""

    reference: str
    account: str
    booked_on: date
    credit: bool
    amount_micro: int
    currency: str
    counterparty: str
    remittance: str


@dataclass(frozen=True)
class Statement:
    """One parsed statement file: the SHA-256 of its bytes and all of its entries."""

    sha256: str
    format: str
    entries: Sequence[StatementEntry]


class StatementReader(Protocol):
    """A reader of one statement format."""

    def read(self, data: bytes) -> Statement:
        """Return the whole statement, or raise ``StatementMalformed`` with row and column."""
        ...
