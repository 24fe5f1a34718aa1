"""Make a journal, or bring an existing one to this program's version. The only code that makes a store."""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import sovbank
from sovbank.errors.journal import JournalMissing, StoreUnwritable
from sovbank.journal import readings
from sovbank.journal.address import SqliteAddress, parse_address
from sovbank.journal.chain import GENESIS_PREV, Position, build_row, make_body, row_hash
from sovbank.journal.clock import Clock, stamp, utc_now
from sovbank.journal.failures import failure
from sovbank.journal.head import head_path, read_head, write_head
from sovbank.journal.lock import locked
from sovbank.journal.migrate import upgrade
from sovbank.journal.port import LogEvent, LogHead, LogKind
from sovbank.journal.postgres import PostgresDatabase, grant
from sovbank.journal.sqlite import WRITES, begin, set_durable
from sovbank.journal.store import connected, open_database, query_of
from sovbank.journal.tables import HEAD_ROW, LOG, LOG_BODY

LOG_ID_BYTES = 16


def create_journal(
    url: str, *, actor: str, host: str, clock: Clock = utc_now, role: str | None = None
) -> tuple[LogHead, bool]:
    """Make the journal at a URL and its genesis row; return the log's end, and False if it was there before.

    ``role`` names a Postgres role that gets the rights that operations need. Raises ``JournalMissing`` when a
    journal was there and is gone, and the failures of the database.
    """
    address = parse_address(url)
    if isinstance(address, SqliteAddress):
        return _create_file(address.path, actor=actor, host=host, now=stamp(clock()))
    database = PostgresDatabase(address)
    try:
        with connected(database, writes=True) as connection:
            database.begin_writing(connection)
            there = _exists(connection)
            if not there:
                upgrade(connection)
                _genesis(connection, actor=actor, host=host, now=stamp(clock()))
            if role is not None:
                grant(connection, role)
            return readings.head(query_of(connection)), not there
    finally:
        database.engine.dispose()


def migrate_journal(url: str) -> None:
    """Bring the tables of an existing journal to this program's version.

    Raises ``JournalMissing`` and the failures of the database.
    """
    database = open_database(url)
    try:
        with database.exclusive(), connected(database, writes=True) as connection:
            database.begin_writing(connection)
            readings.head(query_of(connection))
            upgrade(connection)
    finally:
        database.engine.dispose()


def _create_file(path: Path, *, actor: str, host: str, now: str) -> tuple[LogHead, bool]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnwritable(f"cannot make {path.parent}: {error.strerror}") from error
    with locked(path):
        if path.exists():
            return read_head(head_path(path)), False
        _refuse_lost(path)
        draft = path.with_name(f"{path.name}.new-{os.getpid()}")
        try:
            end = _fill(draft, actor=actor, host=host, now=now)
            write_head(head_path(path), end, create=True)
            os.link(draft, path)
            _sync_directory(path.parent)
        except OSError as error:
            raise StoreUnwritable(f"cannot make {path}: {error.strerror}") from error
        finally:
            draft.unlink(missing_ok=True)
    return end, True


def _refuse_lost(path: Path) -> None:
    """Refuse to begin anew where a log of more than its first row was."""
    if head_path(path).exists() and (noted := read_head(head_path(path))).seq > 1:
        raise JournalMissing(f"{path} is gone; its log had {noted.seq} rows")


def _fill(draft: Path, *, actor: str, host: str, now: str) -> LogHead:
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    engine = _draft_engine(draft)
    try:
        with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            upgrade(connection)
            return _genesis(connection, actor=actor, host=host, now=now)
    except DBAPIError as error:
        raise failure(error.orig or error, store=str(draft)) from error
    finally:
        engine.dispose()


def _draft_engine(draft: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(draft, isolation_level=None)
        set_durable(connection)
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", begin)
    return engine


def _exists(connection: Connection) -> bool:
    return connection.dialect.has_table(connection, "log_head")


def _genesis(connection: Connection, *, actor: str, host: str, now: str) -> LogHead:
    log_id = secrets.token_hex(LOG_ID_BYTES)
    position = Position(
        log_id=log_id, seq=1, prev=GENESIS_PREV, time=now, host=host, software=sovbank.__version__
    )
    body = make_body(None, None, {})
    row = build_row(position, LogEvent(kind=LogKind.GENESIS, actor=actor), None, body)
    end = LogHead(log_id=log_id, seq=1, hash=row_hash(row))
    connection.execute(
        insert(LOG).values(seq=1, prev=GENESIS_PREV, hash=end.hash, operation_id=None, data=row)
    )
    connection.execute(
        insert(LOG_BODY).values(
            seq=1, subject_digest=body.subject_digest, particulars_digest=body.particulars_digest
        )
    )
    connection.execute(insert(HEAD_ROW).values(id=1, log_id=log_id, seq=1, hash=end.hash))
    return end


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
