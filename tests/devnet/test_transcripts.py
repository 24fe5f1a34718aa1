"""Every recorded answer of the real server, given again by the devnet from the same requests.

Ledgers hash as the server's, too, where the clock is the recording's: a hash covers every entry of the state,
every transaction and all of its metadata, whether or not a recorded answer shows them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agreement import compare
from sovbank.devnet.node import Node
from sovbank.devnet.rpc.dispatch import answer

TRANSCRIPTS = sorted((Path(__file__).parent.parent / "transcripts").glob("*.json"))
STARTS = {"server": 848_614_357, "walk001": 848_614_440, "walk011": 848_614_470}
"""When recordings began that show no ledger's time."""


def start_of(name: str, steps: list[dict[str, Any]]) -> int:
    """Give the time at which ledger 2 closed; every later one closed a second after the one before."""
    for step in steps:
        result = step["response"]["result"]
        if "date" in result:
            start: int = result["date"] - (result["ledger_index"] - 2)
            return start
    return STARTS[name]


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) == 20


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_answers_agree(path: Path) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    start = start_of(path.stem, recorded["steps"])
    node = Node(network_id=recorded.get("network", 0), clock=lambda: start)
    hashes = 0
    for number, step in enumerate(recorded["steps"]):
        request, wanted = step["request"], step["response"]["result"]
        given = answer(node, request)["result"]
        found = compare(request["method"], wanted, given, partial=bool(step["response"].get("partial")))
        assert not found, f"{path.stem}, step {number} ({request['method']}): {found[0]}"
        if "ledger_hash" in wanted:
            assert given["ledger_hash"] == wanted["ledger_hash"], f"{path.stem}, step {number}"
            hashes += 1
    assert hashes
