"""`sovbank devnet` over real processes: started, asked, funded, stopped, started again, reset."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from sovbank.cli.profile_init import load_template
from sovbank.devnet import process
from sovbank.devnet.client import DevnetClient
from sovbank.devnet.server import DEFAULT_EVM_PORT, DEFAULT_NETWORK_ID, DEFAULT_XRPL_PORT, RUNNING_FILE
from sovbank.errors.devnet_control import DevnetUnreachable, FundingRefused

ACCOUNT = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"
UP = ("devnet", "up", "--xrpl-port", "0", "--evm-port", "0", "--json")


@pytest.fixture
def state(home: Path) -> Iterator[Path]:
    """The default state directory; whatever runs on it is stopped afterwards."""
    directory = home / "state" / "devnet"
    yield directory
    process.stop(directory)


def balance(client: DevnetClient) -> str:
    found = client.ask("account_info", account=ACCOUNT, ledger_index="validated")
    return str(found["account_data"]["Balance"])


def test_a_devnet_from_up_to_down(run: Callable, state: Path) -> None:
    started = run(*UP, "--manual-close").data["result"]
    assert started["validated_ledger"] == 2
    assert started["network_id"] == DEFAULT_NETWORK_ID
    assert started["closes"] == "on accept"

    again = run(*UP)
    assert again.status == 3
    assert again.data["error"]["code"] == "devnet.already-running"

    funded = run("devnet", "fund", ACCOUNT, "1000.5", "--json").data["result"]
    assert funded["ledger_index"] is None
    assert run("devnet", "accept", "--json").data["result"] == {"ledger_index": 3}
    assert balance(process.running(state).client) == "1000500000"

    assert run("devnet", "down", "--json").data["result"]["stopped"] is True
    assert run("devnet", "down", "--json").data["result"]["stopped"] is False
    assert run("devnet", "status").status == 3

    assert run(*UP, "--manual-close").data["result"]["validated_ledger"] == 3
    assert balance(process.running(state).client) == "1000500000"

    assert run("devnet", "reset", "--no-input").status == 2
    reset = run("devnet", "reset", "--yes", "--json").data["result"]
    assert reset["validated_ledger"] == 2
    assert reset["closes"] == "on accept"


def test_two_devnets_run_side_by_side(run: Callable, state: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    first = run(*UP).data["result"]
    try:
        second = run(*UP, "--state", str(other), "--network-id", "4242").data["result"]
        assert second["network_id"] == 4242
        assert {first["xrpl_url"], first["evm_url"]}.isdisjoint({second["xrpl_url"], second["evm_url"]})
        funded = run("devnet", "fund", ACCOUNT, "25", "--state", str(other), "--json").data["result"]
        assert funded["ledger_index"] > 2
        assert balance(process.running(other).client) == "25000000"
    finally:
        process.stop(other)


def test_a_port_in_use_is_named(run: Callable, state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = run("devnet", "up", "--xrpl-port", str(port), "--evm-port", "0", "--json")
    assert ran.status == 3
    assert str(port) in ran.data["error"]["message"]
    assert "--xrpl-port" in ran.data["error"]["next"]
    assert ran.data["error"]["details"] == {"code": "devnet.port-in-use"}


def test_a_killed_devnet_is_not_believed_to_run(run: Callable, state: Path) -> None:
    pid = run(*UP).data["result"]["process"]
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 20
    while process.find_running(state) is not None and time.monotonic() < end:
        time.sleep(0.02)
    assert (state / RUNNING_FILE).exists()
    assert run("devnet", "status").status == 3
    assert run(*UP).status == 0


def test_in_the_foreground_until_it_is_interrupted(home: Path, state: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "from sovbank.cli.app import main; main()", *UP, "--foreground"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while process.find_running(state) is None and time.monotonic() < end:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 0
    assert json.loads(out)["ok"] is True
    assert "Ctrl-C" in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("fund", "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYf", "1"), "wire.malformed-address"),
        (("fund", ACCOUNT, "-1"), "usage.command-line"),
        (("fund", ACCOUNT, "1e3"), "amount.malformed"),
        (("fund", ACCOUNT, "1"), "devnet.not-running"),
        (("accept",), "devnet.not-running"),
        (("up", "--xrpl-port", "70000"), "usage.command-line"),
    ],
)
def test_refusals(run: Callable, arguments: tuple[str, ...], code: str) -> None:
    ran = run("devnet", *arguments, "--json")
    assert ran.status in (2, 3)
    assert ran.data["error"]["code"] == code


def test_the_ledger_refuses_what_cannot_be_funded(run: Callable, state: Path) -> None:
    run(*UP)
    client = process.running(state).client
    with pytest.raises(FundingRefused, match="tecNO_DST_INSUF_XRP"):
        client.fund(ACCOUNT, Decimal("0.5"))
    assert client.fund(ACCOUNT, Decimal(10)).ledger_index is not None


def test_something_else_on_the_port_is_no_devnet() -> None:
    client = DevnetClient(xrpl_port=9, evm_port=9, network_id=21338)
    with pytest.raises(DevnetUnreachable):
        client.validated_ledger()
    with pytest.raises(DevnetUnreachable):
        client.block_number()


def test_the_template_names_the_devnet_s_own_ports() -> None:
    profile = load_template("devnet")
    assert profile.network.id == DEFAULT_NETWORK_ID
    assert profile.nodes.treasury.url.endswith(f":{DEFAULT_XRPL_PORT}")
    assert profile.evm.url.endswith(f":{DEFAULT_EVM_PORT}")
