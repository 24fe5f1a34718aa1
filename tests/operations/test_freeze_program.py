"""The global freeze over the real program: what holders can do under it, and the freeze in the drawer."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pexpect
import pytest
from bank_machine import ASSET, PROGRAM, Bank, Ran

from sovbank.core.machine import Kind, State
from sovbank.errors.demo import WalletFailed
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import MOST_FEE_DROPS, Envelope
from sovbank.xrpl.settings import is_set

CASE = "AML-2026-40"
AMOUNT = "40.00"
SIGNING = ("ceo", "cfo", "coo")


def at_home(bank: Bank, home: Path, *arguments: str, expect: int = 0) -> Ran:
    """Run one command line in this process, in an officer's home."""
    return Bank.call(_AtHome(bank, home), *arguments, expect=expect)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _AtHome:
    bank: Bank
    home: Path

    def environment(self) -> Mapping[str, str]:
        return self.bank.environment(self.home)


def frozen(bank: Bank) -> bool:
    state = bank.house.ledger.account(bank.house.issuer_of(ASSET).address)
    assert state is not None
    return is_set(state.flags, "globalFreeze")


def freeze(bank: Bank, *more: str, verb: str = "freeze", expect: int = 0) -> Ran:
    return bank.call("issuer", verb, "--asset", ASSET, "--case", CASE, *more, expect=expect)


@pytest.fixture(autouse=True)
def gateway_open(bank: Bank) -> None:
    """Nobody is killed here: the node's gateway need not wait for it."""
    bank.gateway.armed.set()


@pytest.fixture
def bank_thawed(bank: Bank) -> Iterator[Bank]:
    """The bank that all tests share: whatever a test did, its tokens move again afterwards."""
    yield bank
    freeze(bank, verb="unfreeze")
    assert not frozen(bank)


@pytest.fixture(scope="module")
def home(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Homes of officers with one key each, and one of an officer who signs nothing."""
    return {
        name: _home(bank, tmp_path_factory.mktemp(name), name)
        for name in (*SIGNING, "compliance-head", "ciso")
    }


def _home(bank: Bank, home: Path, officer: str) -> Path:
    keys = home / "data" / "keys" / "demo"
    for place in (home / "config", home / "config/profiles", home / "data", home / "data/keys", keys):
        place.mkdir(mode=0o700)
    shutil.copy(bank.stage.run.wiring.profile_path, home / "config" / "profiles")
    for name in ("keystore.json", f"{officer}.key"):
        shutil.copy(bank.stage.home / "data" / "keys" / "demo" / name, keys)
    shutil.copy(bank.stage.passphrase_file, home)
    at_home(bank, home, "ledger", "init")
    return home


def _fund_customer(bank: Bank) -> None:
    deposit = bank.deposit(AMOUNT)
    what = ("--asset", ASSET, "--amount", AMOUNT, "--deposit", deposit)
    bank.call("mint", "run", *what)
    bank.call("treasury", "distribute", *what, "--to", bank.customer.address, "--reference", "PAY-FREEZE")


def _redeems(bank: Bank, reference: str) -> str:
    """Ask for a redemption and have the customer pay; return the operation."""
    what = ("--asset", ASSET, "--amount", "5.00", "--holder", bank.customer.address)
    bank.call("burn", "request", *what, "--reference", reference)
    operation = bank.house.journal.find(Kind.BURN, reference)
    assert operation is not None
    tag = int(operation.facts["destination_tag"])
    bank.customer.redeem(ASSET, Decimal("5.00"), operation=operation.id, tag=tag)
    return operation.id


def _would_pay_issuer(bank: Bank) -> str:
    """What the node says of a customer's payment straight back to the issuer."""
    house, issuer = bank.house, bank.house.issuer_of(ASSET).address
    state, server = house.ledger.account(bank.customer.address), house.ledger.server_state()
    assert state is not None
    envelope = Envelope(
        account=bank.customer.address,
        network_id=house.network_id,
        last_ledger=server.validated_ledger + 20,
        fee=10,
        multisigned=False,
        sequence=state.sequence,
    )
    tx = builders.redeem(
        envelope,
        issuer=issuer,
        currency=house.ledger_currency(ASSET),
        amount=Decimal("1.00"),
        invoice_id="ab" * 32,
    )
    return house.ledger.simulate(tx)[0]


def test_under_a_freeze_tokens_only_go_back_to_the_issuer(
    bank_thawed: Bank, home: dict[str, Path], tmp_path: Path
) -> None:
    bank = bank_thawed
    _fund_customer(bank)
    received = _redeems(bank, "RED-BEFORE-FREEZE")
    done = freeze(bank)
    assert done.data["operation"]["state"] == "posted"
    assert frozen(bank)
    again = freeze(bank)
    assert again.data["result"] == {
        "account": bank.house.issuer_of(ASSET).address,
        "state": "frozen",
        "changed": False,
    }
    with pytest.raises(WalletFailed, match="tecPATH_DRY"):
        _redeems(bank, "RED-UNDER-FREEZE")
    assert _would_pay_issuer(bank) == "tesSUCCESS"
    bank.call("burn", "run", received)
    status = bank.call("issuer", "status", "--asset", ASSET)
    assert status.data["result"]["frozen"] is True
    assert "FROZEN" in status.err

    _lift_by_bundle(bank, home, tmp_path)
    assert not frozen(bank)
    held = bank.balance(bank.customer.address)
    tag = bank.house.journal.find(Kind.BURN, "RED-UNDER-FREEZE")
    assert tag is not None
    number = int(tag.facts["destination_tag"])
    bank.customer.redeem(ASSET, Decimal("5.00"), operation=tag.id, tag=number)
    bank.call("burn", "run", tag.id)
    assert bank.balance(bank.customer.address) == held - 5


def test_one_officer_alone_freezes_nothing(bank: Bank, home: dict[str, Path], tmp_path: Path) -> None:
    what = ("--asset", ASSET, "--case", CASE)
    alone = at_home(bank, home["ceo"], "issuer", "freeze", *what, expect=15)
    assert alone.data["error"]["code"] == "freeze.waiting-for-sign-offs"
    assert alone.data["waiting_for"] == "co-signers"
    own = at_home(bank, home["ceo"], "issuer", "sign-off", *what, "--officer", "ceo").data["result"]
    file = tmp_path / "ceo.json"
    file.write_text(json.dumps(own["sign_off"]))
    twice = at_home(bank, home["ceo"], "issuer", "freeze", *what, "--sign-off", str(file), expect=15)
    assert "1 of 2 people" in twice.data["error"]["message"]
    with_both = ("issuer", "freeze", *what, "--sign-off", str(file))
    short = at_home(bank, home["compliance-head"], *with_both, expect=6)
    assert short.data["error"]["code"] == "quorum.signatures-missing"
    other = at_home(
        bank,
        home["cfo"],
        *("issuer", "freeze", "--asset", ASSET, "--case", "X", "--sign-off", str(file)),
        expect=5,
    )
    assert other.data["error"]["code"] == "freeze.sign-off-invalid"
    assert not frozen(bank)


def test_it_shows_what_it_would_do(bank: Bank) -> None:
    count = len(bank.house.journal.operations(kind=Kind.FREEZE))
    shown = freeze(bank, "--dry-run")
    assert shown.data["result"]["result"] == "tesSUCCESS"
    assert f"nobody can move {ASSET} except back to the issuer" in " ".join(shown.err.split())
    assert len(bank.house.journal.operations(kind=Kind.FREEZE)) == count
    for wrong in (("--ledgers", "5000"), ("-o", "x.json"), ("--prepare", "--propose")):
        freeze(bank, *wrong, expect=2)


def _lift_by_bundle(bank: Bank, home: dict[str, Path], folder: Path) -> None:
    """Lift the freeze by a proposal that officers sign at home."""
    proposed = freeze(bank, "--propose", verb="unfreeze").data["result"]["proposed"]
    (identity,) = (one["id"] for one in proposed)
    file = folder / "unfreeze.json"
    new = bank.call("multisig", "new", identity, "--no-top-up", "-o", str(file))
    assert "LIFT THE FREEZE of FTHUSD" in new.err
    assert "signed off by" in new.err
    _signed(bank, home, file, str(new.data["result"]["digest"]), folder)
    bank.call("multisig", "submit", identity)


def _signed(bank: Bank, home: dict[str, Path], file: Path, digest: str, folder: Path) -> Path:
    """Have officers sign at home, and collect; return the complete bundle."""
    files = []
    for name in SIGNING:
        files.append(str(folder / f"{name}.json"))
        sign = ("multisig", "sign", str(file), "-o", files[-1], "--expect-digest", digest)
        at_home(bank, home[name], *sign)
    whole = folder / "whole.json"
    bank.call("multisig", "collect", *files, "-o", str(whole))
    return whole


def _answer(bank: Bank, home: Path, operation: str, answer: str) -> tuple[int, str]:
    child = pexpect.spawn(
        str(PROGRAM),
        ["multisig", "submit", operation],
        env={**bank.environment(home), "TERM": "dumb", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=60,
        dimensions=(60, 80),
    )
    child.expect("to go on: ")
    shown = str(child.before)
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus if child.exitstatus is not None else -1), shown


def test_the_freeze_in_the_drawer(bank_thawed: Bank, home: dict[str, Path], tmp_path: Path) -> None:
    bank = bank_thawed
    before: dict[str, Any] = bank.call("issuer", "status", "--asset", ASSET).data["result"]
    assert before["prepared_freezes"] == []
    file = tmp_path / "drawer.json"
    made = freeze(bank, "--prepare", "-o", str(file))
    result = made.data["result"]
    assert result["days"] == 182
    (described,) = json.loads(file.read_bytes())["purpose"]["operations"]
    assert described["parameters"]["when"] == "prepared"
    (tx,) = json.loads(file.read_bytes())["transactions"]
    assert (tx["Fee"], tx["SetFlag"]) == (str(MOST_FEE_DROPS), 7)
    assert "PREPARED for an emergency" in made.err
    identity = result["operation"]
    transcript = bank.call("ops", "show", identity, "--report").out
    assert "the bundle was handed out" in transcript
    assert result["digest"] in transcript
    whole = _signed(bank, home, file, result["digest"], tmp_path)
    assert os.stat(whole).st_mode & 0o077 == 0

    told = bank.call("multisig", "collect", str(whole)).err
    assert f"Only in an emergency: sovbank multisig submit {identity[:16]}" in " ".join(told.split())
    listed = bank.call("multisig", "status", identity).data["result"]["ceremonies"]
    assert [(one["prepared"], one["weight"]) for one in listed] == [(True, 3)]
    kept = bank.call("ops", "resume", identity, expect=5)
    assert kept.data["error"]["code"] == "freeze.kept-in-drawer"
    bank.call("issuer", "setup", "--asset", ASSET)
    status = bank.call("issuer", "status", "--asset", ASSET)
    (ready,) = status.data["result"]["prepared_freezes"]
    assert (ready["operation"], ready["ready"], ready["days_left"]) == (identity, True, 182)
    quicker = " ".join(freeze(bank, "--dry-run").err.split())
    assert f"needs no further signature: sovbank multisig submit {identity[:16]}" in quicker
    same = freeze(bank, "--prepare", "-o", str(tmp_path / "again.json"))
    assert same.data["result"]["digest"] == result["digest"]
    assert not frozen(bank)

    # An officer who has signed nothing fires it, from their own machine.
    officer = home["ciso"]
    at_home(bank, officer, "multisig", "collect", str(whole), "--expect-digest", result["digest"])
    assert _answer(bank, officer, identity, "yes")[0] == 1
    assert not frozen(bank)
    code, shown = _answer(bank, officer, identity, "Yes")
    assert code == 0, shown
    assert "nobody can move FTHUSD except back to the issuer" in " ".join(shown.split())
    assert frozen(bank)
    bank.call("ops", "resume", identity)
    assert bank.house.journal.operation(identity).state is State.POSTED
    assert bank.call("issuer", "status", "--asset", ASSET).data["result"]["prepared_freezes"] == []
    at_home(bank, officer, "ledger", "verify")
