"""NFTokenBurn: destroy an NFT; its issuer may burn another's where it is burnable.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenBurn.cpp``.
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
from sovbank.devnet.ledger.view import peek_account, read_account
from sovbank.devnet.transactions import nft_pages, nft_rules


def preflight(_context: PreflightContext) -> TER:
    """Check nothing further."""
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the owner has it and that the sender may burn it."""
    tx, view = context.tx, context.view
    token_id, owner = tx["NFTokenID"], tx.get("Owner", tx.account)
    if nft_pages.find(view, owner, token_id) is None:
        return TER.tecNO_ENTRY
    if owner == tx.account:
        return TER.tesSUCCESS
    if not nft_rules.flags_of(token_id) & nft_rules.FLAG_BURNABLE:
        return TER.tecNO_PERMISSION
    issuer = nft_rules.issuer_of(token_id)
    if issuer != tx.account:
        root = read_account(view, issuer)
        if root is not None and root.get("NFTokenMinter") != tx.account:
            return TER.tecNO_PERMISSION
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Take it away, count it, and delete offers for it."""
    tx, view = context.tx, context.view
    token_id = tx["NFTokenID"]
    result = nft_pages.remove(view, tx.get("Owner", tx.account), token_id)
    if result is not TER.tesSUCCESS:
        return result
    issuer = peek_account(view, nft_rules.issuer_of(token_id))
    if issuer is not None:
        issuer["BurnedNFTokens"] = issuer.get("BurnedNFTokens", 0) + 1
        view.update(issuer)
    nft_rules.delete_offers(view, token_id)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("NFTokenID"),
    optional=names("Owner"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
