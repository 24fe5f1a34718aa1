"""The ledger's own codec, against the recorded blobs, against the client's codec, and against noise."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.devnet.ledger.decoding import decode
from sovbank.devnet.ledger.encoding import encode, variable_length
from sovbank.devnet.ledger.fields import FIELDS
from sovbank.devnet.ledger.text import currency_text, fields_text
from sovbank.devnet.ledger.values import MptAmount, TokenAmount
from sovbank.errors.devnet import InvalidTransaction
from sovbank.wire.codec import decode_tx

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
ACCOUNTS = st.binary(min_size=20, max_size=20).filter(any)
TOKENS = st.builds(
    TokenAmount,
    st.binary(min_size=20, max_size=20).filter(any),
    ACCOUNTS,
    st.integers(10**15, 10**16 - 1).flatmap(lambda m: st.sampled_from([m, -m])),
    st.integers(-96, 80),
)
AMOUNTS = st.one_of(
    st.integers(-(10**17), 10**17),
    TOKENS,
    st.builds(MptAmount, st.binary(min_size=24, max_size=24), st.integers(0, 2**63 - 1)),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "UInt8": st.integers(0, 2**8 - 1),
    "UInt16": st.integers(0, 2**16 - 1),
    "UInt32": st.integers(0, 2**32 - 1),
    "UInt64": st.integers(0, 2**64 - 1),
    "Hash128": st.binary(min_size=16, max_size=16),
    "Hash192": st.binary(min_size=24, max_size=24),
    "Hash256": st.binary(min_size=32, max_size=32),
    "Blob": st.binary(max_size=300),
    "AccountID": ACCOUNTS,
    "Amount": AMOUNTS,
    "Vector256": st.lists(st.binary(min_size=32, max_size=32), max_size=5).map(tuple),
}
NAMED = {"TransactionType", "LedgerEntryType"}


def blobs() -> list[bytes]:
    """Give every blob that the transcripts submit."""
    found: set[str] = set()
    for path in TRANSCRIPTS.glob("*.json"):
        for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
            blob = (step["request"].get("params") or [{}])[0].get("tx_blob", "")
            if len(blob) > 64:
                found.add(blob)
    return [bytes.fromhex(blob) for blob in sorted(found)]


BLOBS = blobs()


def test_recorded_blobs_survive_a_round_trip() -> None:
    assert len(BLOBS) > 1000
    for blob in BLOBS:
        assert encode(decode(blob)) == blob


@pytest.mark.parametrize("blob", BLOBS[::25], ids=lambda blob: blob[:6].hex())
def test_the_clients_codec_reads_the_same(blob: bytes) -> None:
    assert fields_text(decode(blob)) == decode_tx(blob)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an object with fields of every simple type."""
    names = [name for name, field in FIELDS.items() if field.type in VALUES and name not in NAMED]
    chosen = draw(st.lists(st.sampled_from(names), max_size=8, unique=True))
    return {name: draw(VALUES[FIELDS[name].type]) for name in chosen}


@given(objects(), st.lists(objects(), max_size=3))
def test_objects_survive_a_round_trip(fields: dict[str, Any], memos: list[dict[str, Any]]) -> None:
    fields = {**fields, "Memos": tuple({"Memo": memo} for memo in memos)}
    assert decode(encode(fields)) == fields


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_noise_is_refused_with_the_one_error(noise: bytes) -> None:
    with contextlib.suppress(InvalidTransaction):
        decode(noise)


@given(st.sampled_from(BLOBS[:200]), st.data())
@settings(max_examples=300)
def test_damaged_blobs_are_refused_with_the_one_error(blob: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(blob) - 1))
    damaged = blob[:at] + data.draw(st.binary(max_size=3)) + blob[at + data.draw(st.integers(0, 3)) :]
    try:
        fields = decode(damaged)
    except InvalidTransaction:
        return
    assert decode(encode(fields)) == fields


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        ("22000000002200000000", "Duplicate field detected"),
        ("E1", "Transaction contains an object terminator"),
        ("F1", "Illegal end-of-array marker in object"),
        ("F9E1", "Illegal terminator in array"),
        ("F92200000000", "Non-object in array"),
        ("0F0F", "gFID: uncommon type out of range 15"),
        ("1F", "Unknown field"),
        ("120099", "Invalid transaction type 153"),
        ("120055", "Invalid transaction type 85"),  # of a later version: a confidential conversion
        ("5028" + "00" * 32, "Unknown field"),  # of a later version: a blinding factor
        ("610000000000000000", "negative zero is not canonical"),
        ("618000000000000001" + "00" * 19 + "01" + "00" * 19 + "01", "invalid currency value"),
        ("811300", "Invalid STAccount size"),
        ("011200", "empty path"),
        ("011202", "bad path element"),
    ],
)
def test_what_the_server_refuses(blob: str, message: str) -> None:
    if blob == "811300":
        blob = "8113" + "00" * 19
    with pytest.raises(InvalidTransaction, match=message):
        decode(bytes.fromhex(blob))


def test_nesting_is_capped() -> None:
    with pytest.raises(InvalidTransaction, match="nesting"):
        decode(b"\xea" * 40)


@pytest.mark.parametrize("size", [0, 192, 193, 12_480, 12_481, 60_000])
def test_lengths_at_their_edges(size: int) -> None:
    blob = encode({"Domain": bytes(size)})
    assert len(blob) == 1 + len(variable_length(size)) + size
    assert decode(blob) == {"Domain": bytes(size)}


def test_currencies_read_as_the_server_prints_them() -> None:
    usd = bytes(12) + b"USD" + bytes(5)
    assert currency_text(usd) == "USD"
    assert currency_text(bytes(20)) == "XRP"
    assert currency_text(bytes(12) + b"XRP" + bytes(5)) == (bytes(12) + b"XRP" + bytes(5)).hex().upper()
    assert currency_text(b"FTHUSD" + bytes(14)) == "4654485553440000000000000000000000000000"


@pytest.mark.parametrize(
    ("mantissa", "exponent", "text"),
    [
        (0, -100, "0"),
        (1000000000000000, -15, "1"),
        (-1234567890123456, -10, "-123456.7890123456"),
        (1000000000000000, 5, "1000000000000000e5"),
        (1000000000000000, 0, "1000000000000000"),
        (9900990099009901, -14, "99.00990099009901"),
        (1000000000000000, -16, "0.1"),
        (1000000000000000, -25, "0.0000000001"),
        (1000000000000000, -26, "1000000000000000e-26"),
        (1234567890123456, -4, "1234567890123456e-4"),
        (1234567890123456, -5, "12345678901.23456"),
    ],
)
def test_token_values_read_as_the_server_prints_them(mantissa: int, exponent: int, text: str) -> None:
    assert TokenAmount(bytes(20), bytes(20), mantissa, exponent).text() == text
