"""Memberships over the real command: one signed in separate homes, and one that is taken back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from bank_machine import ASSET, Bank, Ran
from ceremony_homes import call, keystore_home, sign_bundle

from sovbank.cli.demo.wallet import Wallet
from sovbank.core.machine import Kind, State
from sovbank.operations import kyc

# A command that runs in this process leaves its connections to the end of the process.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _no_delay(bank: Bank) -> None:
    """Nobody is killed here: submissions pass at once."""
    bank.gateway.armed.set()


def _admitted(bank: Bank, name: str) -> Wallet:
    wallet = bank.stage.wallet(name)
    until = (bank.house.clock.now() + timedelta(days=300)).date()
    admission = kyc.Admission(f"KYC-{name}", name, "low", until, wallet.address)
    kyc.whitelist(bank.house, admission, officer="compliance-analyst")
    return wallet


def _nft(bank: Bank, *arguments: str, expect: int = 0) -> Ran:
    return call(bank, "nft", "membership", *arguments, expect=expect)


def _code(ran: Ran) -> str:
    return str(ran.data["error"]["code"])


def _ceremony(bank: Bank, folder: Path, homes: dict[str, Path], *operations: str) -> Ran:
    """Make a bundle, sign it in every home, the last one without a network, and submit it."""
    file = folder / f"{operations[0][:16]}.json"
    digest = str(call(bank, "multisig", "new", *operations, "-o", str(file)).data["result"]["digest"])
    *online, last = homes
    signed = [folder / f"{name}-{file.name}" for name in homes]
    for name, target in zip(online, signed[:-1], strict=True):
        sign_bundle(bank, homes[name], file, target, digest)
    unseen = sign_bundle(bank, homes[last], file, signed[-1], digest, "--offline")
    assert "membership-registry" in unseen["unchecked"]
    assert call(bank, "multisig", "collect", *map(str, signed)).data["result"]["complete"] is True
    return call(bank, "multisig", "submit", operations[0])


def test_memberships_are_issued_ended_and_taken_back_in_separate_homes(
    bank: Bank, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    homes = {
        name: keystore_home(bank, tmp_path_factory.mktemp(name), name) for name in ("coo", "compliance-head")
    }
    ara, crux = _admitted(bank, "ara"), _admitted(bank, "crux")
    account = bank.house.account("membership").address
    held = len(bank.house.ledger.nftokens(account))
    issue = [
        ("issue", "--holder", wallet.address, "--tier", "pro", "--reference", f"MEM-{wallet.address[:8]}")
        for wallet in (ara, crux)
    ]
    proposed = [_nft(bank, *arguments, "--propose").data["operation"] for arguments in issue]
    assert [one["state"] for one in proposed] == ["intent", "intent"]
    assert "multisig new" in _nft(bank, *issue[0], "--propose").err
    done = _ceremony(bank, tmp_path, homes, *(one["id"] for one in proposed))
    bundle = (tmp_path / f"{proposed[0]['id'][:16]}.json").read_text()
    assert bundle.count('"what":"offer of token') == 2, "what a node expects is in the bundle"
    offered = [row for row in done.data["result"]["operations"] if row["kind"] == "membership"]
    assert [row["state"] for row in offered] == ["final", "final"]
    assert f"{ara.address} signs: " in done.err
    assert len(bank.house.ledger.nftokens(account)) == held + 2

    ara.accept({"TransactionType": "NFTokenAcceptOffer", "NFTokenSellOffer": offered[0]["facts"]["offer_id"]})
    assert call(bank, "ops", "resume", offered[0]["id"]).data["operation"]["state"] == "posted"
    told = call(bank, "ops", "resume", offered[0]["id"], home=homes["coo"])
    assert told.data["operation"]["facts"]["nftoken_id"] == offered[0]["facts"]["nftoken_id"]
    assert _code(_nft(bank, "withdraw", offered[0]["id"], expect=5)) == "membership.recorded"

    reason = ("--reason", "left")
    refused = call(bank, "--dry-run", "nft", "membership", "revoke", ara.address, *reason, expect=2)
    assert _code(refused) == "cli.dry-run-not-possible"
    assert bank.house.control.is_member(bank.house.network_id, ara.address)
    ended = _nft(bank, "revoke", ara.address, *reason, "--propose").data["operation"]
    back = _nft(bank, "withdraw", offered[1]["id"], "--propose").data["operation"]
    assert (ended["state"], back["state"]) == ("approved", "intent")
    assert not bank.house.control.is_member(bank.house.network_id, ara.address)
    done = _ceremony(bank, tmp_path, homes, ended["id"], back["id"])
    states = {row["kind"]: row["state"] for row in done.data["result"]["operations"]}
    assert (states["membership-end"], states["membership-withdrawal"]) == ("posted", "posted")
    assert bank.house.ledger.nftokens(ara.address) == []
    assert len(bank.house.ledger.nftokens(account)) == held
    for home in homes.values():
        call(bank, "ledger", "verify", home=home)


def test_an_offer_that_is_taken_back_leaves_room_for_another(bank: Bank, tmp_path: Path) -> None:
    wallet = _admitted(bank, "fornax")
    issue = ("issue", "--holder", wallet.address, "--tier", "basic", "--reference")
    _nft(bank, *issue, "MEM-fornax", expect=15)
    offered = bank.house.journal.find(Kind.MEMBERSHIP, "MEM-fornax")
    assert offered is not None
    done = _nft(bank, "withdraw", offered.id).data["operation"]
    assert (done["kind"], done["state"]) == ("membership-withdrawal", "posted")
    nftoken_id, offer_id = offered.facts["nftoken_id"], offered.facts["offer_id"]
    assert not bank.house.control.is_recorded_token(nftoken_id)
    account = bank.house.account("membership").address
    assert nftoken_id not in {token.id for token in bank.house.ledger.nftokens(account)}
    assert offer_id not in {item.get("index") for item in bank.house.ledger.owned_objects(account)}
    standing = {one["operation"]: one["standing"] for one in _nft(bank, "list").data["result"]["memberships"]}
    assert standing[offered.id] == "withdrawn"
    assert _code(_nft(bank, *issue, "MEM-fornax", expect=5)) == "membership.ended"
    again = _nft(bank, *issue, "MEM-fornax-2", expect=15).data["result"]["acceptance"]
    wallet.accept(again)
    assert _nft(bank, *issue, "MEM-fornax-2").data["operation"]["state"] == "posted"

    # What travels in a file is the same operation there.
    file = tmp_path / "export.json"
    joined = bank.house.journal.find(Kind.MEMBERSHIP, "MEM-fornax-2")
    assert joined is not None
    call(bank, "ops", "export", joined.id, str(file))
    assert call(bank, "ops", "import", str(file)).data["operation"]["id"] == joined.id


def test_a_distribution_is_proposed_with_nobody_here_to_sign(bank: Bank, tmp_path: Path) -> None:
    deposit = bank.deposit("900")
    distribute = ("treasury", "distribute", "--asset", ASSET, "--amount", "5", "--to", bank.customer.address)
    order = (*distribute, "--deposit", deposit, "--reference", "DIS-propose")
    proposed = call(bank, *order, "--propose").data["operation"]
    assert proposed["state"] == "intent"
    row = bank.house.journal.operation(proposed["id"])
    assert (row.state, bank.house.journal.attempts(row.id)) == (State.INTENT, [])
    file = tmp_path / "distribution.json"
    call(bank, "multisig", "new", row.id, "-o", str(file))
    assert file.exists()
