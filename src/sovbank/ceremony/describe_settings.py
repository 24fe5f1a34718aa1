"""What changes of settings, trust lines and signer lists do, in sentences for the officer who signs them.

Each sentence comes with the fields that it covers; a value that it does not know is not covered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.ceremony.naming import COMMON, named, show_amount, slot_of, unit_name
from sovbank.ceremony.totals import amount_of

Said = tuple[str, str | None, set[str]]

_GLOBAL_FREEZE = 7
# xrpl.org: AccountSet Flags. What setting each does; clearing it takes that back.
_SETS = {
    1: "require a destination tag on payments to it",
    2: "hold back every trust line to it until it is authorised",
    3: "ask senders not to send it XRP",
    4: "DISABLE ITS MASTER KEY",
    6: "GIVE UP FREEZING, for good",
    8: "let holders pay each other in its tokens",
    9: "take payments only from accounts that it preauthorised",
    12: "refuse NFT offers from strangers",
    13: "refuse checks from strangers",
    14: "refuse payment channels from strangers",
    15: "refuse trust lines from strangers",
    16: "be able to claw its tokens back, for good",
}
_TRANSACTION_FLAGS = {0x00010000: 1, 0x00040000: 2, 0x00100000: 3}
# xrpl.org: TrustSet Flags. What an issuer does to a holder's line with a limit of zero.
_LINE_FLAGS = {
    0x00010000: "authorises",
    0x00100000: "freezes",
    0x00200000: "lifts the freeze of",
    0x00500000: "deep-freezes",
    0x00A00000: "lifts every freeze of",
}


def account_set(tx: Mapping[str, Any], names: Mapping[str, str]) -> Said:
    """Say what an AccountSet changes."""
    account = named(tx["Account"], names)
    if tx.get("SetFlag") == _GLOBAL_FREEZE:
        sentence = f"{account} freezes every token it has issued: holders can only pay them back to it"
        return sentence, None, {"SetFlag"}
    if tx.get("ClearFlag") == _GLOBAL_FREEZE:
        return f"{account} lifts the freeze of every token it has issued", None, {"ClearFlag"}
    if not tx.get("Flags") and tx.keys() <= COMMON | {"Memos", "Flags"}:
        return f"{account} changes nothing: the transaction only uses up its {slot_of(tx)}", None, set()
    parts, covered = _changes(tx)
    if not parts:
        return unknown(tx, names)
    return f"{account} is set to {'; to '.join(parts)}", None, covered


def _changes(tx: Mapping[str, Any]) -> tuple[list[str], set[str]]:
    parts: list[str] = []
    covered: set[str] = set()
    if tx.get("SetFlag") in _SETS:
        parts.append(_SETS[tx["SetFlag"]])
        covered.add("SetFlag")
    if tx.get("ClearFlag") in _SETS:
        parts.append(f"no longer {_SETS[tx['ClearFlag']]}")
        covered.add("ClearFlag")
    flags = tx.get("Flags", 0)
    known = [number for bit, number in _TRANSACTION_FLAGS.items() if flags & bit]
    if flags and flags == sum(bit for bit in _TRANSACTION_FLAGS if flags & bit):
        parts += [_SETS[number] for number in known]
        covered.add("Flags")
    domain = _domain(tx.get("Domain"))
    if domain is not None:
        parts.append(f"name the domain {domain}" if domain else "name no domain")
        covered.add("Domain")
    if "TickSize" in tx:
        parts.append(f"quote prices with {tx['TickSize']} digits")
        covered.add("TickSize")
    return parts, covered


def _domain(value: Any) -> str | None:
    try:
        text = bytes.fromhex(value).decode("ascii")
    except (TypeError, ValueError):
        return None
    return text if text.isprintable() and " " not in text else None


def signer_list_set(tx: Mapping[str, Any], names: Mapping[str, str]) -> Said:
    """Say which signer list an account gets."""
    entries = [entry.get("SignerEntry", {}) for entry in tx.get("SignerEntries", [])]
    listed = ", ".join(
        f"{named(entry.get('Account', ''), names)} with weight {entry.get('SignerWeight')}"
        for entry in entries
    )
    account = named(tx["Account"], names)
    if not entries:
        return f"{account} gives up its signer list", None, {"SignerQuorum"}
    sentence = f"{account} gets a new signer list with quorum {tx.get('SignerQuorum')}: {listed}"
    return sentence, None, {"SignerQuorum", "SignerEntries"}


def ticket_create(tx: Mapping[str, Any], names: Mapping[str, str]) -> Said:
    """Say how many tickets are created."""
    return f"{named(tx['Account'], names)} creates {tx.get('TicketCount')} tickets", None, {"TicketCount"}


def trust_set(tx: Mapping[str, Any], names: Mapping[str, str]) -> Said:
    """Say what a TrustSet does to a line."""
    limit = tx.get("LimitAmount")
    account = named(tx["Account"], names)
    if not isinstance(limit, dict) or "issuer" not in limit:
        return f"{account} changes a trust line", None, set()
    other = named(limit["issuer"], names)
    does = _LINE_FLAGS.get(tx.get("Flags", 0))
    if does is not None and amount_of(limit)[1] == 0 and not tx.keys() & {"QualityIn", "QualityOut"}:
        token = unit_name(amount_of(limit)[0])
        return f"{account} {does} the {token} trust line of {other}", None, {"LimitAmount", "Flags"}
    sentence = f"{account} sets its side of the {unit_name(amount_of(limit)[0])} trust line with {other}"
    return f"{sentence} to a limit of {show_amount(limit)}", None, {"LimitAmount"}


def deposit_preauth(tx: Mapping[str, Any], names: Mapping[str, str]) -> Said:
    """Say whom a DepositPreauth lets pay, or no longer."""
    account = named(tx["Account"], names)
    if "Authorize" in tx and "Unauthorize" not in tx:
        return f"{account} lets {named(tx['Authorize'], names)} pay it", None, {"Authorize"}
    if "Unauthorize" in tx and "Authorize" not in tx:
        return f"{account} no longer lets {named(tx['Unauthorize'], names)} pay it", None, {"Unauthorize"}
    return unknown(tx, names)


def unknown(tx: Mapping[str, Any], names: Mapping[str, str]) -> Said:
    """Name the type of a transaction that no sentence is made for."""
    return f"{named(tx['Account'], names)} sends a transaction of type {tx['TransactionType']}", None, set()
