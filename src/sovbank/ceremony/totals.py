"""What a list of transactions adds up to: fees, amounts paid and amounts clawed back, by asset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any

from sovbank.ceremony.records import Totals
from sovbank.core.money import parse_ledger_value

XRP = "XRP"
# Exact for every token value: exponents of the ledger's amounts lie between -96 and 80.
_EXACT_DIGITS = 300


def totals_of(transactions: Iterable[Mapping[str, Any]]) -> Totals:
    """Return the totals of transactions that the codec has accepted."""
    fees = 0
    pays: dict[str, Decimal] = {}
    takes: dict[str, Decimal] = {}
    with localcontext() as context:
        context.prec = _EXACT_DIGITS
        for tx in transactions:
            fees += int(tx["Fee"])
            if tx["TransactionType"] == "Payment":
                _add(pays, *amount_of(tx["Amount"]))
            elif tx["TransactionType"] == "Clawback":
                _add(takes, *_clawed(tx))
        return Totals(
            fees=str(fees),
            pays={asset: _plain(value) for asset, value in pays.items()},
            takes={asset: _plain(value) for asset, value in takes.items()},
        )


def amount_of(amount: Any) -> tuple[str, Decimal]:
    """Return the asset and the value of an Amount field; XRP is counted in drops."""
    if isinstance(amount, str):
        return XRP, Decimal(int(amount))
    value = parse_ledger_value(amount["value"])
    if "mpt_issuance_id" in amount:
        return f"mpt/{amount['mpt_issuance_id']}", value
    return f"{amount['currency']}/{amount['issuer']}", value


def _clawed(tx: Mapping[str, Any]) -> tuple[str, Decimal]:
    # A clawback names the holder where other amounts name the issuer (xrpl.org: Clawback).
    asset, value = amount_of(tx["Amount"])
    if asset.startswith("mpt/") or asset == XRP:
        return asset, value
    return f"{tx['Amount']['currency']}/{tx['Account']}", value


def _add(sums: dict[str, Decimal], asset: str, value: Decimal) -> None:
    sums[asset] = sums.get(asset, Decimal(0)) + value


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
