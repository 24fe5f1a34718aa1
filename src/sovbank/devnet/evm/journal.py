"""The record from which the devnet's EVM is rebuilt: an append-only file, one JSON object a line.

The first line names the chain; each further line is a block (time, raw transactions, the hash that replay
must give again) or a shift of the clock. A line is on disk before anybody hears of its block. A last line
without its newline was never acknowledged, and is dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sovbank.errors.evm import (
    EvmJournalDamaged,
    EvmJournalLocked,
    EvmJournalOfOtherChain,
    EvmJournalUnwritable,
)

FORMAT = 1
FILE_NAME = "evm.journal"


@dataclass(frozen=True)
class Genesis:
    """What the chain starts from. ``time`` is in Unix seconds."""

    chain_id: int
    time: int


@dataclass(frozen=True)
class BlockRecord:
    """One block. ``time`` is in Unix seconds; ``block_hash`` is what replaying it must give."""

    time: int
    raws: tuple[bytes, ...]
    block_hash: bytes


@dataclass(frozen=True)
class ClockShift:
    """From here on the chain's clock runs ``seconds`` ahead of the machine's."""

    seconds: int


Record = BlockRecord | ClockShift


class EvmJournal:
    """The journal of one state directory, locked against a second devnet while open."""

    def __init__(self, directory: Path, *, genesis: Genesis) -> None:
        """Open the journal, or begin one with ``genesis``.

        Raises
        ------
        EvmJournalLocked, EvmJournalOfOtherChain, EvmJournalDamaged, EvmJournalUnwritable
        """
        self._path = directory / FILE_NAME
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EvmJournalUnwritable(f"cannot open {self._path}: {error.strerror}") from error
        try:
            self._lock()
            self._lines = self._read()
            self.genesis = self._begin(genesis)
        except BaseException:
            self.close()
            raise

    def records(self) -> Iterator[Record]:
        """Yield what was recorded, oldest first. Raises ``EvmJournalDamaged`` with the line's number."""
        for number, line in enumerate(self._lines[1:], start=2):
            yield self._record(line, number)

    def append(self, record: Record) -> None:
        """Write a record through to the disk. Raises ``EvmJournalUnwritable``."""
        if isinstance(record, ClockShift):
            self._write({"shift": record.seconds})
            return
        raws = ["0x" + raw.hex() for raw in record.raws]
        self._write({"time": record.time, "raw": raws, "hash": "0x" + record.block_hash.hex()})

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EvmJournalLocked(f"another process serves the devnet in {self._path.parent}") from error

    def _read(self) -> list[bytes]:
        with open(self._file, "rb", closefd=False) as stream:
            content = stream.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
        os.lseek(self._file, whole, os.SEEK_SET)
        return content[:whole].split(b"\n")[:-1]

    def _begin(self, genesis: Genesis) -> Genesis:
        if not self._lines:
            self._write({"format": FORMAT, "chain_id": genesis.chain_id, "time": genesis.time})
            self._sync_directory()
            return genesis
        fields = self._parse(self._lines[0], 1)
        if fields.get("format") != FORMAT:
            raise EvmJournalDamaged(f"{self._path}: line 1 is not of format {FORMAT}")
        found = Genesis(self._integer(fields, "chain_id", 1), self._integer(fields, "time", 1))
        if found.chain_id != genesis.chain_id:
            raise EvmJournalOfOtherChain(
                f"{self._path} holds chain {found.chain_id}, and chain {genesis.chain_id} was asked for"
            )
        return found

    def _record(self, line: bytes, number: int) -> Record:
        fields = self._parse(line, number)
        if "shift" in fields:
            return ClockShift(self._integer(fields, "shift", number))
        try:
            raws = tuple(bytes.fromhex(raw[2:]) for raw in fields["raw"])
            block_hash = bytes.fromhex(fields["hash"][2:])
        except (KeyError, TypeError, ValueError) as error:
            raise EvmJournalDamaged(f"{self._path}: line {number} is not a block: {error}") from error
        return BlockRecord(self._integer(fields, "time", number), raws, block_hash)

    def _parse(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise EvmJournalDamaged(f"{self._path}: line {number} is not JSON: {error}") from error
        if not isinstance(fields, dict):
            raise EvmJournalDamaged(f"{self._path}: line {number} is not an object")
        return fields

    def _integer(self, fields: dict[str, Any], name: str, number: int) -> int:
        value = fields.get(name)
        if type(value) is not int or value < 0:
            raise EvmJournalDamaged(f"{self._path}: line {number} has no valid {name!r}")
        return value

    def _write(self, fields: dict[str, Any]) -> None:
        line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self._file, line) :]
            os.fsync(self._file)
        except OSError as error:
            raise EvmJournalUnwritable(f"cannot write {self._path}: {error.strerror}") from error

    def _sync_directory(self) -> None:
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
