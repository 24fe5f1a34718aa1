"""Identity of operations: equal commands meet, different ones never do."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc8785 import CanonicalizationError

from sovbank.core.canonical import canonical_json, digest
from sovbank.core.ids import (
    BANK_REFERENCE_CHARACTERS,
    bank_message_id,
    check_reference,
    is_operation_id,
    is_operation_prefix,
    operation_id,
)
from sovbank.errors.core import MalformedReference

VALID = ["1", "DEP-2026-0001", "a.b_c:d/e-f", "X" * 64, "20261121/0001"]
MALFORMED = {
    "empty": "",
    "too long": "X" * 65,
    "space": "DEP 1",
    "line break": "DEP1\n",
    "begins with a dot": ".hidden",
    "begins with a slash": "/etc/passwd",
    "begins with a dash": "-rf",
    "control": "DEP\x1b[31m",
    "right to left": "DEP\u202e1",
    "umlaut": "Zürich",
    "arabic digits": "١٢٣",
    "very long": "A" * 100_000,
}
NAMES = st.text("abcdefghij_", min_size=1, max_size=8)
PARAMETERS = st.dictionaries(NAMES, st.text(max_size=12), max_size=4)
REFERENCES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}\Z")


@pytest.mark.parametrize("text", VALID)
def test_references(text: str) -> None:
    assert check_reference(text) == text


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_references(name: str) -> None:
    for refuse in (check_reference, lambda text: operation_id("mint", {}, text)):
        with pytest.raises(MalformedReference) as caught:
            refuse(MALFORMED[name])
        assert len(caught.value.message) < 200


def test_a_known_id() -> None:
    """SHA-256 over the domain, a zero byte and the sorted JSON, written out by hand."""
    expected = hashlib.sha256(
        b"sovbank/operation/v1\0"
        b'{"kind":"distribute","parameters":{"amount":"1.00","asset":"FTHUSD"},"reference":"R-1"}'
    ).hexdigest()
    assert operation_id("distribute", {"asset": "FTHUSD", "amount": "1.00"}, "R-1") == expected
    assert is_operation_id(expected)


@given(kind=NAMES, parameters=PARAMETERS, reference=REFERENCES)
def test_the_order_of_parameters_does_not_matter(
    kind: str, parameters: dict[str, str], reference: str
) -> None:
    turned = dict(reversed(parameters.items()))
    assert operation_id(kind, parameters, reference) == operation_id(kind, turned, reference)


@given(st.tuples(NAMES, PARAMETERS, REFERENCES), st.tuples(NAMES, PARAMETERS, REFERENCES))
def test_different_commands_have_different_ids(
    first: tuple[str, dict[str, str], str], second: tuple[str, dict[str, str], str]
) -> None:
    assert (operation_id(*first) == operation_id(*second)) == (first == second)


def test_ids_and_prefixes() -> None:
    good = "0123456789abcdef" * 4
    assert is_operation_id(good)
    assert is_operation_prefix(good[:8])
    for text in (good[:-1], good + "0", good.upper(), good[:-1] + "g", good + "\n", "", "٣" * 64):
        assert not is_operation_id(text)
    for text in (good[:7], good + "0", good[8:16].upper(), good[:8] + "\n", "", "%" * 8, "_" * 8):
        assert not is_operation_prefix(text)


@given(st.binary(min_size=32, max_size=32))
def test_bank_message_ids_hold_160_bits_of_the_id(operation: bytes) -> None:
    text = bank_message_id(operation.hex())
    assert len(text) == BANK_REFERENCE_CHARACTERS == 32
    assert base64.b32decode(text) == operation[:20]


JSON = st.recursive(
    st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_canonical_json_is_json_and_has_one_spelling(value: object) -> None:
    data = canonical_json({"value": value})
    assert json.loads(data) == {"value": value}
    assert canonical_json(json.loads(data)) == data


NO_JSON: dict[str, object] = {
    "float": 1.5,
    "float like an integer": 1.0,
    "not a number": float("nan"),
    "large integer": 2**53,
    "large negative integer": -(2**53),
    "float within": {"a": [1, (2, {"b": 0.5})]},
    "name that is no text": {1: "a"},
    "bytes": b"a",
    "lone surrogate": "\ud800",
    "set": {"a"},
}


@pytest.mark.parametrize("name", NO_JSON)
def test_what_has_no_canonical_form(name: str) -> None:
    with pytest.raises(CanonicalizationError):
        canonical_json({"value": NO_JSON[name]})


def test_domains_keep_digests_apart() -> None:
    assert digest("a", {"b": "c"}) != digest("b", {"b": "c"})
    assert digest("a", {}) == hashlib.sha256(b"a\0{}").hexdigest()
