"""Writing the ledger's binary format: native values, as in ``objects``, to canonical bytes.

Source of the rules: xrpld ``protocol/Serializer.cpp``, ``STAmount.cpp``, ``STPathSet.cpp``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sovbank.devnet.ledger.fields import FIELDS, ORDER, TRANSACTION_TYPES, Field
from sovbank.devnet.ledger.objects import FORMATS
from sovbank.devnet.ledger.values import XRP, Issue, MptAmount

TOKEN_BIT: Final = 1 << 63
POSITIVE_BIT: Final = 1 << 62
MPT_MARKER: Final = bytes(19) + b"\x01"
"""Stands for the issuer where an Issue is a multi-purpose token."""
PATH_STEP_PARTS: Final = (
    (0x01, "account", 20),
    (0x10, "currency", 20),
    (0x40, "mpt", 24),
    (0x20, "issuer", 20),
)
"""Parts of a path step in their order: the bit that announces one, its name and its size."""
_END_OF_OBJECT: Final = b"\xe1"
_END_OF_ARRAY: Final = b"\xf1"


def _header(field: Field) -> bytes:
    kind, code = field.type_code, field.code
    first = (kind << 4 if kind < 16 else 0) | (code if code < 16 else 0)
    return bytes([first, *([kind] if kind >= 16 else []), *([code] if code >= 16 else [])])


_HEADERS: Final = {name: _header(field) for name, field in FIELDS.items()}


def variable_length(size: int) -> bytes:
    """Give the length prefix of a variable-length value."""
    if size <= 192:
        return bytes([size])
    if size <= 12_480:
        high, low = divmod(size - 193, 256)
        return bytes([193 + high, low])
    rest = size - 12_481
    return bytes([241 + (rest >> 16), rest >> 8 & 0xFF, rest & 0xFF])


def encode_amount(amount: Any) -> bytes:
    """Give the bytes of an amount: 8 for drops, 48 for a token, 33 for an MPT."""
    if isinstance(amount, int):
        return (amount | POSITIVE_BIT if amount >= 0 else -amount).to_bytes(8, "big")
    if isinstance(amount, MptAmount):
        sign = 0x60 if amount.value >= 0 else 0x20
        return bytes([sign]) + abs(amount.value).to_bytes(8, "big") + amount.issuance
    if amount.mantissa == 0:
        word = TOKEN_BIT
    else:
        word = TOKEN_BIT | (amount.exponent + 97) << 54 | abs(amount.mantissa)
        if amount.mantissa > 0:
            word |= POSITIVE_BIT
    return b"".join((word.to_bytes(8, "big"), amount.currency, amount.issuer))


def _encode_blob(value: bytes) -> bytes:
    return variable_length(len(value)) + value


def _encode_vector(value: tuple[bytes, ...]) -> bytes:
    return variable_length(32 * len(value)) + b"".join(value)


def _encode_issue(value: Any) -> bytes:
    if isinstance(value, Issue):
        return value.currency if value == XRP else value.currency + value.issuer
    issuance: bytes = value
    return issuance[4:] + MPT_MARKER + issuance[:4][::-1]


def _encode_array(value: tuple[dict[str, Any], ...]) -> bytes:
    parts: list[bytes] = []
    for element in value:
        for name, inner in element.items():
            parts += (_HEADERS[name], encode(inner), _END_OF_OBJECT)
    parts.append(_END_OF_ARRAY)
    return b"".join(parts)


def _encode_paths(value: tuple[tuple[dict[str, bytes], ...], ...]) -> bytes:
    paths = []
    for path in value:
        steps = bytearray()
        for step in path:
            steps.append(sum(bit for bit, part, _ in PATH_STEP_PARTS if part in step))
            for _, part, _ in PATH_STEP_PARTS:
                steps += step.get(part, b"")
        paths.append(bytes(steps))
    return b"\xff".join(paths) + b"\0"


def _fixed_encoder(size: int) -> Callable[[int], bytes]:
    return lambda value: value.to_bytes(size, "big")


def _name_encoder(codes: Mapping[str, int]) -> Callable[[str | int], bytes]:
    """Give the encoder of a type's name; a type without one keeps its number."""
    return lambda value: (value if isinstance(value, int) else codes[value]).to_bytes(2, "big")


def _same(value: bytes) -> bytes:
    return value


_ENCODERS: Final[dict[str, Callable[[Any], bytes]]] = {
    **{
        kind: _fixed_encoder(size)
        for kind, size in (("UInt8", 1), ("UInt16", 2), ("UInt32", 4), ("UInt64", 8))
    },
    **dict.fromkeys(
        ("Hash128", "Hash160", "Hash192", "Hash256", "Currency", "Number", "Int32", "Int64"), _same
    ),
    "Amount": encode_amount,
    "Blob": _encode_blob,
    "AccountID": _encode_blob,
    "STObject": lambda value: encode(value) + _END_OF_OBJECT,
    "STArray": _encode_array,
    "Vector256": _encode_vector,
    "PathSet": _encode_paths,
    "Issue": _encode_issue,
}
_FIELD_ENCODERS: Final = {name: _ENCODERS.get(field.type, _same) for name, field in FIELDS.items()}
_FIELD_ENCODERS["TransactionType"] = _name_encoder(TRANSACTION_TYPES)
_FIELD_ENCODERS["LedgerEntryType"] = _name_encoder({name: entry.code for name, entry in FORMATS.items()})


def encode(fields: Mapping[str, Any], *, only_signed: bool = False) -> bytes:
    """Give the canonical bytes of an object; ``only_signed`` leaves out what signatures do not cover."""
    parts: list[bytes] = []
    for name in sorted(fields, key=ORDER.__getitem__):
        if only_signed and not FIELDS[name].signed:
            continue
        parts += (_HEADERS[name], _FIELD_ENCODERS[name](fields[name]))
    return b"".join(parts)
