"""Numbers as words, so that an amount on a screen is read twice and a misplaced digit is heard."""

from __future__ import annotations

from decimal import Decimal

from sovbank.core.money import ledger_value

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_UNITS = tuple(_SMALL.split())
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_MOST = 10 ** (3 * len(_GROUPS))


def spell(amount: Decimal) -> str:
    """Return an amount in words, such as ``two hundred fifty thousand point five``.

    A number that has no name here (at or above 10^21) is read digit by digit.

    Raises
    ------
    AmountNotExact
    """
    whole, _, fraction = ledger_value(abs(amount)).partition(".")
    words = _whole(int(whole)) if int(whole) < _MOST else _digits(whole)
    if fraction:
        words += " point " + _digits(fraction)
    return f"minus {words}" if amount < 0 else words


def _whole(number: int) -> str:
    if number == 0:
        return _UNITS[0]
    groups: list[str] = []
    for name in _GROUPS:
        number, group = divmod(number, 1000)
        if group:
            groups.append(f"{_below_thousand(group)} {name}".rstrip())
    return " ".join(reversed(groups))


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{_UNITS[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        tens, units = divmod(rest, 10)
        words.append(_TENS[tens] + (f"-{_UNITS[units]}" if units else ""))
    elif rest:
        words.append(_UNITS[rest])
    return " ".join(words)


def _digits(text: str) -> str:
    return " ".join(_UNITS[int(digit)] for digit in text)
