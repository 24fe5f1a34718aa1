"""Reading a transaction that a client wrote in JSON, into native values.

Every problem is an ``invalidParams`` that names the field, in the server's words. Source of the rules:
xrpld ``protocol/STParsedJSON.cpp`` and ``STAmount.cpp``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.decoding import check_inner
from sovbank.devnet.ledger.fields import DECIMAL_UINT64, FIELDS, TRANSACTION_NAMES, TRANSACTION_TYPES
from sovbank.devnet.ledger.values import XRP, XRP_CURRENCY, Amount, Issue, MptAmount, TokenAmount
from sovbank.devnet.rpc.coercion import MAX_INT
from sovbank.devnet.rpc.refusals import refusal
from sovbank.devnet.rpc.request import parse_account, parse_blob, parse_hash
from sovbank.errors.devnet import InvalidTransaction
from sovbank.errors.devnet_amounts import AmountOverflow

MAX_DEPTH: Final = 64
_DECIMAL: Final = re.compile(r"([-+]?)(0|[1-9][0-9]{0,31})(?:\.([0-9]{1,32}))?(?:[eE]([-+]?[0-9]{1,9}))?")
_INTEGER: Final = re.compile(r"\+?[0-9]{1,32}")
_SEPARATORS: Final = re.compile(r"[\t\n\r ,/]")
_MAX_MANTISSA: Final = 2**64 - 1
_MAX_DROPS: Final = 10**17
_MAX_MPT: Final = 2**63 - 1
_FAR: Final = 1000
_DISCARDED: Final = frozenset({"hash", "index"})
"""Fields that answers show in JSON and no bytes hold: clients may send them back."""
_ISO: Final = re.compile(r"[A-Za-z0-9<>(){}\[\]|?!@#$%^&*]{3}")
_BITS: Final = {"UInt8": 8, "UInt16": 16, "UInt32": 32}
_HASHES: Final = {"Hash128": 16, "Hash160": 20, "Hash192": 24, "Hash256": 32}


class _Bad(ValueError):
    """A value cannot be read; the caller knows the field."""


def parse_transaction(source: dict[str, Any], name: str = "tx_json") -> dict[str, Any]:
    """Give the native fields of a transaction in JSON.

    Raises
    ------
    RequestRefused
        A field is unknown or its value cannot be read.
    """
    return _parse_object(source, name, 0)


def _parse_object(source: dict[str, Any], name: str, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise refusal("invalidParams", f"Field '{name}' exceeds nesting depth limit.")
    fields: dict[str, Any] = {}
    for key, value in source.items():
        field = FIELDS.get(key)
        if field is None and key in _DISCARDED:
            _parse_field(key, "Hash256", value, name, depth)
            continue
        if field is None:
            raise refusal("invalidParams", f"Field '{name}.{key}' is unknown.")
        fields[key] = _parse_field(key, field.type, value, name, depth)
    return fields


def _parse_inner(key: str, source: dict[str, Any], name: str, depth: int) -> dict[str, Any]:
    fields = _parse_object(source, name, depth)
    try:
        check_inner(key, fields)
    except InvalidTransaction as error:
        raise refusal(
            "invalidParams", f"Object '{key}' contents did not meet requirements for that type."
        ) from error
    return fields


def _parse_field(key: str, kind: str, value: Any, name: str, depth: int) -> Any:
    path = f"{name}.{key}"
    if kind == "STObject":
        if not isinstance(value, dict):
            raise refusal("invalidParams", f"Field '{path}' is not a JSON object.")
        return _parse_inner(key, value, path, depth + 1)
    if kind == "STArray":
        return _parse_array(value, path, depth)
    try:
        if key == "TransactionType":
            return _transaction_type(value)
        if key in DECIMAL_UINT64:
            return _decimal_uint64(value)
        reader = _READERS.get(kind)
        if reader is None:
            raise _Bad
        return reader(value)
    except (_Bad, AmountOverflow) as error:
        raise refusal("invalidParams", f"Field '{path}' has invalid data.") from error


def _parse_array(value: Any, path: str, depth: int) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list):
        raise refusal("invalidParams", f"Field '{path}' is not a JSON array.")
    elements = []
    for index, item in enumerate(value):
        place = f"{path}[{index}]"
        if not isinstance(item, dict) or len(item) != 1:
            raise refusal(
                "invalidParams", f"Field '{place}' must be an object with a single key/object value."
            )
        ((inner, content),) = item.items()
        if inner not in FIELDS or FIELDS[inner].type != "STObject":
            raise refusal("invalidParams", f"Field '{place}.{inner}' is unknown.")
        if not isinstance(content, dict):
            raise refusal("invalidParams", f"Field '{place}.{inner}' is not a JSON object.")
        elements.append({inner: _parse_inner(inner, content, f"{place}.{inner}", depth + 2)})
    return tuple(elements)


def _transaction_type(value: Any) -> str:
    if isinstance(value, str) and value in TRANSACTION_TYPES:
        return value
    if isinstance(value, int) and value in TRANSACTION_NAMES:
        return TRANSACTION_NAMES[value]
    raise _Bad


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise _Bad
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, int):
        return value
    raise _Bad


def _unsigned(bits: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = _whole(value)
        if not 0 <= number < 1 << bits:
            raise _Bad
        return number

    return read


def _decimal_uint64(value: Any) -> int:
    return _unsigned(64)(value)


def _hex_uint64(value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9A-Fa-f]{1,16}", value):
            raise _Bad
        return int(value, 16)
    return _unsigned(64)(value)


def _hash(size: int) -> Callable[[Any], bytes]:
    def read(value: Any) -> bytes:
        if value == "":
            return bytes(size)
        parsed = parse_hash(value, size)
        if parsed is None:
            raise _Bad
        return parsed

    return read


def _strict_hash(size: int) -> Callable[[Any], bytes]:
    def read(value: Any) -> bytes:
        parsed = parse_hash(value, size)
        if parsed is None:
            raise _Bad
        return parsed

    return read


def _blob(value: Any) -> bytes:
    parsed = parse_blob(value)
    if parsed is None:
        raise _Bad
    return parsed


def _account(value: Any) -> bytes:
    parsed = parse_hash(value, 20)
    if parsed is None:
        parsed = parse_account(value)
    if parsed is None:
        raise _Bad
    return parsed


def parse_currency(value: Any) -> bytes:
    """Give the 20 bytes of a currency code of three letters or 40 hex digits; ValueError otherwise."""
    if not isinstance(value, str):
        raise _Bad
    if value in ("", "XRP"):
        return XRP_CURRENCY
    if len(value) == 3 and _ISO.fullmatch(value):
        return bytes(12) + value.encode("ascii") + bytes(5)
    parsed = parse_hash(value, 20)
    if parsed is None:
        raise _Bad
    return parsed


def _number(value: Any) -> tuple[int, int]:
    """Give mantissa and exponent of a number, exactly as written; the mantissa has at most 64 bits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value, 0
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _Bad
    sign, whole, fraction, power = match.groups()
    fraction = fraction or ""
    digits = int(whole + fraction)
    if digits > _MAX_MANTISSA:
        raise _Bad
    return (-digits if sign == "-" else digits), int(power or 0) - len(fraction)


def _units(value: Any, most: int) -> int:
    mantissa, exponent = _number(value)
    if exponent < 0 or (mantissa and exponent > 18):
        raise _Bad
    units: int = mantissa * 10**exponent if mantissa else 0
    if abs(units) > most:
        raise _Bad
    return units


def _amount(value: Any) -> Amount:
    """Read an amount: drops, an object, or the same parts as a list or in one text."""
    if not isinstance(value, dict):
        parts = _SEPARATORS.split(value) if isinstance(value, str) else value
        if isinstance(parts, list) and not (isinstance(value, str) and len(parts) > 3):
            number, currency, issuer = [*parts, None, None, None][:3]
            if not isinstance(currency, str) or currency in ("", "XRP"):
                return _units(number, _MAX_DROPS)
            return _tokens(number, currency, issuer)
        return _units(value, _MAX_DROPS)
    if isinstance(value.get("value"), int) and value["value"] > MAX_INT:
        raise _Bad
    if "mpt_issuance_id" in value:
        if "currency" in value or "issuer" in value:
            raise _Bad
        return MptAmount(_strict_hash(24)(value["mpt_issuance_id"]), _units(value.get("value"), _MAX_MPT))
    return _tokens(value.get("value"), value.get("currency"), value.get("issuer"))


def _tokens(number: Any, currency: Any, issuer: Any) -> TokenAmount:
    code = parse_currency(currency)
    if code == XRP_CURRENCY:
        raise _Bad
    mantissa, exponent = _number(number)
    exponent = min(max(exponent, -_FAR), _FAR)
    amount: TokenAmount = Value(mantissa, exponent).amount(Issue(code, _account(issuer)))
    return amount


def parse_issue(value: Any) -> Issue | bytes:
    if not isinstance(value, dict):
        raise _Bad
    if set(value) == {"mpt_issuance_id"}:
        return _strict_hash(24)(value["mpt_issuance_id"])
    currency = parse_currency(value.get("currency"))
    if currency == XRP_CURRENCY:
        if value.get("issuer") is not None:
            raise _Bad
        return XRP
    issuer = _account(value.get("issuer"))
    if not any(issuer):
        raise _Bad
    return Issue(currency, issuer)


def _vector(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise _Bad
    return tuple(_strict_hash(32)(item) for item in value)


def _paths(value: Any) -> tuple[tuple[dict[str, bytes], ...], ...]:
    if not isinstance(value, list) or not all(isinstance(path, list) for path in value):
        raise _Bad
    return tuple(tuple(_step(step) for step in path) for path in value)


def _step(step: Any) -> dict[str, bytes]:
    if not isinstance(step, dict):
        raise _Bad
    readers = {
        "account": _account,
        "currency": parse_currency,
        "issuer": _account,
        "mpt_issuance_id": _strict_hash(24),
    }
    parts = {
        "mpt" if name == "mpt_issuance_id" else name: reader(step[name])
        for name, reader in readers.items()
        if name in step
    }
    if not parts or ("currency" in parts and "mpt" in parts):
        raise _Bad
    return parts


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **{kind: _unsigned(bits) for kind, bits in _BITS.items()},
    **{kind: _hash(size) for kind, size in _HASHES.items()},
    "UInt64": _hex_uint64,
    "Blob": _blob,
    "AccountID": _account,
    "Amount": _amount,
    "Currency": parse_currency,
    "Issue": parse_issue,
    "Vector256": _vector,
    "PathSet": _paths,
}
