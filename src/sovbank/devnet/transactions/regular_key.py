"""SetRegularKey: name another key that signs for an account, or take it away.

Source of the rules: xrpld ``tx/transactors/account/SetRegularKey.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets, transactor
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import ReadView, peek_account, read_account


def base_fee(view: ReadView, tx: Transaction) -> int:
    """Charge nothing once, signed by the master key; a payment received arms it again."""
    if tx.signed_by_master_key:
        root = read_account(view, tx.account)
        if root is not None and not root.has_flag(AccountFlag.PASSWORD_SPENT):
            return 0
    return transactor.base_fee(view, tx)


def preflight(context: PreflightContext) -> TER:
    """Refuse the account's own address."""
    tx = context.tx
    return TER.temBAD_REGKEY if tx.get("RegularKey") == tx.account else TER.tesSUCCESS


def preclaim(_context: PreclaimContext) -> TER:
    """Check nothing further."""
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Set or remove the key; the last way to sign is never taken away."""
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    if not base_fee(view, tx):
        root.set_flag(AccountFlag.PASSWORD_SPENT)
    if "RegularKey" in tx:
        root["RegularKey"] = tx["RegularKey"]
    else:
        if root.has_flag(AccountFlag.DISABLE_MASTER) and not view.exists(keylets.signer_list(tx.account)):
            return TER.tecNO_ALTERNATIVE_KEY
        root.discard("RegularKey")
    view.update(root)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names(""),
    optional=names("RegularKey"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
    base_fee=base_fee,
)
