"""LedgerHashes: the hashes of earlier ledgers that every ledger carries.

One entry holds the last 256; others hold every 256th of a stretch of 65,536. No transaction makes them, so
they are in no metadata. Source of the rules: xrpld ``ledger/Ledger.cpp`` (updateSkipList).
"""

from __future__ import annotations

from collections.abc import Sequence

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.state import ClosedState, Displaced

_KEPT = 256


def update(state: ClosedState, displaced: Displaced, *, parent_sequence: int, parent_hash: bytes) -> None:
    """Add the parent of the ledger being closed, and note what was displaced."""
    if parent_sequence % _KEPT == 0:
        key = keylets.skip_list(parent_sequence)
        displaced.setdefault(key, state.read(key))
        _append(state, key, parent_sequence, parent_hash)
    _append(state, keylets.SKIP_LIST, parent_sequence, parent_hash)


def recent(hashes: Sequence[bytes], parent_sequence: int) -> LedgerEntry:
    """Give the entry of the last ledgers as it was in an earlier one: every close displaces it."""
    values = {"Hashes": tuple(hashes[-_KEPT:]), "LastLedgerSequence": parent_sequence}
    return LedgerEntry.new("LedgerHashes", keylets.SKIP_LIST, values)


def _append(state: ClosedState, key: bytes, parent_sequence: int, parent_hash: bytes) -> None:
    before = state.read(key)
    entry = before.copy() if before is not None else LedgerEntry.new("LedgerHashes", key)
    hashes: tuple[bytes, ...] = entry["Hashes"]
    if key == keylets.SKIP_LIST:
        hashes = hashes[-(_KEPT - 1) :]
    entry["Hashes"] = (*hashes, parent_hash)
    entry["LastLedgerSequence"] = parent_sequence
    state.put(entry)
