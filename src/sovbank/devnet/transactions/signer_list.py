"""SignerListSet: who may sign together for an account.

Source of the rules: xrpld ``tx/transactors/account/SignerListSet.cpp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import SIGNER_LIST_ONE_OWNER_COUNT, AccountFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import Sandbox, adjust_owner_count, peek_account

_MAX_SIGNERS: Final = 32


def _entries(tx: Any) -> list[Mapping[str, Any]]:
    """Give the signers in the order of their accounts."""
    return sorted(
        (entry["SignerEntry"] for entry in tx["SignerEntries"]), key=lambda signer: signer["Account"]
    )


def preflight(context: PreflightContext) -> TER:
    """Check the list by itself."""
    tx = context.tx
    quorum = tx["SignerQuorum"]
    if bool(quorum) != ("SignerEntries" in tx):
        return TER.temMALFORMED
    if not quorum:
        return TER.tesSUCCESS
    if not all("SignerEntry" in entry for entry in tx["SignerEntries"]):
        return TER.temMALFORMED
    signers = _entries(tx)
    if not 1 <= len(signers) <= _MAX_SIGNERS:
        return TER.temMALFORMED
    if len({signer["Account"] for signer in signers}) < len(signers):
        return TER.temBAD_SIGNER
    for signer in signers:
        if not signer["SignerWeight"]:
            return TER.temBAD_WEIGHT
        if signer["Account"] == tx.account:
            return TER.temBAD_SIGNER
    total = sum(signer["SignerWeight"] for signer in signers)
    return TER.temBAD_QUORUM if total < quorum else TER.tesSUCCESS


def preclaim(_context: PreclaimContext) -> TER:
    """Check nothing further."""
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Replace the list, or delete it unless nothing else could sign."""
    tx, view = context.tx, context.view
    if tx["SignerQuorum"]:
        return _replace(context)
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    if root.has_flag(AccountFlag.DISABLE_MASTER) and "RegularKey" not in root:
        return TER.tecNO_ALTERNATIVE_KEY
    return remove(view, tx.account)


def remove(view: Sandbox, account: bytes) -> TER:
    """Delete an account's list, if it has one."""
    entry = view.peek(keylets.signer_list(account))
    if entry is None:
        return TER.tesSUCCESS
    if not directories.remove_owned(view, account, entry["OwnerNode"], entry.key):
        return TER.tefBAD_LEDGER
    root = peek_account(view, account)
    if root is not None:
        held = 1 if entry.has_flag(SIGNER_LIST_ONE_OWNER_COUNT) else 2 + len(entry["SignerEntries"])
        adjust_owner_count(view, root, -held)
    view.erase(entry)
    return TER.tesSUCCESS


def _replace(context: ApplyContext) -> TER:
    tx, view = context.tx, context.view
    removed = remove(view, tx.account)
    if removed is not TER.tesSUCCESS:
        return removed
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    if context.prior_balance < view.info.fees.account_reserve(root["OwnerCount"] + 1):
        return TER.tecINSUFFICIENT_RESERVE
    entry = LedgerEntry.new(
        "SignerList",
        keylets.signer_list(tx.account),
        {
            "Owner": tx.account,
            "Flags": SIGNER_LIST_ONE_OWNER_COUNT,
            "SignerQuorum": tx["SignerQuorum"],
            "SignerListID": 0,
            "SignerEntries": tuple({"SignerEntry": dict(signer)} for signer in _entries(tx)),
        },
    )
    view.insert(entry)
    node = directories.insert_owned(view, tx.account, entry.key)
    if node is None:
        return TER.tecDIR_FULL
    entry["OwnerNode"] = node
    adjust_owner_count(view, root, 1)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("SignerQuorum"),
    optional=names("SignerEntries"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
