"""Rows of the audit log: their form, and what is refused as one."""

from __future__ import annotations

import json
import string

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from journal_samples import event

from sovbank.errors.journal import RecordRefused
from sovbank.journal.chain import (
    GENESIS_PREV,
    MEMBERS,
    NOTHING,
    Position,
    RowFault,
    body_sha256,
    build_row,
    make_body,
    read_row,
    row_hash,
)
from sovbank.journal.port import LogKind

POSITION = Position("0" * 32, 1, GENESIS_PREV, "2026-11-01T09:00:00.000000Z", "host", "0.1.0")
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


def _row(**values: object) -> bytes:
    return build_row(POSITION, event(LogKind.ADMIN, **values), None, make_body(None, None, {}))


def test_a_row_is_the_text_that_the_document_shows() -> None:
    assert _row(result="ok") == (
        b'{"account":null,"actor":"coo","body_sha256":"'
        + body_sha256(NOTHING, NOTHING).encode()
        + b'","decision":null,"host":"host","key":null,"kind":"admin","last_ledger":null,'
        b'"log":"00000000000000000000000000000000","network":21338,"operation":null,"payload_sha256":null,'
        b'"prev":"0000000000000000000000000000000000000000000000000000000000000000","result":"ok",'
        b'"rule":null,"seq":1,"software":"0.1.0","ticket":null,"time":"2026-11-01T09:00:00.000000Z",'
        b'"tx_hash":null,"version":1}'
    )


def test_the_hash_of_a_known_row() -> None:
    # printf 'sovbank/log/v1\0{}' | sha256sum
    assert row_hash(b"{}") == "7432c752013c309149c8138f3c5b8bc68c7a2af01f41cd0313ac35c5ba4a73b2"


@given(TEXT, TEXT, st.integers(-(2**53) + 1, 2**53 - 1))
def test_rows_of_any_text_are_canonical_and_read_back(actor: str, result: str, ledger: int) -> None:
    row = _row(result=result, rule=actor, last_ledger=ledger)
    value = read_row(row)
    assert (value["result"], value["rule"], value["last_ledger"]) == (result, actor, ledger)
    assert rfc8785.dumps(value) == row


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_a_fault_or_another_hash(position: int, change: int) -> None:
    row = bytearray(_row(result="ok", account="rX", body={"name": "Ada"}))
    original = row_hash(bytes(row))
    row[position % len(row)] ^= change
    try:
        read_row(bytes(row))
    except RowFault:
        return
    assert row_hash(bytes(row)) != original


VALUE = json.loads(_row())
BAD = {
    "not JSON": b"{",
    "not UTF-8": b"\xff" + _row(),
    "other encoding": _row().decode().encode("utf-16"),
    "a list": b"[]",
    "too deep": b"[" * 5000,
    "with a space": _row().replace(b":", b": ", 1),
    "member twice": _row()[:-1] + b',"version":1}',
    "member missing": rfc8785.dumps({key: VALUE[key] for key in MEMBERS - {"rule"}}),
    "member more": rfc8785.dumps({**VALUE, "zone": None}),
    "float": _row().replace(b'"version":1', b'"version":1.0'),
    "big integer": _row().replace(b'"network":21338', b'"network":9007199254740993'),
    "nested": rfc8785.dumps({**VALUE, "rule": {}}),
    "boolean": rfc8785.dumps({**VALUE, "rule": True}),
    "version": rfc8785.dumps({**VALUE, "version": 2}),
    "seq zero": rfc8785.dumps({**VALUE, "seq": 0}),
    "seq text": rfc8785.dumps({**VALUE, "seq": "1"}),
    "prev short": rfc8785.dumps({**VALUE, "prev": "00"}),
    "prev upper": rfc8785.dumps({**VALUE, "prev": "A" * 64}),
    "body missing": rfc8785.dumps({**VALUE, "body_sha256": None}),
    "time local": rfc8785.dumps({**VALUE, "time": "2026-11-01T09:00:00.000000+01:00"}),
    "time missing": rfc8785.dumps({**VALUE, "time": None}),
    "half a character": _row().replace(b'"coo"', b'"\\ud800"'),
    "too long": rfc8785.dumps({**VALUE, "rule": "x" * 8200}),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_row_is_a_fault(name: str) -> None:
    with pytest.raises(RowFault):
        read_row(BAD[name])


@pytest.mark.parametrize("value", ["\ud800", "x" * 9000, 1.5, 2**53])
def test_what_no_row_can_hold_is_refused(value: object) -> None:
    with pytest.raises(RecordRefused):
        _row(result=value)


def test_particulars_are_salted_and_capped() -> None:
    first, second = (make_body(None, None, {"name": "Ada"}) for _ in range(2))
    assert first.particulars == second.particulars == '{"name":"Ada"}'
    assert first.sha256 != second.sha256
    assert make_body("operation:x", None, {}).subject is None
    assert set(make_body(None, None, {}).sha256) <= set(string.hexdigits)
    with pytest.raises(RecordRefused):
        make_body(None, None, {"name": "x" * 70_000})
