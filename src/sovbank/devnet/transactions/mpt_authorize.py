"""MPTokenAuthorize: a holder opens or closes its place for an MPT; an issuer lets holders in or out.

Source of the rules: xrpld ``tx/transactors/token/MPTokenAuthorize.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import MPTOKEN_AUTHORIZED, IssuanceFlag
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
from sovbank.devnet.ledger.view import ReadView, adjust_owner_count, peek_account
from sovbank.devnet.transactions import mpt_rules

TF_UNAUTHORIZE: Final = 0x00000001
_PLACES_WITHOUT_RESERVE: Final = 2


def preflight(context: PreflightContext) -> TER:
    """Check that the holder is somebody else."""
    tx = context.tx
    return TER.temMALFORMED if tx.get("Holder") == tx.account else TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check what a holder or an issuer may do."""
    tx, view = context.tx, context.view
    if "Holder" in tx:
        return _check_issuer(tx, view)
    issuance = tx["MPTokenIssuanceID"]
    token = view.read(keylets.mptoken(issuance, tx.account))
    if tx.has_flag(TF_UNAUTHORIZE):
        return _check_closing(view, issuance, token)
    entry = mpt_rules.read_issuance(view, issuance)
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if entry["Issuer"] == tx.account:
        return TER.tecNO_PERMISSION
    return TER.tecDUPLICATE if token is not None else TER.tesSUCCESS


def _check_closing(view: ReadView, issuance: bytes, token: LedgerEntry | None) -> TER:
    if token is None:
        return TER.tecOBJECT_NOT_FOUND
    if token.get("MPTAmount", 0) or token.get("LockedAmount", 0):
        known = mpt_rules.read_issuance(view, issuance) is not None
        return TER.tecHAS_OBLIGATIONS if known else TER.tefINTERNAL
    return TER.tecNO_PERMISSION if token.has_flag(IssuanceFlag.LOCKED) else TER.tesSUCCESS


def _check_issuer(tx: Transaction, view: ReadView) -> TER:
    if not view.exists(keylets.account(tx["Holder"])):
        return TER.tecNO_DST
    entry = mpt_rules.read_issuance(view, tx["MPTokenIssuanceID"])
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if entry["Issuer"] != tx.account:
        return TER.tecNO_PERMISSION
    if not entry.has_flag(IssuanceFlag.REQUIRE_AUTH):
        return TER.tecNO_AUTH
    there = view.exists(keylets.mptoken(tx["MPTokenIssuanceID"], tx["Holder"]))
    return TER.tesSUCCESS if there else TER.tecOBJECT_NOT_FOUND


def apply(context: ApplyContext) -> TER:
    """Open or close the holder's place, or mark it authorised or not."""
    tx, view = context.tx, context.view
    if "Holder" not in tx:
        return _close(context) if tx.has_flag(TF_UNAUTHORIZE) else _open(context)
    token = view.peek(keylets.mptoken(tx["MPTokenIssuanceID"], tx["Holder"]))
    if token is None:
        return TER.tecINTERNAL
    if tx.has_flag(TF_UNAUTHORIZE):
        token.clear_flag(MPTOKEN_AUTHORIZED)
    else:
        token.set_flag(MPTOKEN_AUTHORIZED)
    view.update(token)
    return TER.tesSUCCESS


def _open(context: ApplyContext) -> TER:
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tecINTERNAL
    owned = root["OwnerCount"]
    reserve = 0 if owned < _PLACES_WITHOUT_RESERVE else view.info.fees.account_reserve(owned + 1)
    if context.prior_balance < reserve:
        return TER.tecINSUFFICIENT_RESERVE
    issuance = tx["MPTokenIssuanceID"]
    token = LedgerEntry.new(
        "MPToken",
        keylets.mptoken(issuance, tx.account),
        {"Account": tx.account, "MPTokenIssuanceID": issuance},
    )
    node = directories.insert_owned(view, tx.account, token.key)
    if node is None:
        return TER.tecDIR_FULL
    token["OwnerNode"] = node
    view.insert(token)
    adjust_owner_count(view, root, 1)
    return TER.tesSUCCESS


def _close(context: ApplyContext) -> TER:
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    token = view.peek(keylets.mptoken(tx["MPTokenIssuanceID"], tx.account))
    if root is None or token is None:
        return TER.tecINTERNAL
    if not directories.remove_owned(view, tx.account, token["OwnerNode"], token.key):
        return TER.tecINTERNAL
    adjust_owner_count(view, root, -1)
    view.erase(token)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("MPTokenIssuanceID"),
    optional=names("Holder"),
    flags=TF_UNAUTHORIZE,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
