"""Amounts of a token: exact decimals with at most six places, as text, Decimal or integer micro-units.

There are no floats and no rounding anywhere: a value that cannot be held exactly is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from sovbank.errors.core import AmountNotExact, MalformedAmount

PLACES = 6
MICRO = 10**PLACES
LEDGER_DIGITS = 15
_PLAIN = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?", re.ASCII)
_LEDGER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_MOST_EXPONENT = 100


def parse_amount(text: str) -> Decimal:
    """Return the amount written in plain digits, above zero.

    Raises
    ------
    MalformedAmount
        A sign, exponent, separator, underscore, foreign digit, leading zero, more than six decimals or zero.
    """
    amount = parse_amount_or_zero(text)
    if amount == 0:
        raise MalformedAmount("the amount is zero")
    return amount


def parse_amount_or_zero(text: str) -> Decimal:
    """Return the amount written in plain digits, which may be zero; otherwise as ``parse_amount``."""
    if not _PLAIN.fullmatch(text):
        raise MalformedAmount(f"not an amount: {text[:40]!r}")
    return Decimal(text)


def to_micro(amount: Decimal) -> int:
    """Return the amount in integer micro-units (10^-6), the unit of the control plane and the journal.

    Raises
    ------
    AmountNotExact
        More than six decimals, or no number that an amount could be.
    """
    sign, number, exponent = _parts(amount)
    shift = exponent + PLACES
    micro: int
    rest: int
    micro, rest = (number * 10**shift, 0) if shift >= 0 else divmod(number, 10**-shift)
    if rest:
        raise AmountNotExact(f"{amount} has more than {PLACES} decimals")
    return -micro if sign else micro


def from_micro(micro: int) -> Decimal:
    """Return the Decimal of an integer number of micro-units."""
    sign, digits = (1, -micro) if micro < 0 else (0, micro)
    return Decimal((sign, _digits(digits), -PLACES))


def ledger_value(amount: Decimal) -> str:
    """Return the amount as the ledger writes it: plain digits, no trailing zeros.

    Raises
    ------
    AmountNotExact
        More than 15 significant digits: the ledger might not hold it exactly.
    """
    sign, number, exponent = _parts(amount)
    if len(str(number)) > LEDGER_DIGITS:
        raise AmountNotExact(f"{amount} has more than {LEDGER_DIGITS} significant digits")
    return format(Decimal((sign if number else 0, _digits(number), exponent)), "f")


def parse_ledger_value(text: str) -> Decimal:
    """Return the exact Decimal of a token value as a node writes it (it may be negative or have an exponent).

    Raises
    ------
    MalformedAmount
        Anything but digits with an optional sign, point and exponent of at most 100.
    """
    if not _LEDGER.fullmatch(text):
        raise MalformedAmount(f"not a token value: {text[:60]!r}")
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _MOST_EXPONENT:
        raise MalformedAmount(f"token value out of range: {text[:60]!r}")
    return value


def format_amount(amount: Decimal) -> str:
    """Return the amount for a person: groups of three, at least two and at most six decimals, exact."""
    micro = to_micro(amount)
    sign = "-" if micro < 0 else ""
    units, fraction = divmod(abs(micro), MICRO)
    decimals = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units:,}.{decimals}"


def plain_amount(amount: Decimal) -> str:
    """Return the amount for a program: as ``format_amount`` without groups."""
    return format_amount(amount).replace(",", "")


def _parts(amount: Decimal) -> tuple[int, int, int]:
    """Return sign, integer without trailing zeros, and exponent.

    Decimal's own arithmetic would round to the precision of the caller's context.
    """
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        raise AmountNotExact(f"{amount} is not a number")
    text = "".join(map(str, digits))
    significant = text.rstrip("0")
    if not significant.strip("0"):
        return sign, 0, 0
    exponent += len(text) - len(significant)
    if abs(exponent) > _MOST_EXPONENT or len(significant) > _MOST_EXPONENT:
        raise AmountNotExact("the amount is out of range")
    return sign, int(significant), exponent


def _digits(number: int) -> tuple[int, ...]:
    return tuple(int(digit) for digit in str(number))
