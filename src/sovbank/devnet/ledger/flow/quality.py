"""Qualities: rates of what goes in to what comes out, packed so that they order like numbers.

A rate is the exponent plus 100 in the top eight bits and the mantissa below; the lower, the better for
whoever pays. 0 stands for none. Source: xrpld ``protocol/Quality.cpp`` and ``STAmount.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.amounts import Value, divide
from sovbank.devnet.ledger.values import MAX_MANTISSA
from sovbank.errors.devnet_amounts import AmountOverflow

_TEN_14: Final = 10**14


def pack(value: Value) -> int:
    """Pack a positive value into a rate."""
    return (value.exponent + 100) << 56 | value.mantissa


def unpack(rate: int) -> Value:
    """Give the value of a rate."""
    return Value(rate & ~(0xFF << 56), (rate >> 56) - 100)


def rate_of(went_in: Value, came_out: Value) -> int:
    """Give the rate of two positive values, 0 when nothing came out or it cannot be expressed."""
    if not came_out:
        return 0
    try:
        quotient = divide(went_in, came_out)
    except AmountOverflow:
        return 0
    return pack(quotient) if quotient else 0


ONE: Final = rate_of(Value(1), Value(1))


def compose(first: int, second: int) -> int:
    """Give the rate of two steps in a row, rounded up."""
    a, b = unpack(first), unpack(second)
    product = (a.mantissa * b.mantissa + _TEN_14 - 1) // _TEN_14
    exponent = a.exponent + b.exponent + 14
    if product > MAX_MANTISSA:
        while product > 10 * MAX_MANTISSA:
            product //= 10
            exponent += 1
        product = (product + 9) // 10
        exponent += 1
    return pack(Value(product, exponent))
