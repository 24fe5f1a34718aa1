"""What the server makes of a JSON value where it wants a value of another kind.

It reads numbers and booleans as text and text as numbers. What it cannot convert ends the request in an
``internal`` error, whatever the method. Source of the rules: xrpld ``json/json_value.cpp``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sovbank.devnet.rpc.refusals import refusal
from sovbank.errors.devnet import RequestRefused

MAX_INT: Final = 2**31 - 1
MAX_UINT: Final = 2**32 - 1
_MIN_INT: Final = -(2**31)
_DECIMAL: Final = re.compile(r"\+?([0-9]+)|(-[0-9]+)")


def unconvertible() -> RequestRefused:
    """Make the error for a value that cannot be converted."""
    return refusal("internal")


def as_text(value: Any) -> str:
    """Read a value as text; nothing at all is empty text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:f}"
    raise unconvertible()


def decimal(text: str) -> int | None:
    """Read decimal digits, with a sign if need be; None when the text is anything else."""
    match = _DECIMAL.fullmatch(text)
    return int(match[1] or match[2]) if match is not None and len(text) <= 32 else None


def as_number(value: Any, least: int = _MIN_INT, most: int = MAX_INT) -> int:
    """Read a value as a whole number within bounds; those of a signed number unless said otherwise."""
    number: int | None
    if value is None or isinstance(value, bool):
        number = int(bool(value))
    elif isinstance(value, int):
        number = value
    elif isinstance(value, float):
        number = int(value) if abs(value) < 2**40 else None
    elif isinstance(value, str):
        number = decimal(value)
    else:
        number = None
    if number is None or not least <= number <= most:
        raise unconvertible()
    return number


def as_unsigned(value: Any) -> int:
    """Read a value as a whole number from 0 to 2**32 - 1."""
    return as_number(value, 0, MAX_UINT)


def is_convertible_to_unsigned(value: Any) -> bool:
    """Tell whether the server takes a value for an unsigned number; text never."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, float):
        return value.is_integer() and 0 <= value <= MAX_UINT
    return isinstance(value, int) and 0 <= value <= MAX_UINT
