"""What addresses, amounts and slots are called on the officer's screen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sovbank.ceremony.spelling import spell
from sovbank.ceremony.totals import XRP, amount_of
from sovbank.wire.currency import display_currency

# Shown elsewhere on the screen for every transaction.
COMMON = frozenset(
    {"TransactionType", "Account", "Fee", "Sequence", "TicketSequence", "LastLedgerSequence"}
    | {"NetworkID", "SigningPubKey", "InvoiceID"}
)


def named(address: str, names: Mapping[str, str]) -> str:
    """Return the address, after what people call it where they do."""
    known = names.get(address)
    return f"{known} ({address})" if known else address


def show_amount(amount: Any) -> str:
    """Return an Amount field for a person: ``250,000.5 FTHUSD``, XRP not in drops; every digit is kept."""
    asset, value = amount_of(amount)
    return f"{_grouped(_units(asset, value))} {unit_name(asset)}"


def in_words(amount: Any) -> str:
    """Return an Amount field in words."""
    asset, value = amount_of(amount)
    return f"{spell(_units(asset, value))} {unit_name(asset)}"


def unit_name(asset: str) -> str:
    """Return what an asset of ``totals`` is called."""
    return XRP if asset == XRP else display_currency(asset.partition("/")[0])


def slot_of(tx: Mapping[str, Any]) -> str:
    """Return the ticket or the sequence that a transaction uses up."""
    return f"ticket {tx['TicketSequence']}" if "TicketSequence" in tx else f"sequence {tx.get('Sequence')}"


def _units(asset: str, value: Decimal) -> Decimal:
    return value.scaleb(-6) if asset == XRP else value


def _grouped(value: Decimal) -> str:
    whole, point, fraction = format(value, "f").partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole):,}" + (point + fraction if fraction else "")
