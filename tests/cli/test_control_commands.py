"""`sovbank control` over a real devnet: deployed once, named in the profile, compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sovbank.devnet import process

pytestmark = pytest.mark.slow


@pytest.fixture
def profile(run: Callable, home: Path) -> Iterator[Path]:
    """A devnet that runs, and a profile with its keys and journal on it."""
    up = run("devnet", "up", "--xrpl-port", "0", "--evm-port", "0", "--json").data["result"]
    run("profile", "init", "devnet")
    path = home / "config" / "profiles" / "devnet.toml"
    text = path.read_text()
    text = text.replace("http://127.0.0.1:8545", up["evm_url"]).replace(
        "http://127.0.0.1:5005", up["xrpl_url"]
    )
    path.write_text(text)
    assert run("-p", "devnet", "ledger", "init").status == 0
    yield path
    process.stop(home / "state" / "devnet")


def test_a_control_plane_is_deployed_named_and_compared(run: Callable, profile: Path) -> None:
    missing = run("-p", "devnet", "--json", "control", "status")
    assert missing.status == 3
    assert missing.data["error"]["code"] == "evm.contract-missing"

    unasked = run("-p", "devnet", "--json", "--no-input", "control", "deploy")
    assert unasked.status == 2
    assert "[evm.contracts]" not in profile.read_text()

    comments = [line for line in profile.read_text().splitlines() if line.startswith("#")]
    deployed = run("-p", "devnet", "--json", "--yes", "control", "deploy").data["result"]
    assert deployed["sent"] == 11
    assert deployed["differences"] == []
    text = profile.read_text()
    assert all(line in text for line in comments)
    assert all(contract["proxy"] in text for contract in deployed["contracts"])
    assert profile.stat().st_mode & 0o777 == 0o600

    again = run("-p", "devnet", "--json", "--yes", "control", "deploy").data["result"]
    assert again["sent"] == 0
    assert profile.read_text() == text

    shown = run("-p", "devnet", "control", "status")
    assert shown.status == 0
    assert "MintGuard" in shown.out
    assert "reserve-reporter" in shown.out
    assert run("-p", "devnet", "ledger", "verify").status == 0

    _another_key_is_refused(run)
    _drift_is_found(run, profile)


def _another_key_is_refused(run: Callable) -> None:
    assert run("-p", "devnet", "key", "generate", "second-deployer").status == 0
    refused = run("-p", "devnet", "--json", "--yes", "control", "deploy", "--key", "keystore:second-deployer")
    assert refused.status == 3
    assert refused.data["error"]["code"] == "control.deployment-differs"


def _drift_is_found(run: Callable, profile: Path) -> None:
    profile.write_text(profile.read_text().replace('burst = "5000000"', 'burst = "4000000"'))
    drift = run("-p", "devnet", "--json", "control", "status")
    assert drift.status == 14
    assert drift.data["error"]["code"] == "control.drift"
    assert drift.data["result"]["differences"] == [
        "FTHUSD: burst is 5,000,000.00, and the profile says 4,000,000.00"
    ]
