"""Arithmetic of amounts, with the server's rounding.

Drops of XRP and MPT units are plain integers; a token counts in a decimal ``Value`` of 15 to 16
significant digits. The server computes with tokens in numbers of 19 digits and rounds the result to
16, both times to the nearest and to even on a tie: a sum can be rounded twice, and here it is.

Source of the rules: xrpld ``basics/Number.cpp``, ``protocol/IOUAmount.cpp``, ``protocol/STAmount.cpp``,
``protocol/Rate2.cpp``, with every amendment of 3.2.0 on (large mantissas, the rounding fix at the cusp).
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.values import (
    MAX_EXPONENT,
    MAX_MANTISSA,
    MIN_EXPONENT,
    MIN_MANTISSA,
    ZERO_EXPONENT,
    Issue,
    TokenAmount,
)
from sovbank.errors.devnet_amounts import AmountOverflow

MAX_MPT: Final = 2**63 - 1
QUALITY_ONE: Final = 1_000_000_000
"""Transfer rates and line qualities count in parts of 10^9; this is 1.0."""

_NUMBER_MIN: Final = 10**18
_NUMBER_MAX: Final = 10**19 - 1
_INT64_MAX: Final = 2**63 - 1
_UINT64_MAX: Final = 2**64 - 1
_WIDEST_EXACT_SHIFT: Final = 24


def _round_up(m: int, e: int, rest: int, unit: int, low: int, high: int) -> tuple[int, int]:
    """Round ``m + rest/unit`` to the nearest, even on a tie, and bring it back into the range."""
    twice = 2 * rest
    if twice > unit or (twice == unit and m & 1):
        if m >= high or m >= _INT64_MAX:
            m, digit = divmod(m, 10)
            return _round_up(m, e + 1, rest + digit * unit, unit * 10, low, high)
        m += 1
    if m < low:
        return m * 10, e - 1
    return m, e


def _normalise(m: int, e: int, low: int, high: int) -> tuple[int, int]:
    """Bring a positive mantissa into [low, high]; digits that do not fit round to nearest even."""
    while m < low:
        m *= 10
        e -= 1
    rest, unit = 0, 1
    while m > high or m > _INT64_MAX:
        m, digit = divmod(m, 10)
        rest += digit * unit
        unit *= 10
        e += 1
    return _round_up(m, e, rest, unit, low, high)


def _number_add(am: int, ae: int, bm: int, be: int) -> tuple[int, int]:
    """Add two signed numbers of 19 digits as the server does; the result is signed."""
    if am == -bm and ae == be:
        return 0, 0
    if ae < be:
        am, ae, bm, be = bm, be, am, ae
    a, b = abs(am), abs(bm)
    unit = 10 ** (ae - be)
    b, rest = divmod(b, unit)
    if (am < 0) == (bm < 0):
        m, e = a + b, ae
        if m > _INT64_MAX:
            m, digit = divmod(m, 10)
            rest += digit * unit
            unit *= 10
            e += 1
        m, e = _round_up(m, e, rest, unit, _NUMBER_MIN, _NUMBER_MAX)
        return (-m if am < 0 else m), e
    negative = am < 0
    m, e = a - b, ae
    if m < 0:
        m, negative = -m, bm < 0
    while m < _NUMBER_MIN and m * 10 <= _INT64_MAX:
        unit = max(unit // 10, 1)
        digit, rest = divmod(rest, unit)
        m = m * 10 - digit
        e -= 1
    if 2 * rest > unit or (2 * rest == unit and m & 1):
        m -= 1
    m, e = _normalise(m, e, _NUMBER_MIN, _NUMBER_MAX)
    return (-m if negative else m), e


def _number_of(mantissa: int, exponent: int) -> tuple[int, int]:
    m, e = _normalise(abs(mantissa), exponent, _NUMBER_MIN, _NUMBER_MAX)
    return (-m if mantissa < 0 else m), e


class Value:
    """The decimal number of a token amount: ``mantissa * 10**exponent``, always normalised.

    Immutable by convention. Zero is mantissa 0 with exponent -100. A number too small becomes zero;
    one too large raises AmountOverflow.
    """

    __slots__ = ("exponent", "mantissa")

    def __init__(self, mantissa: int, exponent: int = 0) -> None:
        m = abs(mantissa)
        if m:
            if m > _INT64_MAX:
                m, exponent = _normalise(m, exponent, _NUMBER_MIN, _NUMBER_MAX)
            if not MIN_MANTISSA <= m <= MAX_MANTISSA:
                m, exponent = _normalise(m, exponent, MIN_MANTISSA, MAX_MANTISSA)
            if exponent > MAX_EXPONENT:
                raise AmountOverflow(f"{mantissa}e{exponent} is larger than a token amount can be")
            if exponent < MIN_EXPONENT:
                m = 0
        self.mantissa = -m if mantissa < 0 else m
        self.exponent = exponent if m else ZERO_EXPONENT

    @classmethod
    def of(cls, amount: TokenAmount) -> Value:
        """Take the number out of a token amount, which is in normal form already."""
        result = cls.__new__(cls)
        result.mantissa, result.exponent = amount.mantissa, amount.exponent
        return result

    def amount(self, issue: Issue) -> TokenAmount:
        """Make it an amount of an issue."""
        return TokenAmount(issue.currency, issue.issuer, self.mantissa, self.exponent)

    def __add__(self, other: Value) -> Value:
        am, bm = self.mantissa, other.mantissa
        if not bm:
            return self
        if not am:
            return other
        ae, be = self.exponent, other.exponent
        shift = ae - be
        if -_WIDEST_EXACT_SHIFT < shift < _WIDEST_EXACT_SHIFT:
            total, e = (am * 10**shift + bm, be) if shift >= 0 else (am + bm * 10**-shift, ae)
            if -MAX_MANTISSA <= total <= MAX_MANTISSA:
                return Value(total, e)
        return Value(*_number_add(*_number_of(am, ae), *_number_of(bm, be)))

    def __neg__(self) -> Value:
        result = Value.__new__(Value)
        result.mantissa, result.exponent = -self.mantissa, self.exponent
        return result

    def __sub__(self, other: Value) -> Value:
        return self + -other

    def __bool__(self) -> bool:
        return self.mantissa != 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        return self.mantissa == other.mantissa and self.exponent == other.exponent

    def __lt__(self, other: Value) -> bool:
        am, bm = self.mantissa, other.mantissa
        if (am < 0) != (bm < 0) or not am or not bm:
            return am < bm
        if self.exponent != other.exponent:
            return (self.exponent < other.exponent) == (am > 0)
        return am < bm

    def __le__(self, other: Value) -> bool:
        return not other < self

    def __gt__(self, other: Value) -> bool:
        return other < self

    def __ge__(self, other: Value) -> bool:
        return not self < other

    def __hash__(self) -> int:
        return hash((self.mantissa, self.exponent))

    def __repr__(self) -> str:
        return f"Value({self.mantissa}e{self.exponent})"


ZERO: Final = Value(0)
SMALLEST: Final = Value(MIN_MANTISSA, MIN_EXPONENT)
LARGEST: Final = Value(MAX_MANTISSA, MAX_EXPONENT)


def _ceil_log10(number: int) -> int:
    return len(str(number - 1)) if number > 1 else 0


def mul_ratio(value: Value, numerator: int, denominator: int, *, round_up: bool) -> Value:
    """Multiply by a ratio of two 32-bit numbers, rounding towards +infinity or -infinity.

    The last digit is raised whenever something was cut off, even if rounding had raised it already
    (xrpld ``IOUAmount.cpp``, mulRatio).
    """
    negative = value.mantissa < 0
    low, rest = divmod(abs(value.mantissa) * numerator, denominator)
    exponent = value.exponent
    if rest:
        room = 18 - _ceil_log10(low)
        if room > 0:
            exponent -= room
            low *= 10**room
            rest *= 10**room
        carry, rest = divmod(rest, denominator)
        low += carry
    inexact = rest != 0
    shrink = _ceil_log10(low) - 18
    if shrink > 0:
        exponent += shrink
        low, cut = divmod(low, 10**shrink)
        inexact = inexact or cut != 0
    result = Value(-low if negative else low, exponent)
    if not inexact or round_up == negative:
        return result
    if not result:
        return -SMALLEST if negative else SMALLEST
    return Value(result.mantissa + (1 if round_up else -1), result.exponent)


def _number_to_int(mantissa: int, exponent: int) -> int:
    """Round a non-negative number to an integer, to nearest even; AmountOverflow above 63 bits."""
    if mantissa > _INT64_MAX:
        mantissa, exponent = mantissa // 10, exponent + 1
    if exponent >= 0:
        result: int = mantissa * 10 ** min(exponent, 20)
    else:
        unit: int = 10 ** min(-exponent, 40)
        result, rest = divmod(mantissa, unit)
        if 2 * rest > unit or (2 * rest == unit and result & 1):
            result += 1
    if result > _INT64_MAX:
        raise AmountOverflow(f"{mantissa}e{exponent} does not fit 63 bits")
    return result


def _number_by_rate(mantissa: int, exponent: int, rate: int) -> tuple[int, int]:
    am, ae = _normalise(mantissa, exponent, _NUMBER_MIN, _NUMBER_MAX)
    bm, be = _normalise(rate, -9, _NUMBER_MIN, _NUMBER_MAX)
    return _normalise(am * bm, ae + be, _NUMBER_MIN, _NUMBER_MAX)


def multiply_by_rate(value: Value, rate: int) -> Value:
    """Multiply a token value by a transfer rate (parts of 10^9), rounding to nearest even."""
    if rate == QUALITY_ONE or not value:
        return value
    result = Value(*_number_by_rate(abs(value.mantissa), value.exponent, rate))
    return -result if value.mantissa < 0 else result


def multiply_units_by_rate(units: int, rate: int) -> int:
    """Multiply drops or MPT units (not negative) by a transfer rate, rounding to nearest even."""
    if rate == QUALITY_ONE or not units:
        return units
    return _number_to_int(*_number_by_rate(units, 0, rate))


def _divide_mantissas(num: int, num_exponent: int, den: int, den_exponent: int) -> tuple[int, int]:
    """Divide positive amounts as the server does: 17 more digits, plus five, then truncated to uint64."""
    while num < MIN_MANTISSA:
        num *= 10
        num_exponent -= 1
    while den < MIN_MANTISSA:
        den *= 10
        den_exponent -= 1
    quotient = num * 10**17 // den
    if quotient > _UINT64_MAX:
        raise AmountOverflow("the quotient does not fit 64 bits")
    return quotient + 5, num_exponent - den_exponent - 17


def divide_units_by_rate(units: int, rate: int) -> int:
    """Divide drops or MPT units (not negative) by a transfer rate, rounding to nearest even."""
    if rate == QUALITY_ONE or not units:
        return units
    rate_value = Value(rate, -9)
    return _number_to_int(*_divide_mantissas(units, 0, rate_value.mantissa, rate_value.exponent))


def divide(num: Value, den: Value) -> Value:
    """Divide two positive token values, rounding as the server's rates do."""
    if not num:
        return ZERO
    return Value(*_divide_mantissas(num.mantissa, num.exponent, den.mantissa, den.exponent))
