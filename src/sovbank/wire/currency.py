"""Currency codes of tokens: three characters, or 160 bits as 40 hex digits (xrpl.org: Currency Codes)."""

from __future__ import annotations

import re

from sovbank.errors.wire import MalformedCurrency

CURRENCY_BYTES = 20
_STANDARD = re.compile(r"[A-Za-z0-9?!@#$%^&*<>(){}\[\]|]{3}")
_HEX = re.compile(r"[0-9A-F]{40}")
_PRINTABLE = re.compile(r"[!-~]{1,20}")


def encode_currency(code: str) -> str:
    """Return the ledger's form of a currency code.

    Three-character codes stay as they are (case matters). Longer names such as FTHUSD become 40 upper-case
    hex digits: ASCII, right-padded with zero bytes. Forty hex digits are taken as they are.

    Raises
    ------
    MalformedCurrency
        XRP, the empty code, a hex code of a standard or XRP form, or characters outside printable ASCII.
    """
    if code.upper() == "XRP":
        raise MalformedCurrency("XRP is never a token")
    if _STANDARD.fullmatch(code):
        return code
    if _HEX.fullmatch(code.upper()) and len(code) == 40:
        ledger_code = code.upper()
        if ledger_code.startswith("00"):
            raise MalformedCurrency(f"the hex code {ledger_code} is reserved for three-character codes")
        return ledger_code
    if not _PRINTABLE.fullmatch(code) or len(code) < 4:
        raise MalformedCurrency(f"not a currency code: {code[:64]!r}")
    return code.encode("ascii").ljust(CURRENCY_BYTES, b"\0").hex().upper()


def currency_bytes(code: str) -> bytes:
    """Return the 20 bytes that stand for a currency code in ledger objects and hashes."""
    ledger_code = encode_currency(code)
    if len(ledger_code) == 3:
        return bytes(12) + ledger_code.encode("ascii") + bytes(5)
    return bytes.fromhex(ledger_code)


def display_currency(ledger_code: str) -> str:
    """Return the name a person knows: FTHUSD for its hex form; codes that are not plain ASCII stay hex."""
    if len(ledger_code) != 40:
        return ledger_code
    try:
        name = bytes.fromhex(ledger_code).rstrip(b"\0").decode("ascii")
    except ValueError:
        return ledger_code
    if _PRINTABLE.fullmatch(name) and len(name) >= 4 and encode_currency(name) == ledger_code.upper():
        return name
    return ledger_code
