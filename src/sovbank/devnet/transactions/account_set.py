"""AccountSet: settings and flags of an account.

Source of the rules: xrpld ``tx/transactors/account/AccountSet.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.amounts import QUALITY_ONE
from sovbank.devnet.ledger.flags import AccountFlag
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
from sovbank.devnet.ledger.view import Sandbox, peek_account, read_account
from sovbank.wire.signatures import is_public_key

TF_REQUIRE_DEST_TAG: Final = 0x00010000
TF_OPTIONAL_DEST_TAG: Final = 0x00020000
TF_REQUIRE_AUTH: Final = 0x00040000
TF_OPTIONAL_AUTH: Final = 0x00080000
TF_DISALLOW_XRP: Final = 0x00100000
TF_ALLOW_XRP: Final = 0x00200000

ASF_REQUIRE_DEST: Final = 1
ASF_REQUIRE_AUTH: Final = 2
ASF_DISALLOW_XRP: Final = 3
ASF_DISABLE_MASTER: Final = 4
ASF_ACCOUNT_TXN_ID: Final = 5
ASF_NO_FREEZE: Final = 6
ASF_GLOBAL_FREEZE: Final = 7
ASF_DEFAULT_RIPPLE: Final = 8
ASF_DEPOSIT_AUTH: Final = 9
ASF_AUTHORIZED_NFTOKEN_MINTER: Final = 10
ASF_DISALLOW_INCOMING_NFTOKEN_OFFER: Final = 12
ASF_DISALLOW_INCOMING_CHECK: Final = 13
ASF_DISALLOW_INCOMING_PAYCHAN: Final = 14
ASF_DISALLOW_INCOMING_TRUSTLINE: Final = 15
ASF_ALLOW_TRUSTLINE_CLAWBACK: Final = 16
ASF_ALLOW_TRUSTLINE_LOCKING: Final = 17

_LEGACY: Final = {
    ASF_REQUIRE_DEST: (TF_REQUIRE_DEST_TAG, TF_OPTIONAL_DEST_TAG, AccountFlag.REQUIRE_DEST_TAG),
    ASF_REQUIRE_AUTH: (TF_REQUIRE_AUTH, TF_OPTIONAL_AUTH, AccountFlag.REQUIRE_AUTH),
    ASF_DISALLOW_XRP: (TF_DISALLOW_XRP, TF_ALLOW_XRP, AccountFlag.DISALLOW_XRP),
}
"""Settings that a transaction flag can set or clear too."""

_PLAIN: Final = {
    ASF_DEFAULT_RIPPLE: AccountFlag.DEFAULT_RIPPLE,
    ASF_DEPOSIT_AUTH: AccountFlag.DEPOSIT_AUTH,
    ASF_DISALLOW_INCOMING_NFTOKEN_OFFER: AccountFlag.DISALLOW_INCOMING_NFTOKEN_OFFER,
    ASF_DISALLOW_INCOMING_CHECK: AccountFlag.DISALLOW_INCOMING_CHECK,
    ASF_DISALLOW_INCOMING_PAYCHAN: AccountFlag.DISALLOW_INCOMING_PAYCHAN,
    ASF_DISALLOW_INCOMING_TRUSTLINE: AccountFlag.DISALLOW_INCOMING_TRUSTLINE,
    ASF_ALLOW_TRUSTLINE_LOCKING: AccountFlag.ALLOW_TRUSTLINE_LOCKING,
}
"""Settings that nothing but their own code sets or clears."""

_MAX_DOMAIN: Final = 256
_TICK_SIZES: Final = range(3, 17)
_MAX_TICK_SIZE: Final = 16


def _sets(tx: Transaction, setting: int) -> bool:
    return tx.has_flag(_LEGACY[setting][0]) or tx.get("SetFlag", 0) == setting


def _clears(tx: Transaction, setting: int) -> bool:
    return tx.has_flag(_LEGACY[setting][1]) or tx.get("ClearFlag", 0) == setting


def preflight(context: PreflightContext) -> TER:
    """Check the settings by themselves."""
    tx = context.tx
    to_set, to_clear = tx.get("SetFlag", 0), tx.get("ClearFlag", 0)
    if to_set and to_set == to_clear:
        return TER.temINVALID_FLAG
    if any(_sets(tx, setting) and _clears(tx, setting) for setting in _LEGACY):
        return TER.temINVALID_FLAG
    rate = tx.get("TransferRate", 0)
    if rate and not QUALITY_ONE <= rate <= 2 * QUALITY_ONE:
        return TER.temBAD_TRANSFER_RATE
    tick_size = tx.get("TickSize", 0)
    if tick_size and tick_size not in _TICK_SIZES:
        return TER.temBAD_TICK_SIZE
    message_key = tx.get("MessageKey", b"")
    if message_key and not is_public_key(message_key):
        return TER.telBAD_PUBLIC_KEY
    if len(tx.get("Domain", b"")) > _MAX_DOMAIN:
        return TER.telBAD_DOMAIN
    if to_set == ASF_AUTHORIZED_NFTOKEN_MINTER and "NFTokenMinter" not in tx:
        return TER.temMALFORMED
    if to_clear == ASF_AUTHORIZED_NFTOKEN_MINTER and "NFTokenMinter" in tx:
        return TER.temMALFORMED
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check the settings that depend on others and on the account's objects."""
    tx, view = context.tx, context.view
    root = read_account(view, tx.account)
    if root is None:
        return TER.terNO_ACCOUNT
    owns_something = not directories.is_empty(view, keylets.owner_directory(tx.account))
    if _sets(tx, ASF_REQUIRE_AUTH) and not root.has_flag(AccountFlag.REQUIRE_AUTH) and owns_something:
        return TER.tecOWNERS
    to_set = tx.get("SetFlag", 0)
    if to_set == ASF_ALLOW_TRUSTLINE_CLAWBACK:
        if root.has_flag(AccountFlag.NO_FREEZE):
            return TER.tecNO_PERMISSION
        if owns_something:
            return TER.tecOWNERS
    elif to_set == ASF_NO_FREEZE and root.has_flag(AccountFlag.ALLOW_TRUSTLINE_CLAWBACK):
        return TER.tecNO_PERMISSION
    return TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Change the account's settings."""
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    refused = _set_flags(tx, view, root)
    if refused is not TER.tesSUCCESS:
        return refused
    _set_fields(tx, root)
    view.update(root)
    return TER.tesSUCCESS


def _set_flags(tx: Transaction, view: Sandbox, root: LedgerEntry) -> TER:
    to_set, to_clear = tx.get("SetFlag", 0), tx.get("ClearFlag", 0)
    flags = root.flags
    for setting, (_, _, flag) in _LEGACY.items():
        if _sets(tx, setting):
            flags |= flag
        elif _clears(tx, setting):
            flags &= ~flag
    if to_set == ASF_DISABLE_MASTER and not root.has_flag(AccountFlag.DISABLE_MASTER):
        if not tx.signed_by_master_key:
            return TER.tecNEED_MASTER_KEY
        if "RegularKey" not in root and not view.exists(keylets.signer_list(tx.account)):
            return TER.tecNO_ALTERNATIVE_KEY
        flags |= AccountFlag.DISABLE_MASTER
    if to_clear == ASF_DISABLE_MASTER:
        flags &= ~AccountFlag.DISABLE_MASTER
    if to_set == ASF_NO_FREEZE:
        if not tx.signed_by_master_key and not root.has_flag(AccountFlag.DISABLE_MASTER):
            return TER.tecNEED_MASTER_KEY
        flags |= AccountFlag.NO_FREEZE
    if to_set == ASF_GLOBAL_FREEZE:
        flags |= AccountFlag.GLOBAL_FREEZE
    elif to_clear == ASF_GLOBAL_FREEZE and not flags & AccountFlag.NO_FREEZE:
        flags &= ~AccountFlag.GLOBAL_FREEZE
    flags |= _PLAIN.get(to_set, 0)
    flags &= ~_PLAIN.get(to_clear, 0)
    if to_set == ASF_ALLOW_TRUSTLINE_CLAWBACK:
        flags |= AccountFlag.ALLOW_TRUSTLINE_CLAWBACK
    root["Flags"] = flags
    return TER.tesSUCCESS


def _set_fields(tx: Transaction, root: LedgerEntry) -> None:
    to_set, to_clear = tx.get("SetFlag", 0), tx.get("ClearFlag", 0)
    if to_set == ASF_ACCOUNT_TXN_ID and "AccountTxnID" not in root:
        root["AccountTxnID"] = bytes(32)
    if to_clear == ASF_ACCOUNT_TXN_ID:
        root.discard("AccountTxnID")
    for name, nothing in _FIELDS.items():
        if name in tx:
            if tx[name] in nothing:
                root.discard(name)
            else:
                root[name] = tx[name]
    if to_set == ASF_AUTHORIZED_NFTOKEN_MINTER:
        root["NFTokenMinter"] = tx["NFTokenMinter"]
    if to_clear == ASF_AUTHORIZED_NFTOKEN_MINTER:
        root.discard("NFTokenMinter")


_FIELDS: Final[dict[str, tuple[object, ...]]] = {
    "EmailHash": (bytes(16),),
    "WalletLocator": (bytes(32),),
    "MessageKey": (b"",),
    "Domain": (b"",),
    "TransferRate": (0, QUALITY_ONE),
    "TickSize": (0, _MAX_TICK_SIZE),
}
"""Fields copied to the account, and the values that mean: take it away."""

TRANSACTOR: Final = Transactor(
    required=names(""),
    optional=names(
        "EmailHash WalletLocator WalletSize MessageKey Domain TransferRate SetFlag ClearFlag TickSize"
        " NFTokenMinter"
    ),
    flags=TF_REQUIRE_DEST_TAG
    | TF_OPTIONAL_DEST_TAG
    | TF_REQUIRE_AUTH
    | TF_OPTIONAL_AUTH
    | TF_DISALLOW_XRP
    | TF_ALLOW_XRP,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
