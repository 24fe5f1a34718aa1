"""CredentialAccept: the subject takes a credential on.

Source of the rules: xrpld ``tx/transactors/credentials/CredentialAccept.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import CREDENTIAL_ACCEPTED
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.values import NO_ACCOUNT
from sovbank.devnet.ledger.view import adjust_owner_count, peek_account
from sovbank.devnet.transactions import credential_rules


def preflight(context: PreflightContext) -> TER:
    """Check the fields by themselves."""
    tx = context.tx
    if tx["Issuer"] in (b"", NO_ACCOUNT):
        return TER.temINVALID_ACCOUNT_ID
    return credential_rules.check_type(tx["CredentialType"])


def preclaim(context: PreclaimContext) -> TER:
    """Check that the credential exists and was not accepted."""
    tx, view = context.tx, context.view
    if not view.exists(keylets.account(tx["Issuer"])):
        return TER.tecNO_ISSUER
    entry = view.read(keylets.credential(tx.account, tx["Issuer"], tx["CredentialType"]))
    if entry is None:
        return TER.tecNO_ENTRY
    return TER.tecDUPLICATE if entry.has_flag(CREDENTIAL_ACCEPTED) else TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Mark it accepted; from now on the subject pays for it. An expired one is deleted."""
    tx, view = context.tx, context.view
    subject, issuer = peek_account(view, tx.account), peek_account(view, tx["Issuer"])
    if subject is None or issuer is None:
        return TER.tefINTERNAL
    if context.prior_balance < view.info.fees.account_reserve(subject["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    entry = view.peek(keylets.credential(tx.account, tx["Issuer"], tx["CredentialType"]))
    if entry is None:
        return TER.tefINTERNAL
    if credential_rules.is_expired(entry, view.info.parent_close_time):
        result = credential_rules.delete(view, entry)
        return TER.tecEXPIRED if result is TER.tesSUCCESS else result
    entry["Flags"] = CREDENTIAL_ACCEPTED
    view.update(entry)
    adjust_owner_count(view, issuer, -1)
    adjust_owner_count(view, subject, 1)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("Issuer CredentialType"),
    optional=names(""),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
