"""Somebody with full access to the database: triggers and references do not stop them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sovbank.journal.address import PostgresAddress, SqliteAddress, parse_address
from sovbank.journal.head import head_path, write_head
from sovbank.journal.port import LogHead
from sovbank.journal.store import connected, open_database


class Vandal(Protocol):
    def __call__(self, sql: str, *values: Any) -> list[Sequence[Any]]: ...


@contextmanager
def vandal(url: str) -> Iterator[Vandal]:
    """Yield a function that runs any statement (with question marks)."""
    address = parse_address(url)
    if isinstance(address, SqliteAddress):
        connection: Any = sqlite3.connect(address.path, isolation_level=None)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        marks = "?"
    else:
        connection = _postgres(address)
        marks = "%s"

    def run(sql: str, *values: Any) -> list[Sequence[Any]]:
        cursor = connection.execute(sql.replace("?", marks), values)
        return list(cursor.fetchall()) if cursor.description else []

    try:
        yield run
    finally:
        connection.close()


def _postgres(address: PostgresAddress) -> Any:
    import psycopg

    connection = psycopg.connect(address.conninfo, autocommit=True)
    connection.execute("SET session_replication_role = replica")
    return connection


def renote(url: str, head: LogHead) -> None:
    """Rewrite the file beside a SQLite database as well."""
    address = parse_address(url)
    if isinstance(address, SqliteAddress):
        write_head(head_path(address.path), head, create=True)


@contextmanager
def driver(url: str) -> Iterator[Any]:
    """Yield a connection of the program's own kind, in a transaction that commits at the end."""
    database = open_database(url)
    try:
        with connected(database, writes=True) as connection:
            yield connection
    finally:
        database.engine.dispose()
