"""A trust line as one of its two accounts sees it."""

from __future__ import annotations

from typing import NamedTuple

from sovbank.devnet.ledger.flags import LineFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.values import TokenAmount


class Side(NamedTuple):
    """Flags of one side of a line: reserve, authorisation, no ripple, freeze and deep freeze."""

    reserve: bool
    authorized: bool
    no_ripple: bool
    freeze: bool
    deep_freeze: bool


class Line(NamedTuple):
    """A line seen from one side; the balance is positive when that side holds the other's token."""

    peer: bytes
    balance: TokenAmount
    limit: TokenAmount
    limit_peer: TokenAmount
    quality_in: int
    quality_out: int
    own: Side
    other: Side


def _low(flags: int) -> Side:
    return Side(
        bool(flags & LineFlag.LOW_RESERVE),
        bool(flags & LineFlag.LOW_AUTH),
        bool(flags & LineFlag.LOW_NO_RIPPLE),
        bool(flags & LineFlag.LOW_FREEZE),
        bool(flags & LineFlag.LOW_DEEP_FREEZE),
    )


def _high(flags: int) -> Side:
    return Side(
        bool(flags & LineFlag.HIGH_RESERVE),
        bool(flags & LineFlag.HIGH_AUTH),
        bool(flags & LineFlag.HIGH_NO_RIPPLE),
        bool(flags & LineFlag.HIGH_FREEZE),
        bool(flags & LineFlag.HIGH_DEEP_FREEZE),
    )


def negated(amount: TokenAmount) -> TokenAmount:
    """Give the amount with the other sign."""
    return amount._replace(mantissa=-amount.mantissa)


def line_of(entry: LedgerEntry, account: bytes) -> Line | None:
    """Give a RippleState as the account sees it; None for any other entry."""
    if entry.type != "RippleState":
        return None
    low, high = entry["LowLimit"], entry["HighLimit"]
    flags = entry.flags
    if low.issuer == account:
        return Line(
            high.issuer,
            entry["Balance"],
            low,
            high,
            entry.get("LowQualityIn", 0),
            entry.get("LowQualityOut", 0),
            _low(flags),
            _high(flags),
        )
    return Line(
        low.issuer,
        negated(entry["Balance"]),
        high,
        low,
        entry.get("HighQualityIn", 0),
        entry.get("HighQualityOut", 0),
        _high(flags),
        _low(flags),
    )
