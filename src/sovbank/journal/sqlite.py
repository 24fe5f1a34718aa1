"""The journal in a SQLite file.

Rollback journal with synchronous=EXTRA: SQLite before 3.51.3 could lose a commit in WAL mode when a second
connection reset the WAL, and the file must be safe with whichever library opens it next. One writer at a time
by ``flock``, then BEGIN IMMEDIATE; after the commit the log's end goes to a file of its own (see ``head``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import QueuePool

from sovbank.errors.journal import JournalMissing, LogBehind, StoreUnwritable
from sovbank.journal.address import SqliteAddress
from sovbank.journal.head import head_path, read_head, write_head
from sovbank.journal.lock import locked
from sovbank.journal.port import LogHead

BUSY_SECONDS = 30
WRITES = "sovbank_writes"


class SqliteDatabase:
    """One database file, its lock and its high-water file."""

    def __init__(self, address: SqliteAddress) -> None:
        self._path = address.path
        self._uri = address.uri
        self.name = str(address)
        self.engine = self._engine()

    def _engine(self) -> Engine:
        engine = create_engine("sqlite+pysqlite://", creator=self._connect, poolclass=QueuePool, pool_size=2)
        event.listen(engine, "begin", begin)
        return engine

    def _connect(self) -> sqlite3.Connection:
        if not self._path.is_file():
            raise _missing(self._path)
        connection = sqlite3.connect(
            self._uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        set_durable(connection)
        return connection

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other writers out, in the order in which they came."""
        if not self._path.is_file():
            raise _missing(self._path)
        with locked(self._path):
            yield

    def begin_writing(self, connection: Connection) -> None:
        """Nothing more to take: BEGIN IMMEDIATE holds the file."""

    def check_end(self, connection: Connection, end: LogHead) -> None:
        """Compare the log's end with the high-water file.

        The file may be one row behind, when a process was killed between the commit and its note. It is
        brought up to date before anything follows: two such kills in a row must not look like tampering.
        Raises ``HeadMissing`` or ``LogBehind``.
        """
        noted = read_head(head_path(self._path))
        if noted.log_id != end.log_id or not end.seq - 1 <= noted.seq <= end.seq:
            raise LogBehind(f"the log ends at row {end.seq}, but row {noted.seq} was noted as its end")
        found = connection.exec_driver_sql("SELECT hash FROM log WHERE seq = ?", (noted.seq,)).scalar()
        if found != noted.hash:
            raise LogBehind(f"row {noted.seq} of the log is not the one that was noted")
        if noted.seq < end.seq:
            write_head(head_path(self._path), end)

    def note_end(self, end: LogHead) -> None:
        """Write the new end to the high-water file."""
        write_head(head_path(self._path), end)


def set_durable(connection: sqlite3.Connection) -> None:
    """Make every commit survive a power loss, and enforce the references between tables.

    Raises ``StoreUnwritable`` when the file's journal mode cannot be set.
    """
    mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode is None or str(mode[0]).lower() != "delete":
        raise StoreUnwritable(f"the database stays in journal mode {mode[0] if mode else 'unknown'}")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")


def _missing(path: Path) -> JournalMissing:
    return JournalMissing(f"there is no journal at {path}")


def begin(connection: Connection) -> None:
    """Begin a transaction; one that will write takes the file at once."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
