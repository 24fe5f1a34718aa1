"""One mint signed in three homes that share nothing but files, over the real command."""

from __future__ import annotations

import json
import os
import subprocess
from decimal import Decimal
from pathlib import Path

import pexpect
import pytest
from bank_machine import ASSET, PROGRAM, Bank
from ceremony_homes import call, keystore_home, sign_bundle

from sovbank.core.machine import Kind, State
from sovbank.journal.port import OperationRow

AMOUNT = "9000.50"
OFFICERS = ("ceo", "cfo", "ciso")


@pytest.fixture(scope="module")
def homes(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A home for each officer: the same profile, that officer's key, and a journal of its own."""
    return {name: keystore_home(bank, tmp_path_factory.mktemp(name), name) for name in OFFICERS}


@pytest.fixture
def operation(bank: Bank) -> OperationRow:
    deposit = bank.deposit(AMOUNT)
    call(bank, "mint", "request", "--asset", ASSET, "--amount", AMOUNT, "--deposit", deposit)
    found = bank.house.journal.find(Kind.MINT, deposit)
    assert found is not None
    call(bank, "mint", "approve", found.id)
    return found


@pytest.fixture
def proposed(bank: Bank, operation: OperationRow, tmp_path: Path) -> tuple[Path, str]:
    """The bundle's file and its digest."""
    file = tmp_path / "bundle.json"
    ran = call(bank, "multisig", "new", operation.id, "-o", str(file))
    return file, str(ran.data["result"]["digest"])


def test_three_homes_sign_and_one_submits(
    bank: Bank, homes: dict[str, Path], operation: OperationRow, proposed: tuple[Path, str], tmp_path: Path
) -> None:
    file, digest = proposed
    held = bank.balance(bank.treasury)
    sign_bundle(bank, homes["ceo"], file, tmp_path / "ceo.json", digest)
    raw = tmp_path / "cfo.hex"
    sign_bundle(bank, homes["cfo"], file, raw, digest, "--raw")
    _officer_says_yes(bank, homes["ciso"], file, tmp_path / "ciso.json", "Yes")

    waiting = call(bank, "multisig", "collect", str(tmp_path / "ceo.json"), str(raw), expect=15)
    assert waiting.data["waiting_for"] == "co-signers"
    assert waiting.data["error"]["code"] == "ceremony.waiting-for-cosigners"
    short = call(bank, "multisig", "submit", operation.id, expect=6)
    assert short.data["error"]["code"] == "quorum.signatures-missing"
    (open_one,) = [
        one
        for one in call(bank, "multisig", "status").data["result"]["ceremonies"]
        if one["operation"] == operation.id
    ]
    assert sorted(open_one["signed"]) == ["ceo", "cfo"]

    done = call(bank, "multisig", "collect", str(tmp_path / "ciso.json"), "-o", str(tmp_path / "all.json"))
    assert done.data["result"]["complete"] is True
    assert done.data["result"]["digest"] == digest
    call(bank, "multisig", "submit", operation.id)
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    call(bank, "ops", "resume", operation.id)
    assert bank.house.journal.operation(operation.id).state is State.POSTED
    call(bank, "multisig", "submit", operation.id)
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    for home in homes.values():
        call(bank, "ledger", "verify", home=home)
    told = call(bank, "mint", "execute", operation.id, home=homes["ceo"])
    assert told.data["operation"]["facts"]["tx_hash"]


def _officer_says_yes(bank: Bank, home: Path, file: Path, target: Path, answer: str) -> str:
    environment = {**bank.environment(home), "TERM": "dumb", "NO_COLOR": "1"}
    child = pexpect.spawn(
        str(PROGRAM),
        ["multisig", "sign", str(file), "-o", str(target)],
        env=dict(environment),
        encoding="utf-8",
        timeout=60,
        dimensions=(60, 140),
    )
    child.expect("Sign this bundle")
    shown = str(child.before)
    child.expect("to go on: ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (0 if answer == "Yes" else 1), child.before
    return shown


def test_the_screen_has_what_matters_in_its_order(
    bank: Bank, homes: dict[str, Path], proposed: tuple[Path, str], tmp_path: Path
) -> None:
    file, digest = proposed
    shown = _officer_says_yes(bank, homes["ceo"], file, tmp_path / "none.json", "yes")
    parts = [
        "Network 21338",
        "not production",
        "pays 9,000.5 FTHUSD to treasury",
        "nine thousand point five FTHUSD",
        "Expires with ledger",
        "tesSUCCESS",
        "FTHUSD in circulation",
        "missing  ceo",
        "weight 0 of 3",
        f"Digest {digest}",
        " 1- 8  ",
    ]
    places = [shown.find(part) for part in parts]
    assert -1 not in places, [part for part in parts if part not in shown]
    assert places == sorted(places)
    assert not (tmp_path / "none.json").exists()


def test_tampered_files_are_refused_by_name(
    bank: Bank, homes: dict[str, Path], proposed: tuple[Path, str], tmp_path: Path
) -> None:
    file, digest = proposed
    home = homes["ceo"]
    values = json.loads(file.read_bytes())
    values["purpose"]["words"] += "!"
    tampered = tmp_path / "tampered.json"
    tampered.write_text(json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    sign = ("multisig", "sign", str(tampered), "-o", str(tmp_path / "out.json"))
    refused = call(bank, *sign, "--expect-digest", digest, home=home, expect=5)
    assert refused.data["error"]["code"] == "ceremony.bundle-differs"
    refused = call(bank, "multisig", "collect", str(tampered), expect=5)
    assert refused.data["error"]["details"]["path"] == "purpose.words"
    values["transactions"][0]["Fee"] = "41"
    tampered.write_text(json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    refused = call(bank, "multisig", "inspect", str(tampered), home=home, expect=5)
    assert "totals" in refused.data["error"]["message"]
    assert call(bank, *sign, home=home, expect=5).data["error"]["code"] == "ceremony.bundle-inconsistent"
    no_answer = call(bank, "multisig", "sign", str(file), home=home, expect=5)
    assert no_answer.data["error"]["code"] == "policy.yes-not-allowed"


def test_pipes_and_pictures_carry_a_bundle(
    bank: Bank, homes: dict[str, Path], operation: OperationRow, tmp_path: Path
) -> None:
    pictures, back = tmp_path / "there", tmp_path / "back"
    pictures.mkdir()
    back.mkdir()
    new = call(
        bank, "multisig", "new", operation.id, "--qr-png", str(pictures), "-o", str(tmp_path / "b.json")
    )
    digest = str(new.data["result"]["digest"])
    shots = sorted(map(str, pictures.glob("*.png")), reverse=True)
    environment = dict(bank.environment(homes["ceo"]))
    signed = subprocess.run(
        [
            str(PROGRAM),
            "--no-input",
            "multisig",
            "sign",
            "--from-qr",
            *shots,
            "--expect-digest",
            digest,
            "--offline",
        ],
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b"NOT CHECKED without a network" in signed.stderr
    inspected = subprocess.run(
        [str(PROGRAM), "--json", "multisig", "inspect", "-"],
        env=dict(bank.environment()),
        input=signed.stdout,
        capture_output=True,
        check=True,
        timeout=60,
    )
    result = json.loads(inspected.stdout)["result"]
    assert result["digest"] == digest
    assert result["standing"][0]["weight"] == 1
    collected = subprocess.run(
        [str(PROGRAM), "--json", "multisig", "collect", "-"],
        env=dict(bank.environment()),
        input=signed.stdout,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert collected.returncode == 15, collected.stderr
    assert json.loads(collected.stdout)["result"]["stored"] == 1
    again = call(bank, "multisig", "new", operation.id, "-o", str(tmp_path / "again.json"))
    assert again.data["result"]["digest"] == digest, "the same attempt gives the same bundle"
    assert os.stat(tmp_path / "again.json").st_mode & 0o077 == 0
