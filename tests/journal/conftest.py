"""Journals to test with: a SQLite file, and a database of a throw-away Postgres cluster."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from sovbank.journal.create import create_journal
from sovbank.journal.sql_books import SqlBooks
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.store import Store, open_store

sys.path.insert(0, str(Path(__file__).parent))  # for journal_samples

_SETTINGS = "-c listen_addresses='' -c max_connections=120 -c shared_buffers=16MB"
MakeUrl = Callable[[], str]


class Cluster:
    """A Postgres cluster on a Unix socket, of a user that is not root."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        # Short, for the socket's path; in memory where possible, because fsync stays on.
        memory = Path("/dev/shm")
        self.directory = Path(
            tempfile.mkdtemp(prefix="sb-pg-", dir=memory if os.access(memory, os.W_OK) else None)
        )
        self._user = pwd.getpwuid(os.getuid()).pw_name
        self._numbers = count(1)

    def start(self) -> None:
        if os.getuid() == 0:
            self._user = "postgres"
            shutil.chown(self.directory, self._user)
        data = str(self.directory / "data")
        self._run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale")
        options = f"{_SETTINGS} -k {self.directory}"
        self._run("pg_ctl", "-D", data, "-l", str(self.directory / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.directory / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.directory, ignore_errors=True)

    def restart(self, *settings: str) -> None:
        extra = " ".join(f"-c {setting}" for setting in settings)
        options = f"{_SETTINGS} -k {self.directory} {extra}"
        data = str(self.directory / "data")
        self._run("pg_ctl", "-D", data, "-l", str(self.directory / "log"), "-w", "-o", options, "restart")

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.directory}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        where = f"host={self.directory} user=postgres dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)

    def database(self, template: str = "template1") -> str:
        name = f"j{os.getpid()}_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        if os.getuid() == 0:
            record = pwd.getpwnam(self._user)
            user = [f"--reuid={record.pw_uid}", f"--regid={record.pw_gid}", "--clear-groups"]
            command = ["setpriv", *user, *command]
        done = subprocess.run(
            command, cwd="/", check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode()[-2000:]}")


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[4])
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster; skipped where Debian's package is not installed."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("needs the Debian package postgresql")
    pytest.importorskip("psycopg", reason="needs the Python package psycopg[binary]")
    server = Cluster(binaries)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """The database under test."""
    return str(request.param)


@pytest.fixture
def make_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> MakeUrl:
    """A function that returns the URL of a new, empty place for a journal."""
    numbers = count(1)
    if backend == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/journal-{next(numbers)}/j.sqlite"
    server: Cluster = request.getfixturevalue("cluster")
    return lambda: server.url(server.database())


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite journal with its genesis row, to copy."""
    path = tmp_path_factory.mktemp("template") / "j.sqlite"
    create_journal(f"sqlite:///{path}", actor="root", host="test")
    return path


@pytest.fixture(scope="session")
def template_database(cluster: Cluster) -> str:
    """The name of a Postgres journal with its genesis row, to copy."""
    name = cluster.database()
    create_journal(cluster.url(name), actor="root", host="test")
    return name


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A journal with its genesis row."""
    if backend == "sqlite":
        template: Path = request.getfixturevalue("template_file")
        for path in template.parent.iterdir():
            shutil.copy(path, tmp_path)
        return f"sqlite:///{tmp_path / template.name}"
    server: Cluster = request.getfixturevalue("cluster")
    return server.url(server.database(request.getfixturevalue("template_database")))


class Ticking:
    """A clock that moves on by a second whenever it is read."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture
def reopen() -> Iterator[Callable[[str], SqlJournal]]:
    """A function that opens a journal as another process would; closed at the end."""
    with ExitStack() as stack:

        def opener(url: str) -> SqlJournal:
            opened = open_store(url)
            stack.callback(opened.close)
            return SqlJournal(opened)

        yield opener


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The opened store."""
    opened = open_store(url, clock=Ticking())
    yield opened
    opened.close()


@pytest.fixture
def journal(store: Store) -> SqlJournal:
    """The journal port over the store."""
    return SqlJournal(store)


@pytest.fixture
def books(store: Store) -> SqlBooks:
    """The books port over the store."""
    return SqlBooks(store)
