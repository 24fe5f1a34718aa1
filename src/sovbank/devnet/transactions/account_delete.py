"""AccountDelete: close an account and send what it holds to another.

Source of the rules: xrpld ``tx/transactors/account/AccountDelete.cpp``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.pipeline import delete_ticket
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import ReadView, Sandbox, peek_account, read_account
from sovbank.devnet.transactions import (
    credential_rules,
    deposit_preauth,
    nft_rules,
    signer_list,
)

_SEQUENCE_DISTANCE: Final = 255
_MOST_ENTRIES: Final = 1000

_Deleter = Callable[[Sandbox, bytes, LedgerEntry], TER]
_DELETERS: Final[dict[str, _Deleter]] = {
    "SignerList": lambda view, account, _entry: signer_list.remove(view, account),
    "Ticket": lambda view, account, entry: _delete_ticket(view, account, entry),
    "DepositPreauth": lambda view, _account, entry: deposit_preauth.remove(view, entry.key),
    "Credential": lambda view, _account, entry: credential_rules.delete(view, entry),
    "NFTokenOffer": lambda view, _account, entry: _delete_nft_offer(view, entry),
}
"""Entries that go with their owner; any other is an obligation and keeps the account."""


def _delete_ticket(view: Sandbox, account: bytes, entry: LedgerEntry) -> TER:
    root = peek_account(view, account)
    return TER.tefBAD_LEDGER if root is None else delete_ticket(view, root, entry.key)


def _delete_nft_offer(view: Sandbox, entry: LedgerEntry) -> TER:
    return TER.tesSUCCESS if nft_rules.delete_offer(view, entry) else TER.tefBAD_LEDGER


def base_fee(view: ReadView, _tx: Transaction) -> int:
    """Charge one owner reserve."""
    return view.info.fees.increment


def preflight(context: PreflightContext) -> TER:
    """Check that the rest goes to somebody else."""
    tx = context.tx
    if tx["Destination"] == tx.account:
        return TER.temDST_IS_SRC
    return credential_rules.check_fields(tx)


def preclaim(context: PreclaimContext) -> TER:
    """Check the destination, the account's age, and that it owes nothing."""
    tx, view = context.tx, context.view
    destination = read_account(view, tx["Destination"])
    if destination is None:
        return TER.tecNO_DST
    if destination.has_flag(AccountFlag.REQUIRE_DEST_TAG) and "DestinationTag" not in tx:
        return TER.tecDST_TAG_NEEDED
    result = credential_rules.check_valid(tx, view)
    if result is not TER.tesSUCCESS:
        return result
    needs_preauth = "CredentialIDs" not in tx and destination.has_flag(AccountFlag.DEPOSIT_AUTH)
    if needs_preauth and not view.exists(keylets.deposit_preauth(tx["Destination"], tx.account)):
        return TER.tecNO_PERMISSION
    root = read_account(view, tx.account)
    if root is None:
        return TER.terNO_ACCOUNT
    return _check_obligations(view, root)


def _check_obligations(view: ReadView, root: LedgerEntry) -> TER:
    account = root["Account"]
    minted = root.get("MintedNFTokens", 0)
    if minted != root.get("BurnedNFTokens", 0):
        return TER.tecHAS_OBLIGATIONS
    last_page = keylets.nftoken_page_max(account)
    page = view.successor(keylets.nftoken_page_min(account), last_page)
    if page is not None or view.exists(last_page):
        return TER.tecHAS_OBLIGATIONS
    now = view.info.sequence
    if root["Sequence"] + _SEQUENCE_DISTANCE > now:
        return TER.tecTOO_SOON
    if root.get("FirstNFTokenSequence", 0) + minted + _SEQUENCE_DISTANCE > now:
        return TER.tecTOO_SOON
    for count, entry in enumerate(directories.owned(view, account), start=1):
        if entry.type not in _DELETERS:
            return TER.tecHAS_OBLIGATIONS
        if count > _MOST_ENTRIES:
            return TER.tefTOO_BIG
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Delete what the account owns, hand over its XRP, and delete it."""
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    destination = peek_account(view, tx["Destination"])
    if root is None or destination is None:
        return TER.tefBAD_LEDGER
    if "CredentialIDs" in tx:
        result = credential_rules.verify_deposit(tx, view, destination)
        if result is not TER.tesSUCCESS:
            return result
    result = _delete_owned(view, tx.account)
    if result is not TER.tesSUCCESS:
        return result
    rest = root["Balance"]
    destination["Balance"] += rest
    root["Balance"] = 0
    context.delivered = rest
    directory = keylets.owner_directory(tx.account)
    if view.exists(directory) and not directories.delete_empty(view, directory):
        return TER.tecHAS_OBLIGATIONS
    if rest:
        destination.clear_flag(AccountFlag.PASSWORD_SPENT)
    view.update(destination)
    view.update(root)
    view.erase(root)
    return TER.tesSUCCESS


def _delete_owned(view: Sandbox, account: bytes) -> TER:
    keys = [key for _, key in directories.walk(view, keylets.owner_directory(account))]
    for key in keys:
        entry = view.peek(key)
        if entry is None:
            return TER.tefBAD_LEDGER
        deleter = _DELETERS.get(entry.type)
        if deleter is None:
            return TER.tecHAS_OBLIGATIONS
        result = deleter(view, account, entry)
        if result is not TER.tesSUCCESS:
            return result
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("Destination"),
    optional=names("DestinationTag CredentialIDs"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
    base_fee=base_fee,
)
