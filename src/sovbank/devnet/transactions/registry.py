"""The table of transaction types that the ledger can apply."""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.transactor import Transactor

TRANSACTORS: Final[dict[str, Transactor]] = {}
