"""Checks before an offer for an NFT is taken, in the server's order.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenAcceptOffer.cpp``.
"""

from __future__ import annotations

from sovbank.devnet.ledger.flags import NFTOKEN_OFFER_SELL
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.values import TokenAmount
from sovbank.devnet.ledger.view import ReadView
from sovbank.devnet.transactions import amount_rules, nft_money, nft_pages, nft_rules


def check(tx: Transaction, view: ReadView) -> TER:
    """Check the offers that a transaction takes."""
    offers: dict[str, LedgerEntry] = {}
    for name in ("NFTokenBuyOffer", "NFTokenSellOffer"):
        if name not in tx:
            continue
        offer = view.read(tx[name])
        if offer is None or offer.type != "NFTokenOffer":
            return TER.tecOBJECT_NOT_FOUND
        offers[name] = offer
    bid, ask = offers.get("NFTokenBuyOffer"), offers.get("NFTokenSellOffer")
    result = TER.tesSUCCESS
    if bid is not None and ask is not None:
        result = _check_brokered(tx, view, bid, ask)
    if result is TER.tesSUCCESS and bid is not None:
        result = _check_bid(tx, view, bid, brokered=ask is not None)
    if result is TER.tesSUCCESS and ask is not None:
        result = _check_ask(tx, view, ask, brokered=bid is not None)
    if result is not TER.tesSUCCESS:
        return result
    offer = bid or ask
    return _check_issuer_share(view, offer) if offer is not None else TER.tecINTERNAL


def _check_brokered(tx: Transaction, view: ReadView, bid: LedgerEntry, ask: LedgerEntry) -> TER:
    pays, wants = bid["Amount"], ask["Amount"]
    if bid["NFTokenID"] != ask["NFTokenID"] or amount_rules.asset(pays) != amount_rules.asset(wants):
        return TER.tecNFTOKEN_BUY_SELL_MISMATCH
    if bid["Owner"] == ask["Owner"]:
        return TER.tecCANT_ACCEPT_OWN_NFTOKEN_OFFER
    if amount_rules.is_less(pays, wants):
        return TER.tecINSUFFICIENT_PAYMENT
    if any(offer.get("Destination", tx.account) != tx.account for offer in (bid, ask)):
        return TER.tecNO_PERMISSION
    if "NFTokenBrokerFee" not in tx:
        return TER.tesSUCCESS
    fee = tx["NFTokenBrokerFee"]
    if amount_rules.asset(fee) != amount_rules.asset(pays):
        return TER.tecNFTOKEN_BUY_SELL_MISMATCH
    if not amount_rules.is_less(fee, pays) or amount_rules.is_less(amount_rules.minus(pays, fee), wants):
        return TER.tecINSUFFICIENT_PAYMENT
    return _check_can_receive(view, tx.account, fee) if isinstance(fee, TokenAmount) else TER.tesSUCCESS


def _check_can_receive(view: ReadView, account: bytes, amount: TokenAmount) -> TER:
    result = nft_money.check_authorized(view, account, amount.issue)
    if result is not TER.tesSUCCESS:
        return result
    return nft_money.check_not_deep_frozen(view, account, amount.issue)


def _check_bid(tx: Transaction, view: ReadView, bid: LedgerEntry, *, brokered: bool) -> TER:
    if bid.has_flag(NFTOKEN_OFFER_SELL):
        return TER.tecNFTOKEN_OFFER_TYPE_MISMATCH
    buyer, amount = bid["Owner"], bid["Amount"]
    if buyer == tx.account:
        return TER.tecCANT_ACCEPT_OWN_NFTOKEN_OFFER
    if not brokered:
        if nft_pages.find(view, tx.account, bid["NFTokenID"]) is None:
            return TER.tecNO_PERMISSION
        if bid.get("Destination", tx.account) != tx.account:
            return TER.tecNO_PERMISSION
    if not nft_money.has_enough(view, buyer, amount):
        return TER.tecINSUFFICIENT_FUNDS
    if not isinstance(amount, TokenAmount):
        return TER.tesSUCCESS
    result = nft_money.check_authorized(view, buyer, amount.issue)
    if result is TER.tesSUCCESS and not brokered:
        result = _check_can_receive(view, tx.account, amount)
    return result


def _check_ask(tx: Transaction, view: ReadView, ask: LedgerEntry, *, brokered: bool) -> TER:
    if not ask.has_flag(NFTOKEN_OFFER_SELL):
        return TER.tecNFTOKEN_OFFER_TYPE_MISMATCH
    seller, amount = ask["Owner"], ask["Amount"]
    if seller == tx.account:
        return TER.tecCANT_ACCEPT_OWN_NFTOKEN_OFFER
    if nft_pages.find(view, seller, ask["NFTokenID"]) is None:
        return TER.tecNO_PERMISSION
    if not brokered:
        if ask.get("Destination", tx.account) != tx.account:
            return TER.tecNO_PERMISSION
        if not nft_money.has_enough(view, tx.account, amount):
            return TER.tecINSUFFICIENT_FUNDS
    if not isinstance(amount, TokenAmount):
        return TER.tesSUCCESS
    result = nft_money.check_authorized(view, seller, amount.issue)
    if result is TER.tesSUCCESS and not brokered:
        result = nft_money.check_authorized(view, tx.account, amount.issue)
    if result is TER.tesSUCCESS:
        result = nft_money.check_not_deep_frozen(view, seller, amount.issue)
    return result


def _check_issuer_share(view: ReadView, offer: LedgerEntry) -> TER:
    """Check that the token's issuer can receive its fee in the tokens paid."""
    token_id, amount = offer["NFTokenID"], offer["Amount"]
    if not nft_rules.fee_of(token_id) or not isinstance(amount, TokenAmount):
        return TER.tesSUCCESS
    issuer = nft_rules.issuer_of(token_id)
    needs_line = issuer != amount.issuer and not nft_rules.flags_of(token_id) & nft_rules.FLAG_TRUST_LINES
    if needs_line and lines.read_line(view, issuer, amount.issuer, amount.currency) is None:
        return TER.tecNO_LINE
    return _check_can_receive(view, issuer, amount)
