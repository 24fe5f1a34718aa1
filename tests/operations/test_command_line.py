"""What programs see of every command of the operations: statuses, codes, JSON, and that --dry-run is dry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bank_machine import ASSET, Bank

from sovbank.core.machine import Kind
from sovbank.journal.port import OperationRow

# Runs in this process leave their connections to the collector, where the program's end would close them.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

STRANGER = "rrrrrrrrrrrrrrrrrrrrBZbvji"


@pytest.fixture(scope="module")
def held(bank: Bank) -> OperationRow:
    """A mint that MintGuard holds and nobody approved."""
    deposit = bank.deposit("1000.00")
    bank.call("mint", "request", "--asset", ASSET, "--amount", "1000.00", "--deposit", deposit)
    operation = bank.house.journal.find(Kind.MINT, deposit)
    assert operation is not None
    return operation


@pytest.fixture(scope="module")
def redemption(bank: Bank) -> OperationRow:
    """A redemption for which nothing has arrived."""
    bank.call(*_burn(bank, "RED-CLI-1"))
    operation = bank.house.journal.find(Kind.BURN, "RED-CLI-1")
    assert operation is not None
    return operation


def _burn(bank: Bank, reference: str, holder: str | None = None) -> tuple[str, ...]:
    who = holder or bank.customer.address
    asked = ("--asset", ASSET, "--amount", "5.00", "--holder", who)
    return ("burn", "request", *asked, "--reference", reference)


def _mint(verb: str, amount: str, deposit: str, *more: str) -> tuple[str, ...]:
    return ("mint", verb, "--asset", ASSET, "--amount", amount, "--deposit", deposit, *more)


def _pay(to: str, deposit: str) -> tuple[str, ...]:
    asked = ("--asset", ASSET, "--amount", "1.00", "--to", to)
    return ("treasury", "distribute", *asked, "--deposit", deposit, "--reference", "PAY-CLI-1")


def _admit(bank: Bank, tier: str) -> tuple[str, ...]:
    who = ("--kyc-id", "BANK-TREASURY", "--name", "Treasury", "--account", bank.treasury)
    return ("kyc", "whitelist", *who, "--expires", "2027-01-31", "--tier", tier)


def test_every_refusal_has_its_status_its_code_and_a_next_step(
    bank: Bank, held: OperationRow, redemption: OperationRow, tmp_path: Path
) -> None:
    paper = tmp_path / "document"
    paper.write_text("reserves")
    attest = ("reserves", "attest", "--asset", ASSET, "--total", "1", "--document", str(paper))
    cases: list[tuple[tuple[str, ...], int, str]] = [
        (_mint("request", "1.00", "NO-SUCH"), 5, "mint.deposit-missing"),
        (_mint("request", "1000.01", held.reference), 5, "mint.deposit-unsuitable"),
        (_mint("request", "999.00", held.reference), 2, "operation.reference-taken"),
        (_mint("request", "1.00", held.reference, "--to", STRANGER), 5, "mint.destination-refused"),
        (_mint("request", "1e3", held.reference), 2, "amount.malformed"),
        (("mint", "approve", held.id, "--officer", "treasury-ops"), 5, "policy.roles-not-separate"),
        (("mint", "approve", held.id, "--officer", "coo"), 5, "policy.role-missing"),
        (("mint", "execute", held.id), 15, "mint.waiting-for-approver"),
        (("mint", "confirm", held.id), 5, "operation.wrong-state"),
        (("mint", "execute", "0" * 64), 2, "operation.not-found"),
        (("burn", "receive", held.id), 2, "operation.wrong-kind"),
        (("burn", "run", redemption.id), 15, "burn.waiting-for-holder"),
        (_burn(bank, "RED-CLI-2", STRANGER), 5, "policy.not-whitelisted"),
        (_pay(STRANGER, held.reference), 5, "policy.not-whitelisted"),
        (_admit(bank, "internal"), 5, "kyc.already-admitted"),
        (_admit(bank, "vip"), 2, "kyc.no-such-tier"),
        (("trustlines", "authorize", "--asset", ASSET, "--holder", STRANGER), 5, "policy.not-whitelisted"),
        (("bank", "import", str(tmp_path / "none.csv")), 2, "input.unreadable-file"),
        ((*attest, "--as-of", "yesterday"), 2, "usage.command-line"),
    ]
    head = bank.house.journal.head()
    wrong = []
    for arguments, status, code in cases:
        ran = bank.call(*arguments, expect=None)
        error = ran.data["error"]
        if (ran.status, error["code"]) != (status, code) or not error["next"] or not error["message"]:
            wrong.append((arguments[:2], ran.status, error["code"]))
    assert wrong == [], wrong
    assert bank.house.journal.head() == head, "a refusal wrote something"


def test_dry_runs_change_nothing_anywhere(
    bank: Bank, held: OperationRow, redemption: OperationRow, tmp_path: Path
) -> None:
    deposit = bank.deposit("2000.00")
    statement, paper = tmp_path / "statement.csv", tmp_path / "document"
    statement.write_text("reference\n")
    paper.write_text("reserves")
    limit = ("trustlines", "set", "--asset", ASSET, "--account", "treasury", "--limit", "5")
    shown = [_mint("request", "2000.00", deposit), _pay(bank.customer.address, deposit), limit]
    shown += [("issuer", "setup", "--asset", ASSET)]
    refused = [_mint("run", "2000.00", deposit), _burn(bank, "RED-CLI-3"), _admit(bank, "low")]
    refused += [("mint", verb, held.id) for verb in ("approve", "confirm", "extend", "cancel")]
    refused += [("burn", verb, redemption.id) for verb in ("receive", "run")]
    refused += [("bank", "import", str(statement))]
    refused += [("reserves", "attest", "--asset", ASSET, "--total", "1", "--document", str(paper))]
    before = _everything(bank)
    for arguments in shown:
        assert bank.call("--dry-run", *arguments).data["ok"] is True, arguments
    for arguments in refused:
        ran = bank.call("--dry-run", *arguments, expect=2)
        assert ran.data["error"]["code"] == "cli.dry-run-not-possible", arguments
    assert _everything(bank) == before


def _everything(bank: Bank) -> tuple[object, ...]:
    ledger, accounts = bank.house.ledger, bank.house.profile.accounts.values()
    sent = [found.tx_hash for account in accounts for found in ledger.transactions(account.address)]
    entries = [entry.reference for entry in bank.house.books.bank_entries()]
    return bank.house.journal.head(), bank.chain_nonces(), sent, entries


def test_every_answer_is_one_object_without_a_float(
    bank: Bank, held: OperationRow, redemption: OperationRow
) -> None:
    commands: list[tuple[str, ...]] = [
        _mint("request", "1000.00", held.reference),
        _burn(bank, "RED-CLI-1"),
        ("treasury", "balances"),
        ("issuer", "plan", "--asset", ASSET),
        ("issuer", "status", "--asset", ASSET),
        ("trustlines", "list", "--asset", ASSET),
        ("trustlines", "set", "--asset", ASSET, "--account", "treasury", "--limit", "10000000000"),
        ("trustlines", "authorize", "--asset", ASSET, "--holder", bank.customer.address),
        ("kyc", "show", bank.customer.address),
        ("bank", "entries"),
        ("reserves", "status", "--asset", ASSET),
        ("reconcile",),
    ]
    for arguments in commands:
        ran = bank.call(*arguments)
        body = json.loads(ran.out, parse_float=_refuse)
        assert {"schema", "version", "ok", "operation", "result"} <= body.keys(), arguments
        assert "prepared freeze" in ran.err if arguments[:2] == ("issuer", "status") else ran.err == ""
        for name, value in _leaves(body):
            if name in {"amount", "balance", "limit", "capacity", "ledger", "bank", "in_treasury"}:
                assert isinstance(value, str), (arguments, name)


def _refuse(text: str) -> float:
    raise AssertionError(f"{text} is a float")


def _leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, key)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item, name)]
    return [(name, value)]


def test_a_held_mint_is_cancelled_and_stays_so(bank: Bank) -> None:
    deposit = bank.deposit("10.00")
    bank.call(*_mint("request", "10.00", deposit))
    operation = bank.house.journal.find(Kind.MINT, deposit)
    assert operation is not None
    before = bank.house.control.totals(bank.house.asset_id(ASSET)).held
    assert bank.call("mint", "cancel", operation.id).data["operation"]["state"] == "cancelled"
    assert bank.house.control.totals(bank.house.asset_id(ASSET)).held == before - 10 * 10**6
    for arguments in (_mint("request", "10.00", deposit), ("mint", "approve", operation.id)):
        assert bank.call(*arguments, expect=5).data["error"]["code"] == "mint.cancelled"


def test_an_expiry_is_extended_on_the_real_contracts(bank: Bank, held: OperationRow) -> None:
    before = bank.house.control.mint_request(held.id)
    bank.call("mint", "extend", held.id)
    after = bank.house.control.mint_request(held.id)
    assert before is not None
    assert after is not None
    assert after.expiry > before.expiry
    assert after.requested_at == before.requested_at
