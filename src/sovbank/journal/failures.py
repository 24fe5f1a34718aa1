"""What a driver's failure means in the error tree. Knows both drivers by their public attributes alone."""

from __future__ import annotations

import sqlite3

from sovbank.errors.base import SovbankError
from sovbank.errors.journal import (
    BindingRefused,
    JournalBusy,
    JournalMissing,
    RecordRefused,
    StoreCorrupt,
    StoreUnreachable,
    StoreUnwritable,
)

_SQLITE_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"}
_SQLITE_CORRUPT = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT"}
_POSTGRES_BUSY = {"55P03", "40P01", "40001", "57014"}
_POSTGRES_NO_TABLE = {"42P01", "3D000"}


def failure(error: BaseException, *, store: str) -> SovbankError:
    """Return the error of our tree for one of sqlite3 or psycopg."""
    if isinstance(error, sqlite3.Error):
        return _sqlite(error, store)
    return _postgres(error, store)


def _sqlite(error: sqlite3.Error, store: str) -> SovbankError:
    name = getattr(error, "sqlite_errorname", None) or ""
    family = "_".join(name.split("_")[:2])
    if family in _SQLITE_BUSY:
        return JournalBusy(f"{store} is held by another process")
    if family in _SQLITE_CORRUPT:
        return StoreCorrupt(f"{store}: {error}")
    if name == "SQLITE_CONSTRAINT_TRIGGER":
        return StoreUnwritable(f"{store}: {error}")
    if family == "SQLITE_CONSTRAINT":
        return BindingRefused(f"the journal refused a row: {error}")
    if str(error).startswith("no such table"):
        return JournalMissing(f"{store} holds no journal")
    if isinstance(error, sqlite3.DataError | sqlite3.InterfaceError | sqlite3.ProgrammingError):
        return RecordRefused(f"the database cannot hold a value: {error}")
    return StoreUnwritable(f"{store}: {error}" + (f" ({name})" if name else ""))


def _postgres(error: BaseException, store: str) -> SovbankError:
    state = getattr(error, "sqlstate", None) or ""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if state in _POSTGRES_BUSY:
        return JournalBusy(f"{store}: {text}")
    if state in _POSTGRES_NO_TABLE:
        return JournalMissing(f"{store} holds no journal: {text}")
    if state.startswith("23"):
        return BindingRefused(f"the journal refused a row: {text}")
    if state.startswith("22") or type(error).__name__ == "DataError":
        return RecordRefused(f"the database cannot hold a value: {text}")
    if state.startswith("XX"):
        return StoreCorrupt(f"{store}: {text}")
    if not state or state.startswith(("08", "57", "28")):
        return StoreUnreachable(f"{store}: {text}")
    return StoreUnwritable(f"{store}: {text}")
