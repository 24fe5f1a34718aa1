"""Amounts of any kind, compared and subtracted: drops, tokens and MPTs."""

from __future__ import annotations

from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.values import Amount, Issue, MptAmount, TokenAmount


def number(amount: Amount) -> int:
    """Give a number of the amount's sign, 0 for nothing; for drops and MPTs it is their number."""
    if isinstance(amount, TokenAmount):
        return amount.mantissa
    return amount.value if isinstance(amount, MptAmount) else amount


def asset(amount: Amount) -> Issue | bytes | None:
    """Give what the amount is of: an issue, an issuance id, or None for XRP."""
    if isinstance(amount, TokenAmount):
        return amount.issue
    return amount.issuance if isinstance(amount, MptAmount) else None


def is_less(one: Amount, other: Amount) -> bool:
    """Compare two amounts of one asset."""
    if isinstance(one, TokenAmount) and isinstance(other, TokenAmount):
        return Value.of(one) < Value.of(other)
    return number(one) < number(other)


def minus(one: Amount, other: Amount) -> Amount:
    """Subtract an amount of the same asset, XRP or a token."""
    if isinstance(one, TokenAmount) and isinstance(other, TokenAmount):
        return (Value.of(one) - Value.of(other)).amount(one.issue)
    return number(one) - number(other)
