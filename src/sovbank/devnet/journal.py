"""The devnet's journal: what happened, in order, so that the state can be rebuilt by doing it again.

A file of lines, ``KIND PAYLOAD CHECKSUM``, after a first line that names format and network. A last line
without its end is what a kill leaves behind, and is dropped; any other damage is an error, for the state
would not be what was answered to clients.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sovbank.errors.devnet import JournalDamaged, JournalForeign, StateUnusable

FORMAT: Final = "sovbank-devnet-1"
_MAX_LINE: Final = 4 * 1024 * 1024


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode('ascii')):08x}"


def _line(kind: str, payload: str) -> bytes:
    text = f"{kind} {payload}"
    return f"{text} {_checksum(text)}\n".encode("ascii")


class Journal:
    """An append-only file of (kind, payload) for one network.

    Kinds and payloads are ASCII without white space. What is appended survives the end of the process;
    ``sync`` makes it survive the end of the machine.

    Raises
    ------
    StateUnusable
        The file cannot be opened, read or written.
    JournalDamaged, JournalForeign
        The file is not a whole journal of this network.
    """

    def __init__(self, path: Path, *, network_id: int, fresh: bool = False) -> None:
        self._path = path
        self._header = f"{FORMAT}/{network_id}"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if fresh:
                path.unlink(missing_ok=True)
            self._entries, whole = self._load()
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._size = whole
            os.ftruncate(self._file, whole)
            if not whole:
                self._write(_line("N", self._header))
        except OSError as error:
            raise StateUnusable(f"{path}: {error.strerror or error}") from error

    def entries(self) -> Iterator[tuple[str, str]]:
        """Yield what the file held when it was opened; only once, for it is not kept."""
        entries, self._entries = self._entries, []
        yield from entries

    def append(self, kind: str, payload: str) -> None:
        """Add an entry."""
        try:
            self._write(_line(kind, payload))
        except OSError as error:
            raise StateUnusable(f"{self._path}: {error.strerror or error}") from error

    def sync(self) -> None:
        """Wait until everything appended is on the disk."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise StateUnusable(f"{self._path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Sync and close the file."""
        self.sync()
        os.close(self._file)

    def _write(self, line: bytes) -> None:
        """Write a whole line or, when the disk is full, nothing of it."""
        rest = line
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            if len(rest) < len(line):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)

    def _load(self) -> tuple[list[tuple[str, str]], int]:
        """Read the file; give its entries and how many bytes of it are whole lines."""
        if not self._path.exists():
            return [], 0
        entries: list[tuple[str, str]] = []
        whole = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE), b""), start=1):
                if not line.endswith(b"\n"):
                    if file.read(1):
                        raise JournalDamaged(f"{self._path}: line {number} has no end")
                    break
                kind, payload = self._parse(line, number)
                whole += len(line)
                if number > 1:
                    entries.append((kind, payload))
                elif (kind, payload) != ("N", self._header):
                    raise JournalForeign(f"{self._path} is of {payload!r}, not of {self._header!r}")
        return entries, whole

    def _parse(self, line: bytes, number: int) -> tuple[str, str]:
        try:
            kind, payload, checksum = line.decode("ascii").rstrip("\n").split(" ")
        except ValueError as error:
            raise JournalDamaged(f"{self._path}: line {number} is not an entry") from error
        if checksum != _checksum(f"{kind} {payload}"):
            raise JournalDamaged(f"{self._path}: line {number} does not match its checksum")
        return kind, payload
