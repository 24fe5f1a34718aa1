"""Strict reading of what an EVM node answers (Ethereum JSON-RPC: quantities and data are hex strings)."""

from __future__ import annotations

import re
from typing import Any

from sovbank.errors.evm import EvmNodeHostile

_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})", re.ASCII)
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)


def quantity(value: Any, what: str) -> int:
    """Return a quantity, or refuse the node's answer."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise EvmNodeHostile(f"the node's {what} is not a quantity: {str(value)[:80]!r}")
    return int(value, 16)


def data(value: Any, what: str, *, length: int | None = None) -> bytes:
    """Return bytes, of ``length`` when given, or refuse the node's answer."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise EvmNodeHostile(f"the node's {what} is not hex data: {str(value)[:80]!r}")
    content = bytes.fromhex(value[2:])
    if length is not None and len(content) != length:
        raise EvmNodeHostile(f"the node's {what} has {len(content)} bytes instead of {length}")
    return content


def fields(value: Any, what: str) -> dict[str, Any]:
    """Return an object, or refuse the node's answer."""
    if not isinstance(value, dict):
        raise EvmNodeHostile(f"the node's {what} is not an object")
    return value
