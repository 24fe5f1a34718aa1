"""NFTokenCreateOffer: offer to sell an NFT, or to buy one from its owner.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenCreateOffer.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.flags import NFTOKEN_OFFER_SELL
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.transactions import nft_pages, nft_rules


def _offer(tx: Transaction) -> nft_rules.NewOffer:
    return nft_rules.NewOffer(
        account=tx.account,
        amount=tx["Amount"],
        is_sell=tx.has_flag(NFTOKEN_OFFER_SELL),
        destination=tx.get("Destination"),
        expiration=tx.get("Expiration"),
        owner=tx.get("Owner"),
    )


def preflight(context: PreflightContext) -> TER:
    """Check the offer by itself."""
    tx = context.tx
    return nft_rules.check_offer_alone(_offer(tx), nft_rules.flags_of(tx["NFTokenID"]))


def preclaim(context: PreclaimContext) -> TER:
    """Check that the token is where the offer says, and the rest of the offer."""
    tx, view = context.tx, context.view
    if nft_rules.is_expired(view, tx.get("Expiration")):
        return TER.tecEXPIRED
    offer, token_id = _offer(tx), tx["NFTokenID"]
    holder = offer.owner if offer.owner is not None else tx.account
    if nft_pages.find(view, holder, token_id) is None:
        return TER.tecNO_ENTRY
    return nft_rules.check_offer(
        view,
        offer,
        nft_rules.issuer_of(token_id),
        nft_rules.flags_of(token_id),
        nft_rules.fee_of(token_id),
    )


def apply(context: ApplyContext) -> TER:
    """Make the offer."""
    return nft_rules.create_offer(context, _offer(context.tx), context.tx["NFTokenID"])


TRANSACTOR: Final = Transactor(
    required=names("NFTokenID Amount"),
    optional=names("Destination Owner Expiration"),
    flags=NFTOKEN_OFFER_SELL,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
