"""The devnet as a program: ports, directories, kills, hostile requests, and many clients at once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sovbank.core.strict_json import loads
from sovbank.devnet.server import DevnetConfig, DevnetServer
from sovbank.errors.base import ExitStatus, SovbankError
from sovbank.errors.devnet import DevnetRunning, JournalForeign, PortInUse, PortRefused


class QuietEvm:
    """Stands in for the EVM where a test is about the ledger."""

    def __init__(self) -> None:
        self.closed = False

    def handle(self, request: Any) -> dict[str, Any] | None:
        return {"jsonrpc": "2.0", "id": request.get("id"), "result": "0x1"} if "id" in request else None

    def close(self) -> None:
        self.closed = True


def start(state: Path, **settings: Any) -> DevnetServer:
    """Start a devnet on free ports, with a quiet EVM."""
    chosen = {"network_id": 0, "xrpl_port": 0, "evm_port": 0, "manual_close": True, **settings}
    return DevnetServer(DevnetConfig(state=state, **chosen), evm=lambda directory, chain_id: QuietEvm())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DevnetServer]:
    """Give a running devnet."""
    running = start(tmp_path / "state")
    yield running
    running.stop()


def post(port: int, body: bytes, **headers: str) -> tuple[int, bytes]:
    """Send a body; give status and answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def ask(port: int, method: str, **params: Any) -> dict[str, Any]:
    """Ask a method; give its result object."""
    status, body = post(port, json.dumps({"method": method, "params": [params]}).encode())
    assert status == 200
    result: dict[str, Any] = json.loads(body)["result"]
    return result


def test_both_endpoints_answer(server: DevnetServer) -> None:
    assert ask(server.xrpl_port, "ledger_current")["ledger_current_index"] == 3
    assert server.evm_port is not None
    status, body = post(server.evm_port, b'{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}')
    assert (status, json.loads(body)["result"]) == (200, "0x1")
    assert post(server.evm_port, b'{"jsonrpc":"2.0","method":"eth_chainId"}') == (204, b"")
    status, body = post(server.evm_port, b"[[[")
    assert json.loads(body)["error"]["code"] == -32700


def test_it_listens_on_loopback_alone(server: DevnetServer) -> None:
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        if not address.startswith("127."):
            with socket.socket() as other:
                other.settimeout(1)
                assert other.connect_ex((address, server.xrpl_port)) != 0


def test_two_devnets_live_side_by_side(
    server: DevnetServer, tmp_path: Path, signer: Callable[[str], Any]
) -> None:
    other = start(tmp_path / "other", network_id=21338)
    try:
        assert other.xrpl_port != server.xrpl_port
        ask(other.xrpl_port, "ledger_accept")
        assert ask(other.xrpl_port, "ledger_current")["ledger_current_index"] == 4
        assert ask(server.xrpl_port, "ledger_current")["ledger_current_index"] == 3
        assert ask(other.xrpl_port, "server_info")["info"]["network_id"] == 21338
        assert "network_id" not in ask(server.xrpl_port, "server_info")["info"]
        genesis = signer("masterpassphrase")
        blob = genesis.blob(TransactionType="AccountSet", Sequence=1).hex()
        assert ask(other.xrpl_port, "submit", tx_blob=blob)["engine_result"] == "telREQUIRES_NETWORK_ID"
        assert ask(server.xrpl_port, "submit", tx_blob=blob)["engine_result"] == "tesSUCCESS"
    finally:
        other.stop()


def test_a_port_in_use_is_named_with_the_way_out(server: DevnetServer, tmp_path: Path) -> None:
    with pytest.raises(PortInUse, match=str(server.xrpl_port)) as caught:
        start(tmp_path / "other", xrpl_port=server.xrpl_port)
    assert "--xrpl-port" in caught.value.next_step
    with pytest.raises(PortInUse) as caught:
        start(tmp_path / "other", evm_port=server.evm_port)
    assert "--evm-port" in caught.value.next_step
    again = start(tmp_path / "other")
    again.stop()


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(PortRefused):
        start(tmp_path / "state", xrpl_port=port)


def test_one_directory_holds_one_devnet(server: DevnetServer, tmp_path: Path) -> None:
    with pytest.raises(DevnetRunning, match="state"):
        start(tmp_path / "state")
    facts = json.loads((tmp_path / "state" / "devnet.json").read_text())
    assert facts["pid"] == os.getpid()
    assert facts["xrpl_port"] == server.xrpl_port
    server.stop()
    assert not (tmp_path / "state" / "devnet.json").exists()
    start(tmp_path / "state").stop()


def test_another_network_id_needs_a_fresh_start(tmp_path: Path) -> None:
    start(tmp_path / "state", network_id=5).stop()
    with pytest.raises(JournalForeign):
        start(tmp_path / "state", network_id=6)
    start(tmp_path / "state", network_id=6, fresh=True).stop()


def test_a_stop_keeps_what_happened(tmp_path: Path, signer: Callable[[str], Any]) -> None:
    running = start(tmp_path / "state")
    blob = signer("masterpassphrase").blob(TransactionType="AccountSet", Sequence=1).hex()
    ask(running.xrpl_port, "submit", tx_blob=blob)
    ask(running.xrpl_port, "ledger_accept")
    before = ask(running.xrpl_port, "ledger_closed")
    running.stop()
    again = start(tmp_path / "state")
    assert ask(again.xrpl_port, "ledger_closed") == before
    again.stop()
    forgotten = start(tmp_path / "state", fresh=True)
    assert ask(forgotten.xrpl_port, "ledger_current")["ledger_current_index"] == 3
    forgotten.stop()


def test_ledgers_close_by_the_clock(tmp_path: Path) -> None:
    running = start(tmp_path / "state", manual_close=False, close_seconds=0.05)
    try:
        deadline = time.monotonic() + 10
        while ask(running.xrpl_port, "ledger_current")["ledger_current_index"] < 6:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"null", 400),
        (b"[]", 400),
        (b"NaN", 400),
        (b"[" * 50_000, 400),
        (b"1" * 10_000, 400),
        (b"{}", 400),
        (b'{"method":1}', 400),
        (b'{"method":""}', 400),
        (b'{"method":"ledger_current","params":[]}', 200),
        (b'{"method":"ledger_current","params":null}', 200),
        (b'{"method":"ledger_current","params":[null]}', 200),
        (b'{"method":"ledger_current","params":[{},{}]}', 400),
        (b'{"method":"ledger_current","params":[1]}', 400),
        (b'{"method":"ledger_current","params":{}}', 200),
        (b'{"method":"ledger_current","params":{"a":1}}', 400),
        (b'{"method":"ledger_current","params":[{"api_version":9}]}', 400),
        (b'{"method":"ledger_current","params":[{"api_version":"x"}]}', 400),
    ],
)
def test_requests_that_are_none(server: DevnetServer, body: bytes, status: int) -> None:
    assert post(server.xrpl_port, body)[0] == status
    assert ask(server.xrpl_port, "ledger_current")["ledger_current_index"] == 3


def test_a_request_too_large_is_refused_unread(server: DevnetServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.xrpl_port, timeout=20)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(10**15))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("headers", [{"Content-Length": "x"}, {"Transfer-Encoding": "chunked"}])
def test_a_request_of_unknown_length_is_refused(server: DevnetServer, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.xrpl_port, timeout=20)
    connection.putrequest("POST", "/")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_a_connection_serves_many_requests(server: DevnetServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.xrpl_port, timeout=20)
    connection.connect()
    socket_used = connection.sock
    for _ in range(20):
        connection.request("POST", "/", b'{"method":"ping","params":[{}]}')
        assert json.loads(connection.getresponse().read())["result"]["status"] == "success"
        assert connection.sock is socket_used
    connection.close()


def test_many_clients_at_once(server: DevnetServer, signer: Callable[[str], Any]) -> None:
    """Clients submit, read and close together: every payment arrives once, and no answer is an error."""
    genesis = signer("masterpassphrase")
    blobs = [
        genesis.blob(
            TransactionType="Payment",
            Destination=bytes([7]) * 20,
            Amount=2_000_000,
            Sequence=0 if number else 1,
            **({"TicketSequence": number} if number else {}),
        ).hex()
        for number in range(2, 62)
    ]
    ticketed = genesis.blob(TransactionType="TicketCreate", TicketCount=60, Sequence=1).hex()
    assert ask(server.xrpl_port, "submit", tx_blob=ticketed)["engine_result"] == "tesSUCCESS"
    problems: list[object] = []

    def work(mine: list[str]) -> None:
        for blob in mine:
            result = ask(server.xrpl_port, "submit", tx_blob=blob)["engine_result"]
            info = ask(server.xrpl_port, "account_info", account=genesis.address)
            if result != "tesSUCCESS" or info["status"] != "success":
                problems.append((result, info))

    def close() -> None:
        for _ in range(8):
            ask(server.xrpl_port, "ledger_accept")

    threads = [threading.Thread(target=work, args=(blobs[at::4],)) for at in range(4)]
    threads.append(threading.Thread(target=close))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    ask(server.xrpl_port, "ledger_accept")
    account = server.node.ledger.closed.read
    from sovbank.devnet.ledger import keylets

    paid = account(keylets.account(bytes([7]) * 20))
    assert paid is not None
    assert paid["Balance"] == 60 * 2_000_000


def spawn(state: Path, *flags: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start the program on free ports; give it and the ledger's port once it answers."""
    (state / "devnet.json").unlink(missing_ok=True)
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "sovbank.devnet", "up", "--foreground", "--manual-close"),
            *("--network-id", "0", "--xrpl-port", "0", "--evm-port", "0", "--state", str(state), *flags),
        ],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not (state / "devnet.json").exists():
        assert program.poll() is None, program.stderr and program.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return program, json.loads((state / "devnet.json").read_text())["xrpl_port"]


def finish(program: subprocess.Popen[bytes], number: signal.Signals) -> int:
    """Send a signal and wait for the end."""
    program.send_signal(number)
    status = program.wait(30)
    assert program.stderr is not None
    program.stderr.close()
    return status


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path, signer: Callable[[str], Any]) -> None:
    genesis = signer("masterpassphrase")
    program, port = spawn(tmp_path, "--fresh")
    for sequence in (1, 2):
        blob = genesis.blob(TransactionType="AccountSet", Sequence=sequence).hex()
        assert ask(port, "submit", tx_blob=blob)["engine_result"] == "tesSUCCESS"
        if sequence == 1:
            ask(port, "ledger_accept")
    before = [ask(port, "account_info", account=genesis.address), ask(port, "ledger_closed")]
    finish(program, signal.SIGKILL)
    with (tmp_path / "xrpl.journal").open("ab") as journal:
        journal.write(b"S 12003")
    program, port = spawn(tmp_path)
    assert [ask(port, "account_info", account=genesis.address), ask(port, "ledger_closed")] == before
    assert finish(program, signal.SIGTERM) == 0
    assert not (tmp_path / "devnet.json").exists()


def test_the_program_says_why_it_cannot_start(tmp_path: Path, server: DevnetServer) -> None:
    result = subprocess.run(
        [
            *(sys.executable, "-m", "sovbank.devnet", "up", "--state", str(tmp_path / "new")),
            *("--xrpl-port", str(server.xrpl_port)),
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == ExitStatus.ENVIRONMENT
    assert b"devnet.port-in-use" in result.stderr
    assert b"--xrpl-port" in result.stderr


def test_deep_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="deep"):
        loads(b"[" * 100_000 + b"]" * 100_000)


def test_refusals_are_of_the_tree() -> None:
    for error in (PortInUse, PortRefused, DevnetRunning, JournalForeign):
        assert issubclass(error, SovbankError)
        assert error.code.startswith("devnet.")
        assert error.default_next_step
