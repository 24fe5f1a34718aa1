"""How a transaction and its metadata read in answers: with its place, its date and what it delivered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sovbank.devnet.ledger.header import EPOCH_OFFSET
from sovbank.devnet.ledger.history import AppliedTransaction, History
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.text import amount_text, fields_text, hexadecimal
from sovbank.devnet.ledger.transaction import Transaction

_DELIVERING: Final = frozenset({"Payment", "CheckCash", "AccountDelete"})

_DELIVERING_IN_LEDGER: Final = frozenset({"Payment", "CheckCash"})


def iso_time(seconds: int) -> str:
    """Give a ledger time in ISO 8601."""
    return datetime.fromtimestamp(seconds + EPOCH_OFFSET, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def transaction_text(tx: Transaction, *, version: int) -> dict[str, Any]:
    """Give the JSON of a transaction; version 1 has its hash among its fields."""
    text = fields_text(tx.fields)
    if version == 1:
        text["hash"] = hexadecimal(tx.hash)
    return text


def with_deliver_max(text: dict[str, Any], *, version: int) -> dict[str, Any]:
    """Show a payment's Amount as DeliverMax, beside it in version 1 and instead of it from 2 on."""
    if text.get("TransactionType") == "Payment" and "Amount" in text:
        text["DeliverMax"] = text["Amount"]
        if version > 1:
            del text["Amount"]
    return text


def concise_id(ledger: int, index: int, network_id: int) -> str | None:
    """Give the CTID of a transaction, or None where its numbers do not fit."""
    if ledger > 0x0FFFFFFF or index > 0xFFFF or network_id > 0xFFFF:
        return None
    return f"{0xC0000000 | ledger:08X}{index:04X}{network_id:04X}"


def placed_text(
    applied: AppliedTransaction, history: History, *, network_id: int, version: int, dated: bool
) -> dict[str, Any]:
    """Give the JSON of an applied transaction with the ledger it is in."""
    text = transaction_text(applied.tx, version=version)
    if version == 1:
        text["inLedger"] = applied.ledger
    text["ledger_index"] = applied.ledger
    closed = history.ledger(applied.ledger)
    if dated and closed is not None:
        text["date"] = closed.header.close_time
    ctid = concise_id(applied.ledger, applied.index, applied.tx.get("NetworkID", network_id))
    if ctid is not None:
        text["ctid"] = ctid
    return text


def metadata_text(tx: Transaction, metadata: dict[str, Any], *, in_ledger: bool = False) -> dict[str, Any]:
    """Give the JSON of metadata, with what clients are told beside it; where a ledger lists it, with less."""
    text = fields_text(metadata)
    if in_ledger and tx.type not in _DELIVERING_IN_LEDGER | {"MPTokenIssuanceCreate"}:
        return text
    if metadata["TransactionResult"] != TER.tesSUCCESS:
        return text
    if tx.type in _DELIVERING:
        text["delivered_amount"] = _delivered(tx, metadata)
    elif tx.type == "MPTokenIssuanceCreate":
        text.update(_created_issuance(metadata))
    else:
        text.update(_tokens(tx, metadata))
    return text


def _delivered(tx: Transaction, metadata: dict[str, Any]) -> Any:
    amount = metadata.get("DeliveredAmount", tx.get("Amount"))
    return "unavailable" if amount is None else amount_text(amount)


def _nodes(metadata: dict[str, Any], kind: str, entry_type: str) -> list[dict[str, Any]]:
    return [
        element[kind]
        for element in metadata["AffectedNodes"]
        if kind in element and element[kind]["LedgerEntryType"] == entry_type
    ]


def _created_issuance(metadata: dict[str, Any]) -> dict[str, Any]:
    for node in _nodes(metadata, "CreatedNode", "MPTokenIssuance"):
        fields = node["NewFields"]
        sequence: int = fields.get("Sequence", 0)
        return {"mpt_issuance_id": hexadecimal(sequence.to_bytes(4, "big") + fields["Issuer"])}
    return {}


def _tokens(tx: Transaction, metadata: dict[str, Any]) -> dict[str, Any]:
    """Give the ids of tokens and offers that a token transaction made or settled."""
    text: dict[str, Any] = {}
    if tx.type == "NFTokenMint":
        minted = _minted(metadata)
        if minted is not None:
            text["nftoken_id"] = hexadecimal(minted)
    elif tx.type in ("NFTokenAcceptOffer", "NFTokenCancelOffer"):
        settled = sorted(
            {node["FinalFields"]["NFTokenID"] for node in _nodes(metadata, "DeletedNode", "NFTokenOffer")}
        )
        if tx.type == "NFTokenCancelOffer":
            text["nftoken_ids"] = [hexadecimal(token) for token in settled]
        elif settled:
            text["nftoken_id"] = hexadecimal(settled[0])
    if tx.type == "NFTokenCreateOffer" or (tx.type == "NFTokenMint" and "Amount" in tx):
        for node in _nodes(metadata, "CreatedNode", "NFTokenOffer")[:1]:
            text["offer_id"] = hexadecimal(node["LedgerIndex"])
    return text


def _minted(metadata: dict[str, Any]) -> bytes | None:
    """Find the token that is in the pages after, and was not in them before."""
    before: list[bytes] = []
    after: list[bytes] = []
    for element in metadata["AffectedNodes"]:
        for kind, node in element.items():
            if node["LedgerEntryType"] != "NFTokenPage":
                continue
            if kind == "CreatedNode":
                after += _page_tokens(node["NewFields"])
            elif kind == "ModifiedNode" and "NFTokens" in node.get("PreviousFields", {}):
                before += _page_tokens(node["PreviousFields"])
                after += _page_tokens(node["FinalFields"])
    if len(after) != len(before) + 1:
        return None
    for place, token in enumerate(after):
        if place >= len(before) or before[place] != token:
            return token
    return None


def _page_tokens(fields: dict[str, Any]) -> list[bytes]:
    return [element["NFToken"]["NFTokenID"] for element in fields["NFTokens"]]
