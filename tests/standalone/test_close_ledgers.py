"""The ledger closer, against a devnet that closes on request alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sovbank.devnet.http import Listener, Reply
from sovbank.devnet.server import DevnetConfig, DevnetServer

CLOSER = Path(__file__).resolve().parents[2] / "rippled-standalone" / "close_ledgers.py"


def command(port: int, *flags: str) -> list[str]:
    return [sys.executable, "-I", "-S", str(CLOSER), "--url", f"http://127.0.0.1:{port}", *flags]


def start(state: Path, port: int = 0) -> DevnetServer:
    """Start a devnet without an EVM."""
    return DevnetServer(DevnetConfig(state, network_id=0, xrpl_port=port, evm_port=None, manual_close=True))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DevnetServer]:
    """Give a running devnet."""
    running = start(tmp_path / "state")
    yield running
    running.stop()


@pytest.fixture
def answering() -> Iterator[Callable[[int, Any], int]]:
    """Give a function that serves one answer and tells the port."""
    listeners: list[Listener] = []

    def serve(status: int, answer: Any) -> int:
        body = json.dumps(answer).encode()
        listener = Listener(0, lambda _: Reply(status, "application/json", body), option="--port")
        listener.start()
        listeners.append(listener)
        return listener.port

    yield serve
    for listener in listeners:
        listener.stop()


def test_it_closes_as_often_as_told(server: DevnetServer) -> None:
    flags = ("--every", "0.05", "--count", "3", "--verbose")
    ran = subprocess.run(command(server.xrpl_port, *flags), capture_output=True, timeout=30, check=False)
    assert ran.returncode == 0
    assert ran.stderr.decode().splitlines() == [f"closed ledger {index}" for index in (3, 4, 5)]
    assert server.node.ledger.current_sequence == 6


def test_it_stops_in_order(server: DevnetServer) -> None:
    program = subprocess.Popen(command(server.xrpl_port, "--every", "30"))
    deadline = time.monotonic() + 30
    while server.node.ledger.current_sequence == 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0
    assert server.node.ledger.current_sequence == 4


def test_it_waits_for_a_server_and_says_so_once(tmp_path: Path) -> None:
    first = start(tmp_path / "state")
    port = first.xrpl_port
    first.stop()
    flags = ("--every", "0.05", "--count", "1", "--verbose")
    program = subprocess.Popen(command(port, *flags), stderr=subprocess.PIPE)
    assert program.stderr is not None
    assert b"does not answer" in program.stderr.readline()
    again = start(tmp_path / "state", port)
    try:
        assert program.wait(30) == 0
        assert program.stderr.read() == b"closed ledger 3\n"
    finally:
        program.stderr.close()
        again.stop()


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, {"result": {"error": "notStandAlone", "status": "error"}}, b"notStandAlone"),
        (403, "Forbidden", b"HTTP 403"),
        (200, [], b"not a ledger's"),
        (200, {"result": {}}, b"not a ledger's"),
        (200, {"result": {"ledger_current_index": None}}, b"not a ledger's"),
    ],
)
def test_a_refusal_ends_it(
    answering: Callable[[int, Any], int], status: int, answer: Any, said: bytes
) -> None:
    ran = subprocess.run(command(answering(status, answer)), capture_output=True, timeout=30, check=False)
    assert ran.returncode == 1
    assert said in ran.stderr


@pytest.mark.parametrize("flags", [["--every", "0"], ["--every", "nan"], ["--url", "file:///etc/passwd"]])
def test_what_makes_no_sense_is_a_usage_error(flags: list[str]) -> None:
    ran = subprocess.run(command(1, *flags), capture_output=True, timeout=30, check=False)
    assert ran.returncode == 2
