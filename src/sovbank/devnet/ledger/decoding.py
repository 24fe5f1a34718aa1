"""Reading the ledger's binary format from untrusted bytes, to native values as in ``objects``.

Refuses what the server refuses, in its words, since they reach clients as ``error_exception``.
Source of the rules: xrpld ``protocol/STObject.cpp``, ``STAmount.cpp``, ``STPathSet.cpp``, ``Serializer.cpp``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sovbank.devnet.ledger.encoding import MPT_MARKER, PATH_STEP_PARTS, POSITIVE_BIT, TOKEN_BIT
from sovbank.devnet.ledger.fields import FIELD_BY_CODE, TRANSACTION_NAMES, Field
from sovbank.devnet.ledger.objects import FORMATS
from sovbank.devnet.ledger.values import (
    MAX_EXPONENT,
    MAX_MANTISSA,
    MIN_EXPONENT,
    MIN_MANTISSA,
    XRP,
    XRP_CURRENCY,
    ZERO_EXPONENT,
    Issue,
    MptAmount,
    TokenAmount,
)
from sovbank.errors.devnet import InvalidTransaction

MAX_DEPTH: Final = 10
_MPT_BIT: Final = 1 << 61
_VALUE_MASK: Final = (1 << 62) - 1
_STEP_BITS: Final = 0x71
_NAMES: Final[dict[str, Mapping[int, str]]] = {
    "TransactionType": TRANSACTION_NAMES,
    "LedgerEntryType": {entry.code: name for name, entry in FORMATS.items()},
}
"""Fields whose numbers read as names where they have one."""
_FIXED: Final = {
    "UInt8": 1,
    "UInt16": 2,
    "UInt32": 4,
    "UInt64": 8,
    "Int32": 4,
    "Int64": 8,
    "Hash128": 16,
    "Hash160": 20,
    "Hash192": 24,
    "Hash256": 32,
    "Currency": 20,
    "Number": 12,
}


class _Reader:
    """A cursor over untrusted bytes."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.end = data, 0, len(data)

    def take(self, size: int) -> bytes:
        start, self.at = self.at, self.at + size
        if self.at > self.end:
            raise InvalidTransaction("invalid SerialIter getSlice")
        return self.data[start : self.at]

    def byte(self) -> int:
        if self.at >= self.end:
            raise InvalidTransaction("invalid SerialIter get8")
        self.at += 1
        return self.data[self.at - 1]

    def code(self) -> tuple[int, int]:
        first = self.byte()
        kind, code = first >> 4, first & 15
        if kind == 0:
            kind = self.byte()
            if kind < 16:
                raise InvalidTransaction(f"gFID: uncommon type out of range {kind}")
        if code == 0:
            code = self.byte()
            if code < 16:
                raise InvalidTransaction(f"gFID: uncommon name out of range {code}")
        return kind, code

    def variable(self) -> bytes:
        first = self.byte()
        if first <= 192:
            return self.take(first)
        if first <= 240:
            return self.take(193 + (first - 193) * 256 + self.byte())
        if first <= 254:
            middle = self.byte()
            return self.take(12_481 + (first - 241) * 65_536 + middle * 256 + self.byte())
        raise InvalidTransaction("b1>254")


def _read_amount(reader: _Reader) -> Any:
    word = int.from_bytes(reader.take(8), "big")
    if not word & TOKEN_BIT:
        positive = bool(word & POSITIVE_BIT)
        if word & _MPT_BIT:
            value = (word << 8 | reader.byte()) & 0xFFFFFFFFFFFFFFFF
            return MptAmount(reader.take(24), value if positive else -value)
        if word == 0:
            raise InvalidTransaction("negative zero is not canonical")
        return word & _VALUE_MASK if positive else -(word & _VALUE_MASK)
    currency = reader.take(20)
    if currency == XRP_CURRENCY:
        raise InvalidTransaction("invalid native currency")
    issuer = reader.take(20)
    if not any(issuer):
        raise InvalidTransaction("invalid native account")
    mantissa = word & (1 << 54) - 1
    head = word >> 54
    if mantissa == 0:
        if head != 512:
            raise InvalidTransaction("invalid currency value")
        return TokenAmount(currency, issuer, 0, ZERO_EXPONENT)
    exponent = (head & 255) - 97
    if not MIN_MANTISSA <= mantissa <= MAX_MANTISSA or not MIN_EXPONENT <= exponent <= MAX_EXPONENT:
        raise InvalidTransaction("invalid currency value")
    return TokenAmount(currency, issuer, mantissa if head & 256 else -mantissa, exponent)


def _read_account(reader: _Reader) -> bytes:
    value = reader.variable()
    if len(value) not in (0, 20):
        raise InvalidTransaction("Invalid STAccount size")
    return value


def _read_vector(reader: _Reader) -> tuple[bytes, ...]:
    value = reader.variable()
    if len(value) % 32:
        raise InvalidTransaction(f"Bad serialization for STVector256: {len(value)}")
    return tuple(value[at : at + 32] for at in range(0, len(value), 32))


def _read_issue(reader: _Reader) -> Any:
    currency = reader.take(20)
    if currency == XRP_CURRENCY:
        return XRP
    account = reader.take(20)
    if account == MPT_MARKER:
        return reader.take(4)[::-1] + currency
    if not any(account):
        raise InvalidTransaction("invalid issue: currency and account native mismatch")
    return Issue(currency, account)


def _read_paths(reader: _Reader) -> tuple[tuple[dict[str, bytes], ...], ...]:
    paths: list[tuple[dict[str, bytes], ...]] = []
    path: list[dict[str, bytes]] = []
    while True:
        kind = reader.byte()
        if kind in (0, 0xFF):
            if not path:
                raise InvalidTransaction("empty path")
            paths.append(tuple(path))
            path = []
            if kind == 0:
                return tuple(paths)
        elif kind & ~_STEP_BITS:
            raise InvalidTransaction("bad path element")
        elif kind & 0x10 and kind & 0x40:
            raise InvalidTransaction("bad path element: MPT and Currency")
        else:
            path.append({part: reader.take(size) for bit, part, size in PATH_STEP_PARTS if kind & bit})


def _read_value(reader: _Reader, field: Field, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise InvalidTransaction("Maximum nesting depth of STVar exceeded")
    kind = field.type
    if kind in ("UInt8", "UInt16", "UInt32", "UInt64"):
        return int.from_bytes(reader.take(_FIXED[kind]), "big")
    if kind in _FIXED:
        return reader.take(_FIXED[kind])
    if kind == "STObject":
        inner, _ = _read_object(reader, depth)
        return inner
    if kind == "STArray":
        return _read_array(reader, depth)
    reader_of = _READERS.get(kind)
    if reader_of is None:
        raise InvalidTransaction(f"Unsupported field: {field.name}")
    return reader_of(reader)


_READERS: Final[dict[str, Callable[[_Reader], Any]]] = {
    "Amount": _read_amount,
    "Blob": _Reader.variable,
    "AccountID": _read_account,
    "Vector256": _read_vector,
    "PathSet": _read_paths,
    "Issue": _read_issue,
}


def _field(kind: int, code: int) -> Field:
    field = FIELD_BY_CODE.get((kind, code))
    if field is None:
        raise InvalidTransaction("Unknown field")
    return field


def _read_object(reader: _Reader, depth: int) -> tuple[dict[str, Any], bool]:
    """Read fields up to the end marker or the end of the data; tell whether there was a marker."""
    fields: dict[str, Any] = {}
    while reader.at < reader.end:
        kind, code = reader.code()
        if (kind, code) == (14, 1):
            return fields, True
        if (kind, code) == (15, 1):
            raise InvalidTransaction("Illegal end-of-array marker in object")
        field = _field(kind, code)
        value = _read_value(reader, field, depth + 1)
        if field.name in _NAMES:
            value = _NAMES[field.name].get(value, value)
        if field.name in fields:
            raise InvalidTransaction("Duplicate field detected")
        if field.type == "STObject":
            check_inner(field.name, value)
        fields[field.name] = value
    return fields, False


def _read_array(reader: _Reader, depth: int) -> tuple[dict[str, Any], ...]:
    elements: list[dict[str, Any]] = []
    while reader.at < reader.end:
        kind, code = reader.code()
        if (kind, code) == (15, 1):
            break
        if (kind, code) == (14, 1):
            raise InvalidTransaction("Illegal terminator in array")
        field = _field(kind, code)
        if field.type != "STObject":
            raise InvalidTransaction("Non-object in array")
        if depth + 1 > MAX_DEPTH:
            raise InvalidTransaction("Maximum nesting depth of STObject exceeded")
        inner, _ = _read_object(reader, depth + 1)
        check_inner(field.name, inner)
        elements.append({field.name: inner})
    return tuple(elements)


_INNER: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    name: (frozenset(required.split()), frozenset(optional.split()))
    for name, required, optional in (
        ("SignerEntry", "Account SignerWeight", "WalletLocator"),
        ("Signer", "Account SigningPubKey TxnSignature", ""),
        ("NFToken", "NFTokenID", "URI"),
        ("Credential", "Issuer CredentialType", ""),
        ("AuthAccount", "Account", ""),
        ("Permission", "PermissionValue", ""),
        ("CounterpartySignature", "", "SigningPubKey TxnSignature Signers"),
        ("BatchSigner", "Account", "SigningPubKey TxnSignature Signers"),
    )
}


def check_template(fields: Mapping[str, Any], required: frozenset[str], optional: frozenset[str]) -> None:
    """Raise InvalidTransaction unless every required field is there and no other than the known ones."""
    for name in sorted(required - fields.keys()):
        raise InvalidTransaction(f"Field '{name}' is required but missing.")
    for name in sorted(fields.keys() - required - optional):
        raise InvalidTransaction(f"Field '{name}' found in disallowed location.")


def check_inner(name: str, fields: Mapping[str, Any]) -> None:
    """Check an inner object against its template, where it has one."""
    template = _INNER.get(name)
    if template is not None:
        check_template(fields, *template)


def decode(data: bytes) -> dict[str, Any]:
    """Read the fields of a top-level object.

    Raises
    ------
    InvalidTransaction
        The bytes are not an object; the message is the server's.
    """
    fields, terminated = _read_object(_Reader(data), 0)
    if terminated:
        raise InvalidTransaction("Transaction contains an object terminator")
    if isinstance(fields.get("TransactionType"), int):
        raise InvalidTransaction(f"Invalid transaction type {fields['TransactionType']}")
    return fields
