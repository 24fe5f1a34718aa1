"""Strict reading of a node's answers: each field has the type it must have, or the answer is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sovbank.errors.wire import MalformedAddress
from sovbank.errors.xrpl import NodeAnswerMalformed
from sovbank.wire.addresses import decode_address

Record = Mapping[str, Any]

MOST_LEDGER_INDEX = 2**32 - 1
MOST_DROPS = 10**17
_DIGITS = re.compile(r"(0|[1-9][0-9]{0,17})", re.ASCII)
_HASH = re.compile(r"[0-9A-F]{64}", re.ASCII)


def text(record: Record, name: str) -> str:
    """Return a field that is text."""
    value = record.get(name)
    if not isinstance(value, str):
        raise _malformed(name, "text", value)
    return value


def optional_text(record: Record, name: str) -> str | None:
    """Return a field that is text or missing."""
    return None if record.get(name) is None else text(record, name)


def number(record: Record, name: str, *, most: int = MOST_LEDGER_INDEX) -> int:
    """Return a field that is an integer from 0 to ``most``."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise _malformed(name, "an integer in range", value)
    return value


def optional_number(record: Record, name: str, *, most: int = MOST_LEDGER_INDEX) -> int | None:
    """Return a field that is an integer from 0 to ``most``, or missing."""
    return None if record.get(name) is None else number(record, name, most=most)


def flag(record: Record, name: str) -> bool:
    """Return a boolean field; a missing one is false."""
    value = record.get(name, False)
    if not isinstance(value, bool):
        raise _malformed(name, "true or false", value)
    return value


def drops(record: Record, name: str) -> int:
    """Return a field that holds drops of XRP as digits in a string."""
    value = text(record, name)
    if not _DIGITS.fullmatch(value) or int(value) > MOST_DROPS:
        raise _malformed(name, "drops", value)
    return int(value)


def address(record: Record, name: str) -> str:
    """Return a field that holds a classic address."""
    value = text(record, name)
    try:
        decode_address(value)
    except MalformedAddress as error:
        raise _malformed(name, "an address", value) from error
    return value


def optional_address(record: Record, name: str) -> str | None:
    """Return a field that holds a classic address, or is missing."""
    return None if record.get(name) is None else address(record, name)


def hash256(record: Record, name: str) -> str:
    """Return a field that holds 64 upper-case hex digits."""
    value = text(record, name)
    if not _HASH.fullmatch(value):
        raise _malformed(name, "a hash", value)
    return value


def mapping(record: Record, name: str) -> Record:
    """Return a field that holds an object."""
    value = record.get(name)
    if not isinstance(value, dict):
        raise _malformed(name, "an object", value)
    return value


def mappings(record: Record, name: str) -> Sequence[Record]:
    """Return a field that holds a list of objects."""
    value = record.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _malformed(name, "a list of objects", value)
    return value


def _malformed(name: str, wanted: str, value: object) -> NodeAnswerMalformed:
    return NodeAnswerMalformed(f"the node's answer has no {name} that is {wanted}: {str(value)[:60]!r}")
