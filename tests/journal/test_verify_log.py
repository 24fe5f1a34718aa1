"""The independent verifier of an exported log: it agrees with the program and finds every change."""

from __future__ import annotations

import ast
import importlib.util
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_samples import event, opened

from sovbank.journal import readings
from sovbank.journal.chain import GENESIS_PREV, Position, RowFault, build_row, make_body, read_row
from sovbank.journal.port import LogKind
from sovbank.journal.reader import open_reader
from sovbank.journal.sql_journal import SqlJournal

TOOL = Path(__file__).resolve().parents[2] / "tools" / "verify_log.py"
Verify = Callable[..., int]
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
POSITION = Position("0" * 32, 2, GENESIS_PREV, "2026-11-01T09:00:00.000000Z", "host", "0.1.0")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_log", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def exported(url: str, journal: SqlJournal, tmp_path: Path) -> Path:
    """A log of 8 rows as `ledger export` writes it."""
    opened(journal)
    for number in range(6):
        journal.note(event(LogKind.ADMIN, result=f"Zürich \u2028 {number}\t😀", body={"name": "Ada"}))
    with open_reader(url) as reader, reader.snapshot() as query:
        rows = [data for _, _, data in readings.log_rows(query, after=0, limit=100)]
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


def test_it_shares_no_code_with_the_program() -> None:
    tree = ast.parse(TOOL.read_text())
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [item.name for node in ast.walk(tree) if isinstance(node, ast.Import) for item in node.names]
    assert {str(name).split(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_finds_the_head_that_the_program_finds(
    tool: ModuleType, exported: Path, journal: SqlJournal, capsys: pytest.CaptureFixture[str]
) -> None:
    head, anchor = journal.head(), journal.anchor(journal.operations()[0].id)
    assert tool.main([str(exported)]) == 0
    assert f"rows {head.seq}\nhead {head.hash}\n" in capsys.readouterr().out
    assert tool.main([str(exported), "--anchor", f"{anchor.seq}:{anchor.hash}", "--most-tail", "6"]) == 0
    assert tool.main([str(exported), "--anchor", f"{anchor.seq}:{anchor.hash}", "--most-tail", "5"]) == 12
    assert tool.main([str(exported), "--anchor", f"{anchor.seq}:{'0' * 64}"]) == 10
    assert tool.main([str(exported), "--anchor", f"9:{'0' * 64}"]) == 11


def test_it_runs_alone(exported: Path) -> None:
    command = [sys.executable, "-I", "-S", str(TOOL), "-"]
    done = subprocess.run(command, input=exported.read_bytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_changes_to_the_file_are_found(
    tool: ModuleType, exported: Path, journal: SqlJournal, capsys: pytest.CaptureFixture[str]
) -> None:
    head = journal.head()
    anchor = ["--anchor", f"{head.seq}:{head.hash}"]
    data = exported.read_bytes()
    rows = data.splitlines(keepends=True)
    chance = random.Random(3)
    for _ in range(300):
        changed = bytearray(data)
        place = chance.randrange(len(data) - 1)
        changed[place] ^= chance.randint(1, 255)
        exported.write_bytes(bytes(changed))
        assert tool.main([str(exported), *anchor]) in (10, 11)
    for edited in (
        rows[1:],
        rows[:3] + rows[4:],
        [*rows[:3], rows[4], rows[3], *rows[5:]],
        [*rows[:3], rows[2], *rows[3:]],
        [*rows, rows[-1]],
        [*rows, b"\n"],
    ):
        exported.write_bytes(b"".join(edited))
        assert tool.main([str(exported), *anchor]) == 10
    for length in range(len(rows)):
        exported.write_bytes(b"".join(rows[:length]))
        assert tool.main([str(exported), *anchor]) == 11
    exported.unlink()
    assert tool.main([str(exported)]) == 13
    capsys.readouterr()


@given(result=TEXT, place=st.integers(0, 10_000), change=st.integers(0, 255))
def test_both_take_the_same_bytes_for_a_row(tool: ModuleType, result: str, place: int, change: int) -> None:
    row = bytearray(build_row(POSITION, event(LogKind.ADMIN, result=result), None, make_body(None, None, {})))
    row[place % len(row)] ^= change
    data = bytes(row)
    try:
        ours: object = read_row(data)
    except RowFault:
        ours = None
    try:
        theirs = tool.parse(data)
        tool.check(theirs, number=theirs["seq"], before=theirs["prev"], log=None)
    except tool.Bad:
        theirs = None
    if ours is not None and theirs is not None:
        assert ours == theirs
    if change == 0:
        assert theirs is not None
