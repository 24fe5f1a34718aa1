"""Every recorded answer of the real server, given again by the devnet from the same requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agreement import compare
from sovbank.devnet.node import Node
from sovbank.devnet.rpc.dispatch import answer

TRANSCRIPTS = sorted((Path(__file__).parent.parent / "transcripts").glob("*.json"))
START = 848_614_357


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) == 20


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_answers_agree(path: Path) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    node = Node(network_id=recorded.get("network", 0), clock=lambda: START)
    assert recorded["steps"]
    for number, step in enumerate(recorded["steps"]):
        request, wanted = step["request"], step["response"]["result"]
        given = answer(node, request)["result"]
        found = compare(request["method"], wanted, given, partial=bool(step["response"].get("partial")))
        assert not found, f"{path.stem}, step {number} ({request['method']}): {found[0]}"
