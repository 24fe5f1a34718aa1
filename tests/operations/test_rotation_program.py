"""The membership account's signers are changed by the real program, which is killed, and changed back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bank_machine import Bank

from sovbank.core.profile import parse_profile
from sovbank.core.profile_writer import render_profile
from sovbank.xrpl.port import ValidatedTransaction

# A command that runs in this process leaves its connections to the end of the process.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

OTHERS = {"member-services": 1, "compliance-head": 1, "ciso": 2}
COMMAND = ("issuer", "rotate-signers", "--account", "membership")


@pytest.fixture
def profile(bank: Bank) -> Iterator[Path]:
    """The bank's profile with other signers for memberships; afterwards profile and ledger are as before."""
    path = bank.stage.run.wiring.profile_path
    before = path.read_text()
    parsed = parse_profile(before, source=path.name)
    account = parsed.accounts["membership"].model_copy(update={"signers": OTHERS})
    accounts = {**parsed.accounts, "membership": account}
    path.write_text(render_profile(parsed.model_copy(update={"accounts": accounts})))
    yield path
    path.write_text(before)
    bank.call(*COMMAND)
    bank.call("issuer", "status", "--account", "membership")


def lists_of(bank: Bank) -> list[ValidatedTransaction]:
    """The signer lists that the membership account was ever given, oldest first."""
    return [
        found
        for found in bank.house.ledger.transactions(bank.house.account("membership").address)
        if found.tx["TransactionType"] == "SignerListSet" and found.result == "tesSUCCESS"
    ]


def test_the_program_changes_the_signers_though_it_is_killed(bank: Bank, profile: Path) -> None:
    bank.gateway.armed.set()
    before = len(lists_of(bank))
    drift = bank.call("issuer", "status", "--account", "membership", expect=14)
    assert "signer list" in drift.data["error"]["message"]
    shown = bank.call(*COMMAND, "--dry-run").data["result"]
    what = {change["officer"]: change["what"] for change in shown["signers"]}
    assert what == {
        "member-services": "stays",
        "compliance-head": "stays",
        "coo": "leaves",
        "ciso": "joins",
    }
    bank.gateway.armed.clear()
    process = bank.start(*COMMAND)
    bank.gateway.kill_after = process.pid
    bank.gateway.armed.set()
    process.communicate(timeout=60)
    assert process.returncode == -9
    bank.call(*COMMAND)
    bank.call("issuer", "status", "--account", "membership")
    account = bank.house.account("membership").address
    state = bank.house.ledger.account(account)
    assert state is not None
    live = {entry.account: entry.weight for entry in state.signer_list.entries}
    assert live == {bank.house.officer(name).account: weight for name, weight in OTHERS.items()}
    lists = lists_of(bank)
    assert len(lists) == before + 1
    assert "Signers" in lists[-1].tx
    assert bank.call(*COMMAND).data["result"]["steps"] == []
    bank.call("ledger", "verify")
