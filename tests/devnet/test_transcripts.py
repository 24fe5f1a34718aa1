"""Every recorded answer of the real server, given again by the devnet from the same requests.

An answer agrees when submissions come to the same result and hash, and when every query is equal in every
field but those that depend on the machine and the clock: times, ledger hashes, versions, load. An answer
that was recorded in part is compared in that part.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sovbank.devnet.node import Node
from sovbank.devnet.rpc.dispatch import answer

TRANSCRIPTS = sorted((Path(__file__).parent.parent / "transcripts").glob("*.json"))
START = 848_614_357
OF_THE_MACHINE = frozenset(
    word
    for line in """
    ledger_hash close_time close_time_human close_time_iso parent_hash parent_close_time account_hash
    transaction_hash date ledger build_version close_time_resolution close_flags warnings open_ledger_cost
    load_factor current_queue_size current_ledger_size expected_ledger_size levels drops accepted applied
    broadcast kept queued engine_result_message error_message error_code error_exception request deprecated
    total_coins status type
    """.splitlines()
    for word in line.split()
)
"""Fields that two right servers may answer differently."""
OF_THE_SERVER = frozenset({"server_info", "server_state", "fee", "ledger", "ledger_closed"})
SUBMISSIONS = frozenset({"submit", "submit_multisigned", "simulate"})


def comparable(value: Any) -> Any:
    """Give a value without what depends on the machine."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key not in OF_THE_MACHINE}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def outcome(result: dict[str, Any]) -> tuple[Any, Any]:
    """Give the result code or the error of an answer."""
    return result.get("engine_result"), result.get("error")


def compare(method: str, wanted: dict[str, Any], given: dict[str, Any], *, partial: bool) -> None:
    """Assert that an answer agrees with the recorded one."""
    assert outcome(given) == outcome(wanted)
    if method in SUBMISSIONS:
        if method != "simulate":
            assert given.get("tx_json", {}).get("hash") == wanted.get("tx_json", {}).get(
                "hash", given.get("tx_json", {}).get("hash")
            )
        elif "meta" in wanted:
            assert comparable(given["meta"]) == comparable(wanted["meta"])
    elif method not in OF_THE_SERVER and "error" not in wanted and wanted:
        if partial:
            given = {key: value for key, value in given.items() if key in wanted}
        assert comparable(given) == comparable(wanted)


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
        try:
            compare(request["method"], wanted, given, partial=bool(step["response"].get("partial")))
        except AssertionError as error:
            pytest.fail(f"{path.stem}, step {number} ({request['method']}): {error}")
