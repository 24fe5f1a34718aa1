"""Two machines with a home, a journal and keys each, over the real command."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bank_machine import ASSET, Bank

from sovbank.core.machine import Kind, State
from sovbank.journal.port import OperationRow

AMOUNT = "7000.00"


@pytest.fixture(scope="module")
def approver(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The approver's home: the same profile, one key, and a journal of its own."""
    home = tmp_path_factory.mktemp("approver")
    for folder in ("config/profiles", "data/keys/demo"):
        for place in (home / folder, *(home / folder).parents):
            if place != home and home in place.parents:
                place.mkdir(parents=True, exist_ok=True)
                place.chmod(0o700)
    shutil.copy(bank.stage.run.wiring.profile_path, home / "config" / "profiles")
    keys = home / "data" / "keys" / "demo"
    for name in ("keystore.json", "cfo.key"):
        shutil.copy(bank.stage.home / "data" / "keys" / "demo" / name, keys)
    shutil.copy(bank.stage.passphrase_file, home)
    bank.run("ledger", "init", home=home)
    return home


def _requested(bank: Bank) -> OperationRow:
    deposit = bank.deposit(AMOUNT)
    bank.run("mint", "request", "--asset", ASSET, "--amount", AMOUNT, "--deposit", deposit)
    operation = bank.house.journal.find(Kind.MINT, deposit)
    assert operation is not None
    return operation


def _exported(bank: Bank, operation: OperationRow, folder: Path) -> Path:
    file = folder / f"{operation.id[:8]}.json"
    bank.run("ops", "export", operation.id, str(file))
    return file


def test_an_approver_works_from_the_requesters_file(bank: Bank, approver: Path, tmp_path: Path) -> None:
    operation = _requested(bank)
    file = _exported(bank, operation, tmp_path)
    ran = bank.run("mint", "approve", str(file), home=approver)
    assert ran.data["operation"]["state"] == "approved"
    assert ran.data["operation"]["id"] == operation.id
    held = bank.balance(bank.treasury)
    bank.gateway.armed.set()
    bank.run("mint", "execute", operation.id)
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    assert bank.run("mint", "execute", operation.id, home=approver).data["operation"]["state"] == "final"
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT), "the second machine paid again"
    bank.run("mint", "confirm", operation.id)
    bank.run("ops", "resume", operation.id, home=approver)
    for home in (None, approver):
        bank.run("ledger", "verify", home=home)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("amount", "7000000.00", "mint.request-differs"),
        ("destination", "customer", "mint.request-differs"),
        ("reference", "DEP-OTHER", "mint.request-differs"),
        ("asset", "USDF", "profile.no-such-name"),
        ("id", "ab" * 32, "mint.request-differs"),
    ],
)
def test_an_altered_file_is_refused_with_the_difference(
    bank: Bank, approver: Path, tmp_path: Path, name: str, value: str, code: str
) -> None:
    operation = bank.house.journal.operations(kind=Kind.MINT)[0]
    content: dict[str, Any] = json.loads(_exported(bank, operation, tmp_path).read_text())
    row = content["operation"]
    altered = bank.customer.address if value == "customer" else value
    (row if name in row else row["parameters"])[name] = altered
    file = tmp_path / "altered.json"
    file.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n")
    refused = bank.run("mint", "approve", str(file), home=approver, expect=None)
    assert refused.status == (2 if name == "asset" else 5)
    assert refused.data["error"]["code"] == code
    assert refused.data["error"]["next"]
    shown = "7,000,000.00" if name == "amount" else altered
    assert shown in refused.data["error"]["message"]


def test_eight_processes_of_one_command_mint_once(bank: Bank) -> None:
    deposit = bank.deposit(AMOUNT)
    held = bank.balance(bank.treasury)
    bank.gateway.armed.set()
    command = ("mint", "run", "--asset", ASSET, "--amount", AMOUNT, "--deposit", deposit)
    processes = [bank.start(*command) for _ in range(8)]
    outcomes = []
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert "Traceback" not in err, err
        outcomes.append((process.returncode, json.loads(out)))
    assert all(status in (0, 1, 5, 7, 8) for status, _ in outcomes), outcomes
    for status, body in outcomes:
        assert body["ok"] is (status == 0)
    operation = bank.house.journal.find(Kind.MINT, deposit)
    assert operation is not None
    bank.run(*command)
    assert bank.house.journal.operation(operation.id).state is State.POSTED
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    bank.run("ledger", "verify")
