"""The statement formats that this program reads, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sovbank.bank.csv_statement import FORMAT, CsvStatementReader
from sovbank.bank.port import StatementReader
from sovbank.errors.bank import StatementFormatUnknown

READERS: Mapping[str, Callable[[], StatementReader]] = {FORMAT: CsvStatementReader}


def statement_reader(name: str) -> StatementReader:
    """Return the reader of the named format.

    Raises
    ------
    StatementFormatUnknown
    """
    make = READERS.get(name)
    if make is None:
        known = ", ".join(sorted(READERS))
        raise StatementFormatUnknown(f"no statement format is called {name[:40]!r}; there is {known}")
    return make()
