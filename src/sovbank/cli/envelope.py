"""The JSON object of ``--json``: schema ``sovbank/result``, version 1, one line, ASCII."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

SCHEMA = "sovbank/result"
VERSION = 1


def envelope(body: Mapping[str, Any]) -> str:
    """Return the object as one line. Decimals become plain strings; a float raises TypeError."""
    text = json.dumps({"schema": SCHEMA, "version": VERSION, **_plain(body)}, ensure_ascii=True)
    # JSON leaves DEL as it is; a terminal does not.
    return text.replace("\x7f", "\\u007f")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_plain(item) for item in items]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"a result holds no {type(value).__name__}")
