"""The guarded codec against a real server's blobs, xrpl-py's encoder, and hostile bytes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xrpl.core import binarycodec

from sovbank.errors.base import SovbankError
from sovbank.errors.wire import BlobTooDeep, BlobTooLarge, MalformedAddress, MalformedBlob, NotEncodable
from sovbank.wire.codec import (
    MAX_BLOB_BYTES,
    MAX_DEPTH,
    decode_hex,
    decode_tx,
    encode_for_multisigning,
    encode_for_signing,
    encode_tx,
)
from sovbank.wire.hashes import transaction_id

ACCOUNT = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
SIGNER = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"
X_ADDRESS = "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi"
PAYMENT: dict[str, Any] = {
    "TransactionType": "Payment",
    "Account": ACCOUNT,
    "Destination": SIGNER,
    "Amount": {"currency": "USD", "issuer": ACCOUNT, "value": "12.5"},
    "Fee": "10",
    "Flags": 0,
    "Sequence": 1,
    "LastLedgerSequence": 20,
    "SigningPubKey": "",
}
# The codec and the server write a few values differently; the bytes are the same.
_OTHER_SPELLING = {"MaximumAmount"}


def memo(depth: int) -> bytes:
    """Objects within objects: a Memo field (EA) opened ``depth`` times and closed (E1) as often."""
    return b"\xea" * depth + b"\xe1" * depth


def test_the_server_and_the_codec_agree_on_every_blob(submitted: Any) -> None:
    compared = 0
    for item in submitted:
        tx = decode_tx(item.blob)
        assert encode_tx(tx) == item.blob
        if item.tx_json is None:
            continue
        assert transaction_id(item.blob) == item.tx_json["hash"]
        for name, value in item.tx_json.items():
            if (
                name == "hash"
                or name in _OTHER_SPELLING
                or (isinstance(value, dict) and "e" in value["value"])
            ):
                continue
            assert tx[name] == value, name
        assert tx.keys() == item.tx_json.keys() - {"hash"}
        compared += 1
    assert compared > 400


def test_signing_payloads_are_those_of_xrpl_py(submitted: Any) -> None:
    for item in submitted[::5]:
        tx = decode_tx(item.blob)
        plain = {name: value for name, value in tx.items() if name not in ("TxnSignature", "Signers")}
        assert encode_for_signing(tx).hex().upper() == binarycodec.encode_for_signing(plain)
        multi = {**plain, "SigningPubKey": ""}
        expected = binarycodec.encode_for_multisigning(multi, SIGNER)
        assert encode_for_multisigning(tx, SIGNER).hex().upper() == expected


def test_payload_prefixes() -> None:
    assert encode_for_signing(PAYMENT)[:4] == b"STX\0"
    assert encode_for_multisigning(PAYMENT, SIGNER)[:4] == b"SMT\0"


def test_a_payload_for_nobody_is_refused() -> None:
    for signer in ("", X_ADDRESS, SIGNER[:-1] + "f"):
        with pytest.raises(MalformedAddress):
            encode_for_multisigning(PAYMENT, signer)


BAD_BLOBS: dict[str, tuple[bytes, type[SovbankError]]] = {
    "one byte": (b"\x12", MalformedBlob),
    "an unknown type": (bytes.fromhex("DEADBEEF"), MalformedBlob),
    "truncated number": (bytes.fromhex("1200"), MalformedBlob),
    "truncated amount": (bytes.fromhex("120000614000000000"), MalformedBlob),
    "truncated length": (bytes.fromhex("12000073"), MalformedBlob),
    "length beyond the end": (bytes.fromhex("1200007321ED"), MalformedBlob),
    "length prefix 255": (bytes.fromhex("12000073FF"), MalformedBlob),
    "field twice": (bytes.fromhex("240000000124000000022400000003"), MalformedBlob),
    "out of order": (bytes.fromhex("2400000001120000"), MalformedBlob),
    "unknown field": (bytes.fromhex("1FFF0000"), MalformedBlob),
    "type in two bytes that fits one": (bytes.fromhex("0102020000"), MalformedBlob),
    "end of an object that never began": (b"\xe1", MalformedBlob),
    "end of an array that never began": (b"\xf1", MalformedBlob),
    "object that never ends": (b"\xea\xea", MalformedBlob),
    "trailing byte": (encode_tx(PAYMENT) + b"\x00", MalformedBlob),
    "twice": (encode_tx(PAYMENT) * 2, MalformedBlob),
    "deeper than allowed": (memo(MAX_DEPTH + 1), BlobTooDeep),
    "as deep as it is large": (b"\xea" * MAX_BLOB_BYTES, BlobTooDeep),
    "larger than allowed": (bytes(MAX_BLOB_BYTES + 1), BlobTooLarge),
    "zeros": (bytes(MAX_BLOB_BYTES), MalformedBlob),
    "paths that never end": (b"\x01\x12\x01" + bytes(20), MalformedBlob),
    "path set of empty paths": (b"\x01\x12" + b"\xff" * 5000, MalformedBlob),
}


@pytest.mark.parametrize("name", BAD_BLOBS)
def test_bad_blob(name: str) -> None:
    blob, refusal = BAD_BLOBS[name]
    started = time.perf_counter()
    with pytest.raises(refusal) as caught:
        decode_tx(blob)
    assert type(caught.value) is refusal
    assert time.perf_counter() - started < 0.5


BAD_HEX = {
    "empty": "",
    "odd": encode_tx(PAYMENT).hex()[:-1],
    "spaces": " " + encode_tx(PAYMENT).hex(),
    "other digits": "١٢" * 10,
    "prefix": "0x" + encode_tx(PAYMENT).hex(),
    "underscore": "12_0",
}


@pytest.mark.parametrize("name", BAD_HEX)
def test_bad_hex(name: str) -> None:
    with pytest.raises(MalformedBlob):
        decode_hex(BAD_HEX[name])


@pytest.mark.parametrize("unit", [b"\x22\0\0\0\0", b"\xea\xe1"], ids=["one field again", "empty objects"])
def test_many_small_fields_are_refused_before_they_cost_anything(unit: bytes) -> None:
    blob = b"\x12\0\0\xf9" + unit * (16_000 // len(unit)) + b"\xf1"
    before = time.process_time()
    with pytest.raises(BlobTooLarge, match="fields"):
        decode_tx(blob)
    assert time.process_time() - before < 0.1


def test_hex_is_capped_before_it_is_read() -> None:
    with pytest.raises(BlobTooLarge):
        decode_hex("00" * (MAX_BLOB_BYTES + 1))
    blob = encode_tx(PAYMENT)
    assert decode_hex(blob.hex()) == decode_hex(blob.hex().upper()) == (blob, PAYMENT)


NOT_ENCODABLE: dict[str, dict[Any, Any]] = {
    "unknown field": {"Quorum": 1},
    "seventeen digits": {"Amount": PAYMENT["Amount"] | {"value": "1.2345678901234567"}},
    "exponent spelling": {"Amount": PAYMENT["Amount"] | {"value": "1e2"}},
    "trailing zero": {"Amount": PAYMENT["Amount"] | {"value": "12.50"}},
    "X-address": {"Destination": X_ADDRESS},
    "wrong checksum": {"Destination": SIGNER[:-1] + "f"},
    "number for text": {"Fee": 10},
    "text for number": {"Sequence": "1"},
    "float": {"Sequence": 1.0},
    "true for one": {"Sequence": True},
    "false for none": {"Flags": False},
    "true within": {"Amount": PAYMENT["Amount"] | {"value": True}},
    "a name that is no text": {1: 1},
    "bytes": {"InvoiceID": b"\xab" * 32},
    "negative": {"Sequence": -1},
    "too large": {"Sequence": 2**32},
    "more drops than exist": {"Fee": str(10**18)},
    "negative drops": {"Fee": "-1"},
    "nothing": {"Destination": None},
    "unknown type": {"TransactionType": "Mint"},
    "lower-case hex": {"InvoiceID": "ab" * 32},
    "short hash": {"InvoiceID": "AB" * 31},
    "four-letter code": {"Amount": PAYMENT["Amount"] | {"currency": "USDX"}},
    "list for object": {"Memos": {}},
}


@pytest.mark.parametrize("name", NOT_ENCODABLE)
def test_what_does_not_survive_the_format_is_refused(name: str) -> None:
    with pytest.raises(NotEncodable):
        encode_tx({**PAYMENT, **NOT_ENCODABLE[name]})


def test_the_hash_is_no_part_of_the_bytes() -> None:
    assert encode_tx({**PAYMENT, "hash": "00" * 32}) == encode_tx(PAYMENT)


def test_signing_fields_do_not_change_what_is_signed() -> None:
    signed = {**PAYMENT, "TxnSignature": "00", "hash": "00" * 32}
    assert encode_for_signing(signed) == encode_for_signing(PAYMENT)
    keyed = {**PAYMENT, "SigningPubKey": "02" * 33}
    assert encode_for_multisigning(keyed, SIGNER) == encode_for_multisigning(PAYMENT, SIGNER)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_spoilt_blob_is_refused_or_is_another_canonical_one(blobs: tuple[bytes, ...], data: Any) -> None:
    blob = bytearray(data.draw(st.sampled_from(blobs)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(blob) - 1))
        how = data.draw(st.sampled_from(["flip", "cut", "insert", "copy"]))
        if how == "flip":
            blob[at] ^= 1 << data.draw(st.integers(0, 7))
        elif how == "cut" and len(blob) > 8:
            del blob[at : at + data.draw(st.integers(1, 8))]
        elif how == "insert":
            blob[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        else:
            blob[at:at] = blob[at : at + 40]
        blob = blob or bytearray(b"\0")
    try:
        tx = decode_tx(bytes(blob))
    except SovbankError:
        return
    assert encode_tx(tx) == bytes(blob)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_typed_error(data: bytes) -> None:
    try:
        tx = decode_tx(data)
    except SovbankError:
        return
    assert encode_tx(tx) == data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from([*PAYMENT, "Memos", "Paths", "Signers", "InvoiceID", "Domain", "x"]), value=JSON)
def test_any_value_is_encoded_exactly_or_refused_with_a_typed_error(name: str, value: Any) -> None:
    tx = {**PAYMENT, name: value}
    try:
        blob = encode_tx(tx)
    except SovbankError:
        return
    assert decode_tx(blob) == tx
