"""Checks that every transaction passes before its own type looks at it.

The order is the server's, for it decides which result a transaction with several faults gets. Source of the
rules: xrpld ``tx/Transactor.cpp`` and ``tx/applySteps.cpp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.authority import check_authority
from sovbank.devnet.ledger.fields import FIELDS
from sovbank.devnet.ledger.flags import TF_INNER_BATCH_TXN, TF_UNIVERSAL
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.state import LedgerView
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import Transactor
from sovbank.devnet.ledger.values import MAX_DROPS, MptAmount
from sovbank.devnet.ledger.view import read_account
from sovbank.wire.signatures import is_public_key

MAX_LEGACY_NETWORK_ID: Final = 1024
"""Networks up to this id refuse a NetworkID; those above demand it."""
_MAX_MPT: Final = 2**63 - 1
_AMOUNTS: Final = frozenset(name for name, field in FIELDS.items() if field.type == "Amount")


def check_alone(transactor: Transactor, tx: Transaction, network_id: int) -> TER:
    """Check what the transaction alone tells: amendments, network, flags, account, fee, key, amounts."""
    if "Delegate" in tx or not transactor.disabled.isdisjoint(tx.fields):
        return TER.temDISABLED
    result = _check_network(tx, network_id)
    if result is not TER.tesSUCCESS:
        return result
    own = transactor.flags if isinstance(transactor.flags, int) else transactor.flags(tx)
    if tx.flags & ~(TF_UNIVERSAL | own):
        return TER.temINVALID_FLAG
    if not any(tx.account):
        return TER.temBAD_SRC_ACCOUNT
    if not isinstance(tx.fee, int) or not 0 <= tx.fee <= MAX_DROPS:
        return TER.temBAD_FEE
    if tx["SigningPubKey"] and not is_public_key(tx["SigningPubKey"]):
        return TER.temBAD_SIGNATURE
    if tx.uses_ticket and "AccountTxnID" in tx:
        return TER.temINVALID
    if tx.has_flag(TF_INNER_BATCH_TXN):
        return TER.temINVALID_FLAG
    return TER.temBAD_AMOUNT if _has_illegal_amount(tx.fields) else TER.tesSUCCESS


def _check_network(tx: Transaction, network_id: int) -> TER:
    named = tx.get("NetworkID")
    if network_id <= MAX_LEGACY_NETWORK_ID:
        return TER.tesSUCCESS if named is None else TER.telNETWORK_ID_MAKES_TX_NON_CANONICAL
    if named is None:
        return TER.telREQUIRES_NETWORK_ID
    return TER.tesSUCCESS if named == network_id else TER.telWRONG_NETWORK


def _has_illegal_amount(fields: Mapping[str, Any]) -> bool:
    """Tell whether any amount, however deep, is more than XRP or MPTs can be."""
    for name, value in fields.items():
        if name in _AMOUNTS:
            if isinstance(value, int) and abs(value) > MAX_DROPS:
                return True
            if isinstance(value, MptAmount) and abs(value.value) > _MAX_MPT:
                return True
        elif isinstance(value, dict):
            if _has_illegal_amount(value):
                return True
        elif isinstance(value, tuple) and any(isinstance(e, dict) and _has_illegal_amount(e) for e in value):
            return True
    return False


def check_with_ledger(transactor: Transactor, view: LedgerView, tx: Transaction, *, simulated: bool) -> TER:
    """Check what the ledger tells: sequence or ticket, history, keys and fee."""
    for check in (_check_sequence, _check_history):
        result = check(view, tx)
        if result is not TER.tesSUCCESS:
            return result
    result = check_authority(view, tx, simulated=simulated)
    return _check_fee(transactor, view, tx) if result is TER.tesSUCCESS else result


def _check_sequence(view: LedgerView, tx: Transaction) -> TER:
    account = read_account(view, tx.account)
    if account is None:
        return TER.terNO_ACCOUNT
    expected, given = account["Sequence"], tx.sequence_value
    if not tx.uses_ticket:
        if "TicketSequence" in tx:
            return TER.temSEQ_AND_TICKET
        if given == expected:
            return TER.tesSUCCESS
        return TER.terPRE_SEQ if given > expected else TER.tefPAST_SEQ
    if given >= expected:
        return TER.terPRE_TICKET
    return TER.tesSUCCESS if view.exists(keylets.ticket(tx.account, given)) else TER.tefNO_TICKET


def _check_history(view: LedgerView, tx: Transaction) -> TER:
    account = read_account(view, tx.account)
    if account is None:
        return TER.terNO_ACCOUNT
    if "AccountTxnID" in tx and account.get("AccountTxnID", bytes(32)) != tx["AccountTxnID"]:
        return TER.tefWRONG_PRIOR
    if view.info.sequence > tx.get("LastLedgerSequence", view.info.sequence):
        return TER.tefMAX_LEDGER
    return TER.tefALREADY if view.transaction_exists(tx.hash) else TER.tesSUCCESS


def _check_fee(transactor: Transactor, view: LedgerView, tx: Transaction) -> TER:
    fee: int = tx.fee
    if view.info.open and fee < transactor.base_fee(view, tx):
        return TER.telINSUF_FEE_P
    if fee == 0:
        return TER.tesSUCCESS
    balance = account_balance(view, tx)
    if balance >= fee:
        return TER.tesSUCCESS
    return TER.tecINSUFF_FEE if balance > 0 and not view.info.open else TER.terINSUF_FEE_B


def account_balance(view: LedgerView, tx: Transaction) -> int:
    """Give the sender's XRP in drops, 0 when there is no such account."""
    account = read_account(view, tx.account)
    balance: int = account["Balance"] if account is not None else 0
    return balance
