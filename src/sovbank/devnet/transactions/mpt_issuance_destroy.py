"""MPTokenIssuanceDestroy: end an MPT that nobody holds.

Source of the rules: xrpld ``tx/transactors/token/MPTokenIssuanceDestroy.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import adjust_owner_count, peek_account
from sovbank.devnet.transactions import mpt_rules


def preflight(_context: PreflightContext) -> TER:
    """Check nothing further."""
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the sender issued it and that nothing is outstanding."""
    tx = context.tx
    entry = mpt_rules.read_issuance(context.view, tx["MPTokenIssuanceID"])
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if entry["Issuer"] != tx.account:
        return TER.tecNO_PERMISSION
    owes = entry["OutstandingAmount"] or entry.get("LockedAmount", 0)
    return TER.tecHAS_OBLIGATIONS if owes else TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Delete the issuance."""
    tx, view = context.tx, context.view
    entry = view.peek(keylets.mptoken_issuance(tx["MPTokenIssuanceID"]))
    root = peek_account(view, tx.account)
    if entry is None or root is None:
        return TER.tecINTERNAL
    if not directories.remove_owned(view, tx.account, entry["OwnerNode"], entry.key):
        return TER.tefBAD_LEDGER
    view.erase(entry)
    adjust_owner_count(view, root, -1)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("MPTokenIssuanceID"),
    optional=names(""),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
