"""The real program on terminals of 80 and 120 columns: ceremonies, the log, and transcripts of settings."""

from __future__ import annotations

from pathlib import Path

import pexpect
import pytest
from bank_machine import ASSET, PROGRAM, Bank

from sovbank.core.machine import Kind
from sovbank.journal.port import ALL_ROWS, OperationRow

OFFICERS = ("ceo", "cfo", "coo", "compliance-head", "ciso")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def operation(bank: Bank) -> OperationRow:
    """A mint that waits for its ceremony."""
    deposit = bank.deposit("1250.5")
    bank.call("mint", "request", "--asset", ASSET, "--amount", "1250.5", "--deposit", deposit)
    found = bank.house.journal.find(Kind.MINT, deposit)
    assert found is not None
    bank.call("mint", "approve", found.id)
    return found


def screen(bank: Bank, columns: int, *arguments: str, expect: int = 0) -> str:
    """What a terminal of so many columns shows of a run; nothing but one long word may be wider."""
    child = pexpect.spawn(
        str(PROGRAM),
        list(arguments),
        env={**bank.environment(), "TERM": "dumb", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=60,
        dimensions=(70, columns),
    )
    child.expect(pexpect.EOF)
    child.close()
    shown = str(child.before).replace("\r\n", "\n")
    assert child.exitstatus == expect, shown
    wide = [line for line in shown.splitlines() if len(line) > columns and len(line.split()) > 1]
    assert not wide, wide
    return shown


def test_every_line_of_a_ceremony_fits_and_identifiers_stay_whole(
    bank: Bank, operation: OperationRow, tmp_path: Path
) -> None:
    issuer = bank.house.issuer_of(ASSET).address
    file = str(tmp_path / "mint.json")
    for columns, arguments in (
        (80, ("multisig", "new", operation.id, "-o", file)),
        (80, ("multisig", "inspect", file, "--offline")),
        (120, ("multisig", "inspect", file)),
    ):
        shown = screen(bank, columns, *arguments)
        assert issuer in shown
        assert operation.id in shown
        assert bank.treasury in shown
    waiting = screen(bank, 80, "multisig", "collect", file, expect=15)
    assert "WAITING" in waiting
    assert operation.id in waiting


def test_the_list_of_ceremonies_fits_80_columns_as_a_table(bank: Bank, operation: OperationRow) -> None:
    shown = screen(bank, 80, "multisig", "status", operation.id).splitlines()
    assert shown[0].split()[:4] == ["operation", "kind", "reference", "weight"]
    assert any(line.startswith(f"{operation.id[:16]}  mint") for line in shown)
    assert set(OFFICERS) <= set(" ".join(shown).replace(",", " ").split())


def test_the_log_is_a_table_on_80_columns_and_shows_more_with_more_room(
    bank: Bank, operation: OperationRow
) -> None:
    narrow = screen(bank, 80, "ledger", "log", "-o", operation.id)
    head = narrow.splitlines()[0]
    assert head.startswith("row") or head.strip().startswith("row")
    assert "a transaction was bound" in narrow
    wide = screen(bank, 250, "ledger", "log", "-o", operation.id)
    account = bank.house.issuer_of(ASSET).address
    assert account in wide
    assert account not in narrow
    full = screen(bank, 80, "ledger", "log", "-o", operation.id, "--full")
    assert account in full
    assert "handed-out" in full


def test_the_transcript_of_a_setting_begins_with_the_plan_that_was_accepted(bank: Bank) -> None:
    *_, oldest = bank.house.journal.operations(kind=Kind.SETTINGS, limit=ALL_ROWS)
    told = bank.call("ops", "show", oldest.id, "--report").data["result"]
    first, second, *_ = told["events"]
    assert (first["rule"], first["decision"]) == ("plan", "accepted")
    assert first["payload_sha256"] == oldest.facts["accepted"]
    assert second["kind"] == "intent"
    assert first["seq"] < second["seq"]
    signed = [event for event in told["events"] if event["kind"] == "sign.begin"]
    assert signed
    assert all(event["particulars"]["device"] == "keystore" for event in signed)


def test_output_without_report_is_a_mistake(bank: Bank, operation: OperationRow, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    error = bank.call("ops", "show", operation.id, "-o", str(file), expect=2).data["error"]
    assert "--report" in error["message"]
    assert not file.exists()
