"""The bank's side: booked entries come in from statements and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sovbank.bank.port import StatementEntry, StatementReader
from sovbank.errors.operations import DocumentUnreadable
from sovbank.journal.books import BankEntry, Direction, StatementImport
from sovbank.operations.house import House

MAX_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ImportedStatement:
    """What importing a file did, and the entries that it holds."""

    outcome: StatementImport
    entries: tuple[BankEntry, ...]


def read_file(path: Path, *, most: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a file, or refuse one that cannot be read or is larger than ``most`` bytes.

    Raises
    ------
    DocumentUnreadable
    """
    try:
        with path.open("rb") as handle:
            data = handle.read(most + 1)
    except OSError as error:
        raise DocumentUnreadable(f"cannot read {path}: {error.strerror}") from error
    if len(data) > most:
        raise DocumentUnreadable(f"{path} is larger than {most} bytes")
    return data


def import_statement(
    house: House, reader: StatementReader, data: bytes, *, source: str, actor: str
) -> ImportedStatement:
    """Book every entry of a statement, or none; entries that are known already are counted, not doubled."""
    statement = reader.read(data)
    entries = tuple(_entry(entry) for entry in statement.entries)
    outcome = house.books.import_statement(statement.sha256, source, entries, actor=actor)
    return ImportedStatement(outcome, entries)


def _entry(entry: StatementEntry) -> BankEntry:
    return BankEntry(
        reference=entry.reference,
        account=entry.account,
        booked_on=entry.booked_on,
        direction=Direction.CREDIT if entry.credit else Direction.DEBIT,
        amount_micro=entry.amount_micro,
        currency=entry.currency,
        counterparty=entry.counterparty,
        remittance=entry.remittance,
    )
