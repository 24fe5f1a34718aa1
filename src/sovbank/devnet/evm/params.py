"""Strict reading of JSON-RPC parameters (Ethereum JSON-RPC: quantities and data are hex strings)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sovbank.devnet.evm.refusals import InvalidParams

TAGS = ("latest", "safe", "finalized", "pending", "earliest")
MAX_DATA_BYTES = 128 * 1024
_CALL_FIELDS = frozenset(
    {
        "from",
        "to",
        "gas",
        "value",
        "data",
        "input",
        "gasPrice",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
        "nonce",
        "chainId",
        "type",
        "accessList",
    }
)


def take(params: Sequence[Any], least: int, most: int) -> list[Any]:
    """Return the parameters padded with None to ``most``, refusing other counts than ``least``..``most``."""
    if not least <= len(params) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise InvalidParams(f"expected {expected} parameters, got {len(params)}")
    return [*params, *[None] * (most - len(params))]


def quantity(value: Any, name: str, *, most: int = 2**256 - 1) -> int:
    """Return a quantity: 0x and hex digits without leading zeros."""
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66:
        raise InvalidParams(f"{name} is not a hex quantity")
    digits = value[2:]
    if not _is_hex(digits) or (digits[0] == "0" and len(digits) > 1):
        raise InvalidParams(f"{name} is not a hex quantity without leading zeros")
    number = int(digits, 16)
    if number > most:
        raise InvalidParams(f"{name} is too large")
    return number


def number(value: Any, name: str, *, most: int) -> int:
    """Return a plain or hex number, which development methods take either way."""
    if type(value) is int and 0 <= value <= most:
        return value
    return quantity(value, name, most=most)


def data(value: Any, name: str, *, length: int | None = None) -> bytes:
    """Return bytes: 0x and an even number of hex digits, of ``length`` bytes when given."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) % 2:
        raise InvalidParams(f"{name} is not hex data")
    if len(value) > 2 + 2 * MAX_DATA_BYTES:
        raise InvalidParams(f"{name} is longer than {MAX_DATA_BYTES} bytes")
    if not _is_hex(value[2:]):
        raise InvalidParams(f"{name} is not hex data")
    content = bytes.fromhex(value[2:])
    if length is not None and len(content) != length:
        raise InvalidParams(f"{name} has {len(content)} bytes, not {length}")
    return content


def address(value: Any, name: str = "address") -> bytes:
    """Return the 20 bytes of an address."""
    return data(value, name, length=20)


def flag(value: Any, name: str) -> bool:
    """Return a boolean; an omitted one is false."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise InvalidParams(f"{name} is not a boolean")
    return value


@dataclass(frozen=True)
class CallFields:
    """The fields of a call object that matter here; fees are accepted and ignored."""

    sender: bytes
    to: bytes
    value: int
    data: bytes
    gas: int


def call_fields(value: Any) -> CallFields:
    """Return the fields of a call object, refusing unknown ones."""
    if not isinstance(value, dict):
        raise InvalidParams("the call is not an object")
    unknown = set(value) - _CALL_FIELDS
    if unknown:
        raise InvalidParams(f"unknown field {sorted(unknown)[0]!r} in the call")
    given = {name: field for name, field in value.items() if field is not None}
    if "data" in given and "input" in given and given["data"] != given["input"]:
        raise InvalidParams('both "data" and "input" are set and not equal')
    content = given.get("input", given.get("data", "0x"))
    return CallFields(
        sender=address(given["from"], "from") if "from" in given else bytes(20),
        to=address(given["to"], "to") if "to" in given else b"",
        value=quantity(given["value"], "value") if "value" in given else 0,
        data=data(content, "input"),
        gas=quantity(given["gas"], "gas", most=2**63) if "gas" in given else 0,
    )


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)
