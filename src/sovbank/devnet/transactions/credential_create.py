"""CredentialCreate: an issuer attests something about an account.

Source of the rules: xrpld ``tx/transactors/credentials/CredentialCreate.cpp``.
"""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import CREDENTIAL_ACCEPTED
from sovbank.devnet.ledger.objects import LedgerEntry
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

_MAX_URI: Final = 256


def preflight(context: PreflightContext) -> TER:
    """Check the fields by themselves."""
    tx = context.tx
    if tx["Subject"] in (b"", NO_ACCOUNT):
        return TER.temMALFORMED
    if "URI" in tx and not 1 <= len(tx["URI"]) <= _MAX_URI:
        return TER.temMALFORMED
    return credential_rules.check_type(tx["CredentialType"])


def preclaim(context: PreclaimContext) -> TER:
    """Check that the subject exists and the credential does not."""
    tx, view = context.tx, context.view
    if not view.exists(keylets.account(tx["Subject"])):
        return TER.tecNO_TARGET
    key = keylets.credential(tx["Subject"], tx.account, tx["CredentialType"])
    return TER.tecDUPLICATE if view.exists(key) else TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Make the credential, in the directories of issuer and subject; the issuer pays until it is accepted."""
    tx, view = context.tx, context.view
    subject = tx["Subject"]
    if view.info.parent_close_time > tx.get("Expiration", view.info.parent_close_time):
        return TER.tecEXPIRED
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    if context.prior_balance < view.info.fees.account_reserve(root["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    fields: dict[str, Any] = {
        "Subject": subject,
        "Issuer": tx.account,
        "CredentialType": tx["CredentialType"],
        **{name: tx[name] for name in ("Expiration", "URI") if name in tx},
    }
    entry = LedgerEntry.new(
        "Credential", keylets.credential(subject, tx.account, tx["CredentialType"]), fields
    )
    node = directories.insert_owned(view, tx.account, entry.key)
    if node is None:
        return TER.tecDIR_FULL
    entry["IssuerNode"] = node
    adjust_owner_count(view, root, 1)
    if subject == tx.account:
        entry.set_flag(CREDENTIAL_ACCEPTED)
    else:
        node = directories.insert_owned(view, subject, entry.key)
        if node is None:
            return TER.tecDIR_FULL
        entry["SubjectNode"] = node
    view.insert(entry)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("Subject CredentialType"),
    optional=names("Expiration URI"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
