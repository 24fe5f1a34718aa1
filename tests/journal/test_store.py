"""The store: making, opening, refusing; what happens when the disk or the server lets it down."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cluster
from journal_samples import bound, event, new_operation, opened, signature
from vandal import driver, vandal

from sovbank.errors.base import ExitStatus
from sovbank.errors.journal import (
    CommitUncertain,
    DatabaseUnsafe,
    HeadMissing,
    JournalBusy,
    JournalMissing,
    JournalUrlRefused,
    LogBehind,
    SchemaMismatch,
    StoreCorrupt,
    StoreUnreachable,
    StoreUnwritable,
)
from sovbank.journal.address import parse_address, sqlite_url
from sovbank.journal.create import create_journal, migrate_journal
from sovbank.journal.head import head_path
from sovbank.journal.port import LogKind
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.store import open_store
from sovbank.journal.tables_books import SQLModel
from sovbank.journal.verify import verify_journal

Reopen = Callable[[str], SqlJournal]


def test_a_journal_is_made_once(make_url: Callable[[], str]) -> None:
    url = make_url()
    with pytest.raises(JournalMissing) as caught:
        open_store(url)
    assert caught.value.exit_status == ExitStatus.STORE
    head, made = create_journal(url, actor="root", host="test")
    assert made
    assert create_journal(url, actor="root", host="test") == (head, False)
    assert verify_journal(url).head == head


def test_the_tables_are_the_ones_of_the_models(store: object, url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with driver(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_migration_of_a_current_journal_changes_nothing(url: str) -> None:
    head = verify_journal(url).head
    migrate_journal(url)
    assert verify_journal(url).head == head


def test_a_migration_makes_no_journal(make_url: Callable[[], str]) -> None:
    with pytest.raises(JournalMissing):
        migrate_journal(make_url())


def test_tables_of_another_version_are_refused(url: str) -> None:
    with vandal(url) as run:
        run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch):
        open_store(url)


APPEND_ONLY = ["log", "ticket", "signature", "checkpoint"]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_itself_keeps_what_was_written(
    journal: SqlJournal, url: str, table: str, verb: str
) -> None:
    with driver(url) as connection:
        connection.exec_driver_sql("INSERT INTO checkpoint VALUES (1, 'r', 'n', 't')")
    operation = opened(journal)
    bound(journal, operation)
    journal.store_signature(signature(operation), event(LogKind.SIGN_DONE))
    column = {"log": "seq", "ticket": "number", "signature": "attempt", "checkpoint": "size"}[table]
    with pytest.raises(StoreUnwritable, match="never changed"), driver(url) as connection:
        connection.exec_driver_sql(verb.format(table, column, column))


def test_a_log_cut_short_is_not_written_to(journal: SqlJournal, url: str) -> None:
    journal.note(event())
    journal.note(event())
    with vandal(url) as run:
        run("DELETE FROM log_body WHERE seq = 3")
        run("DELETE FROM log WHERE seq = 3")
    with pytest.raises(LogBehind):
        journal.open_operation(new_operation(), event(LogKind.INTENT))
    assert journal.operations() == []


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "sqlite://",
        "sqlite:///relative/j.sqlite",
        "sqlite:///:memory:",
        "sqlite:////tmp/a\0b",
        "mysql://x/y",
        "postgresql+psycopg://host",
        "postgresql+psycopg://host/",
        "postgresql://host/database",
    ],
)
def test_other_urls_are_refused(bad: str) -> None:
    with pytest.raises(JournalUrlRefused):
        open_store(bad)


def test_no_password_is_shown() -> None:
    address = parse_address("postgresql+psycopg://coo:s3cret@db:5432/journal?sslmode=require")
    assert str(address) == "postgresql+psycopg://coo@db:5432/journal"
    with pytest.raises(JournalUrlRefused) as caught:
        parse_address("postgres://coo:s3cret@db/journal")
    assert "s3cret" not in caught.value.message


class TestSqlite:
    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    @staticmethod
    def _path(url: str) -> Path:
        return Path(url.removeprefix("sqlite:///"))

    def test_a_file_is_private_and_strict(self, tmp_path: Path, reopen: Reopen) -> None:
        path = tmp_path / "deep" / "er" / "j%20?x.sqlite"
        create_journal(sqlite_url(path), actor="root", host="test")
        assert sorted(item.name for item in path.parent.iterdir()) == [
            path.name,
            path.name + ".head",
            path.name + ".lock",
            path.name + ".queue",
        ]
        assert {item.stat().st_mode & 0o777 for item in path.parent.iterdir()} == {0o600}
        assert path.parent.stat().st_mode & 0o777 == 0o700
        reopen(sqlite_url(path)).note(event())
        with sqlite3.connect(path) as connection:
            strict = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
            loose = {name for name, is_strict in strict if not is_strict}
        assert loose == {"alembic_version", "sqlite_schema"}

    def test_commits_are_durable(self, url: str) -> None:

        with driver(url) as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert settings == ["delete", 3, 1]

    def test_a_lost_journal_is_not_begun_anew(self, journal: SqlJournal, url: str) -> None:
        journal.note(event())
        self._path(url).unlink()
        with pytest.raises(JournalMissing):
            create_journal(url, actor="root", host="test")
        with pytest.raises(JournalMissing):
            open_store(url)
        assert not self._path(url).exists()

    def test_a_making_that_was_cut_short_can_be_repeated(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/j.sqlite"
        create_journal(url, actor="root", host="test")
        self._path(url).unlink()
        assert create_journal(url, actor="root", host="test")[1]
        verify_journal(url)

    @pytest.mark.parametrize("content", [b"", b"hello" * 1000])
    def test_another_file_in_its_place_is_refused(self, url: str, content: bytes) -> None:
        self._path(url).write_bytes(content)
        with pytest.raises((JournalMissing, StoreCorrupt)):
            open_store(url)

    def test_a_missing_head_file_stops_all_writing(self, journal: SqlJournal, url: str) -> None:
        head_path(self._path(url)).unlink()
        with pytest.raises(HeadMissing):
            journal.note(event())
        assert journal.head().seq == 1

    def test_an_older_copy_is_not_written_to(self, journal: SqlJournal, url: str) -> None:
        path = self._path(url)
        shutil.copy(path, path.with_name("old"))
        journal.note(event())
        shutil.copy(path.with_name("old"), path)
        with pytest.raises(LogBehind):
            journal.note(event())

    def test_one_row_ahead_of_the_head_file_is_a_kill_between_the_two(
        self, journal: SqlJournal, url: str
    ) -> None:
        journal.note(event())
        noted = head_path(self._path(url)).read_bytes()
        journal.note(event())
        head_path(self._path(url)).write_bytes(noted)
        assert verify_journal(url).head.seq == 3
        assert journal.note(event()) == 4
        verify_journal(url)

    def test_kills_between_the_two_in_a_row(
        self, journal: SqlJournal, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("sovbank.journal.sqlite.SqliteDatabase.note_end", killed)
            for _ in range(3):
                with pytest.raises(KeyboardInterrupt):
                    journal.note(event())
        assert verify_journal(url).head.seq == 4
        assert journal.note(event()) == 5
        verify_journal(url)

    def test_a_disk_that_is_full_fails_the_step_and_leaves_a_good_log(
        self, journal: SqlJournal, url: str
    ) -> None:
        size = self._path(url).stat().st_size
        script = (
            "import resource, sys; from journal_samples import event\n"
            "from sovbank.journal.store import open_store\n"
            "from sovbank.journal.sql_journal import SqlJournal\n"
            "from sovbank.errors.journal import StoreUnwritable\n"
            "journal = SqlJournal(open_store(sys.argv[1]))\n"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
            "done = 1\n"
            "try:\n"
            "    while done < 2000: done = journal.note(event(body={'x': 'y' * 500}))\n"
            "except StoreUnwritable as error: print(done, error.exit_status.value)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
            "print(journal.note(event()))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, url],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        last, status, after = (int(item) for item in done.stdout.split())
        assert (status, after) == (9, last + 1)
        assert verify_journal(url).head.seq == after

    def test_a_directory_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnwritable):
            create_journal(f"sqlite:///{tmp_path}/file/j.sqlite", actor="root", host="test")

    def test_a_store_held_by_another_program_is_busy(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sovbank.journal.sqlite.BUSY_SECONDS", 0.1)
        journal = SqlJournal(open_store(url))
        with sqlite3.connect(self._path(url), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalBusy):
                journal.note(event())
            other.execute("ROLLBACK")
        assert journal.note(event()) == 2


class TestPostgres:
    @pytest.fixture
    def backend(self) -> str:
        return "postgres"

    def test_a_role_can_add_to_the_log_and_not_change_it(
        self, cluster: Cluster, make_url: Callable[[], str], reopen: Reopen
    ) -> None:
        cluster.sql("CREATE ROLE officer LOGIN")
        admin = make_url()
        create_journal(admin, actor="root", host="test", role="officer")
        url = admin.replace("postgres@", "officer@", 1)
        journal = reopen(url)
        operation = opened(journal)
        assert journal.operation(operation).reference == "DEP-1"

        for sql in ("UPDATE log SET seq = 9", "DELETE FROM log", "DROP TRIGGER keep_log ON log"):
            with pytest.raises(StoreUnwritable), driver(url) as connection:
                connection.exec_driver_sql(sql)
        verify_journal(url)

    @pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
    def test_a_server_that_could_lose_a_commit_is_refused(
        self, cluster: Cluster, url: str, setting: str
    ) -> None:
        cluster.restart(f"{setting}=off")
        try:
            with pytest.raises(DatabaseUnsafe):
                open_store(url)
        finally:
            cluster.restart()
        open_store(url).close()

    def test_a_lost_connection_fails_the_step_and_the_next_one_connects(
        self, cluster: Cluster, journal: SqlJournal
    ) -> None:
        journal.note(event())
        cluster.restart()
        with pytest.raises(StoreUnreachable):
            journal.note(event())
        assert journal.note(event()) == 3

    def test_a_connection_lost_at_the_commit_leaves_the_outcome_open(
        self, cluster: Cluster, url: str
    ) -> None:
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
        database = url.partition("@/")[2].partition("?")[0]
        store = open_store(url)

        def lose() -> None:
            with store.write() as tx:
                tx.log(event())
                cluster.sql(f"{kill}'{database}'")

        with pytest.raises(CommitUncertain) as caught:
            lose()
        assert caught.value.exit_status == ExitStatus.UNKNOWN
        assert SqlJournal(store).note(event()) == 2
        store.close()

    def test_a_server_that_is_away(self, tmp_path: Path) -> None:
        with pytest.raises(StoreUnreachable):
            open_store(f"postgresql+psycopg://x@/journal?host={tmp_path}")
