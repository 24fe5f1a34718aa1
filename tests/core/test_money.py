"""Amounts: exact or refused, never rounded."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrpl.core.binarycodec.types.amount import Amount

from sovbank.core.money import (
    LEDGER_DIGITS,
    MICRO,
    format_amount,
    from_micro,
    ledger_value,
    parse_amount,
    parse_ledger_value,
    plain_amount,
    to_micro,
)
from sovbank.errors.base import ExitStatus
from sovbank.errors.core import AmountNotExact, MalformedAmount

VALID = {
    "1": 1_000_000,
    "0.000001": 1,
    "1000000.00": 1_000_000_000_000,
    "125000.50": 125_000_500_000,
    "999999999999999.999999": 999_999_999_999_999_999_999,
}
MALFORMED = {
    "empty": "",
    "zero": "0",
    "zero with decimals": "0.000000",
    "plus": "+1",
    "minus": "-1",
    "leading zero": "01",
    "two leading zeros": "00.5",
    "no whole part": ".5",
    "no decimals": "5.",
    "seven decimals": "1.0000001",
    "thousands": "1,000",
    "underscore": "1_000",
    "exponent": "1e6",
    "hex": "0x10",
    "space before": " 1",
    "space after": "1 ",
    "line break": "1\n",
    "two points": "1.0.0",
    "comma": "1,5",
    "arabic digits": "١٢",
    "full width digits": "\uff11",
    "superscript": "1²",
    "infinity": "Infinity",
    "not a number": "NaN",
    "sixteen whole digits": "1" * 16,
    "very long": "9" * 100_000,
}


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str) -> None:
    assert to_micro(parse_amount(text)) == VALID[text]


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str) -> None:
    with pytest.raises(MalformedAmount) as caught:
        parse_amount(MALFORMED[name])
    assert caught.value.exit_status is ExitStatus.USAGE
    assert len(caught.value.message) < 100


INEXACT = {
    "seven decimals": Decimal("0.0000001"),
    "beyond the working precision": Decimal("1.00000000000000000000000000001"),
    "many digits and seven decimals": Decimal("12345678901234567890123.4567891"),
    "not a number": Decimal("NaN"),
    "signalling": Decimal("sNaN"),
    "infinite": Decimal("-Infinity"),
    "tiny": Decimal("1E-999999"),
    "enormous": Decimal("1E+999999"),
    "endless": Decimal("1" * 5000),
}


@pytest.mark.parametrize("name", INEXACT)
def test_no_micro_units_for_what_is_not_exact(name: str) -> None:
    with pytest.raises(AmountNotExact):
        to_micro(INEXACT[name])
    with pytest.raises(AmountNotExact):
        format_amount(INEXACT[name])


NOT_ON_THE_LEDGER = {
    "sixteen digits": Decimal("1234567890.123456"),
    "sixteen digits with zeros between": Decimal("1000000000.000001"),
    "rounds to one": Decimal("1.00000000000000000000000000001"),
    "rounds to fewer digits": Decimal("99999999999999999999999999999.9"),
    "not a number": Decimal("NaN"),
    "infinite": Decimal("Infinity"),
    "enormous": Decimal("1E+999999"),
}


@pytest.mark.parametrize("name", NOT_ON_THE_LEDGER)
def test_no_ledger_value_for_what_is_not_exact(name: str) -> None:
    with pytest.raises(AmountNotExact):
        ledger_value(NOT_ON_THE_LEDGER[name])


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1000000.00", "1000000"),
        ("125000.50", "125000.5"),
        ("0.000001", "0.000001"),
        ("-0.5", "-0.5"),
        ("0", "0"),
        ("-0", "0"),
        ("0E+3", "0"),
        ("1E+3", "1000"),
        ("100000000000000000000", "100000000000000000000"),
    ],
)
def test_ledger_values(amount: str, text: str) -> None:
    assert ledger_value(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1000000", "1,000,000.00"),
        ("125000.5", "125,000.50"),
        ("0.000001", "0.000001"),
        ("-1234.5", "-1,234.50"),
        ("0", "0.00"),
        ("1E+3", "1,000.00"),
    ],
)
def test_formats(amount: str, text: str) -> None:
    assert format_amount(Decimal(amount)) == text
    assert plain_amount(Decimal(amount)) == text.replace(",", "")


LEDGER = {
    "0": Decimal(0),
    "-125000.5": Decimal("-125000.5"),
    "10000000004.999999": Decimal("10000000004.999999"),
    "9999999999999999e80": Decimal("9999999999999999E+80"),
    "1000000000000000e-96": Decimal("1000000000000000E-96"),
    "1E2": Decimal(100),
    "1e+2": Decimal(100),
}
NOT_LEDGER = [
    "",
    "-",
    "1.",
    ".1",
    "1e",
    "1e1000",
    "1e101",
    "NaN",
    "0x1",
    "1 ",
    "1\n",
    "1_0",
    "٣",
    "1" * 41,
    "+1",
]


@pytest.mark.parametrize("text", LEDGER)
def test_values_as_nodes_write_them(text: str) -> None:
    assert parse_ledger_value(text) == LEDGER[text]


@pytest.mark.parametrize("text", NOT_LEDGER)
def test_what_no_node_writes(text: str) -> None:
    with pytest.raises(MalformedAmount):
        parse_ledger_value(text)


MICROS = st.integers(-(10**40), 10**40)


@given(MICROS)
def test_micro_units_and_decimals_are_the_same(micro: int) -> None:
    amount = from_micro(micro)
    assert Fraction(amount) == Fraction(micro, MICRO)
    assert to_micro(amount) == micro
    assert Decimal(plain_amount(amount)) == amount


@given(st.integers(1, 10**21 - 1))
def test_what_is_shown_can_be_typed_again(micro: int) -> None:
    amount = from_micro(micro)
    assert parse_amount(plain_amount(amount)) == amount
    assert format_amount(amount).replace(",", "") == plain_amount(amount)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_no_decimal_is_rounded(amount: Decimal) -> None:
    try:
        micro = to_micro(amount)
    except AmountNotExact:
        assert not amount.is_finite() or Fraction(amount) * MICRO % 1 or abs(amount) > 10**60
    else:
        assert Fraction(micro, MICRO) == Fraction(amount)
    try:
        text = ledger_value(amount)
    except AmountNotExact:
        return
    assert Fraction(text) == Fraction(amount)
    assert len(text.replace("-", "").replace(".", "").strip("0")) <= LEDGER_DIGITS


@given(MICROS)
def test_the_working_precision_of_the_caller_changes_nothing(micro: int) -> None:
    with localcontext() as context:
        context.prec = 3
        assert to_micro(from_micro(micro)) == micro


@given(st.integers(-(10**LEDGER_DIGITS) + 1, 10**LEDGER_DIGITS - 1), st.integers(0, 6))
def test_ledger_values_survive_the_ledgers_own_format(digits: int, places: int) -> None:
    text = ledger_value(Decimal(digits).scaleb(-places))
    amount = {"value": text, "currency": "USD", "issuer": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"}
    stored = Amount.from_value(amount).to_json()
    assert isinstance(stored, dict)
    assert stored["value"] == text
    assert parse_ledger_value(text) == Decimal(digits).scaleb(-places)


@given(st.text(max_size=30))
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    for parse in (parse_amount, parse_ledger_value):
        try:
            value = parse(text)
        except MalformedAmount:
            continue
        assert Fraction(value) == Fraction(text)
