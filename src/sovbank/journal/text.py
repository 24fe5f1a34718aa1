"""What a column may hold: Unicode text without NUL, integers of the ledger's and the database's size.

Both databases get the same checks: a value that one would take and the other refuse is refused by both.
"""

from __future__ import annotations

from sovbank.errors.journal import RecordRefused

MAX_TEXT_BYTES = 1024
MAX_JSON_BYTES = 64 * 1024
MOST_LEDGER_INTEGER = 2**32 - 1
MOST_MICRO = 2**63 - 1


def check_text(text: str, name: str, *, most: int = MAX_TEXT_BYTES) -> str:
    """Return the text, or raise ``RecordRefused``."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise RecordRefused(f"{name} is not Unicode text") from error
    if "\0" in text:
        raise RecordRefused(f"{name} holds a NUL character")
    if size > most:
        raise RecordRefused(f"{name} is longer than {most} bytes")
    return text


def check_json_text(text: str, name: str) -> str:
    """Return JSON text of at most 64 KiB, or raise ``RecordRefused``."""
    return check_text(text, name, most=MAX_JSON_BYTES)


def check_range(value: int | None, name: str) -> int | None:
    """Return an unsigned 32-bit integer of the XRP Ledger (or None), or raise ``RecordRefused``."""
    if value is not None and not 0 <= value <= MOST_LEDGER_INTEGER:
        raise RecordRefused(f"{name} is not a 32-bit number")
    return value


def check_micro(value: int, name: str) -> int:
    """Return an amount in micro-units that both databases can hold, or raise ``RecordRefused``."""
    if not 0 <= value <= MOST_MICRO:
        raise RecordRefused(f"{name} is negative or above {MOST_MICRO} micro-units")
    return value
