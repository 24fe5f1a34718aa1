"""`sovbank ledger` and `sovbank ops`, over a profile's own journal."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.journal.exchange import parse_export
from sovbank.journal.port import LogEvent, LogKind, NewOperation
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.store import open_store
from sovbank.wire.hashes import transaction_id

ACCOUNT = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"


@pytest.fixture
def database(run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the profile's journal will be."""
    assert run("profile", "init", "--json").status == 0
    monkeypatch.setenv("SOVBANK_PROFILE", "devnet")
    path = tmp_path / "journal.sqlite"
    monkeypatch.setenv("SOVBANK_JOURNAL", f"sqlite:///{path}")
    return path


@pytest.fixture
def operation(run: Callable, database: Path) -> str:
    """A journal with one distribution, whose attempt was signed."""
    assert run("ledger", "init").status == 0
    store = open_store(f"sqlite:///{database}")
    journal = SqlJournal(store)
    parameters = {"asset": "FTHUSD", "amount": "125000.50", "destination": ACCOUNT, "deposit": "DEP-1"}
    row, _ = journal.open_operation(
        NewOperation(
            operation_id("distribute", parameters, "PAY-1"), Kind.DISTRIBUTE, "PAY-1", parameters, "coo"
        ),
        LogEvent(LogKind.INTENT, actor="coo"),
    )
    journal.bind_attempt(
        row.id,
        account=ACCOUNT,
        ticket=7,
        sequence=None,
        first_ledger=10,
        last_ledger=30,
        unsigned="{}",
        event=LogEvent(LogKind.OBSERVE, actor="coo", account=ACCOUNT, ticket=7),
    )
    journal.begin_signature(row.id, 1, LogEvent(LogKind.SIGN_BEGIN, actor="coo"))
    journal.store_blob(
        row.id,
        1,
        blob=b"blob",
        tx_hash=transaction_id(b"blob"),
        event=LogEvent(LogKind.SIGN_DONE, actor="coo"),
    )
    store.close()
    return row.id


def test_a_missing_journal_is_never_made_in_passing(run: Callable, database: Path) -> None:
    for command in (["ledger", "log"], ["ledger", "verify"], ["ledger", "migrate"], ["ops", "list"]):
        ran = run(*command, "--json")
        assert (ran.status, ran.data["error"]["code"]) == (9, "journal.missing")
    assert not database.exists()


def test_init_says_whether_it_made_it(run: Callable, database: Path) -> None:
    first = run("ledger", "init", "--actor", "ceo", "--json").data["result"]
    second = run("ledger", "init", "--json").data["result"]
    assert (first.pop("made"), second.pop("made")) == (True, False)
    assert first == second
    rows = run("ledger", "log", "--json").data["result"]["rows"]
    assert [(row["kind"], row["actor"], row["hash"]) for row in rows] == [("genesis", "ceo", first["head"])]


def test_operations_are_listed_and_shown(run: Callable, operation: str) -> None:
    (listed,) = run("ops", "list", "--unfinished", "--kind", "distribute", "--json").data["result"][
        "operations"
    ]
    assert (listed["id"], listed["state"], listed["parameters"]["amount"]) == (
        operation,
        State.INTENT,
        "125000.50",
    )
    assert run("ops", "list", "--kind", "mint", "--json").data["result"]["operations"] == []
    table = run("ops", "list").out
    assert "125,000.50 FTHUSD" in table
    assert operation[:16] in table
    shown = run("ops", "show", operation[:8], "--json").data
    assert shown["operation"]["id"] == operation
    (attempt,) = shown["result"]["attempts"]
    assert (attempt["ticket"], attempt["state"], attempt["blob"]) == (7, "signed", b"blob".hex())
    assert [row["kind"] for row in shown["result"]["log"]] == ["intent", "observe", "sign.begin", "sign.done"]
    text = run("ops", "show", operation).out
    assert transaction_id(b"blob") in text
    assert "ticket 7" in text


@pytest.mark.parametrize("wrong", [["ops", "show", "12345678"], ["ops", "list", "--kind", "gift"]])
def test_what_is_not_there_is_a_usage_error(run: Callable, operation: str, wrong: list[str]) -> None:
    assert run(*wrong).status == 2


def test_an_export_is_a_file_that_the_other_machine_reads(
    run: Callable, operation: str, tmp_path: Path
) -> None:
    ran = run("ops", "export", operation)
    assert parse_export(ran.out.encode()).id == operation
    path = tmp_path / "out.json"
    assert run("ops", "export", operation, str(path)).status == 0
    assert path.read_bytes() == ran.out.encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = run("ops", "export", operation, str(path), "--json")
    assert (again.status, again.data["error"]["code"]) == (2, "usage.file-exists")
    data = run("ops", "export", operation, "--json").data
    assert parse_export(data["result"]["export"].encode()).id == operation
    head = run("ledger", "verify", "--json").data["result"]["head"]
    assert parse_export(path.read_bytes()).log.hash == head


def test_an_import_takes_only_what_an_export_writes(
    run: Callable, operation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.json"
    assert run("ops", "export", operation, str(path)).status == 0
    monkeypatch.setenv("SOVBANK_JOURNAL", f"sqlite:///{tmp_path}/other.sqlite")
    assert run("ledger", "init").status == 0
    changed = tmp_path / "changed.json"
    changed.write_bytes(path.read_bytes().replace(b"125000.50", b"925000.50"))
    ran = run("ops", "import", str(changed), "--json")
    assert (ran.status, ran.data["error"]["code"]) == (2, "operation.export-malformed")
    assert run("ops", "import", str(tmp_path / "none.json")).status != 0
    assert run("ops", "import", str(path)).status == 0
    assert [row["id"] for row in run("ops", "list", "--json").data["result"]["operations"]] == [operation]


def test_verify_names_the_row_and_counts_the_tail(run: Callable, operation: str, database: Path) -> None:
    data = run("ledger", "verify", "--json").data["result"]
    assert (data["rows"], data["records"], data["rows_after_last_anchor"]) == (5, 1, 5)
    rows = run("ledger", "log", "--json").data["result"]["rows"]
    anchor = f"2:{rows[1]['hash']}"
    ran = run("ledger", "verify", "--anchor", anchor, "--most-tail", "3", "--json")
    assert ran.data["result"]["rows_after_last_anchor"] == 3
    assert run("ledger", "verify", "--anchor", anchor, "--most-tail", "2").status == 12
    assert run("ledger", "verify", "--anchor", f"2:{'0' * 64}").status == 10
    assert run("ledger", "verify", "--anchor", f"9:{'0' * 64}").status == 11
    for wrong in ("2", "2:xyz", "-1:" + "0" * 64, "²:" + "0" * 64):
        assert run("ledger", "verify", "--anchor", wrong).status == 2


def _edit(database: Path, *statements: str) -> None:
    with sqlite3.connect(database) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("row", [1, 2, 3, 4, 5])
def test_a_changed_byte_of_any_row_ends_in_exit_10_and_names_it(
    run: Callable, operation: str, database: Path, row: int
) -> None:
    _edit(
        database,
        f"UPDATE log SET data = CAST(replace(CAST(data AS TEXT), '\"software\"', '\"Software\"') AS BLOB) "
        f"WHERE seq = {row}",
    )
    ran = run("ledger", "verify", "--json")
    assert ran.status == 10
    assert ran.data["error"]["code"] == "log.tampered"
    assert ran.data["error"]["details"]["row"] == str(row)
    assert f"row {row}:" in run("ledger", "verify").err


def test_a_truncated_log_ends_in_exit_11(run: Callable, operation: str, database: Path) -> None:
    _edit(database, "DELETE FROM log_body WHERE seq = 5", "DELETE FROM log WHERE seq = 5")
    assert run("ledger", "verify").status == 11


def test_a_state_edited_past_the_log_ends_in_exit_10(run: Callable, operation: str, database: Path) -> None:
    _edit(database, "UPDATE operation SET state = 'posted'")
    ran = run("ledger", "verify", "--json")
    assert ran.status == 10
    assert operation in ran.data["error"]["message"]


def test_a_damaged_database_ends_in_exit_13(run: Callable, operation: str, database: Path) -> None:
    database.write_bytes(b"x" * 8192)
    assert run("ledger", "verify").status == 13
    assert run("ops", "list").status == 9


def test_a_damaged_row_is_shown_as_such(run: Callable, operation: str, database: Path) -> None:
    _edit(database, "UPDATE log SET data = x'ff00' WHERE seq = 3")
    rows = run("ledger", "log", "--json").data["result"]["rows"]
    assert rows[2]["damaged"] == "ff00"
    assert "damaged" in run("ledger", "log").out


def test_an_exported_log_satisfies_the_independent_verifier(
    run: Callable, operation: str, tmp_path: Path
) -> None:
    path = tmp_path / "log.jsonl"
    assert run("ledger", "export", str(path)).status == 0
    assert run("ledger", "export", "-").out.encode() == path.read_bytes()
    tool = Path(__file__).resolve().parents[2] / "tools" / "verify_log.py"
    done = subprocess.run([sys.executable, str(tool), str(path)], capture_output=True, text=True, check=True)
    head = run("ledger", "verify", "--json").data["result"]["head"]
    assert f"head {head}" in done.stdout
    assert len([json.loads(line) for line in path.read_bytes().splitlines()]) == 5
