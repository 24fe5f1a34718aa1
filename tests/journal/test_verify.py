"""Verification: every change to the log, and to what it vouches for, is found and has its exit status."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from journal_samples import blob, bound, event, opened, signature
from test_books import ATTESTATION, CUSTOMER, ENTRY
from vandal import Vandal, renote, vandal

from sovbank.core.machine import State
from sovbank.errors.base import ExitStatus, SovbankError
from sovbank.errors.journal import JournalMissing, LogTampered, LogTruncated, LogUnanchored, LogUnreadable
from sovbank.journal.address import SqliteAddress, parse_address
from sovbank.journal.chain import read_row, row_hash
from sovbank.journal.create import create_journal
from sovbank.journal.head import head_path
from sovbank.journal.port import LogHead, LogKind
from sovbank.journal.sql_books import SqlBooks
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.verify import Anchor, verify_journal

ROWS = 11


@pytest.fixture
def filled(url: str, journal: SqlJournal, books: SqlBooks) -> str:
    """A journal of 11 rows with one of everything that a row vouches for."""
    operation = opened(journal, "R-1")
    bound(journal, operation)
    journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    journal.store_signature(signature(operation), event(LogKind.SIGN_DONE))
    data, tx_hash = blob("R-1")
    journal.store_blob(operation, 1, blob=data, tx_hash=tx_hash, event=event(LogKind.SIGN_DONE))
    journal.advance(operation, before=State.INTENT, after=State.EXECUTING, event=event(), facts={"by": "cfo"})
    opened(journal, "R-2")
    books.import_statement("a" * 64, "a.csv", [ENTRY], actor="coo")
    books.put_customer(CUSTOMER, actor="compliance")
    books.put_attestation(ATTESTATION, actor="cfo")
    assert verify_journal(url).head.seq == ROWS
    return url


def _expect(url: str, refusal: type[SovbankError], *, row: int | None = None) -> str:
    with pytest.raises(refusal) as caught:
        verify_journal(url)
    if row is not None:
        assert caught.value.details["row"] == str(row)
        assert f"row {row}" in caught.value.message
    return caught.value.message


def test_the_statuses() -> None:
    assert LogTampered.exit_status == ExitStatus.TAMPERED == 10
    assert LogTruncated.exit_status == ExitStatus.TRUNCATED == 11
    assert LogUnanchored.exit_status == ExitStatus.UNANCHORED == 12
    assert LogUnreadable.exit_status == ExitStatus.UNREADABLE == 13


def test_a_changed_byte_of_any_row_is_found_and_named(filled: str) -> None:
    chance = random.Random(1)
    with vandal(filled) as run:
        for number in range(5 * ROWS):
            seq = number % ROWS + 1
            original = bytes(run("SELECT data FROM log WHERE seq = ?", seq)[0][0])
            data = bytearray(original)
            data[chance.randrange(len(data))] ^= chance.randint(1, 255)
            run("UPDATE log SET data = ? WHERE seq = ?", bytes(data), seq)
            _expect(filled, LogTampered, row=seq)
            run("UPDATE log SET data = ? WHERE seq = ?", original, seq)
    assert verify_journal(filled).head.seq == ROWS


def test_a_row_rewritten_with_its_hash_breaks_the_next(filled: str) -> None:
    with vandal(filled) as run:
        data = run(
            "SELECT data FROM log WHERE seq = 4",
        )[0][0].replace(b'"coo"', b'"cfo"')
        run("UPDATE log SET data = ?, hash = ? WHERE seq = 4", data, row_hash(data))
    _expect(filled, LogTampered, row=5)


def test_the_last_row_rewritten_with_its_hash_is_found(filled: str) -> None:
    with vandal(filled) as run:
        data = run("SELECT data FROM log WHERE seq = ?", ROWS)[0][0].replace(b'"cfo"', b'"coo"')
        run("UPDATE log SET data = ?, hash = ? WHERE seq = ?", data, row_hash(data), ROWS)
    _expect(filled, LogTampered, row=ROWS)


@pytest.mark.parametrize("seq", [1, 2, 6, ROWS - 1])
def test_a_deleted_row_is_found(filled: str, seq: int) -> None:
    with vandal(filled) as run:
        run("DELETE FROM log WHERE seq = ?", seq)
    _expect(filled, LogTampered, row=seq)


@pytest.mark.parametrize("first", [1, 2, ROWS])
def test_a_truncated_log_is_found(filled: str, first: int) -> None:
    with vandal(filled) as run:
        run("DELETE FROM log_body WHERE seq >= ?", first)
        run("DELETE FROM log WHERE seq >= ?", first)
    assert f"had {ROWS} rows" in _expect(filled, LogTruncated)


def test_swapped_rows_are_found(filled: str) -> None:
    with vandal(filled) as run:
        for before, after in ((4, 99), (5, 4), (99, 5)):
            run("UPDATE log SET seq = ? WHERE seq = ?", after, before)
    _expect(filled, LogTampered, row=4)


def test_an_inserted_row_is_found(filled: str) -> None:
    with vandal(filled) as run:
        for seq in range(ROWS, 4, -1):
            run("UPDATE log SET seq = ? WHERE seq = ?", seq + 1, seq)
        run("INSERT INTO log (seq, prev, hash, data) SELECT 5, 'x', hash, data FROM log WHERE seq = 4")
    _expect(filled, LogTampered, row=5)


def _append(run: Vandal) -> LogHead:
    """Add a row that chains well, and correct the head row."""
    seq, last, data = run("SELECT seq, hash, data FROM log ORDER BY seq DESC LIMIT 1")[0]
    value = read_row(data)
    more = data.replace(f'"prev":"{value["prev"]}"'.encode(), f'"prev":"{last}"'.encode())
    more = more.replace(f'"seq":{seq}'.encode(), f'"seq":{seq + 1}'.encode())
    head = LogHead(value["log"], seq + 1, row_hash(more))
    run("INSERT INTO log (seq, prev, hash, data) VALUES (?, ?, ?, ?)", head.seq, last, head.hash, more)
    run(
        "INSERT INTO log_body SELECT ?, subject, subject_salt, subject_digest, particulars, particulars_salt,"
        " particulars_digest FROM log_body WHERE seq = ?",
        head.seq,
        seq,
    )
    return head


def test_a_row_appended_past_the_program_is_found(filled: str) -> None:
    with vandal(filled) as run:
        _append(run)
    _expect(filled, LogTampered, row=ROWS + 1)


COLUMNS = [
    "UPDATE log SET prev = 'x' WHERE seq = 5",
    "UPDATE log SET hash = 'x' WHERE seq = 5",
    "UPDATE log SET operation_id = 'x' WHERE seq = 5",
    "UPDATE log SET operation_id = NULL WHERE seq = 5",
    "DELETE FROM log_body WHERE seq = 5",
    "UPDATE log_body SET subject = 'x' WHERE seq = 5",
    "UPDATE log_body SET subject_digest = particulars_digest WHERE seq = 5",
    "UPDATE log_body SET subject_digest = 'x' WHERE seq = 5",
    "UPDATE log_body SET subject = NULL WHERE seq = 5",
    "UPDATE log_body SET subject_salt = NULL WHERE seq = 5",
    "UPDATE log_body SET particulars = '{}' WHERE seq = 5",
]


@pytest.mark.parametrize("sql", COLUMNS)
def test_what_stands_beside_the_row_is_checked(filled: str, sql: str) -> None:
    with vandal(filled) as run:
        run(sql)
    message = _expect(filled, LogTampered)
    assert "row 5" in message or "operation:" in message or message.startswith("x ")


RECORDS = [
    "UPDATE operation SET state = 'posted' WHERE reference = 'R-1'",
    "UPDATE operation SET state = 'held' WHERE reference = 'R-2'",
    """UPDATE operation SET parameters = '{"amount":"11.00"}' WHERE reference = 'R-1'""",
    "UPDATE operation SET facts = '{}' WHERE reference = 'R-1'",
    "UPDATE operation SET created_by = 'ceo' WHERE reference = 'R-1'",
    "DELETE FROM operation WHERE reference = 'R-2'",
    """INSERT INTO operation SELECT 'x', kind, 'R-3', parameters, facts, state, created_by, created_at,
    updated_at FROM operation WHERE reference = 'R-2'""",
    "UPDATE attempt SET state = 'submitted'",
    "UPDATE attempt SET ticket = 8",
    "UPDATE attempt SET blob = NULL",
    "UPDATE attempt SET last_ledger = last_ledger + 1",
    "DELETE FROM attempt",
    "DELETE FROM ticket",
    "UPDATE ticket SET number = 8",
    "DELETE FROM signature",
    "UPDATE signature SET signer = 'rOther'",
    "UPDATE fiat_transaction SET amount_micro = amount_micro * 2",
    "UPDATE fiat_transaction SET remittance = ''",
    "DELETE FROM fiat_transaction",
    "DELETE FROM fiat_statement",
    "UPDATE customer SET status = 'blocked'",
    "UPDATE wallet SET account = 'rEve'",
    "DELETE FROM kyc_verification",
    "UPDATE attestation SET total_micro = 1",
    "DELETE FROM attestation",
]


@pytest.mark.parametrize("sql", RECORDS)
def test_a_record_changed_without_the_log_is_found(filled: str, sql: str) -> None:
    with vandal(filled) as run:
        run(sql)
    _expect(filled, LogTampered)


def test_an_older_state_put_back_is_found(url: str, journal: SqlJournal) -> None:
    operation = opened(journal)
    with vandal(url) as run:
        before = run("SELECT state, facts, updated_at FROM operation")[0]
    journal.advance(operation, before=State.INTENT, after=State.EXECUTING, event=event())
    with vandal(url) as run:
        run("UPDATE operation SET state = ?, facts = ?, updated_at = ?", *before)
    _expect(url, LogTampered)


def test_particulars_can_be_erased_and_are_counted(url: str, journal: SqlJournal) -> None:
    journal.note(event(body={"name": "Ada"}))
    with vandal(url) as run:
        run("UPDATE log_body SET particulars = NULL, particulars_salt = NULL WHERE seq = 2")
    assert verify_journal(url).erased == 1


@pytest.mark.parametrize(
    "change", ["particulars = '{}'", "particulars_salt = NULL", "particulars_digest = subject_digest"]
)
def test_particulars_cannot_be_changed(url: str, journal: SqlJournal, change: str) -> None:
    journal.note(event(body={"name": "Ada"}))
    with vandal(url) as run:
        run(f"UPDATE log_body SET {change} WHERE seq = 2")
    _expect(url, LogTampered, row=2)


def test_the_head_row_gone(filled: str) -> None:
    with vandal(filled) as run:
        run("DELETE FROM log_head")
    _expect(filled, LogTruncated)


def test_anchors(filled: str, journal: SqlJournal) -> None:
    middle = journal.anchor(journal.operations()[0].id)
    assert verify_journal(filled, anchors=[Anchor(middle.seq, middle.hash)]).tail == ROWS - middle.seq
    assert verify_journal(filled, most_tail=ROWS).tail == ROWS
    with pytest.raises(LogUnanchored):
        verify_journal(filled, anchors=[Anchor(middle.seq, middle.hash)], most_tail=ROWS - middle.seq - 1)
    with pytest.raises(LogTampered) as caught:
        verify_journal(filled, anchors=[Anchor(middle.seq, "0" * 64)])
    assert caught.value.details["row"] == str(middle.seq)
    with pytest.raises(LogTampered):
        verify_journal(filled, anchors=[Anchor(0, "0" * 64)])
    with pytest.raises(LogTruncated):
        verify_journal(filled, anchors=[Anchor(ROWS + 1, "0" * 64)])


class TestFile:
    """What only a file can suffer."""

    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    @staticmethod
    def _path(url: str) -> Path:
        address = parse_address(url)
        assert isinstance(address, SqliteAddress)
        return address.path

    def test_truncation_with_the_head_row_corrected_is_found(self, filled: str) -> None:
        with vandal(filled) as run:
            run("DELETE FROM log_body WHERE seq > 8")
            run("DELETE FROM log WHERE seq > 8")
            run("UPDATE log_head SET seq = 8, hash = (SELECT hash FROM log WHERE seq = 8)")
        _expect(filled, LogTruncated)

    def test_appending_with_the_head_row_corrected_is_found(self, filled: str) -> None:
        with vandal(filled) as run:
            for _ in range(2):
                head = _append(run)
                run("UPDATE log_head SET seq = ?, hash = ?", head.seq, head.hash)
        _expect(filled, LogTampered, row=ROWS + 1)

    def test_an_older_copy_of_the_file_is_found(self, filled: str, journal: SqlJournal) -> None:
        path = self._path(filled)
        shutil.copy(path, path.with_name("old"))
        journal.note(event())
        shutil.copy(path.with_name("old"), path)
        _expect(filled, LogTruncated)

    def test_another_journal_in_its_place_is_found(
        self, filled: str, make_url: Callable[[], str], reopen: Callable[[str], SqlJournal]
    ) -> None:
        other = make_url()
        create_journal(other, actor="root", host="test")
        second = reopen(other)
        for _ in range(ROWS - 1):
            second.note(event())
        shutil.copy(self._path(other), self._path(filled))
        _expect(filled, LogTampered)

    def test_the_file_beside_it_gone(self, filled: str) -> None:
        head_path(self._path(filled)).unlink()
        _expect(filled, LogTruncated)

    def test_an_outside_anchor_finds_who_rewrote_both(self, filled: str, journal: SqlJournal) -> None:
        anchor = journal.head()
        with vandal(filled) as run:
            run("DELETE FROM log_body WHERE seq > 10")
            run("DELETE FROM log WHERE seq > 10")
            run("DELETE FROM attestation")
            run("UPDATE log_head SET seq = 10, hash = (SELECT hash FROM log WHERE seq = 10)")
            row = run("SELECT log_id, seq, hash FROM log_head")[0]
        renote(filled, LogHead(*row))
        assert verify_journal(filled).head.seq == 10
        with pytest.raises(LogTruncated):
            verify_journal(filled, anchors=[Anchor(anchor.seq, anchor.hash)])

    def test_a_damaged_file_is_unreadable(self, filled: str) -> None:
        path = self._path(filled)
        data = path.read_bytes()
        path.write_bytes(b"not a database".ljust(4096, b"\0") + data[4096:])
        _expect(filled, LogUnreadable)
        path.write_bytes(data[: len(data) // 3])
        _expect(filled, LogUnreadable)

    def test_random_damage_never_passes_for_a_log(self, filled: str) -> None:
        path = self._path(filled)
        data = path.read_bytes()
        with vandal(filled) as run:
            rows = [bytes(row[0]) for row in run("SELECT data FROM log ORDER BY seq")]
        chance = random.Random(1)
        for number in range(300):
            seq = number % ROWS
            start = data.index(rows[seq])
            damaged = bytearray(data)
            damaged[start + chance.randrange(len(rows[seq]))] ^= 1 << chance.randrange(8)
            path.write_bytes(bytes(damaged))
            _expect(filled, LogTampered, row=seq + 1)

    def test_a_missing_file_is_missing(self, filled: str) -> None:
        self._path(filled).unlink()
        _expect(filled, JournalMissing)
        assert not self._path(filled).exists()


def test_a_place_without_a_journal_is_missing(make_url: Callable[[], str]) -> None:
    _expect(make_url(), JournalMissing)


def test_a_server_that_is_away_is_unreadable() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(LogUnreadable):
        verify_journal("postgresql+psycopg://x@/journal?host=/nonexistent")
