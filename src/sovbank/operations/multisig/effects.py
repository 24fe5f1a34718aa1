"""What a node expects a transaction to change, from the metadata of a simulation, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sovbank.ceremony.records import Change, Effects
from sovbank.core.machine import Kind
from sovbank.core.money import format_amount, from_micro
from sovbank.errors.xrpl import NodeAnswerMalformed
from sovbank.journal.port import OperationRow
from sovbank.operations.house import House
from sovbank.wire.currency import display_currency

_MOST_CHANGES = 60
_DROPS = Decimal(1_000_000)


def expected_effects(house: House, operation: OperationRow, tx: Mapping[str, Any]) -> Effects:
    """Return what the node expects of the transaction, and what a mint does to supply and reserves.

    Raises
    ------
    NodeAnswerMalformed
        The node's metadata cannot be read.
    """
    result, meta = house.ledger.simulate(tx)
    try:
        changes = [*_supply(house, operation), *_changes(meta)]
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise NodeAnswerMalformed("the metadata of the simulation cannot be read") from error
    return Effects(result=result, changes=tuple(changes[:_MOST_CHANGES]))


def _supply(house: House, operation: OperationRow) -> Iterator[Change]:
    if operation.kind is not Kind.MINT:
        return
    symbol = operation.parameters["asset"]
    asset = house.asset_id(symbol)
    totals = house.control.totals(asset)
    amount = Decimal(operation.parameters["amount"])
    supply = from_micro(totals.supply)
    backing = format_amount(from_micro(house.control.reserves(asset).capacity_micro))
    yield Change(
        what=f"{symbol} in circulation", before=format_amount(supply), after=format_amount(supply + amount)
    )
    yield Change(what=f"reserves attested for {symbol}", before=backing, after=backing)


def _changes(meta: Mapping[str, Any]) -> Iterator[Change]:
    for node in meta.get("AffectedNodes", ()):
        ((how, entry),) = node.items()
        kind = entry["LedgerEntryType"]
        now, was = entry.get("FinalFields") or entry.get("NewFields") or {}, entry.get("PreviousFields", {})
        if kind == "RippleState" and ("Balance" in was or how == "CreatedNode"):
            yield _line(now, was)
        elif kind == "AccountRoot" and "Balance" in was:
            yield Change(
                what=f"XRP of {now['Account']}", before=_xrp(was["Balance"]), after=_xrp(now["Balance"])
            )
        elif kind == "NFTokenOffer" and how == "CreatedNode":
            to = now.get("Destination", "everybody")
            yield Change(what=f"offer of token {now['NFTokenID']}", before="none", after=f"to {to}")
        elif how == "DeletedNode":
            yield Change(what=f"{kind} {entry['LedgerIndex']}", before="on the ledger", after="deleted")


def _line(now: Mapping[str, Any], was: Mapping[str, Any]) -> Change:
    high, low = now["HighLimit"]["issuer"], now["LowLimit"]["issuer"]
    currency = display_currency(now["Balance"]["currency"])
    # The ledger writes a balance from the low account's side.
    before = was.get("Balance", {"value": "0"})["value"]
    return Change(
        what=f"{currency} that {high} owes {low} (negative: the other way)",
        before=before,
        after=now["Balance"]["value"],
    )


def _xrp(drops: str) -> str:
    return format(Decimal(int(drops)) / _DROPS, "f")
