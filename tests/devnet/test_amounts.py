"""The arithmetic of amounts against a digit-by-digit model of the server's and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sovbank.devnet.ledger import amounts
from sovbank.devnet.ledger.amounts import QUALITY_ONE, ZERO, Value, mul_ratio
from sovbank.devnet.ledger.values import Issue
from sovbank.errors.devnet_amounts import AmountOverflow

INT64 = 2**63 - 1


class Guard:
    """Sixteen decimal digits and a sticky bit, dropped digit by digit."""

    def __init__(self) -> None:
        self.digits: list[int] = [0] * 16
        self.sticky = False

    def push(self, digit: int) -> None:
        self.sticky = self.sticky or self.digits[-1] != 0
        self.digits = [digit, *self.digits[:-1]]

    def pop(self) -> int:
        digit = self.digits[0]
        self.digits = [*self.digits[1:], 0]
        return digit

    def up(self, m: int) -> bool:
        number = int("".join(map(str, self.digits)))
        half = 5 * 10**15
        return number > half or (number == half and (self.sticky or m % 2 == 1))


def model_normal(m: int, e: int, low: int, high: int) -> tuple[int, int]:
    guard = Guard()
    while m < low:
        m, e = m * 10, e - 1
    while m > high or m > INT64:
        guard.push(m % 10)
        m, e = m // 10, e + 1
    if guard.up(m):
        m += 1
        if m > high or m > INT64:
            return model_normal(m, e, low, high)
    return (m * 10, e - 1) if m < low else (m, e)


def model_add(a: Value, b: Value) -> Value:
    if not a or not b:
        return a if a else b
    (xm, xe), (ym, ye) = (model_normal(abs(v.mantissa), v.exponent, 10**18, 10**19 - 1) for v in (a, b))
    xn, yn = a.mantissa < 0, b.mantissa < 0
    if (xm, xe) == (ym, ye) and xn != yn:
        return ZERO
    guard = Guard()
    while xe < ye:
        guard.push(xm % 10)
        xm, xe = xm // 10, xe + 1
    while xe > ye:
        guard.push(ym % 10)
        ym, ye = ym // 10, ye + 1
    if xn == yn:
        xm += ym
        if xm > INT64:
            guard.push(xm % 10)
            xm, xe = xm // 10, xe + 1
        if guard.up(xm):
            assert xm < INT64
            xm += 1
    else:
        if xm <= ym:
            xm, ym, xn = ym, xm, yn
        xm -= ym
        while xm < 10**18 and xm * 10 <= INT64:
            xm, xe = xm * 10 - guard.pop(), xe - 1
        if guard.up(xm):
            xm -= 1
    xm, xe = model_normal(xm, xe, 10**18, 10**19 - 1)
    return Value(-xm if xn else xm, xe)


mantissas = st.one_of(
    st.integers(10**15, 10**16 - 1),
    st.integers(0, 40).map(lambda n: 10**16 - 1 - n),
    st.integers(0, 40).map(lambda n: 10**15 + n),
    st.integers(1, 9999).map(lambda n: int(str(n).ljust(16, "0"))),
    st.integers(9_223_372_036_854_000, 9_223_372_036_856_000),
)
values = st.builds(
    lambda m, e, sign: Value(m * sign, e), mantissas, st.integers(-40, 20), st.sampled_from([1, -1])
)


def exact(value: Value) -> Fraction:
    return Fraction(value.mantissa) * Fraction(10) ** value.exponent


def ulp(value: Value) -> Fraction:
    return Fraction(10) ** value.exponent


@given(values, values)
def test_addition_is_the_servers(a: Value, b: Value) -> None:
    assert a + b == model_add(a, b)
    assert b + a == a + b


@given(values, st.integers(-3, 3), st.integers(-200, 200))
def test_addition_of_near_opposites_is_the_servers(a: Value, shift: int, delta: int) -> None:
    b = Value(-(a.mantissa * 1000 + delta), a.exponent - 3 + shift)
    assert a + b == model_add(a, b)


@given(values, values)
def test_a_sum_is_at_most_a_little_over_half_a_unit_off(a: Value, b: Value) -> None:
    total = a + b
    assume(bool(total))
    assert abs(exact(total) - exact(a) - exact(b)) <= ulp(total) * Fraction(5006, 10000)


@given(values, values)
def test_order_is_that_of_the_numbers(a: Value, b: Value) -> None:
    assert (a < b, a <= b, a > b, a >= b, a == b) == (
        exact(a) < exact(b),
        exact(a) <= exact(b),
        exact(a) > exact(b),
        exact(a) >= exact(b),
        exact(a) == exact(b),
    )
    assert a - a == ZERO
    assert (-a < ZERO) == (a > ZERO)


@given(st.integers(-(10**22), 10**22), st.integers(-60, 40))
def test_normal_form(mantissa: int, exponent: int) -> None:
    value = Value(mantissa, exponent)
    if not mantissa:
        assert (value.mantissa, value.exponent) == (0, -100)
        return
    assert 10**15 <= abs(value.mantissa) < 10**16
    assert abs(exact(value) - Fraction(mantissa) * Fraction(10) ** exponent) <= ulp(value) * Fraction(
        501, 1000
    )


def test_ends_of_the_range() -> None:
    assert not Value(1, -112)
    assert Value(1, -81) == amounts.SMALLEST
    assert Value(9_999_999_999_999_999, 80) == amounts.LARGEST
    with pytest.raises(AmountOverflow):
        Value(1, 96)
    with pytest.raises(AmountOverflow):
        _ = amounts.LARGEST + amounts.LARGEST


def test_amounts_keep_their_issue() -> None:
    issue = Issue(b"\1" * 20, b"\2" * 20)
    amount = Value(25, -1).amount(issue)
    assert amount.issue == issue
    assert amount.text() == "2.5"
    assert Value.of(amount) == Value(25, -1)


rates = st.one_of(st.integers(1, 2**32 - 1), st.integers(QUALITY_ONE, 2 * QUALITY_ONE))


@given(values, rates, rates, st.booleans())
def test_mul_ratio_lies_on_the_wanted_side(value: Value, num: int, den: int, round_up: bool) -> None:
    result = mul_ratio(value, num, den, round_up=round_up)
    wanted = exact(value) * num / den
    step = ulp(result)
    assert abs(exact(result) - wanted) <= step * Fraction(3, 2)
    # The server looks for a rest beyond 18 digits before it cuts to 16, and rounds only for that one.
    product = Fraction(abs(value.mantissa) * num, den)
    has_rest = (product * Fraction(10) ** (18 - len(str(int(product))))).denominator != 1
    if has_rest and exact(result) != wanted and (value.mantissa > 0) == round_up:
        assert (exact(result) > wanted) == round_up


def test_mul_ratio_does_not_round_for_a_rest_within_18_digits() -> None:
    result = mul_ratio(Value(-9_999_999_999_999_999), 128, 55, round_up=False)
    assert result == Value(-2_327_272_727_272_727, 1)


@pytest.mark.parametrize(
    ("value", "num", "den", "up", "wanted"),
    [
        (Value(100), QUALITY_ONE, 1_010_000_000, False, Value(9_900_990_099_009_901, -14)),
        (Value(100), 1_010_000_000, QUALITY_ONE, True, Value(101)),
        (Value(1), 1, 3, False, Value(3_333_333_333_333_333, -16)),
        (Value(1), 1, 3, True, Value(3_333_333_333_333_334, -16)),
        (Value(2), 1, 3, True, Value(6_666_666_666_666_668, -16)),
        (Value(-2), 1, 3, False, Value(-6_666_666_666_666_668, -16)),
        (amounts.SMALLEST, 1, 3, True, amounts.SMALLEST),
        (amounts.SMALLEST, 1, 3, False, ZERO),
        (ZERO, 1, 3, True, ZERO),
    ],
)
def test_mul_ratio(value: Value, num: int, den: int, up: bool, wanted: Value) -> None:
    assert mul_ratio(value, num, den, round_up=up) == wanted


@given(st.integers(1, 10**15), st.integers(QUALITY_ONE, 2 * QUALITY_ONE))
def test_units_by_a_rate_round_to_nearest(units: int, rate: int) -> None:
    product = amounts.multiply_units_by_rate(units, rate)
    assert abs(product - Fraction(units * rate, QUALITY_ONE)) <= Fraction(1, 2)
    quotient = amounts.divide_units_by_rate(units, rate)
    assert abs(quotient - Fraction(units * QUALITY_ONE, rate)) <= Fraction(51, 100)


@given(values, st.integers(QUALITY_ONE, 2 * QUALITY_ONE))
def test_a_token_by_a_rate_rounds_to_nearest(value: Value, rate: int) -> None:
    result = amounts.multiply_by_rate(value, rate)
    assert abs(exact(result) - exact(value) * rate / QUALITY_ONE) <= ulp(result) * Fraction(501, 1000)


def test_units_that_do_not_fit_are_refused() -> None:
    with pytest.raises(AmountOverflow):
        amounts.multiply_units_by_rate(amounts.MAX_MPT, 2 * QUALITY_ONE)
    with pytest.raises(AmountOverflow):
        amounts.divide_units_by_rate(amounts.MAX_MPT, QUALITY_ONE + 1)
