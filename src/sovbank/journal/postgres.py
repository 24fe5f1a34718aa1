"""The journal in a Postgres database.

Writers queue on a transaction-level advisory lock. A server that would acknowledge a commit before it is on
disk is refused. The log's end is a row beside the log (see ``HeadRow``); a role that only runs operations
gets INSERT and SELECT on the log and nothing more (``grant``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection

from sovbank.errors.journal import DatabaseUnsafe, DriverMissing, RecordRefused
from sovbank.journal.address import PostgresAddress
from sovbank.journal.port import LogHead

LOCK = 0x736F7662616E6B31  # "sovbank1"; advisory locks are per database
CONNECT_SECONDS = 10
_SETTINGS = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=60s -c client_encoding=UTF8"
_APPEND_ONLY = ("log", "log_body", "ticket", "signature", "checkpoint")
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


class PostgresDatabase:
    """One database on a server."""

    def __init__(self, address: PostgresAddress) -> None:
        self.name = str(address)
        self.engine = self._engine(address)

    def _engine(self, address: PostgresAddress) -> Engine:
        try:
            engine = create_engine(
                address.url,
                isolation_level="READ COMMITTED",
                pool_size=2,
                connect_args={
                    "connect_timeout": CONNECT_SECONDS,
                    "application_name": "sovbank",
                    "options": _SETTINGS,
                },
            )
        except ModuleNotFoundError as error:
            raise DriverMissing("the Postgres driver psycopg is not installed") from error
        event.listen(engine, "connect", _refuse_unsafe)
        return engine

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nothing to take before the transaction."""
        yield

    def begin_writing(self, connection: Connection) -> None:
        """Wait for the other writers. Under READ COMMITTED the next statement sees what they left."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))

    def check_end(self, connection: Connection, end: LogHead) -> None:
        """Nothing outside of the database knows the end."""

    def note_end(self, end: LogHead) -> None:
        """The end is a row of the same transaction."""


def grant(connection: Connection, role: str) -> None:
    """Give a role what operations need: the log and all bindings can be read and added to, never changed.

    Raises ``RecordRefused`` for a role name that is not a plain one.
    """
    if not _ROLE.fullmatch(role):
        raise RecordRefused(f"not a plain role name: {role[:80]!r}")
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar()
    rows = connection.exec_driver_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    for (table,) in rows.all():
        more = "" if table in _APPEND_ONLY else ", UPDATE"
        rights = "SELECT" if table == "alembic_version" else f"SELECT, INSERT{more}"
        connection.exec_driver_sql(f'GRANT {rights} ON "{table}" TO "{role}"')
    connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA {schema} TO "{role}"')
    connection.exec_driver_sql(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO "{role}"')


def _refuse_unsafe(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            if cursor.fetchone()[0] == "off":
                raise DatabaseUnsafe(f"the Postgres server runs with {setting} off")
    connection.rollback()
