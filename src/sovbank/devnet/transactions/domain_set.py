"""PermissionedDomainSet: make or change a list of credentials that let accounts into a domain.

Source of the rules: xrpld ``tx/transactors/permissioned_domain/PermissionedDomainSet.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import adjust_owner_count, peek_account
from sovbank.devnet.transactions import credential_rules

_MAX_CREDENTIALS: Final = 10


def preflight(context: PreflightContext) -> TER:
    """Check the credentials by themselves."""
    tx = context.tx
    result = credential_rules.check_array(tx["AcceptedCredentials"], _MAX_CREDENTIALS)
    if result is not TER.tesSUCCESS:
        return result
    return TER.temMALFORMED if tx.get("DomainID") == bytes(32) else TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that issuers exist, and that the domain to be changed is the sender's."""
    tx, view = context.tx, context.view
    for issuer, _ in credential_rules.pairs(tx["AcceptedCredentials"]):
        if not view.exists(keylets.account(issuer)):
            return TER.tecNO_ISSUER
    if "DomainID" not in tx:
        return TER.tesSUCCESS
    return credential_rules.check_owned_domain(view, tx["DomainID"], tx.account)


def apply(context: ApplyContext) -> TER:
    """Change the domain, or make one."""
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    accepted = credential_rules.array(credential_rules.pairs(tx["AcceptedCredentials"]))
    if "DomainID" in tx:
        entry = view.peek(tx["DomainID"])
        if entry is None:
            return TER.tefINTERNAL
        entry["AcceptedCredentials"] = accepted
        view.update(entry)
        return TER.tesSUCCESS
    if root["Balance"] < view.info.fees.account_reserve(root["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    number = tx.sequence_value
    entry = LedgerEntry.new(
        "PermissionedDomain",
        keylets.permissioned_domain(tx.account, number),
        {"Owner": tx.account, "Sequence": number, "AcceptedCredentials": accepted},
    )
    node = directories.insert_owned(view, tx.account, entry.key)
    if node is None:
        return TER.tecDIR_FULL
    entry["OwnerNode"] = node
    adjust_owner_count(view, root, 1)
    view.insert(entry)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("AcceptedCredentials"),
    optional=names("DomainID"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
