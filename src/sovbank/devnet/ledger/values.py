"""Values of amount and issue fields: drops, token amounts, MPT amounts and issues.

An Amount field holds one of three values: an ``int`` (drops of XRP), a :class:`TokenAmount` or an
:class:`MptAmount`. All are immutable and compare by value. Arithmetic and rounding live in
``amounts``; here is only what a value is and how it reads as text.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

XRP_CURRENCY: Final = bytes(20)
NO_ACCOUNT: Final = bytes(20)
MAX_DROPS: Final = 100_000_000_000 * 1_000_000
MIN_MANTISSA: Final = 10**15
MAX_MANTISSA: Final = 10**16 - 1
MIN_EXPONENT: Final = -96
MAX_EXPONENT: Final = 80
ZERO_EXPONENT: Final = -100
"""The exponent of a token amount of zero."""


class Issue(NamedTuple):
    """A currency (20 bytes) and the account that issues it (20 bytes); both zero for XRP."""

    currency: bytes
    issuer: bytes


XRP: Final = Issue(XRP_CURRENCY, NO_ACCOUNT)


class TokenAmount(NamedTuple):
    """An amount of an issued token: ``mantissa * 10**exponent``, the mantissa signed.

    Normal form: 10**15 <= abs(mantissa) < 10**16 and -96 <= exponent <= 80, or mantissa 0 with
    exponent -100. Whoever makes one keeps it in normal form.
    """

    currency: bytes
    issuer: bytes
    mantissa: int
    exponent: int

    @property
    def issue(self) -> Issue:
        """Currency and issuer."""
        return Issue(self.currency, self.issuer)

    def text(self) -> str:
        """The value as the server prints it: plain digits, or mantissa and exponent."""
        mantissa, exponent = self.mantissa, self.exponent
        if mantissa == 0:
            return "0"
        if exponent and not -25 <= exponent <= -5:
            return f"{mantissa}e{exponent}"
        if exponent == 0:
            return str(mantissa)
        sign = "-" if mantissa < 0 else ""
        digits = str(abs(mantissa)).rjust(1 - exponent, "0")
        return f"{sign}{digits[:exponent]}.{digits[exponent:]}".rstrip("0").rstrip(".")


class MptAmount(NamedTuple):
    """An amount of a multi-purpose token: the 24-byte issuance id and an integer value."""

    issuance: bytes
    value: int


Amount: TypeAlias = int | TokenAmount | MptAmount
