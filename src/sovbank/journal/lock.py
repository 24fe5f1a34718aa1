"""The lock beside a SQLite journal: one writer at a time, first come first served.

``flock`` wakes its waiters, which SQLite's own lock (try, sleep, try again) does not; two locks in a row keep
a process that has just written from passing those who wait. A killed process lets go of both.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sovbank.errors.journal import StoreUnwritable

_QUEUE, _HOLD = ".queue", ".lock"


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the journal for one transaction.

    Raises ``StoreUnwritable`` when the lock files cannot be opened.
    """
    queue = _open(database, _QUEUE)
    try:
        fcntl.flock(queue, fcntl.LOCK_EX)
        hold = _open(database, _HOLD)
        fcntl.flock(hold, fcntl.LOCK_EX)
    finally:
        os.close(queue)
    try:
        yield
    finally:
        os.close(hold)


def _open(database: Path, suffix: str) -> int:
    path = database.with_name(database.name + suffix)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnwritable(f"cannot open {path}: {error.strerror}") from error
