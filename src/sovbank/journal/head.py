"""The high-water file of a SQLite journal: the log's last position, kept outside of the database.

It is written after each commit, under the same lock, so it is never ahead of the log unless rows were
taken away. Two slots are written in turn: a write cut short by a power loss spoils one and leaves the other.
It tells a swapped or shortened file from the log as it was; to find out somebody who can rewrite both files,
an anchor outside of the machine is needed (docs/audit-log.md).
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from sovbank.errors.journal import HeadMissing, StoreUnwritable
from sovbank.journal.port import LogHead

SUFFIX = ".head"
_FORM = "sovbank-head/1 {log_id} {seq:020d} {hash}"
_LINE = re.compile(rb"(sovbank-head/1 ([0-9a-f]{32}) ([0-9]{20}) ([0-9a-f]{64})) ([0-9a-f]{16})\n")
_WIDTH = len(_FORM.format(log_id="0" * 32, seq=0, hash="0" * 64)) + 18


def head_path(database: Path) -> Path:
    """Return the path of the high-water file beside a database file."""
    return database.with_name(database.name + SUFFIX)


def write_head(path: Path, head: LogHead, *, create: bool = False) -> None:
    """Record the head durably in the slot that does not hold the one before it.

    Raises ``HeadMissing`` when the file is gone, ``StoreUnwritable`` when it cannot be written.
    """
    text = _FORM.format(log_id=head.log_id, seq=head.seq, hash=head.hash).encode()
    line = text + b" " + _check(text) + b"\n"
    flags = os.O_WRONLY | os.O_CLOEXEC | (os.O_CREAT | os.O_TRUNC if create else 0)
    try:
        handle = os.open(path, flags, 0o600)
        try:
            os.pwrite(handle, line * 2 if create else line, 0 if create else (head.seq % 2) * _WIDTH)
            os.fsync(handle)
        finally:
            os.close(handle)
    except FileNotFoundError as error:
        raise HeadMissing(f"{path} is gone") from error
    except OSError as error:
        raise StoreUnwritable(f"cannot write {path}: {error.strerror}") from error


def read_head(path: Path) -> LogHead:
    """Return the newest intact slot.

    Raises ``HeadMissing`` when there is no file or no intact slot.
    """
    try:
        with path.open("rb") as file:
            data = file.read(4 * _WIDTH)
    except OSError as error:
        raise HeadMissing(f"cannot read {path}: {error.strerror}") from error
    heads = [
        LogHead(log_id=match[2].decode(), seq=int(match[3]), hash=match[4].decode())
        for start in (0, _WIDTH)
        if (match := _LINE.fullmatch(data[start : start + _WIDTH])) and match[5] == _check(match[1])
    ]
    if not heads:
        raise HeadMissing(f"{path} holds no intact position")
    return max(heads, key=lambda head: head.seq)


def _check(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()
