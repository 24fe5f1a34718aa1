"""Settings, trust lines and a change of signers in ceremonies over the real program and its homes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from bank_machine import ASSET, Bank
from ceremony_homes import call, keystore_home, sign_bundle

from sovbank.core.machine import State
from sovbank.core.profile import parse_profile
from sovbank.core.profile_writer import render_profile

# A command that runs in this process leaves its connections to the end of the process.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

SIGNERS = ("ceo", "cfo", "coo", "ciso", "compliance-head", "member-services")
OTHERS = {"member-services": 1, "compliance-head": 1, "ciso": 2}


@pytest.fixture(scope="module")
def homes(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: keystore_home(bank, tmp_path_factory.mktemp(name), name) for name in SIGNERS}


@pytest.fixture
def proposer(bank: Bank, tmp_path: Path) -> Path:
    """A desk of its own, with a journal and nobody's key."""
    home = keystore_home(bank, tmp_path / "proposer", "ceo")
    for key in (home / "data" / "keys" / "demo").iterdir():
        key.unlink()
    return home


def ceremony(
    bank: Bank, desk: Path, homes: Mapping[str, Path], ids: list[str], officers: tuple[str, ...], folder: Path
) -> dict[str, Any]:
    """Make a bundle at the desk, have officers sign it at home, collect and submit it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "bundle.json"
    made = call(bank, "multisig", "new", *ids, "-o", str(file), home=desk).data["result"]
    signed = []
    for name in officers:
        signed.append(str(folder / f"{name}.json"))
        sign_bundle(bank, homes[name], file, Path(signed[-1]), made["digest"])
    collected = call(bank, "multisig", "collect", *signed, home=desk).data["result"]
    assert collected["complete"] is True
    return dict(call(bank, "multisig", "submit", ids[0], home=desk).data["result"])


def test_trust_lines_and_limits_are_set_by_officers_elsewhere(
    bank: Bank, homes: dict[str, Path], proposer: Path, tmp_path: Path
) -> None:
    holder = bank.house.account("membership").address
    arguments = ("trustlines", "authorize", "--asset", ASSET, "--holder", holder, "--propose")
    proposed = call(bank, *arguments, home=proposer).data["result"]["proposed"]
    assert call(bank, *arguments, home=proposer).data["result"]["proposed"] == proposed
    assert proposed[0]["state"] == "intent"
    done = ceremony(bank, proposer, homes, [proposed[0]["id"]], ("ceo", "cfo", "ciso"), tmp_path)
    assert {one["state"] for one in done["operations"]} == {State.POSTED.value}
    lines = bank.house.ledger.trust_lines(bank.house.issuer_of(ASSET).address, peer=holder)
    assert [line.authorized for line in lines] == [True]
    assert call(bank, *arguments, home=proposer).data["result"]["changed"] is False
    call(bank, "ledger", "verify", home=proposer)


@pytest.fixture
def new_list(bank: Bank, homes: dict[str, Path], proposer: Path) -> Iterator[str]:
    """All machines have a profile with other signers for memberships; afterwards everything is as before."""
    path = bank.stage.run.wiring.profile_path
    before = path.read_text()
    parsed = parse_profile(before, source=path.name)
    account = parsed.accounts["membership"].model_copy(update={"signers": OTHERS})
    accounts = {**parsed.accounts, "membership": account}
    path.write_text(render_profile(parsed.model_copy(update={"accounts": accounts})))
    for home in (proposer, *homes.values()):
        shutil.copy(path, home / "config" / "profiles")
    yield account.address
    path.write_text(before)
    for home in homes.values():
        shutil.copy(path, home / "config" / "profiles")
    bank.call("issuer", "rotate-signers", "--account", "membership")
    bank.call("issuer", "status", "--account", "membership")


def test_signers_are_changed_by_officers_elsewhere(
    bank: Bank, homes: dict[str, Path], proposer: Path, new_list: str, tmp_path: Path
) -> None:
    rotate = ("issuer", "rotate-signers", "--account", "membership", "--propose")
    refused = call(bank, *rotate, home=proposer, expect=5)
    assert refused.data["error"]["code"] == "signers.keys-unproven"
    proof = tmp_path / "ciso.proof"
    proving = ("issuer", "prove-key", "--account", "membership", "--officer", "ciso")
    made = call(bank, *proving, home=homes["ciso"]).data["result"]["proof"]
    proof.write_text(json.dumps(made))
    change = call(bank, *rotate, "--proof", str(proof), home=proposer).data["result"]["proposed"]
    assert [row["parameters"]["step"].split("/")[0] for row in change] == ["signer-list"]
    old = tuple(bank.house.account("membership").signers)
    ceremony(bank, proposer, homes, [change[0]["id"]], old[:2], tmp_path / "change")
    state = bank.house.ledger.account(new_list)
    assert state is not None
    live = {entry.account: entry.weight for entry in state.signer_list.entries}
    assert live == {bank.house.officer(name).account: weight for name, weight in OTHERS.items()}

    proofs = call(bank, *rotate, home=proposer).data["result"]["proposed"]
    ids = [row["id"] for row in proofs]
    assert ids
    signers = tuple(dict.fromkeys(name for row in proofs for name in row["parameters"]["signers"].split()))
    ceremony(bank, proposer, homes, ids, signers, tmp_path / "proofs")
    assert call(bank, *rotate, home=proposer).data["result"]["proposed"] == []
    call(bank, "ledger", "verify", home=proposer)
