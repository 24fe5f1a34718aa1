"""NFTokenModify: change the URI of a mutable NFT.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenModify.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import read_account
from sovbank.devnet.transactions import nft_pages, nft_rules


def preflight(context: PreflightContext) -> TER:
    """Check the fields by themselves."""
    tx = context.tx
    if tx.get("Owner") == tx.account:
        return TER.temMALFORMED
    if "URI" in tx and not 1 <= len(tx["URI"]) <= nft_rules.MAX_URI:
        return TER.temMALFORMED
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the owner has it, that it is mutable, and that the sender speaks for the issuer."""
    tx, view = context.tx, context.view
    token_id = tx["NFTokenID"]
    if nft_pages.find(view, tx.get("Owner", tx.account), token_id) is None:
        return TER.tecNO_ENTRY
    if not nft_rules.flags_of(token_id) & nft_rules.FLAG_MUTABLE:
        return TER.tecNO_PERMISSION
    issuer = nft_rules.issuer_of(token_id)
    if issuer != tx.account:
        root = read_account(view, issuer)
        if root is None:
            return TER.tecINTERNAL
        if root.get("NFTokenMinter") != tx.account:
            return TER.tecNO_PERMISSION
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Set the URI, or take it away."""
    tx = context.tx
    return nft_pages.change_uri(context.view, tx.get("Owner", tx.account), tx["NFTokenID"], tx.get("URI"))


TRANSACTOR: Final = Transactor(
    required=names("NFTokenID"),
    optional=names("Owner URI"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
