"""The store: transactions over the journal's database, each leaving exactly one row in the audit log.

A connection that failed is thrown away, never used again. Nothing in here waits for a network peer other than
the database.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Engine, insert, update
from sqlalchemy.engine import Connection, RootTransaction
from sqlalchemy.exc import DBAPIError

import sovbank
from sovbank.errors.base import SovbankError
from sovbank.errors.journal import CommitUncertain, LogBehind, SchemaMismatch, StoreUnreachable
from sovbank.journal import readings, subjects
from sovbank.journal.address import SqliteAddress, parse_address
from sovbank.journal.chain import Position, build_row, make_body, row_hash
from sovbank.journal.clock import Clock, stamp, utc_now
from sovbank.journal.failures import failure
from sovbank.journal.port import LogEvent, LogHead
from sovbank.journal.postgres import PostgresDatabase
from sovbank.journal.readings import Query
from sovbank.journal.schema import REVISION
from sovbank.journal.sqlite import WRITES, SqliteDatabase
from sovbank.journal.tables import HEAD_ROW, LOG, LOG_BODY


class Database(Protocol):
    """What SQLite and Postgres do each in their own way."""

    name: str
    engine: Engine

    def exclusive(self) -> Any:
        """Return a context in which a writer begins, commits and notes the log's end."""

    def begin_writing(self, connection: Connection) -> None:
        """Take what must be held inside of the transaction."""

    def check_end(self, connection: Connection, end: LogHead) -> None:
        """Refuse a log that ends elsewhere than was noted outside of the database."""

    def note_end(self, end: LogHead) -> None:
        """Note the log's end outside of the database, after the commit."""


def query_of(connection: Connection) -> Query:
    """Return the plain query function over a connection; both drivers get their own placeholders."""
    marks = "?" if connection.dialect.paramstyle == "qmark" else "%s"

    def query(sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        return connection.exec_driver_sql(sql.replace("?", marks), tuple(values)).all()

    return query


class Writing:
    """One open write transaction. ``log`` is called once, after the tables hold the new state."""

    def __init__(self, connection: Connection, *, end: LogHead, now: str, host: str) -> None:
        self.connection = connection
        self.query = query_of(connection)
        self.end = end
        self.now = now
        self._host = host

    def log(self, event: LogEvent, *, operation_id: str | None = None, subject: str | None = None) -> None:
        """Append the row that vouches for the state of the subject as this transaction leaves it."""
        position = Position(
            log_id=self.end.log_id,
            seq=self.end.seq + 1,
            prev=self.end.hash,
            time=self.now,
            host=self._host,
            software=sovbank.__version__,
        )
        record = subjects.record(self.query, subject) if subject is not None else None
        body = make_body(subject, record, event.body)
        row = build_row(position, event, operation_id, body)
        end = LogHead(log_id=self.end.log_id, seq=position.seq, hash=row_hash(row))
        self.connection.execute(
            insert(LOG).values(
                seq=position.seq, prev=position.prev, hash=end.hash, operation_id=operation_id, data=row
            )
        )
        self.connection.execute(
            insert(LOG_BODY).values(
                seq=position.seq,
                subject=body.subject,
                subject_salt=body.subject_salt,
                subject_digest=body.subject_digest,
                particulars=body.particulars,
                particulars_salt=body.particulars_salt,
                particulars_digest=body.particulars_digest,
            )
        )
        self.connection.execute(update(HEAD_ROW).values(seq=end.seq, hash=end.hash))
        self.end = end


class Store:
    """A journal's database with a clock. Made by ``open_store``."""

    def __init__(self, database: Database, *, clock: Clock, host: str) -> None:
        self._database = database
        self._clock = clock
        self._host = host

    @property
    def name(self) -> str:
        """The database for messages, without a password."""
        return self._database.name

    @contextmanager
    def write(self) -> Iterator[Writing]:
        """Run one write transaction alone, and commit it with its log row or not at all."""
        with self._database.exclusive():
            with self._connected(writes=True) as connection:
                self._database.begin_writing(connection)
                writing = Writing(
                    connection, end=self._end(connection), now=stamp(self._clock()), host=self._host
                )
                yield writing
            self._database.note_end(writing.end)

    @contextmanager
    def read(self) -> Iterator[Query]:
        """Run one read transaction."""
        with self._connected(writes=False) as connection:
            yield query_of(connection)

    def close(self) -> None:
        """Close all connections."""
        self._database.engine.dispose()

    def _end(self, connection: Connection) -> LogHead:
        query = query_of(connection)
        end = readings.head(query)
        last = query("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1", ())
        if not last or (last[0][0], last[0][1]) != (end.seq, end.hash):
            raise LogBehind(f"the log does not end at row {end.seq}, where it was noted to end")
        self._database.check_end(connection, end)
        return end

    @contextmanager
    def _connected(self, *, writes: bool) -> Iterator[Connection]:
        with connected(self._database, writes=writes) as connection:
            yield connection


@contextmanager
def connected(database: Database, *, writes: bool) -> Iterator[Connection]:
    """Run one transaction and speak of its failures in our own errors."""
    try:
        connection = database.engine.connect().execution_options(**{WRITES: writes})
    except DBAPIError as error:
        raise _failure(error, database) from error
    try:
        transaction = connection.begin()
        try:
            yield connection
        except BaseException:
            transaction.rollback()
            raise
        _commit(transaction, connection, database)
    except DBAPIError as error:
        connection.invalidate()
        raise _failure(error, database) from error
    finally:
        connection.close()


def _commit(transaction: RootTransaction, connection: Connection, database: Database) -> None:
    try:
        transaction.commit()
    except DBAPIError as error:
        found = _failure(error, database)
        connection.invalidate()
        if isinstance(found, StoreUnreachable):
            raise CommitUncertain(f"the connection was lost at the commit: {found.message}") from error
        raise found from error


def _failure(error: DBAPIError, database: Database) -> SovbankError:
    return failure(error.orig or error, store=database.name)


def open_database(url: str) -> Database:
    """Return the database that a journal URL names, without connecting to it."""
    address = parse_address(url)
    return SqliteDatabase(address) if isinstance(address, SqliteAddress) else PostgresDatabase(address)


def open_store(url: str, *, clock: Clock = utc_now) -> Store:
    """Return the journal's store at a URL.

    Raises ``JournalMissing`` (it is never made here), ``SchemaMismatch`` and the failures of the database.
    """
    store = Store(open_database(url), clock=clock, host=socket.gethostname())
    try:
        _refuse_other_version(store)
    except BaseException:
        store.close()
        raise
    return store


def _refuse_other_version(store: Store) -> None:
    with store.read() as query:
        found = [row[0] for row in query("SELECT version_num FROM alembic_version", ())]
    if found != [REVISION]:
        raise SchemaMismatch(f"the tables of {store.name} are of version {found}, not {REVISION}")
