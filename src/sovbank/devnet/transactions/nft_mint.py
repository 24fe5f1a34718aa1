"""NFTokenMint: make an NFT, and offer it for sale in the same step.

Source of the rules: xrpld ``tx/transactors/nft/NFTokenMint.cpp``.
"""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import Sandbox, peek_account, read_account
from sovbank.devnet.transactions import nft_pages, nft_rules

_FLAGS: Final = (
    nft_rules.FLAG_BURNABLE | nft_rules.FLAG_ONLY_XRP | nft_rules.FLAG_TRANSFERABLE | nft_rules.FLAG_MUTABLE
)
_HIGHEST: Final = 0xFFFFFFFF


def _offer(tx: Transaction) -> nft_rules.NewOffer:
    return nft_rules.NewOffer(
        account=tx.account,
        amount=tx["Amount"],
        is_sell=True,
        destination=tx.get("Destination"),
        expiration=tx.get("Expiration"),
    )


def _token_flags(tx: Transaction) -> int:
    return tx.flags & 0xFFFF


def preflight(context: PreflightContext) -> TER:
    """Check the token and the offer by themselves."""
    tx = context.tx
    fee = tx.get("TransferFee", 0)
    if fee > nft_rules.MAX_TRANSFER_FEE:
        return TER.temBAD_NFTOKEN_TRANSFER_FEE
    if fee and not tx.has_flag(nft_rules.FLAG_TRANSFERABLE):
        return TER.temMALFORMED
    if tx.get("Issuer") == tx.account:
        return TER.temMALFORMED
    if "URI" in tx and not 1 <= len(tx["URI"]) <= nft_rules.MAX_URI:
        return TER.temMALFORMED
    if "Amount" in tx:
        return nft_rules.check_offer_alone(_offer(tx), _token_flags(tx))
    return TER.temMALFORMED if "Destination" in tx or "Expiration" in tx else TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the sender may mint for the issuer, and the offer."""
    tx, view = context.tx, context.view
    if "Issuer" in tx:
        root = read_account(view, tx["Issuer"])
        if root is None:
            return TER.tecNO_ISSUER
        if root.get("NFTokenMinter") != tx.account:
            return TER.tecNO_PERMISSION
    if "Amount" not in tx:
        return TER.tesSUCCESS
    if nft_rules.is_expired(view, tx.get("Expiration")):
        return TER.tecEXPIRED
    issuer = tx.get("Issuer", tx.account)
    return nft_rules.check_offer(view, _offer(tx), issuer, _token_flags(tx), tx.get("TransferFee", 0))


def apply(context: ApplyContext) -> TER:
    """Make the token; a new page or offer must be covered by the reserve."""
    tx, view = context.tx, context.view
    issuer = tx.get("Issuer", tx.account)
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    owned = root["OwnerCount"]
    number = _next_number(tx, view, issuer)
    if isinstance(number, TER):
        return number
    token_id = nft_rules.token_id_of(
        _token_flags(tx), tx.get("TransferFee", 0), issuer, tx["NFTokenTaxon"], number
    )
    token: dict[str, Any] = {"NFTokenID": token_id}
    if "URI" in tx:
        token["URI"] = tx["URI"]
    result = nft_pages.insert(view, tx.account, token)
    if result is TER.tesSUCCESS and "Amount" in tx:
        result = nft_rules.create_offer(context, _offer(tx), token_id)
    if result is not TER.tesSUCCESS:
        return result
    now_owned = root["OwnerCount"]
    if now_owned > owned and context.prior_balance < view.info.fees.account_reserve(now_owned):
        return TER.tecINSUFFICIENT_RESERVE
    return TER.tesSUCCESS


def _next_number(tx: Transaction, view: Sandbox, issuer: bytes) -> int | TER:
    """Give the number of the issuer's next token, counted from its sequence when it minted the first."""
    root = peek_account(view, issuer)
    if root is None:
        return TER.tecNO_ISSUER
    if "FirstNFTokenSequence" not in root:
        untouched = "Issuer" in tx or tx.uses_ticket
        root["FirstNFTokenSequence"] = root["Sequence"] - (0 if untouched else 1)
    minted = root.get("MintedNFTokens", 0)
    number: int = root["FirstNFTokenSequence"] + minted
    if minted == _HIGHEST or number >= _HIGHEST:
        return TER.tecMAX_SEQUENCE_REACHED
    root["MintedNFTokens"] = minted + 1
    view.update(root)
    return number


TRANSACTOR: Final = Transactor(
    required=names("NFTokenTaxon"),
    optional=names("TransferFee Issuer URI Amount Destination Expiration"),
    flags=_FLAGS,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
