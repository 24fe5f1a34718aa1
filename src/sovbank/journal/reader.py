"""Reading a journal with a bare driver, for commands that change nothing and should start fast.

The connection cannot write. A SQLite file is opened for writing all the same, because a process that was
killed may have left a rollback journal behind, which the next reader has to play back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sovbank.errors.journal import DriverMissing, JournalMissing
from sovbank.journal.address import PostgresAddress, SqliteAddress, parse_address
from sovbank.journal.failures import failure
from sovbank.journal.readings import Query

_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10


class _Connection(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ...) -> Any: ...

    def close(self) -> None: ...


class Reader:
    """One connection that cannot write."""

    def __init__(self, connection: _Connection, *, name: str, errors: type[Exception], marks: str) -> None:
        self._connection = connection
        self._errors = errors
        self._marks = marks
        self.name = name

    @contextmanager
    def snapshot(self) -> Iterator[Query]:
        """Run one transaction in which every query sees the same state.

        Raises the failures of the database.
        """
        self._run("BEGIN", ())
        try:
            yield self._run
        finally:
            self._run("ROLLBACK", ())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        try:
            cursor = self._connection.execute(sql.replace("?", self._marks), tuple(values))
            found: Sequence[Sequence[Any]] = cursor.fetchall() if cursor.description else ()
        except self._errors as error:
            raise failure(error, store=self.name) from error
        return found


@contextmanager
def open_reader(url: str) -> Iterator[Reader]:
    """Open a journal for reading.

    Raises ``JournalMissing``, ``DriverMissing`` and the failures of the database.
    """
    address = parse_address(url)
    reader = _sqlite(address) if isinstance(address, SqliteAddress) else _postgres(address)
    try:
        yield reader
    finally:
        reader.close()


def _sqlite(address: SqliteAddress) -> Reader:
    if not address.path.is_file():
        raise JournalMissing(f"there is no journal at {address.path}")
    try:
        connection = sqlite3.connect(address.uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise failure(error, store=str(address)) from error
    connection.text_factory = _text
    return Reader(connection, name=str(address), errors=sqlite3.Error, marks="?")


def _postgres(address: PostgresAddress) -> Reader:
    try:
        import psycopg
    except ModuleNotFoundError as error:
        raise DriverMissing("the Postgres driver psycopg is not installed") from error
    try:
        connection = psycopg.connect(
            address.conninfo,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="sovbank",
            options="-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read",
        )
    except psycopg.Error as error:
        raise failure(error, store=str(address)) from error
    return Reader(connection, name=str(address), errors=psycopg.Error, marks="%s")


def _text(data: bytes) -> str:
    # A damaged byte must reach the verification as a wrong value, not end it.
    return data.decode(errors="surrogateescape")
