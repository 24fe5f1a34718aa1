"""MPTokenIssuanceSet: lock or unlock, set the domain, and change what was declared mutable.

Source of the rules: xrpld ``tx/transactors/token/MPTokenIssuanceSet.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import TF_UNIVERSAL, IssuanceFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import ReadView
from sovbank.devnet.transactions import mpt_rules
from sovbank.devnet.transactions.mpt_rules import (
    MAX_METADATA,
    MAX_TRANSFER_FEE,
    MUTABLE_METADATA,
    MUTABLE_TRANSFER_FEE,
)

TF_LOCK: Final = 0x00000001
TF_UNLOCK: Final = 0x00000002

_MUTATIONS: Final = (
    (0x001, 0x002, IssuanceFlag.CAN_LOCK),
    (0x004, 0x008, IssuanceFlag.REQUIRE_AUTH),
    (0x010, 0x020, IssuanceFlag.CAN_ESCROW),
    (0x040, 0x080, IssuanceFlag.CAN_TRADE),
    (0x100, 0x200, IssuanceFlag.CAN_TRANSFER),
    (0x400, 0x800, IssuanceFlag.CAN_CLAWBACK),
)
"""Bits of MutableFlags that set and clear a flag, and the flag, which is also the bit that lets it change."""
_KNOWN: Final = 0xFFF
_CLEAR_REQUIRE_AUTH: Final = 0x008
_CLEAR_CAN_TRANSFER: Final = 0x200
_MUTABLE_FIELDS: Final = ("MutableFlags", "MPTokenMetadata", "TransferFee")


def preflight(context: PreflightContext) -> TER:
    """Check the changes by themselves."""
    tx = context.tx
    if "DomainID" in tx and "Holder" in tx:
        return TER.temMALFORMED
    if tx.has_flag(TF_LOCK) and tx.has_flag(TF_UNLOCK):
        return TER.temINVALID_FLAG
    if tx.get("Holder") == tx.account:
        return TER.temMALFORMED
    mutates = any(name in tx for name in _MUTABLE_FIELDS)
    if not tx.flags and "DomainID" not in tx and not mutates:
        return TER.temMALFORMED
    return _check_mutation(tx) if mutates else TER.tesSUCCESS


def _check_mutation(tx: Transaction) -> TER:
    if "Holder" in tx or tx.flags & ~TF_UNIVERSAL:
        return TER.temMALFORMED
    fee = tx.get("TransferFee", 0)
    if fee > MAX_TRANSFER_FEE:
        return TER.temBAD_TRANSFER_FEE
    if len(tx.get("MPTokenMetadata", b"")) > MAX_METADATA:
        return TER.temMALFORMED
    changes = tx.get("MutableFlags")
    if changes is None:
        return TER.tesSUCCESS
    contradicts = any(changes & sets and changes & clears for sets, clears, _ in _MUTATIONS)
    if not changes or changes & ~_KNOWN or contradicts:
        return TER.temINVALID_FLAG
    return TER.temMALFORMED if fee and changes & _CLEAR_CAN_TRANSFER else TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the sender issued it, and that the changes were allowed for."""
    tx, view = context.tx, context.view
    entry = mpt_rules.read_issuance(view, tx["MPTokenIssuanceID"])
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if not entry.has_flag(IssuanceFlag.CAN_LOCK) and tx.has_flag(TF_LOCK | TF_UNLOCK):
        return TER.tecNO_PERMISSION
    if entry["Issuer"] != tx.account:
        return TER.tecNO_PERMISSION
    result = _check_references(tx, view, entry)
    return _check_permitted(tx, entry) if result is TER.tesSUCCESS else result


def _check_references(tx: Transaction, view: ReadView, entry: LedgerEntry) -> TER:
    if "Holder" in tx:
        if not view.exists(keylets.account(tx["Holder"])):
            return TER.tecNO_DST
        if not view.exists(keylets.mptoken(tx["MPTokenIssuanceID"], tx["Holder"])):
            return TER.tecOBJECT_NOT_FOUND
    if "DomainID" in tx:
        if not entry.has_flag(IssuanceFlag.REQUIRE_AUTH):
            return TER.tecNO_PERMISSION
        if tx["DomainID"] != bytes(32):
            domain = view.read(tx["DomainID"])
            if domain is None or domain.type != "PermissionedDomain":
                return TER.tecOBJECT_NOT_FOUND
    return TER.tesSUCCESS


def _check_permitted(tx: Transaction, entry: LedgerEntry) -> TER:
    mutable = entry.get("MutableFlags", 0)
    changes = tx.get("MutableFlags", 0)
    if any(changes & (sets | clears) and not mutable & flag for sets, clears, flag in _MUTATIONS):
        return TER.tecNO_PERMISSION
    if changes & _CLEAR_REQUIRE_AUTH and "DomainID" in entry:
        return TER.tecNO_PERMISSION
    if "MPTokenMetadata" in tx and not mutable & MUTABLE_METADATA:
        return TER.tecNO_PERMISSION
    if "TransferFee" in tx:
        if tx["TransferFee"] and not entry.has_flag(IssuanceFlag.CAN_TRANSFER):
            return TER.tecNO_PERMISSION
        if not mutable & MUTABLE_TRANSFER_FEE:
            return TER.tecNO_PERMISSION
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Change the holder's place, or the issuance."""
    tx, view = context.tx, context.view
    issuance = tx["MPTokenIssuanceID"]
    key = keylets.mptoken(issuance, tx["Holder"]) if "Holder" in tx else keylets.mptoken_issuance(issuance)
    entry = view.peek(key)
    if entry is None:
        return TER.tecINTERNAL
    if tx.has_flag(TF_LOCK):
        entry.set_flag(IssuanceFlag.LOCKED)
    elif tx.has_flag(TF_UNLOCK):
        entry.clear_flag(IssuanceFlag.LOCKED)
    _mutate(tx, entry)
    view.update(entry)
    return TER.tesSUCCESS


def _mutate(tx: Transaction, entry: LedgerEntry) -> None:
    changes = tx.get("MutableFlags", 0)
    for sets, clears, flag in _MUTATIONS:
        if changes & sets:
            entry.set_flag(flag)
        elif changes & clears:
            entry.clear_flag(flag)
    if changes & _CLEAR_CAN_TRANSFER:
        entry.discard("TransferFee")
    for name, nothing in (("TransferFee", 0), ("MPTokenMetadata", b""), ("DomainID", bytes(32))):
        if name not in tx:
            continue
        if tx[name] == nothing:
            entry.discard(name)
        else:
            entry[name] = tx[name]


TRANSACTOR: Final = Transactor(
    required=names("MPTokenIssuanceID"),
    optional=names("Holder DomainID MPTokenMetadata TransferFee MutableFlags"),
    flags=TF_LOCK | TF_UNLOCK,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
