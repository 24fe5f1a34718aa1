"""Checks of single cells of a statement: characters, dates, amounts and account numbers.

Each check raises ``BadCell`` with a reason; the reader adds row and column. Nothing is repaired: a cell that
needs repair is one whose meaning somebody would have to guess.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from sovbank.core.ids import check_reference
from sovbank.core.money import parse_amount, to_micro
from sovbank.errors.base import SovbankError

MOST_TEXT = 500
MOST_AMOUNT = Decimal(10) ** 12
KEPT_DIGITS = 4
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_ACCOUNT = re.compile(r"(?:\*{1,30}|\N{HORIZONTAL ELLIPSIS})?[A-Z0-9](?:[ -]?[A-Z0-9]){3,33}", re.ASCII)
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,27}\b", re.ASCII)
_FORMULA = re.compile(r"[=@]|[+-].*[=@|!(]", re.ASCII)
# Decimals of a currency where they are not two (ISO 4217).
_DECIMALS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
# Letters, marks, punctuation and symbols; of numbers and separators only the ASCII ones. What is left out:
# controls, bidirectional and invisible format characters, surrogates, private use, unassigned.
_ALLOWED = ("L", "M", "P", "S")
# Letters, marks and symbols that show nothing (Unicode: Default_Ignorable_Code_Point, and Braille's blank).
_INVISIBLE = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
)


class BadCell(Exception):
    """A cell is refused; the text says why. It never leaves this package."""


def reference(cell: str) -> str:
    """Return the bank's reference of an entry."""
    try:
        return check_reference(cell)
    except SovbankError as error:
        raise BadCell(error.message) from error


def account(cell: str) -> str:
    """Return an account number or IBAN reduced to its last four characters: ``****1234``."""
    if not _ACCOUNT.fullmatch(cell):
        raise BadCell("not an account number of 4 to 34 capital letters and digits")
    return _masked(cell)


def booked_on(cell: str) -> date:
    """Return the booking date, written as 2026-11-21."""
    if not _DATE.fullmatch(cell):
        raise BadCell("not a date like 2026-11-21")
    try:
        return date.fromisoformat(cell)
    except ValueError as error:
        raise BadCell(f"no such day: {cell}") from error


def is_credit(cell: str) -> bool:
    """Return whether the entry is a credit; the only words are ``credit`` and ``debit``."""
    if cell not in ("credit", "debit"):
        raise BadCell("neither credit nor debit")
    return cell == "credit"


def currency(cell: str) -> str:
    """Return a three-letter currency code."""
    if not _CURRENCY.fullmatch(cell):
        raise BadCell("not a currency code of three capital letters")
    return cell


def amount_micro(cell: str, currency_code: str) -> int:
    """Return the amount in micro-units; it is above zero and has at most the currency's decimals."""
    try:
        value = parse_amount(cell)
    except SovbankError as error:
        raise BadCell(error.message) from error
    decimals = _DECIMALS.get(currency_code, 2)
    if len(cell.partition(".")[2]) > decimals:
        raise BadCell(f"{currency_code} has {decimals} decimals")
    if value >= MOST_AMOUNT:
        raise BadCell(f"the amount is not below {MOST_AMOUNT:,}")
    return to_micro(value)


def text(cell: str) -> str:
    """Return free text as written, with the account numbers (IBAN) in it reduced.

    Refused: control and invisible characters, bidirectional controls, foreign digits and spaces, letters that
    are not composed (NFC), text that a spreadsheet would run as a formula, more than 500 characters.
    """
    if len(cell) > MOST_TEXT:
        raise BadCell(f"longer than {MOST_TEXT} characters")
    for character in cell:
        if not _is_plain(character):
            raise BadCell(f"the character U+{ord(character):04X} is not allowed")
    if not unicodedata.is_normalized("NFC", cell):
        raise BadCell("the letters and accents are not composed (NFC)")
    if cell != cell.strip():
        raise BadCell("it begins or ends with a space")
    if _FORMULA.match(cell):
        raise BadCell("a spreadsheet would run it as a formula")
    return _IBAN.sub(lambda match: _masked(match[0]) if _is_iban(match[0]) else match[0], cell)


def _is_plain(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    return unicodedata.category(character)[0] in _ALLOWED and ord(character) not in _INVISIBLE


def _masked(number: str) -> str:
    bare = re.sub(r"[^A-Z0-9]", "", number)
    return "****" + bare[-KEPT_DIGITS:]


def _is_iban(number: str) -> bool:
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return int(digits) % 97 == 1
