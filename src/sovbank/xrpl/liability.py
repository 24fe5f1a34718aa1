"""What an issuer owes: the sum over its trust lines, exactly (never ``gateway_balances``).

``gateway_balances`` leaves out hot wallets, frozen lines and escrows, and rounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

from sovbank.wire.currency import encode_currency
from sovbank.xrpl.port import LedgerReader, TrustLine

# Wide enough that no sum of ledger values (exponents -96 to 80) is ever rounded; Inexact proves it.
_EXACT = Context(prec=400, traps=[Inexact])


@dataclass(frozen=True)
class Liability:
    """What an issuer owes in one currency: in total and to each holder. Holders who owe are ``claims``."""

    issuer: str
    currency: str
    owed: Decimal
    holders: Mapping[str, Decimal]
    claims: Mapping[str, Decimal]


def liability(lines: Sequence[TrustLine], *, issuer: str, currency: str) -> Liability:
    """Return what the issuer owes on its lines of one currency; escrowed amounts are not among them.

    A negative balance, seen from the issuer, is owed. Lines with a positive balance are tokens of the peer
    that the issuer holds: they never reduce what it owes.
    """
    code = encode_currency(currency)
    holders: dict[str, Decimal] = {}
    claims: dict[str, Decimal] = {}
    for line in lines:
        if line.account != issuer or line.currency != code or not line.balance:
            continue
        side = holders if line.balance < 0 else claims
        side[line.peer] = abs(line.balance)
    owed = Decimal(0)
    for value in holders.values():
        owed = _EXACT.add(owed, value)
    return Liability(issuer, code, owed, holders, claims)


def issuer_liability(reader: LedgerReader, issuer: str, currency: str) -> Liability:
    """Return what the issuer owes, from every one of its trust lines at one validated ledger."""
    return liability(reader.trust_lines(issuer), issuer=issuer, currency=currency)
