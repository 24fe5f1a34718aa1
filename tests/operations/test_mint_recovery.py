"""A mint interrupted at its worst moments, and one that the ledger refuses first, over the real command."""

from __future__ import annotations

import subprocess
from decimal import Decimal

import pytest
from bank_machine import ASSET, Bank

from sovbank.core.machine import AttemptState, Kind, State
from sovbank.journal.port import OperationRow

AMOUNT = "50000.00"


def _approved(bank: Bank, amount: str) -> OperationRow:
    deposit = bank.deposit(amount)
    bank.run("mint", "request", "--asset", ASSET, "--amount", amount, "--deposit", deposit)
    operation = bank.house.journal.find(Kind.MINT, deposit)
    assert operation is not None
    bank.run("mint", "approve", operation.id)
    return operation


@pytest.mark.parametrize("moment", ["after the blob was recorded", "after it was submitted"])
def test_a_killed_mint_is_completed_once(bank: Bank, moment: str) -> None:
    operation = _approved(bank, AMOUNT)
    held = bank.balance(bank.treasury)
    bank.gateway.submissions.clear()
    bank.gateway.armed.clear()
    process = bank.start("mint", "execute", operation.id)
    if moment == "after the blob was recorded":
        bank.gateway.kill_before = process.pid
    else:
        bank.gateway.kill_after = process.pid
    bank.gateway.armed.set()
    process.communicate(timeout=60)
    assert process.returncode == -9

    (attempt,) = bank.house.journal.attempts(operation.id)
    assert attempt.state is AttemptState.SUBMITTED
    assert attempt.blob is not None

    bank.run("ops", "resume", operation.id)

    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    assert bank.house.journal.operation(operation.id).state is State.POSTED
    assert len(bank.house.journal.attempts(operation.id)) == 1
    assert set(bank.gateway.submissions) == {attempt.blob.hex().upper()}, "other bytes were sent"
    bank.run("ops", "resume", operation.id)
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    bank.run("ledger", "verify")


def test_a_mint_that_the_ledger_refuses_is_completed_by_a_second_attempt(bank: Bank) -> None:
    operation = _approved(bank, AMOUNT)
    held = bank.balance(bank.treasury)
    limit = ("trustlines", "set", "--asset", ASSET, "--account", "treasury", "--limit")
    bank.run(*limit, str(held + 1))

    refused = bank.run("mint", "execute", operation.id, expect=7)
    assert refused.data["error"]["code"] == "ledger.attempt-without-effect"
    assert "tecPATH_PARTIAL" in refused.data["error"]["message"]

    bank.run(*limit, "10000000000")
    bank.run("ops", "resume", operation.id)

    first, second = bank.house.journal.attempts(operation.id)
    assert (first.state, first.result) == (AttemptState.WITHOUT_EFFECT, "tecPATH_PARTIAL")
    assert (second.state, second.result) == (AttemptState.SUCCEEDED, "tesSUCCESS")
    assert first.ticket != second.ticket
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    bank.run("ledger", "verify")


def test_two_executions_at_once_mint_once(bank: Bank) -> None:
    operation = _approved(bank, AMOUNT)
    held = bank.balance(bank.treasury)
    bank.gateway.armed.set()
    both: list[subprocess.Popen[str]] = [bank.start("mint", "execute", operation.id) for _ in range(2)]
    for process in both:
        process.communicate(timeout=120)
    bank.run("ops", "resume", operation.id)
    assert bank.balance(bank.treasury) == held + Decimal(AMOUNT)
    bank.run("ledger", "verify")
