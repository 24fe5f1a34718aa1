"""Errors of the embedded ledger's arithmetic."""

from __future__ import annotations

from sovbank.errors.base import Failed


class AmountOverflow(Failed):
    """A computation left the range that the ledger's amounts can hold."""

    code = "devnet.amount-overflow"
    default_next_step = "Use smaller amounts."
