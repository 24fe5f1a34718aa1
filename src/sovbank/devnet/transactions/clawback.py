"""Clawback: an issuer takes tokens back from a holder.

Source of the rules: xrpld ``tx/transactors/token/Clawback.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import MAX_MPT, ZERO, Value
from sovbank.devnet.ledger.flags import AccountFlag, IssuanceFlag
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.values import MptAmount, TokenAmount
from sovbank.devnet.ledger.view import ReadView, read_account
from sovbank.devnet.transactions import mpt_rules


def preflight(context: PreflightContext) -> TER:
    """Check the amount by itself; its issuer field names the holder."""
    tx = context.tx
    amount = tx["Amount"]
    if isinstance(amount, MptAmount):
        return _preflight_mpt(tx, amount)
    if "Holder" in tx:
        return TER.temMALFORMED
    if not isinstance(amount, TokenAmount) or amount.issuer == tx.account or amount.mantissa <= 0:
        return TER.temBAD_AMOUNT
    return TER.tesSUCCESS


def _preflight_mpt(tx: Transaction, amount: MptAmount) -> TER:
    if "Holder" not in tx or tx["Holder"] == tx.account:
        return TER.temMALFORMED
    return TER.tesSUCCESS if 0 < amount.value <= MAX_MPT else TER.temBAD_AMOUNT


def preclaim(context: PreclaimContext) -> TER:
    """Check that the issuer may, and that the holder holds."""
    tx, view = context.tx, context.view
    amount = tx["Amount"]
    holder = amount.issuer if isinstance(amount, TokenAmount) else tx["Holder"]
    issuer = read_account(view, tx.account)
    if issuer is None or read_account(view, holder) is None:
        return TER.terNO_ACCOUNT
    if isinstance(amount, MptAmount):
        return _preclaim_mpt(tx, view, amount)
    if not issuer.has_flag(AccountFlag.ALLOW_TRUSTLINE_CLAWBACK) or issuer.has_flag(AccountFlag.NO_FREEZE):
        return TER.tecNO_PERMISSION
    line = lines.read_line(view, holder, tx.account, amount.currency)
    if line is None:
        return TER.tecNO_LINE
    held = lines.balance_of(line, holder, tx.account)
    if held < ZERO:
        return TER.tecNO_PERMISSION
    return TER.tesSUCCESS if held else TER.tecINSUFFICIENT_FUNDS


def _preclaim_mpt(tx: Transaction, view: ReadView, amount: MptAmount) -> TER:
    entry = mpt_rules.read_issuance(view, amount.issuance)
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if not entry.has_flag(IssuanceFlag.CAN_CLAWBACK) or entry["Issuer"] != tx.account:
        return TER.tecNO_PERMISSION
    if not view.exists(keylets.mptoken(amount.issuance, tx["Holder"])):
        return TER.tecOBJECT_NOT_FOUND
    has_some = mpt_rules.held(view, tx["Holder"], amount.issuance) > 0
    return TER.tesSUCCESS if has_some else TER.tecINSUFFICIENT_FUNDS


def apply(context: ApplyContext) -> TER:
    """Take the amount, or what there is of it."""
    tx, view = context.tx, context.view
    amount = tx["Amount"]
    if isinstance(amount, MptAmount):
        taken = min(mpt_rules.held(view, tx["Holder"], amount.issuance), amount.value)
        return mpt_rules.move(view, tx["Holder"], tx.account, MptAmount(amount.issuance, taken))
    holder = amount.issuer
    held = lines.balance(view, holder, tx.account, amount.currency)
    return lines.move(view, holder, tx.account, amount.currency, min(held, Value.of(amount)))


TRANSACTOR: Final = Transactor(
    required=names("Amount"),
    optional=names("Holder"),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
