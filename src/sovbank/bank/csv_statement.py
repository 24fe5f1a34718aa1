"""The CSV statement: one header, one row per booked entry, all or nothing (docs/bank-statements.md)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sovbank.bank import cells
from sovbank.bank.port import Statement, StatementEntry
from sovbank.errors.bank import ReferenceRepeated, StatementMalformed, StatementTooLarge

FORMAT = "csv"
COLUMNS = (
    "reference",
    "account",
    "booked_on",
    "direction",
    "amount",
    "currency",
    "counterparty",
    "remittance",
)
MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 50_000
_LONE_RETURN = re.compile(r"\r(?!\n)")
_Value = TypeVar("_Value")


class CsvStatementReader:
    """A reader of comma-separated statements in UTF-8 (the ``StatementReader`` port)."""

    def read(self, data: bytes) -> Statement:
        """Return the whole statement.

        Raises
        ------
        StatementTooLarge
            More than 5 MiB or 50,000 rows.
        ReferenceRepeated
            A reference stands in the file twice.
        StatementMalformed
            Anything else that is not exactly as documented; row and column are named.
        """
        rows = _rows(_decode(data))
        _check_header(next(rows, None))
        entries: list[StatementEntry] = []
        first_row: dict[str, int] = {}
        for row, values in rows:
            entry = _entry(row, values)
            if entry.reference in first_row:
                raise ReferenceRepeated(
                    f"row {row}, column reference: {entry.reference} stands in row"
                    f" {first_row[entry.reference]} already",
                    details={"row": str(row), "column": "reference"},
                )
            if len(entries) >= MAX_ROWS:
                raise StatementTooLarge(f"more than {MAX_ROWS} rows")
            first_row[entry.reference] = row
            entries.append(entry)
        return Statement(hashlib.sha256(data).hexdigest(), FORMAT, tuple(entries))


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise StatementTooLarge(f"the file has {len(data)} bytes; the most is {MAX_BYTES}")
    try:
        text = data.decode("utf-8").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise _malformed(row, None, f"the byte {data[error.start]:#04x} is not UTF-8") from error
    lone = _LONE_RETURN.search(text)
    if lone:
        raise _malformed(text.count("\n", 0, lone.start()) + 1, None, "a carriage return stands alone")
    return text


def _rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        row = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise _malformed(row, None, str(error)) from error
        if values is None:
            return
        yield row, values


def _check_header(header: tuple[int, Sequence[str]] | None) -> None:
    if header is None:
        raise _malformed(1, None, "the file is empty")
    if tuple(header[1]) != COLUMNS:
        raise _malformed(1, None, f"the header is not exactly {','.join(COLUMNS)}")


def _entry(row: int, values: Sequence[str]) -> StatementEntry:
    if len(values) != len(COLUMNS):
        raise _malformed(row, None, f"{len(values)} columns instead of {len(COLUMNS)}")
    cell = dict(zip(COLUMNS, values, strict=True))

    def checked(column: str, check: Callable[[str], _Value]) -> _Value:
        try:
            return check(cell[column])
        except cells.BadCell as refusal:
            raise _malformed(row, column, str(refusal)) from refusal

    currency = checked("currency", cells.currency)
    return StatementEntry(
        reference=checked("reference", cells.reference),
        account=checked("account", cells.account),
        booked_on=checked("booked_on", cells.booked_on),
        credit=checked("direction", cells.is_credit),
        amount_micro=checked("amount", lambda value: cells.amount_micro(value, currency)),
        currency=currency,
        counterparty=checked("counterparty", cells.text),
        remittance=checked("remittance", cells.text),
    )


def _malformed(row: int, column: str | None, reason: str) -> StatementMalformed:
    place = f"row {row}" if column is None else f"row {row}, column {column}"
    details = {"row": str(row), **({} if column is None else {"column": column})}
    return StatementMalformed(f"{place}: {reason}", details=details)
