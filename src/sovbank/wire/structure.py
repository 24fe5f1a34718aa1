"""A walk over the structure of a serialised object, without decoding its values.

It bounds the nesting and the number of fields before a slow, recursive decoder sees hostile bytes. Field
headers, length prefixes and the sizes of the types: xrpl.org, Serialization Format.
"""

from __future__ import annotations

from sovbank.errors.wire import BlobTooDeep, BlobTooLarge, MalformedBlob

_FIXED = {
    1: 2,
    2: 4,
    3: 8,
    4: 16,
    5: 32,
    9: 12,
    10: 4,
    11: 8,
    16: 1,
    17: 20,
    20: 12,
    21: 24,
    22: 48,
    23: 64,
    26: 20,
}
_PREFIXED = {7, 8, 19}
_AMOUNT, _OBJECT, _ARRAY, _PATHS, _ISSUE = 6, 14, 15, 18, 24
_END = 1
_NO_ACCOUNT = bytes(19) + b"\x01"


def check_structure(blob: bytes, *, most_depth: int, most_fields: int) -> None:
    """Refuse bytes that nest deeper, hold more fields (ends included), or end in the middle of a field.

    Raises
    ------
    BlobTooDeep, BlobTooLarge, MalformedBlob
    """
    at, depth, fields = 0, 0, 0
    while at < len(blob):
        kind, name, at = _header(blob, at)
        fields += 1
        if fields > most_fields:
            raise BlobTooLarge(f"the blob holds more than {most_fields} fields")
        if kind in (_OBJECT, _ARRAY):
            depth += -1 if name == _END else 1
            if depth < 0:
                raise MalformedBlob("an object or array ends that never began")
            if depth > most_depth:
                raise BlobTooDeep(f"objects nest deeper than {most_depth}")
        else:
            at = _after_value(blob, at, kind)
    if at > len(blob) or depth:
        raise MalformedBlob("the blob ends in the middle of a field")


def _header(blob: bytes, at: int) -> tuple[int, int, int]:
    kind, name = blob[at] >> 4, blob[at] & 15
    at += 1
    if kind == 0:
        kind, at = _byte(blob, at), at + 1
    if name == 0:
        name, at = _byte(blob, at), at + 1
    return kind, name, at


def _after_value(blob: bytes, at: int, kind: int) -> int:
    if kind in _FIXED:
        return at + _FIXED[kind]
    if kind in _PREFIXED:
        length, at = _length(blob, at)
        return at + length
    if kind == _AMOUNT:
        first = _byte(blob, at)
        return at + (48 if first & 0x80 else 33 if first & 0x20 else 8)
    if kind == _PATHS:
        return _after_paths(blob, at)
    if kind == _ISSUE:
        return _after_issue(blob, at)
    raise MalformedBlob(f"field type {kind} is not one that this program handles")


def _after_issue(blob: bytes, at: int) -> int:
    if blob[at : at + 20] == bytes(20):
        return at + 20
    return at + (44 if blob[at + 20 : at + 40] == _NO_ACCOUNT else 40)


def _after_paths(blob: bytes, at: int) -> int:
    while True:
        step = _byte(blob, at)
        at += 1
        if step == 0:
            return at
        if step != 0xFF:
            at += 20 * ((step & 0x01) + (step >> 4 & 1) + (step >> 5 & 1))


def _length(blob: bytes, at: int) -> tuple[int, int]:
    first = _byte(blob, at)
    if first <= 192:
        return first, at + 1
    if first <= 240:
        return 193 + (first - 193) * 256 + _byte(blob, at + 1), at + 2
    if first <= 254:
        return 12481 + (first - 241) * 65536 + _byte(blob, at + 1) * 256 + _byte(blob, at + 2), at + 3
    raise MalformedBlob("a length prefix starts with 255")


def _byte(blob: bytes, at: int) -> int:
    if at >= len(blob):
        raise MalformedBlob("the blob ends in the middle of a field")
    return blob[at]
