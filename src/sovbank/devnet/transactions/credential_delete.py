"""CredentialDelete: issuer or subject drops a credential; anybody may drop an expired one.

Source of the rules: xrpld ``tx/transactors/credentials/CredentialDelete.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
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
from sovbank.devnet.transactions import credential_rules


def preflight(context: PreflightContext) -> TER:
    """Check the fields by themselves."""
    tx = context.tx
    parties = [tx[name] for name in ("Subject", "Issuer") if name in tx]
    if not parties:
        return TER.temMALFORMED
    if any(party in (b"", NO_ACCOUNT) for party in parties):
        return TER.temINVALID_ACCOUNT_ID
    return credential_rules.check_type(tx["CredentialType"])


def _key(tx: Transaction) -> bytes:
    return keylets.credential(
        tx.get("Subject", tx.account), tx.get("Issuer", tx.account), tx["CredentialType"]
    )


def preclaim(context: PreclaimContext) -> TER:
    """Check that the credential exists."""
    return TER.tesSUCCESS if context.view.exists(_key(context.tx)) else TER.tecNO_ENTRY


def apply(context: ApplyContext) -> TER:
    """Delete it."""
    tx, view = context.tx, context.view
    entry = view.peek(_key(tx))
    if entry is None:
        return TER.tefINTERNAL
    is_party = tx.account in (entry["Subject"], entry["Issuer"])
    if not is_party and not credential_rules.is_expired(entry, view.info.parent_close_time):
        return TER.tecNO_PERMISSION
    return credential_rules.delete(view, entry)


TRANSACTOR: Final = Transactor(
    required=names("CredentialType"),
    optional=names("Subject Issuer"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
