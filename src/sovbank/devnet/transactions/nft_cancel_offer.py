"""NFTokenCancelOffer: delete offers; their maker or destination may, and anybody once they expired.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenCancelOffer.cpp``.
"""

from __future__ import annotations

from typing import Final

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
from sovbank.devnet.transactions import nft_rules

_MOST_OFFERS: Final = 500


def preflight(context: PreflightContext) -> TER:
    """Check the list by itself."""
    ids = context.tx["NFTokenOffers"]
    if not 1 <= len(ids) <= _MOST_OFFERS or bytes(32) in ids or len(set(ids)) < len(ids):
        return TER.temMALFORMED
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the sender may cancel every offer that is still there."""
    tx, view = context.tx, context.view
    allowed = all(_may_cancel(tx, view, key) for key in tx["NFTokenOffers"])
    return TER.tesSUCCESS if allowed else TER.tecNO_PERMISSION


def _may_cancel(tx: Transaction, view: ReadView, key: bytes) -> bool:
    offer = view.read(key)
    if offer is None:
        return True
    if offer.type != "NFTokenOffer":
        return False
    if nft_rules.is_expired(view, offer.get("Expiration")):
        return True
    return tx.account in (offer["Owner"], offer.get("Destination"))


def apply(context: ApplyContext) -> TER:
    """Delete them."""
    view = context.view
    for key in context.tx["NFTokenOffers"]:
        offer = view.peek(key)
        if offer is not None and not nft_rules.delete_offer(view, offer):
            return TER.tefBAD_LEDGER
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("NFTokenOffers"),
    optional=names(""),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
