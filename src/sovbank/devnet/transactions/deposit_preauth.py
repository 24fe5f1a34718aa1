"""DepositPreauth: let an account, or whoever holds certain credentials, deposit despite DepositAuth.

Source of the rules: xrpld ``tx/transactors/payment/DepositPreauth.cpp``.
"""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
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
from sovbank.devnet.ledger.values import NO_ACCOUNT
from sovbank.devnet.ledger.view import Sandbox, adjust_owner_count, peek_account
from sovbank.devnet.transactions import credential_rules

_CHOICES: Final = ("Authorize", "Unauthorize", "AuthorizeCredentials", "UnauthorizeCredentials")


def preflight(context: PreflightContext) -> TER:
    """Check that one thing is asked, and that it is well formed."""
    tx = context.tx
    chosen = [name for name in _CHOICES if name in tx]
    if len(chosen) != 1:
        return TER.temMALFORMED
    if chosen[0].endswith("Credentials"):
        return credential_rules.check_array(tx[chosen[0]], credential_rules.MAX_CREDENTIALS)
    if tx[chosen[0]] in (b"", NO_ACCOUNT):
        return TER.temINVALID_ACCOUNT_ID
    if tx.get("Authorize") == tx.account:
        return TER.temCANNOT_PREAUTH_SELF
    return TER.tesSUCCESS


def _key(tx: Transaction) -> bytes:
    for name in ("Authorize", "Unauthorize"):
        if name in tx:
            return keylets.deposit_preauth(tx.account, tx[name])
    credentials = tx.get("AuthorizeCredentials") or tx["UnauthorizeCredentials"]
    return keylets.deposit_preauth_credentials(tx.account, credential_rules.pairs(credentials))


def preclaim(context: PreclaimContext) -> TER:
    """Check that accounts exist, and that the entry does or does not."""
    tx, view = context.tx, context.view
    if "Authorize" in tx and not view.exists(keylets.account(tx["Authorize"])):
        return TER.tecNO_TARGET
    for issuer, _ in credential_rules.pairs(tx.get("AuthorizeCredentials", ())):
        if not view.exists(keylets.account(issuer)):
            return TER.tecNO_ISSUER
    there = view.exists(_key(tx))
    if "Authorize" in tx or "AuthorizeCredentials" in tx:
        return TER.tecDUPLICATE if there else TER.tesSUCCESS
    return TER.tesSUCCESS if there else TER.tecNO_ENTRY


def apply(context: ApplyContext) -> TER:
    """Add or remove the entry."""
    tx, view = context.tx, context.view
    if "Unauthorize" in tx or "UnauthorizeCredentials" in tx:
        return remove(view, _key(tx))
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    if context.prior_balance < view.info.fees.account_reserve(root["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    fields: dict[str, Any] = {"Account": tx.account}
    if "Authorize" in tx:
        fields["Authorize"] = tx["Authorize"]
    else:
        accepted = credential_rules.pairs(tx["AuthorizeCredentials"])
        fields["AuthorizeCredentials"] = credential_rules.array(accepted)
    entry = LedgerEntry.new("DepositPreauth", _key(tx), fields)
    view.insert(entry)
    node = directories.insert_owned(view, tx.account, entry.key)
    if node is None:
        return TER.tecDIR_FULL
    entry["OwnerNode"] = node
    adjust_owner_count(view, root, 1)
    return TER.tesSUCCESS


def remove(view: Sandbox, key: bytes) -> TER:
    """Delete an entry and what it holds of its owner's reserve."""
    entry = view.peek(key)
    if entry is None:
        return TER.tecNO_ENTRY
    owner = entry["Account"]
    if not directories.remove_owned(view, owner, entry["OwnerNode"], key):
        return TER.tefBAD_LEDGER
    root = peek_account(view, owner)
    if root is None:
        return TER.tefINTERNAL
    adjust_owner_count(view, root, -1)
    view.erase(entry)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names(""),
    optional=names(" ".join(_CHOICES)),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
