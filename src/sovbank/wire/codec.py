"""The guarded codec: the only door through which transaction bytes come in or go out.

xrpl-py's decoder leaks untyped exceptions, takes time quadratic in the size, and lets a later duplicate of
a field win. So, before it sees a blob: the size is capped, and the structure is walked once to bound the
depth and the number of fields. After it: the decoded form must encode back to the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from xrpl.core import binarycodec as _xrpl

from sovbank.errors.wire import BlobTooLarge, MalformedBlob, NotEncodable
from sovbank.wire.addresses import decode_address
from sovbank.wire.structure import check_structure

MAX_BLOB_BYTES = 16 * 1024
MAX_DEPTH = 10
# A signer list of 32 entries with 32 signatures has about 300; memos of 1 KB have 400 at the very most.
MAX_FIELDS = 750
_SIGNING_FIELDS = ("TxnSignature", "Signers", "hash")


def decode_tx(blob: bytes) -> dict[str, Any]:
    """Return the JSON form of a transaction (or one ledger object) from its canonical bytes.

    Raises
    ------
    BlobTooLarge
        More than ``MAX_BLOB_BYTES`` (16 KiB) or ``MAX_FIELDS`` (750).
    BlobTooDeep
        Nested deeper than ``MAX_DEPTH`` (10).
    MalformedBlob
        Not decodable, or not the canonical encoding of what it decodes to.
    """
    if len(blob) > MAX_BLOB_BYTES:
        raise BlobTooLarge(f"the blob has {len(blob)} bytes; the most is {MAX_BLOB_BYTES}")
    check_structure(blob, most_depth=MAX_DEPTH, most_fields=MAX_FIELDS)
    decoded = _guarded(_xrpl.decode, blob.hex(), MalformedBlob, "the blob cannot be decoded")
    again = _guarded(_xrpl.encode, decoded, MalformedBlob, "the blob cannot be encoded again")
    if again != blob.hex().upper():
        raise MalformedBlob("the blob is not in canonical form: decoding and encoding it gives other bytes")
    return cast(dict[str, Any], decoded)


def decode_hex(text: str) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes and the JSON form of a blob given as hex digits, as ``decode_tx`` does."""
    if len(text) > 2 * MAX_BLOB_BYTES:
        raise BlobTooLarge(f"the blob has {len(text)} hex digits; the most is {2 * MAX_BLOB_BYTES}")
    if not text or len(text) % 2 or not all(digit in "0123456789abcdefABCDEF" for digit in text):
        raise MalformedBlob("the blob is not hex")
    blob = bytes.fromhex(text)
    return blob, decode_tx(blob)


def encode_tx(tx: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a transaction.

    Raises
    ------
    NotEncodable
        A field cannot be encoded, or the bytes would not decode to the very same transaction: an amount
        beyond the ledger's precision, an X-address, an unknown field.
    """
    fields = {name: value for name, value in tx.items() if name != "hash"}
    text = _guarded(_xrpl.encode, fields, NotEncodable, "the transaction cannot be encoded")
    decoded = _guarded(_xrpl.decode, text, NotEncodable, "the encoded transaction cannot be read back")
    for name in sorted(fields.keys() | decoded.keys()):
        if name not in fields or name not in decoded or not _is_same(fields[name], decoded[name]):
            raise NotEncodable(
                f"field {name} does not survive the ledger's format:"
                f" {fields.get(name)!r} would become {decoded.get(name)!r}"
            )
    return bytes.fromhex(text)


def encode_for_signing(tx: Mapping[str, Any]) -> bytes:
    """Return what a single signer signs: ``STX\\0`` and the transaction without its signature."""
    unsigned = {name: value for name, value in tx.items() if name not in _SIGNING_FIELDS}
    encode_tx(unsigned)
    text = _guarded(_xrpl.encode_for_signing, unsigned, NotEncodable, "the transaction cannot be encoded")
    return bytes.fromhex(text)


def encode_for_multisigning(tx: Mapping[str, Any], signer: str) -> bytes:
    """Return what one of several signers signs: ``SMT\\0``, the transaction, and the signer's AccountID.

    The transaction is taken without its signing fields and with ``SigningPubKey=""``, whatever was in it.
    """
    unsigned = {name: value for name, value in tx.items() if name not in _SIGNING_FIELDS}
    unsigned["SigningPubKey"] = ""
    encode_tx(unsigned)
    account_id = decode_address(signer)
    text = _guarded(_xrpl.encode_for_signing, unsigned, NotEncodable, "the transaction cannot be encoded")
    return b"SMT\0" + bytes.fromhex(text)[4:] + account_id


def _is_same(given: Any, read: Any) -> bool:
    """Say whether a value is what was read back; true and 1 are not the same, and neither are 1.0 and 1."""
    if isinstance(read, dict):
        known = isinstance(given, Mapping) and given.keys() == read.keys()
        return known and all(_is_same(given[name], read[name]) for name in read)
    if isinstance(read, list):
        as_long = isinstance(given, list | tuple) and len(given) == len(read)
        return as_long and all(map(_is_same, given, read))
    if isinstance(given, bool) or not isinstance(given, int if isinstance(read, int) else str):
        return False
    return bool(given == read)


def _guarded(
    step: Callable[[Any], Any], value: Any, error: type[MalformedBlob] | type[NotEncodable], what: str
) -> Any:
    try:
        return step(value)
    except Exception as failure:
        # The SDK raises whatever its parser trips over; this is the one place that names it.
        raise error(f"{what}: {type(failure).__name__}: {str(failure)[:200]}") from failure
