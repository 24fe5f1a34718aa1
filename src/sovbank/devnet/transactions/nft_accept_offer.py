"""NFTokenAcceptOffer: take an offer for an NFT, or bring a buyer and a seller together.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenAcceptOffer.cpp``.
"""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.flags import NFTOKEN_OFFER_SELL
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
from sovbank.devnet.ledger.values import Amount
from sovbank.devnet.ledger.view import Sandbox, read_account
from sovbank.devnet.transactions import amount_rules, nft_accept_checks, nft_money, nft_pages, nft_rules


def preflight(context: PreflightContext) -> TER:
    """Check that there is an offer, and a broker's fee only with two."""
    tx = context.tx
    offers = [name for name in ("NFTokenBuyOffer", "NFTokenSellOffer") if name in tx]
    if not offers:
        return TER.temMALFORMED
    if "NFTokenBrokerFee" in tx and (len(offers) < 2 or amount_rules.number(tx["NFTokenBrokerFee"]) <= 0):
        return TER.temMALFORMED
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check the offers, the token, and that everybody can pay and be paid."""
    return nft_accept_checks.check(context.tx, context.view)


def _peek_offer(tx: Transaction, view: Sandbox, name: str) -> LedgerEntry | None:
    return view.peek(tx[name]) if name in tx else None


def apply(context: ApplyContext) -> TER:
    """Delete the offers, pay, and hand the token over; expired offers are only deleted."""
    tx, view = context.tx, context.view
    bid, ask = _peek_offer(tx, view, "NFTokenBuyOffer"), _peek_offer(tx, view, "NFTokenSellOffer")
    offers = [offer for offer in (bid, ask) if offer is not None]
    expired = [offer for offer in offers if nft_rules.is_expired(view, offer.get("Expiration"))]
    for offer in expired or offers:
        if not nft_rules.delete_offer(view, offer):
            return TER.tecINTERNAL
    if expired:
        return TER.tecEXPIRED
    if bid is not None and ask is not None:
        return _broker(tx, view, bid, ask)
    return _accept(tx, view, offers[0]) if offers else TER.tecINTERNAL


def _accept(tx: Transaction, view: Sandbox, offer: LedgerEntry) -> TER:
    parties = (offer["Owner"], tx.account)
    seller, buyer = parties if offer.has_flag(NFTOKEN_OFFER_SELL) else parties[::-1]
    return _settle(view, buyer, seller, offer["Amount"], offer["NFTokenID"])


def _broker(tx: Transaction, view: Sandbox, bid: LedgerEntry, ask: LedgerEntry) -> TER:
    buyer, amount = bid["Owner"], bid["Amount"]
    fee: Any = tx.get("NFTokenBrokerFee")
    if fee is not None:
        result = nft_money.pay(view, buyer, tx.account, fee)
        if result is not TER.tesSUCCESS:
            return result
        amount = amount_rules.minus(amount, fee)
    return _settle(view, buyer, ask["Owner"], amount, ask["NFTokenID"])


def _settle(view: Sandbox, buyer: bytes, seller: bytes, amount: Amount, token_id: bytes) -> TER:
    """Pay the issuer its share and the seller the rest, then hand the token over."""
    issuer, fee = nft_rules.issuer_of(token_id), nft_rules.fee_of(token_id)
    if amount_rules.number(amount) and fee and issuer not in (buyer, seller):
        share = nft_money.fee_share(amount, fee)
        if amount_rules.number(share):
            result = nft_money.pay(view, buyer, issuer, share)
            if result is not TER.tesSUCCESS:
                return result
            amount = amount_rules.minus(amount, share)
    if amount_rules.number(amount) > 0:
        result = nft_money.pay(view, buyer, seller, amount)
        if result is not TER.tesSUCCESS:
            return result
    return _transfer(view, buyer, seller, token_id)


def _transfer(view: Sandbox, buyer: bytes, seller: bytes, token_id: bytes) -> TER:
    token = nft_pages.find(view, seller, token_id)
    if token is None:
        return TER.tecINTERNAL
    result = nft_pages.remove(view, seller, token_id)
    root = read_account(view, buyer)
    if result is not TER.tesSUCCESS or root is None:
        return result if root is not None else TER.tecINTERNAL
    owned = root["OwnerCount"]
    result = nft_pages.insert(view, buyer, token)
    root = read_account(view, buyer)
    if root is None:
        return TER.tecINTERNAL
    now_owned = root["OwnerCount"]
    if now_owned > owned and root["Balance"] < view.info.fees.account_reserve(now_owned):
        return TER.tecINSUFFICIENT_RESERVE
    return result


TRANSACTOR: Final = Transactor(
    required=names(""),
    optional=names("NFTokenBuyOffer NFTokenSellOffer NFTokenBrokerFee"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
