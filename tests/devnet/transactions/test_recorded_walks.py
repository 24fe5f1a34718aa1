"""Random walks, transaction by transaction, as the transaction engine of the real server applied them.

Each line of a walk names a transaction, its result in an open ledger, its result in a closing ledger, and the
metadata that it left there, byte for byte. The engine was the server's own code with the amendments that
3.2.0 turns on; signatures were not looked at, so those in the blobs are not real.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sovbank.devnet.ledger.admission import Admission
from sovbank.devnet.ledger.decoding import decode
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.genesis import FEES, genesis_state
from sovbank.devnet.ledger.pipeline import Mode, Pipeline
from sovbank.devnet.ledger.state import ClosedState, LedgerView
from sovbank.devnet.ledger.text import fields_text
from sovbank.devnet.ledger.view import Action, LedgerInfo
from sovbank.devnet.transactions.registry import DELETERS, TRANSACTORS

WALKS = sorted((Path(__file__).parent / "walks").glob("*.jsonl.gz"))


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="ascii") as file:
        yield from map(json.loads, file)


class Ledgers:
    """An open and a closing ledger above the same closed one."""

    def __init__(self) -> None:
        self.state: ClosedState = genesis_state()
        self.pipeline = Pipeline(0, TRANSACTORS, DELETERS)
        self.admission = Admission(TRANSACTORS)
        self.closing: LedgerView | None = None

    def turn(self, sequence: int, parent_close: int) -> None:
        """Keep what the closing ledger did, and begin the next two."""
        for key, change in self.closing.changes.items() if self.closing is not None else ():
            if change.action is Action.ERASED:
                self.state.erase(key)
            elif change.action is not Action.LENT:
                self.state.put(change.entry)
        views = (
            LedgerView(
                self.state, LedgerInfo(sequence, parent_close, bytes(32), FEES, open=is_open), frozenset()
            )
            for is_open in (True, False)
        )
        self.open, self.closing = views

    def apply(self, blob: bytes) -> tuple[str, str, str]:
        """Give both results and the metadata in hex, a dash where there is none."""
        tx = self.admission.unsigned(decode(blob))
        assert self.closing is not None
        first = self.pipeline.apply(self.open, tx, Mode())
        final = self.pipeline.apply(self.closing, tx, Mode())
        meta = "-" if final.metadata is None else encode(final.metadata).hex().upper()
        return first.result.name, final.result.name, meta


def readable(meta: str) -> Any:
    return meta if meta == "-" else fields_text(decode(bytes.fromhex(meta)))


def test_there_are_walks() -> None:
    assert len(WALKS) == 5


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.name.partition(".")[0])
def test_every_transaction_does_what_it_did_on_the_server(path: Path) -> None:
    ledgers = Ledgers()
    for number, line in enumerate(lines(path), start=1):
        if "ledger" in line:
            ledgers.turn(line["ledger"], line["parent_close"])
            continue
        blob = bytes.fromhex(line["blob"])
        first, final, meta = ledgers.apply(blob)
        about = f"{path.name}, line {number}: {fields_text(decode(blob))}"
        assert (first, final) == (line["open"], line["closed"]), about
        assert meta == line["meta"] or readable(meta) == readable(line["meta"]), about
        assert meta == line["meta"], about
