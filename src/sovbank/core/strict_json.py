"""JSON from others: bounded in depth, without repeated names, NaN or infinity.

The depth is looked at before anything is parsed. Python's own guard is its recursion limit, and libraries
that this program loads raise that limit beyond what the C stack can bear.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 100
# Possessive, and an unfinished string runs to the end: otherwise every quote in it is tried again as a start.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def loads(data: bytes, *, parse_float: Callable[[str], Any] | None = None, most: int = MAX_DEPTH) -> Any:
    """Return what the UTF-8 text says; any refusal is a ValueError.

    Parameters
    ----------
    parse_float
        What makes a number with a fraction or exponent; ``Decimal`` where the exact value counts.
    most
        The deepest nesting of objects and arrays that is read.
    """
    _check_depth(data, most)
    try:
        return json.loads(
            data.decode("utf-8"),
            parse_float=parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
    except (RecursionError, ArithmeticError) as error:
        raise ValueError(f"not readable as JSON: {type(error).__name__}") from error


def _check_depth(data: bytes, most: int) -> None:
    if data.count(b"[") + data.count(b"{") <= most:
        return
    depth = 0
    for match in _BRACKET.finditer(_STRING.sub(b"", data)):
        depth += 1 if match[0] in (b"[", b"{") else -1
        if depth > most:
            raise ValueError(f"objects and arrays nest deeper than {most}")


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return record
