"""MPTokenIssuanceSet: lock or unlock an issuance or a holder, and set the domain of who may hold.

Source of the rules: xrpld ``tx/transactors/token/MPTokenIssuanceSet.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import IssuanceFlag
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

TF_LOCK: Final = 0x00000001
TF_UNLOCK: Final = 0x00000002

_MUTABLE_FIELDS: Final = ("MutableFlags", "MPTokenMetadata", "TransferFee")
"""What waits for the amendment that lets issuances change."""


def preflight(context: PreflightContext) -> TER:
    """Check the changes by themselves."""
    tx = context.tx
    if any(name in tx for name in _MUTABLE_FIELDS):
        return TER.temDISABLED
    if "DomainID" in tx and "Holder" in tx:
        return TER.temMALFORMED
    if tx.has_flag(TF_LOCK) and tx.has_flag(TF_UNLOCK):
        return TER.temINVALID_FLAG
    if tx.get("Holder") == tx.account:
        return TER.temMALFORMED
    nothing = not tx.flags and "DomainID" not in tx
    return TER.temMALFORMED if nothing else TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the sender issued it, that it can be locked, and who or what is named."""
    tx, view = context.tx, context.view
    entry = mpt_rules.read_issuance(view, tx["MPTokenIssuanceID"])
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if not entry.has_flag(IssuanceFlag.CAN_LOCK) and tx.has_flag(TF_LOCK | TF_UNLOCK):
        return TER.tecNO_PERMISSION
    if entry["Issuer"] != tx.account:
        return TER.tecNO_PERMISSION
    return _check_references(tx, view, entry)


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
    if "DomainID" in tx:
        if any(tx["DomainID"]):
            entry["DomainID"] = tx["DomainID"]
        else:
            entry.discard("DomainID")
    view.update(entry)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("MPTokenIssuanceID"),
    optional=names("Holder DomainID MPTokenMetadata TransferFee MutableFlags"),
    flags=TF_LOCK | TF_UNLOCK,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
