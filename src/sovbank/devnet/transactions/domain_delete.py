"""PermissionedDomainDelete: delete a domain.

Source of the rules: xrpld ``tx/transactors/permissioned_domain/PermissionedDomainDelete.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories
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


def preflight(context: PreflightContext) -> TER:
    """Check the id by itself."""
    return TER.temMALFORMED if context.tx["DomainID"] == bytes(32) else TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check that the domain is the sender's."""
    tx = context.tx
    return credential_rules.check_owned_domain(context.view, tx["DomainID"], tx.account)


def apply(context: ApplyContext) -> TER:
    """Delete it; the emptied root of the owner directory stays."""
    tx, view = context.tx, context.view
    entry, root = view.peek(tx["DomainID"]), peek_account(view, tx.account)
    if entry is None or root is None:
        return TER.tefBAD_LEDGER
    if not directories.remove_owned(view, tx.account, entry["OwnerNode"], entry.key, keep_root=True):
        return TER.tefBAD_LEDGER
    adjust_owner_count(view, root, -1)
    view.erase(entry)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("DomainID"),
    optional=names(""),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
