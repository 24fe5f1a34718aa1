"""NFT ids, offers and the money behind them: rules that several transaction types share.

Source of the rules: xrpld ``ledger/helpers/NFTokenHelpers.cpp`` and ``protocol/nft.h``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import (
    DIRECTORY_NFTOKEN_BUY_OFFERS,
    DIRECTORY_NFTOKEN_SELL_OFFERS,
    NFTOKEN_OFFER_SELL,
    AccountFlag,
)
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import ApplyContext
from sovbank.devnet.ledger.values import Amount, Issue, TokenAmount
from sovbank.devnet.ledger.view import ReadView, Sandbox, adjust_owner_count, peek_account, read_account
from sovbank.devnet.transactions import amount_rules, nft_money

FLAG_BURNABLE: Final = 0x0001
FLAG_ONLY_XRP: Final = 0x0002
FLAG_TRUST_LINES: Final = 0x0004
FLAG_TRANSFERABLE: Final = 0x0008
FLAG_MUTABLE: Final = 0x0010
MAX_URI: Final = 256
MAX_TRANSFER_FEE: Final = 50_000
MAX_OFFERS_DELETED: Final = 500


def flags_of(token_id: bytes) -> int:
    """Give the flags in a token id."""
    return int.from_bytes(token_id[:2], "big")


def fee_of(token_id: bytes) -> int:
    """Give the transfer fee in a token id, in units of 0.001 per cent."""
    return int.from_bytes(token_id[2:4], "big")


def issuer_of(token_id: bytes) -> bytes:
    """Give the issuer in a token id."""
    return token_id[4:24]


def token_id_of(flags: int, fee: int, issuer: bytes, taxon: int, number: int) -> bytes:
    """Make a token id; the taxon is scrambled by the number, so that tokens spread over pages."""
    scrambled = taxon ^ (384_160_001 * number + 2459) & 0xFFFFFFFF
    parts = (flags.to_bytes(2, "big"), fee.to_bytes(2, "big"), issuer)
    return b"".join((*parts, scrambled.to_bytes(4, "big"), number.to_bytes(4, "big")))


def is_expired(view: ReadView, expiration: int | None) -> bool:
    """Tell whether a time (seconds since 2000) was reached when the parent ledger closed."""
    return expiration is not None and view.info.parent_close_time >= expiration


@dataclass(frozen=True, slots=True)
class NewOffer:
    """An offer for a token, to sell it or to buy it from its owner."""

    account: bytes
    amount: Amount
    is_sell: bool
    destination: bytes | None
    expiration: int | None
    owner: bytes | None = None
    """Whom a buyer would buy from; none when selling."""


def check_offer_alone(offer: NewOffer, flags: int) -> TER:
    """Check an offer by itself, for a token of certain flags."""
    is_token = isinstance(offer.amount, TokenAmount)
    number = amount_rules.number(offer.amount)
    if number < 0 or (is_token and (flags & FLAG_ONLY_XRP or not number)):
        return TER.temBAD_AMOUNT
    if not offer.is_sell and not number:
        return TER.temBAD_AMOUNT
    if offer.expiration == 0:
        return TER.temBAD_EXPIRATION
    if (offer.owner is not None) == offer.is_sell:
        return TER.temMALFORMED
    if offer.account in (offer.owner, offer.destination):
        return TER.temMALFORMED
    return TER.tesSUCCESS


def check_offer(view: ReadView, offer: NewOffer, issuer: bytes, flags: int, fee: int) -> TER:
    """Check an offer against the ledger: the fee can be paid, the token passed on, the money is there."""
    amount = offer.amount
    if isinstance(amount, TokenAmount) and fee and not flags & FLAG_TRUST_LINES:
        result = _check_fee_payable(view, issuer, amount.issue)
        if result is not TER.tesSUCCESS:
            return result
    if issuer != offer.account and not flags & FLAG_TRANSFERABLE:
        root = read_account(view, issuer)
        if root is None or root.get("NFTokenMinter") != offer.account:
            return TER.tefNFTOKEN_IS_NOT_TRANSFERABLE
    if isinstance(amount, TokenAmount) and lines.is_frozen(view, offer.account, amount.issue):
        return TER.tecFROZEN
    if not offer.is_sell and not nft_money.has_some(view, offer.account, amount):
        return TER.tecUNFUNDED_OFFER
    for account, missing in ((offer.destination, TER.tecNO_DST), (offer.owner, TER.tecNO_TARGET)):
        if account is None:
            continue
        root = read_account(view, account)
        if root is None:
            return missing
        if root.has_flag(AccountFlag.DISALLOW_INCOMING_NFTOKEN_OFFER):
            return TER.tecNO_PERMISSION
    if isinstance(amount, TokenAmount):
        return nft_money.check_authorized(view, offer.account, amount.issue)
    return TER.tesSUCCESS


def _check_fee_payable(view: ReadView, issuer: bytes, issue: Issue) -> TER:
    if not view.exists(keylets.account(issuer)):
        return TER.tecNO_ISSUER
    if issuer != issue.issuer and lines.read_line(view, issuer, issue.issuer, issue.currency) is None:
        return TER.tecNO_LINE
    return TER.tecFROZEN if lines.is_frozen(view, issuer, issue) else TER.tesSUCCESS


def create_offer(context: ApplyContext, offer: NewOffer, token_id: bytes) -> TER:
    """Make an offer, in the directories of its owner and of the token."""
    tx, view = context.tx, context.view
    root = peek_account(view, offer.account)
    if root is None:
        return TER.tefINTERNAL
    if context.prior_balance < view.info.fees.account_reserve(root["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    key = keylets.nftoken_offer(offer.account, tx.sequence_value)
    owner_node = directories.insert_owned(view, offer.account, key)
    if owner_node is None:
        return TER.tecDIR_FULL
    offer_node = directories.insert(
        view, _directory(token_id, offer.is_sell), key, _describe(token_id, offer.is_sell)
    )
    if offer_node is None:
        return TER.tecDIR_FULL
    fields: dict[str, Any] = {
        "Owner": offer.account,
        "NFTokenID": token_id,
        "Amount": offer.amount,
        "Flags": NFTOKEN_OFFER_SELL if offer.is_sell else 0,
        "OwnerNode": owner_node,
        "NFTokenOfferNode": offer_node,
    }
    if offer.expiration is not None:
        fields["Expiration"] = offer.expiration
    if offer.destination is not None:
        fields["Destination"] = offer.destination
    view.insert(LedgerEntry.new("NFTokenOffer", key, fields))
    adjust_owner_count(view, root, 1)
    return TER.tesSUCCESS


def _directory(token_id: bytes, is_sell: bool) -> bytes:
    return keylets.nftoken_sell_offers(token_id) if is_sell else keylets.nftoken_buy_offers(token_id)


def _describe(token_id: bytes, is_sell: bool) -> directories.Describe:
    def describe(page: LedgerEntry) -> None:
        page["Flags"] = DIRECTORY_NFTOKEN_SELL_OFFERS if is_sell else DIRECTORY_NFTOKEN_BUY_OFFERS
        page["NFTokenID"] = token_id

    return describe


def delete_offer(view: Sandbox, offer: LedgerEntry) -> bool:
    """Delete an offer lent by the view; False when it is none or its directories do not know it."""
    if offer.type != "NFTokenOffer":
        return False
    owner = offer["Owner"]
    if not directories.remove_owned(view, owner, offer["OwnerNode"], offer.key):
        return False
    directory = _directory(offer["NFTokenID"], offer.has_flag(NFTOKEN_OFFER_SELL))
    if not directories.remove(view, directory, offer["NFTokenOfferNode"], offer.key):
        return False
    root = peek_account(view, owner)
    if root is not None:
        adjust_owner_count(view, root, -1)
    view.erase(offer)
    return True


def delete_offers(view: Sandbox, token_id: bytes) -> None:
    """Delete up to 500 offers for a token that is gone, those to sell it first."""
    left = MAX_OFFERS_DELETED
    for directory in (keylets.nftoken_sell_offers(token_id), keylets.nftoken_buy_offers(token_id)):
        left -= _delete_listed(view, directory, left)


def _delete_listed(view: Sandbox, directory: bytes, most: int) -> int:
    deleted, number = 0, 0
    while deleted < most:
        page = view.read(keylets.page(directory, number))
        if page is None:
            break
        following = page.get("IndexNext", 0)
        for key in reversed(page["Indexes"]):
            offer = view.peek(key)
            if offer is None or not delete_offer(view, offer):
                raise RuntimeError(f"NFT offer {key.hex()} cannot be deleted")
            deleted += 1
            if deleted == most:
                break
        if not following:
            break
        number = following
    return deleted
