"""MPTokenIssuanceCreate: begin a multi-purpose token.

Source of the rules: xrpld ``tx/transactors/token/MPTokenIssuanceCreate.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.amounts import MAX_MPT
from sovbank.devnet.ledger.flags import TF_UNIVERSAL, IssuanceFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import adjust_owner_count, peek_account

_MAX_TRANSFER_FEE: Final = 50_000
"""In units of 0.001 per cent."""
_MAX_METADATA: Final = 1024
_FLAGS: Final = (
    IssuanceFlag.CAN_LOCK
    | IssuanceFlag.REQUIRE_AUTH
    | IssuanceFlag.CAN_ESCROW
    | IssuanceFlag.CAN_TRADE
    | IssuanceFlag.CAN_TRANSFER
    | IssuanceFlag.CAN_CLAWBACK
)
_COPIED: Final = (
    "MaximumAmount",
    "AssetScale",
    "TransferFee",
    "MPTokenMetadata",
    "DomainID",
)


def preflight(context: PreflightContext) -> TER:
    """Check the settings by themselves."""
    tx = context.tx
    fee = tx.get("TransferFee", 0)
    if fee > _MAX_TRANSFER_FEE:
        return TER.temBAD_TRANSFER_FEE
    if fee and not tx.has_flag(IssuanceFlag.CAN_TRANSFER):
        return TER.temMALFORMED
    if "DomainID" in tx and (tx["DomainID"] == bytes(32) or not tx.has_flag(IssuanceFlag.REQUIRE_AUTH)):
        return TER.temMALFORMED
    if "MPTokenMetadata" in tx and not 1 <= len(tx["MPTokenMetadata"]) <= _MAX_METADATA:
        return TER.temMALFORMED
    if "MaximumAmount" in tx and not 1 <= tx["MaximumAmount"] <= MAX_MPT:
        return TER.temMALFORMED
    return TER.tesSUCCESS


def preclaim(_context: PreclaimContext) -> TER:
    """Check nothing further."""
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Make the issuance, named by the sequence or ticket and the account."""
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tecINTERNAL
    if context.prior_balance < view.info.fees.account_reserve(root["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    number = tx.sequence_value
    entry = LedgerEntry.new(
        "MPTokenIssuance",
        keylets.mptoken_issuance(keylets.mpt_id(number, tx.account)),
        {
            "Flags": tx.flags & ~TF_UNIVERSAL,
            "Issuer": tx.account,
            "OutstandingAmount": 0,
            "Sequence": number,
            **{name: tx[name] for name in _COPIED if name in tx},
        },
    )
    node = directories.insert_owned(view, tx.account, entry.key)
    if node is None:
        return TER.tecDIR_FULL
    entry["OwnerNode"] = node
    view.insert(entry)
    adjust_owner_count(view, root, 1)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names(""),
    optional=names("AssetScale TransferFee MaximumAmount MPTokenMetadata DomainID MutableFlags"),
    flags=_FLAGS,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
    disabled=names("MutableFlags"),
)
