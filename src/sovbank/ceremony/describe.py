"""What the transactions of a bundle do, in sentences for the officer who is asked to sign them.

A field that no sentence mentions is listed as it stands: nothing that is signed stays out of sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sovbank.ceremony.records import Bundle
from sovbank.ceremony.spelling import spell
from sovbank.ceremony.totals import XRP, amount_of
from sovbank.core.membership import TIERS
from sovbank.wire.currency import display_currency

# Shown elsewhere on the screen for every transaction.
_COMMON = frozenset(
    {"TransactionType", "Account", "Fee", "Sequence", "TicketSequence", "LastLedgerSequence"}
    | {"NetworkID", "SigningPubKey", "InvoiceID"}
)

_GLOBAL_FREEZE = 7  # xrpl.org: AccountSet Flags


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
    make = _SENTENCES.get(tx["TransactionType"], _unknown)
    sentence, in_words, covered = make(tx, names)
    rest = tx.keys() - _COMMON - covered
    if tx.get("Flags") == 0:
        rest -= {"Flags"}
    return Description(sentence, in_words, tuple((name, _shown(name, tx[name])) for name in sorted(rest)))


def show_amount(amount: Any) -> str:
    """Return an Amount field for a person: ``250,000.5 FTHUSD``, XRP not in drops; every digit is kept."""
    asset, value = amount_of(amount)
    return f"{_grouped(_units(asset, value))} {_unit_name(asset)}"


def _payment(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    covered = {"Destination", "Amount", "DestinationTag"}
    tag = f", destination tag {tx['DestinationTag']}" if "DestinationTag" in tx else ""
    to = _name(tx["Destination"], names)
    sentence = f"{_name(tx['Account'], names)} pays {show_amount(tx['Amount'])} to {to}{tag}"
    return sentence, _in_words(tx["Amount"]), covered


def _clawback(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    amount = tx["Amount"]
    holder = amount.get("issuer", "") if isinstance(amount, dict) else ""
    sentence = f"{_name(tx['Account'], names)} takes {show_amount(amount)} back from {_name(holder, names)}"
    return sentence, _in_words(amount), {"Amount"} if "mpt_issuance_id" not in amount else set()


def _signer_list(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    entries = [entry.get("SignerEntry", {}) for entry in tx.get("SignerEntries", [])]
    listed = ", ".join(
        f"{_name(entry.get('Account', ''), names)} with weight {entry.get('SignerWeight')}"
        for entry in entries
    )
    account = _name(tx["Account"], names)
    if not entries:
        return f"{account} gives up its signer list", None, {"SignerQuorum"}
    sentence = f"{account} gets a new signer list with quorum {tx.get('SignerQuorum')}: {listed}"
    return sentence, None, {"SignerQuorum", "SignerEntries"}


def _account_set(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    account = _name(tx["Account"], names)
    if tx.get("SetFlag") == _GLOBAL_FREEZE:
        sentence = f"{account} freezes every token it has issued: holders can only pay them back to it"
        return sentence, None, {"SetFlag"}
    if tx.get("ClearFlag") == _GLOBAL_FREEZE:
        return f"{account} lifts the freeze of every token it has issued", None, {"ClearFlag"}
    if not tx.get("Flags") and tx.keys() <= _COMMON | {"Memos", "Flags"}:
        return f"{account} changes nothing: the transaction only uses up its {_slot(tx)}", None, set()
    return _unknown(tx, names)


def _slot(tx: Mapping[str, Any]) -> str:
    return f"ticket {tx['TicketSequence']}" if "TicketSequence" in tx else f"sequence {tx.get('Sequence')}"


def _tickets(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    return f"{_name(tx['Account'], names)} creates {tx.get('TicketCount')} tickets", None, {"TicketCount"}


def _trust(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    limit = tx.get("LimitAmount")
    account = _name(tx["Account"], names)
    if not isinstance(limit, dict) or "issuer" not in limit:
        return f"{account} changes a trust line", None, set()
    other = _name(limit["issuer"], names)
    sentence = f"{account} sets its side of the {_unit_name(amount_of(limit)[0])} trust line with {other}"
    return f"{sentence} to a limit of {show_amount(limit)}", None, {"LimitAmount"}


def _nft_mint(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    taxon, covered = tx.get("NFTokenTaxon"), {"NFTokenTaxon"}
    tier = next((f", tier {tier}" for tier, known in TIERS.items() if known == taxon), "")
    sentence = f"{_name(tx['Account'], names)} mints a token of taxon {taxon}{tier}"
    if not isinstance(tx.get("Amount"), str | dict):
        return sentence, None, covered
    price = "for nothing" if tx["Amount"] == "0" else f"for {show_amount(tx['Amount'])}"
    to = _name(tx["Destination"], names) if "Destination" in tx else "everybody"
    return f"{sentence} and offers it to {to} {price}", None, covered | {"Amount", "Destination"}


def _nft_burn(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    of = f"of {_name(tx['Owner'], names)}" if "Owner" in tx else "of its own"
    sentence = f"{_name(tx['Account'], names)} burns token {tx.get('NFTokenID')} {of}"
    return sentence, None, {"NFTokenID", "Owner"}


def _unknown(tx: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str | None, set[str]]:
    return f"{_name(tx['Account'], names)} sends a transaction of type {tx['TransactionType']}", None, set()


_SENTENCES = {
    "AccountSet": _account_set,
    "Payment": _payment,
    "Clawback": _clawback,
    "NFTokenBurn": _nft_burn,
    "NFTokenMint": _nft_mint,
    "SignerListSet": _signer_list,
    "TicketCreate": _tickets,
    "TrustSet": _trust,
}


def _in_words(amount: Any) -> str:
    asset, value = amount_of(amount)
    return f"{spell(_units(asset, value))} {_unit_name(asset)}"


def _units(asset: str, value: Decimal) -> Decimal:
    return value.scaleb(-6) if asset == XRP else value


def _unit_name(asset: str) -> str:
    return XRP if asset == XRP else display_currency(asset.partition("/")[0])


def _grouped(value: Decimal) -> str:
    whole, point, fraction = format(value, "f").partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole):,}" + (point + fraction if fraction else "")


def _name(address: str, names: Mapping[str, str]) -> str:
    known = names.get(address)
    return f"{known} ({address})" if known else address


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
