"""What the transactions of a bundle do, in sentences for the officer who is asked to sign them.

A field that no sentence mentions is listed as it stands: nothing that is signed stays out of sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sovbank.ceremony.describe_settings import (
    account_set,
    deposit_preauth,
    signer_list_set,
    ticket_create,
    trust_set,
    unknown,
)
from sovbank.ceremony.naming import COMMON, in_words, named, show_amount
from sovbank.ceremony.records import Bundle
from sovbank.core.membership import TIERS


@dataclass(frozen=True)
class Description:
    """One transaction: what it does, and every field that this does not cover, as name and value."""

    sentence: str
    in_words: str | None
    fields: tuple[tuple[str, str], ...]


def describe(bundle: Bundle, names: Mapping[str, str]) -> tuple[Description, ...]:
    """Return the descriptions of the transactions; ``names`` maps addresses to what people call them."""
    return tuple(describe_transaction(tx, names) for tx in bundle.transactions)


def describe_transaction(tx: Mapping[str, Any], names: Mapping[str, str]) -> Description:
    """Return what one transaction does."""
    make = _SENTENCES.get(tx["TransactionType"], unknown)
    sentence, spelt, covered = make(tx, names)
    rest = tx.keys() - COMMON - covered
    if tx.get("Flags") == 0:
        rest -= {"Flags"}
    return Description(sentence, spelt, tuple((name, _shown(name, tx[name])) for name in sorted(rest)))


def _payment(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    covered = {"Destination", "Amount", "DestinationTag"}
    tag = f", destination tag {tx['DestinationTag']}" if "DestinationTag" in tx else ""
    to = named(tx["Destination"], names)
    sentence = f"{named(tx['Account'], names)} pays {show_amount(tx['Amount'])} to {to}{tag}"
    return sentence, in_words(tx["Amount"]), covered


def _clawback(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    amount = tx["Amount"]
    holder = amount.get("issuer", "") if isinstance(amount, dict) else ""
    sentence = f"{named(tx['Account'], names)} takes {show_amount(amount)} back from {named(holder, names)}"
    return sentence, in_words(amount), {"Amount"} if "mpt_issuance_id" not in amount else set()


def _nft_mint(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    taxon, covered = tx.get("NFTokenTaxon"), {"NFTokenTaxon"}
    tier = next((f", tier {tier}" for tier, known in TIERS.items() if known == taxon), "")
    sentence = f"{named(tx['Account'], names)} mints a token of taxon {taxon}{tier}"
    if not isinstance(tx.get("Amount"), str | dict):
        return sentence, None, covered
    price = "for nothing" if tx["Amount"] == "0" else f"for {show_amount(tx['Amount'])}"
    to = named(tx["Destination"], names) if "Destination" in tx else "everybody"
    return f"{sentence} and offers it to {to} {price}", None, covered | {"Amount", "Destination"}


def _nft_burn(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    of = f"of {named(tx['Owner'], names)}" if "Owner" in tx else "of its own"
    sentence = f"{named(tx['Account'], names)} burns token {tx.get('NFTokenID')} {of}"
    return sentence, None, {"NFTokenID", "Owner"}


_SENTENCES = {
    "AccountSet": account_set,
    "Payment": _payment,
    "Clawback": _clawback,
    "DepositPreauth": deposit_preauth,
    "NFTokenBurn": _nft_burn,
    "NFTokenMint": _nft_mint,
    "SignerListSet": signer_list_set,
    "TicketCreate": ticket_create,
    "TrustSet": trust_set,
}


def _shown(name: str, value: Any) -> str:
    if name == "Memos":
        return "; ".join(_memo(entry.get("Memo", {})) for entry in value)
    if name == "URI":
        return _ascii(value)
    if name == "Flags":
        return f"0x{value:08X}"
    return str(value)


def _memo(memo: Mapping[str, Any]) -> str:
    return " = ".join(_ascii(memo[part]) for part in ("MemoType", "MemoData") if part in memo)


def _ascii(digits: str) -> str:
    try:
        text = bytes.fromhex(digits).decode("ascii")
    except ValueError:
        return digits
    return text if text.isprintable() else digits
