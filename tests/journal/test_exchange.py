"""Operations as files: what is written is read back, and nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.errors.journal import ExportMalformed, RecordRefused
from sovbank.journal.exchange import MAX_EXPORT_BYTES, export_operation, parse_export
from sovbank.journal.port import LogHead, OperationRow

LOG = LogHead(log_id="ab" * 16, seq=7, hash="cd" * 32)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
TEXTS = st.dictionaries(TEXT, TEXT, max_size=5)


def _row(
    parameters: dict[str, str], facts: dict[str, str], *, kind: Kind = Kind.BURN, created_by: str = "coo"
) -> OperationRow:
    return OperationRow(
        id=operation_id(kind.value, parameters, "R-1"),
        kind=kind,
        reference="R-1",
        parameters=parameters,
        state=State.INTENT,
        created_by=created_by,
        created_at=datetime(2026, 11, 1, 9, 0, 0, 1, tzinfo=UTC),
        updated_at=datetime(2026, 11, 1, 9, 0, 0, 1, tzinfo=UTC),
        facts=facts,
    )


@given(TEXTS, TEXTS, TEXT)
def test_an_export_is_read_back(parameters: dict[str, str], facts: dict[str, str], who: str) -> None:
    row = _row(parameters, facts, created_by=who)
    data = export_operation(row, log=LOG)
    found = parse_export(data)
    assert (found.id, found.kind, found.reference) == (row.id, row.kind, row.reference)
    assert (found.parameters, found.facts) == (parameters, facts)
    assert (found.created_by, found.created_at, found.log) == (who, row.created_at, LOG)
    assert parse_export(data.rstrip(b"\n")) == found


def test_the_id_of_a_mint_is_left_to_the_control_plane() -> None:
    row = _row({"amount": "1"}, {}, kind=Kind.MINT)
    changed = json.loads(export_operation(row, log=LOG))
    changed["operation"]["parameters"]["amount"] = "2"
    assert parse_export(rfc8785.dumps(changed)).parameters == {"amount": "2"}


def test_an_export_that_nobody_would_read_is_not_written() -> None:
    with pytest.raises(RecordRefused):
        export_operation(_row({}, {str(number): "x" * 1000 for number in range(70)}), log=LOG)


VALID = export_operation(_row({"amount": "1"}, {"tag": "9"}), log=LOG)


def _edited(edit: Callable[[Any], object]) -> bytes:
    value = json.loads(VALID)
    edit(value)
    return rfc8785.dumps(value)


BAD = {
    "empty": b"",
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "UTF-16": VALID.decode().encode("utf-16"),
    "too large": VALID + b" " * MAX_EXPORT_BYTES,
    "too deep": b"[" * 60_000,
    "deep facts": _edited(lambda top: top["operation"].update(facts={"a": [[[[]]]]})),
    "two line ends": VALID + b"\n",
    "spaces": json.dumps(json.loads(VALID)).encode(),
    "a list": b"[]",
    "member twice": VALID.replace(b'{"created_at"', b'{"kind":"burn","created_at"', 1),
    "member more": _edited(lambda top: top.update(extra="")),
    "member missing": _edited(lambda top: top.pop("log")),
    "schema": _edited(lambda top: top.update(schema="x")),
    "version": _edited(lambda top: top.update(version=2)),
    "version true": _edited(lambda top: top.update(version=True)),
    "operation member more": _edited(lambda top: top["operation"].update(state="intent")),
    "id": _edited(lambda top: top["operation"].update(id="ab" * 32)),
    "mint with a bad id": _edited(lambda top: top["operation"].update(kind="mint", id="x")),
    "kind": _edited(lambda top: top["operation"].update(kind="gift")),
    "other kind": _edited(lambda top: top["operation"].update(kind="bounce")),
    "reference": _edited(lambda top: top["operation"].update(reference="../x")),
    "other reference": _edited(lambda top: top["operation"].update(reference="R-2")),
    "amount": _edited(lambda top: top["operation"]["parameters"].update(amount="2")),
    "number as amount": _edited(lambda top: top["operation"]["parameters"].update(amount=1)),
    "facts as list": _edited(lambda top: top["operation"].update(facts=[])),
    "NUL": _edited(lambda top: top["operation"].update(created_by="a\0b")),
    "time": _edited(lambda top: top["operation"].update(created_at="2026-11-01")),
    "short time": _edited(lambda top: top["operation"].update(created_at="2026-11-01T09:00:00.1Z")),
    "log id": _edited(lambda top: top["log"].update(id="x")),
    "log seq": _edited(lambda top: top["log"].update(seq=0)),
    "log seq text": _edited(lambda top: top["log"].update(seq="7")),
    "log hash": _edited(lambda top: top["log"].update(hash="CD" * 32)),
    "half a character": VALID.replace(b'"coo"', b'"\\ud800"'),
    "huge number": VALID.replace(b'"seq":7', b'"seq":' + b"7" * 5000),
    "float": VALID.replace(b'"seq":7', b'"seq":7.0'),
}


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(ExportMalformed):
        parse_export(BAD[name])


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with pytest.raises(ExportMalformed):
        parse_export(data)


@given(st.integers(0, len(VALID) - 2), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_what_the_id_does_not_cover(place: int, change: int) -> None:
    data = bytearray(VALID)
    data[place] ^= change
    try:
        found = parse_export(bytes(data))
    except ExportMalformed:
        return
    original = parse_export(VALID)
    same = ("id", "kind", "reference", "parameters")
    assert [getattr(found, name) for name in same] == [getattr(original, name) for name in same]
