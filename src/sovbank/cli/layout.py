"""Lines of tables, panels and wrapped text at a given width. Identifiers are never cut or broken.

Tables are drawn by rich when they fit; when whole identifiers do not fit side by side, every row becomes a
block of its own, one value a line.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sovbank.cli.escape import escape

_GAP = 2
_OWN_LINE = 4
_UNLIMITED = 100_000
_NARROWEST_TEXT = 16


@dataclass(frozen=True)
class Column:
    """A column of a table: ``right`` for amounts, ``wrap`` for prose; anything else stays whole.

    ``optional`` columns are left out, the last one first, where the table would not fit with them.
    """

    name: str
    right: bool = False
    wrap: bool = False
    optional: bool = False


def columns_of(columns: Sequence[Column | str]) -> list[Column]:
    """Return columns, a plain name being one that stays whole."""
    named = (Column(column) if isinstance(column, str) else column for column in columns)
    return [replace(column, name=escape(column.name)) for column in named]


def cell(value: Any) -> str:
    """Return a value as safe text on one line; an absent one is a dash."""
    if value is None or not str(value).strip(" "):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        from sovbank.core.money import format_amount

        return format_amount(value)
    return escape(str(value))


def wrap(text: str, width: int | None, indent: int) -> list[str]:
    """Return the text as lines of at most ``width``, indented; a word that is longer stays whole."""
    pad = " " * indent
    if width is None:
        return [pad + text]
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=pad,
        subsequent_indent=pad,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [pad]


def fitted(text: str, width: int | None) -> list[str]:
    """Return a line of a screen as lines that a terminal does not break; its indentation is repeated."""
    if width is None or len(text) <= width:
        return [text]
    return wrap(text.strip(" "), width, len(text) - len(text.lstrip(" ")))


def panel_lines(pairs: Sequence[tuple[str, Any]], width: int | None) -> Iterator[str]:
    """Yield names and values side by side; a value wraps at words, and an identifier too long for the place
    beside its name stands on a line of its own."""
    names = [escape(name) for name, _ in pairs]
    indent = max((len(name) for name in names), default=0) + _GAP + 2
    for name, (_, value) in zip(names, pairs, strict=True):
        lines = wrap(cell(value), width, indent)
        if width is not None and any(len(line) > width for line in lines):
            yield f"  {name}"
            yield from wrap(cell(value), width, _OWN_LINE)
            continue
        first, *more = lines
        yield f"  {name}".ljust(indent) + first[indent:]
        yield from more


def table_lines(
    columns: Sequence[Column], rows: Sequence[Sequence[Any]], width: int | None
) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a table and whether each is its head."""
    cells = [[cell(value) for value in row] for row in rows]
    while not _fits(columns, cells, width) and any(column.optional for column in columns):
        last = max(number for number, column in enumerate(columns) if column.optional)
        columns = [*columns[:last], *columns[last + 1 :]]
        cells = [[*row[:last], *row[last + 1 :]] for row in cells]
    if not _fits(columns, cells, width):
        yield from _blocks(columns, cells, width)
        return
    lines = _drawn(columns, cells, width or _UNLIMITED)
    for number, text in enumerate(lines):
        yield text, number == 0


def _fits(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int | None) -> bool:
    if width is None:
        return True
    from rich.cells import cell_len

    needed = 0
    for number, column in enumerate(columns):
        natural = max([cell_len(row[number]) for row in cells] + [cell_len(column.name)])
        words = (word for row in cells for word in row[number].split())
        longest = max(map(cell_len, words), default=0) if column.wrap else natural
        needed += max(min(natural, _NARROWEST_TEXT), longest)
    return needed + _GAP * (len(columns) - 1) <= width


def _drawn(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[str]:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, _GAP - 1, 0, 0))
    for column in columns:
        table.add_column(
            Text(column.name),
            justify="right" if column.right else "left",
            no_wrap=not column.wrap,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*(Text(text) for text in row))
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, color_system=None, highlight=False, force_terminal=False)
    console.print(table)
    return [line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n")]


def _blocks(
    columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int | None
) -> Iterator[tuple[str, bool]]:
    for number, row in enumerate(cells):
        if number:
            yield "", False
        pairs = [(column.name, text) for column, text in zip(columns, row, strict=True)]
        for position, line in enumerate(panel_lines(pairs, width)):
            yield line, position == 0
