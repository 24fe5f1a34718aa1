"""Payment: XRP and MPTs directly, tokens through the payment engine.

Source of the rules: xrpld ``tx/transactors/payment/Payment.cpp``.
"""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.flow.lines import BAD_CURRENCY
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
from sovbank.devnet.ledger.values import NO_ACCOUNT, Amount, MptAmount, TokenAmount
from sovbank.devnet.ledger.view import ReadView, Sandbox, peek_account, read_account
from sovbank.devnet.transactions import credential_rules, payment_tokens
from sovbank.devnet.transactions.amount_rules import asset, is_less, number
from sovbank.devnet.transactions.payment_tokens import (
    TF_LIMIT_QUALITY,
    TF_NO_RIPPLE_DIRECT,
    TF_PARTIAL_PAYMENT,
)

_MOST_PATHS: Final = 6
_LONGEST_PATH: Final = 8


def _flags(tx: Transaction) -> int:
    if isinstance(tx["Amount"], MptAmount):
        return TF_PARTIAL_PAYMENT
    return TF_NO_RIPPLE_DIRECT | TF_PARTIAL_PAYMENT | TF_LIMIT_QUALITY


def _is_positive(amount: Amount) -> bool:
    return number(amount) > 0


def _token(amount: Amount) -> Any:
    """Give what makes two amounts the same token: for an issue the currency alone."""
    return amount.currency if isinstance(amount, TokenAmount) else asset(amount)


def preflight(context: PreflightContext) -> TER:
    """Check what is to be paid by itself."""
    tx = context.tx
    amount: Amount = tx["Amount"]
    spend = payment_tokens.spend_at_most(tx)
    result = _check_assets(tx, amount, spend)
    if result is TER.tesSUCCESS:
        result = _check_direct(tx, amount, spend)
    if result is TER.tesSUCCESS:
        result = _check_deliver_min(tx, amount)
    return result if result is not TER.tesSUCCESS else credential_rules.check_fields(tx)


def _check_assets(tx: Transaction, amount: Amount, spend: Amount) -> TER:
    is_mpt = isinstance(amount, MptAmount)
    if is_mpt and "Paths" in tx:
        return TER.temMALFORMED
    if tx.get("DomainID") == bytes(32):
        return TER.temMALFORMED
    if asset(amount) != asset(spend) if is_mpt else isinstance(spend, MptAmount):
        return TER.temMALFORMED
    if tx["Destination"] in (b"", NO_ACCOUNT):
        return TER.temDST_NEEDED
    if not _is_positive(amount) or ("SendMax" in tx and not _is_positive(spend)):
        return TER.temBAD_AMOUNT
    if any(isinstance(one, TokenAmount) and one.currency == BAD_CURRENCY for one in (amount, spend)):
        return TER.temBAD_CURRENCY
    if tx.account == tx["Destination"] and _token(amount) == _token(spend) and "Paths" not in tx:
        return TER.temREDUNDANT
    return TER.tesSUCCESS


def _check_direct(tx: Transaction, amount: Amount, spend: Amount) -> TER:
    """Refuse what only makes sense for tokens, in a payment of XRP or of an MPT."""
    is_xrp = isinstance(amount, int) and isinstance(spend, int)
    is_direct = is_xrp or isinstance(amount, MptAmount)
    if is_xrp and "SendMax" in tx:
        return TER.temBAD_SEND_XRP_MAX
    if is_direct and "Paths" in tx:
        return TER.temBAD_SEND_XRP_PATHS
    if is_xrp and tx.has_flag(TF_PARTIAL_PAYMENT):
        return TER.temBAD_SEND_XRP_PARTIAL
    if is_direct and tx.has_flag(TF_LIMIT_QUALITY):
        return TER.temBAD_SEND_XRP_LIMIT
    if is_direct and tx.has_flag(TF_NO_RIPPLE_DIRECT):
        return TER.temBAD_SEND_XRP_NO_DIRECT
    return TER.tesSUCCESS


def _check_deliver_min(tx: Transaction, amount: Amount) -> TER:
    least = tx.get("DeliverMin")
    if least is None:
        return TER.tesSUCCESS
    if not tx.has_flag(TF_PARTIAL_PAYMENT) or not _is_positive(least):
        return TER.temBAD_AMOUNT
    if asset(least) != asset(amount) or is_less(amount, least):
        return TER.temBAD_AMOUNT
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check the destination, the paths and the credentials."""
    tx, view = context.tx, context.view
    result = _check_destination(tx, view)
    if result is not TER.tesSUCCESS:
        return result
    paths = tx.get("Paths", ())
    if view.info.open and (len(paths) > _MOST_PATHS or any(len(path) > _LONGEST_PATH for path in paths)):
        return TER.telBAD_PATH_COUNT
    result = credential_rules.check_valid(tx, view)
    if result is not TER.tesSUCCESS:
        return result
    if "DomainID" in tx:
        return _check_domain(tx, view)
    return TER.tesSUCCESS


def _check_destination(tx: Transaction, view: ReadView) -> TER:
    amount: Amount = tx["Amount"]
    destination = read_account(view, tx["Destination"])
    if destination is not None:
        needs_tag = destination.has_flag(AccountFlag.REQUIRE_DEST_TAG) and "DestinationTag" not in tx
        return TER.tecDST_TAG_NEEDED if needs_tag else TER.tesSUCCESS
    if not isinstance(amount, int):
        return TER.tecNO_DST
    if tx.has_flag(TF_PARTIAL_PAYMENT) and view.info.open:
        return TER.telNO_DST_PARTIAL
    return TER.tecNO_DST_INSUF_XRP if amount < view.info.fees.reserve else TER.tesSUCCESS


def _check_domain(tx: Transaction, view: ReadView) -> TER:
    """Require sender and destination to belong to the domain whose offers would be used."""
    for account in (tx.account, tx["Destination"]):
        domain = view.read(tx["DomainID"])
        if domain is None or domain.type != "PermissionedDomain":
            return TER.tecNO_PERMISSION
        if domain["Owner"] == account:
            continue
        if credential_rules.check_domain(view, tx["DomainID"], account) is not TER.tesSUCCESS:
            return TER.tecNO_PERMISSION
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Pay."""
    tx, view = context.tx, context.view
    amount: Amount = tx["Amount"]
    destination = peek_account(view, tx["Destination"])
    if destination is None:
        destination = _new_account(view, tx["Destination"])
    else:
        view.update(destination)
    if isinstance(amount, MptAmount):
        return payment_tokens.pay_mpt(context, amount, destination)
    if isinstance(amount, TokenAmount) or "SendMax" in tx or "Paths" in tx:
        return payment_tokens.pay_through_lines(context, destination)
    return _pay_xrp(context, amount, destination)


def _new_account(view: Sandbox, account: bytes) -> LedgerEntry:
    root = LedgerEntry.new(
        "AccountRoot",
        keylets.account(account),
        {"Account": account, "Sequence": view.info.sequence, "Balance": 0},
    )
    view.insert(root)
    return root


def _pay_xrp(context: ApplyContext, drops: int, destination: LedgerEntry) -> TER:
    tx, view = context.tx, context.view
    source = peek_account(view, tx.account)
    if source is None:
        return TER.tefINTERNAL
    fees = view.info.fees
    kept = max(fees.account_reserve(source["OwnerCount"]), tx.fee)
    if context.prior_balance < drops + kept:
        return TER.tecUNFUNDED_PAYMENT
    if drops > fees.reserve or destination["Balance"] > fees.reserve:
        result = credential_rules.verify_deposit(tx, view, destination)
        if result is not TER.tesSUCCESS:
            return result
    source["Balance"] -= drops
    view.update(source)
    destination["Balance"] += drops
    destination.clear_flag(AccountFlag.PASSWORD_SPENT)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("Destination Amount"),
    optional=names("SendMax Paths InvoiceID DestinationTag DeliverMin CredentialIDs DomainID"),
    flags=_flags,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
