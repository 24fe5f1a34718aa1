"""JSON from others never reaches the parser deeper than the cap, and says one thing or is refused."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.core.strict_json import MAX_DEPTH, loads

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(values)
def test_reads_what_was_written(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 10_000, 2_000_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_refuses_deep_nesting_even_with_a_high_recursion_limit(
    depth: int, brackets: tuple[bytes, bytes]
) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        with pytest.raises(ValueError, match="deeper"):
            loads(brackets[0] * depth + b"1" + brackets[1] * depth)
    finally:
        sys.setrecursionlimit(before)


def test_reads_nesting_up_to_the_cap() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


def test_brackets_inside_strings_do_not_count() -> None:
    text = "[" * 1000 + '"{' + "\\"
    assert loads(json.dumps([text]).encode()) == [text]


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"a":1,"a":2}', b"NaN", b"[Infinity]", b"\xff", b'"\\', b'["a', b"1 2", b"]["]
)
def test_refuses_what_is_not_one_plain_value(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        loads(data)


def test_fractions_can_stay_exact() -> None:
    assert loads(b"[0.1]", parse_float=Decimal) == [Decimal("0.1")]


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        loads(data)


@pytest.mark.parametrize("ending", [b"", b"\\"])
def test_an_unfinished_string_costs_no_more_than_its_length(ending: bytes) -> None:
    hostile = b"[" * (MAX_DEPTH + 1) + b'"' + b'\\"' * 500_000 + ending
    before = time.process_time()
    with pytest.raises(ValueError, match="deeper"):
        loads(hostile)
    assert time.process_time() - before < 1
