"""How a payment moves tokens and MPTs.

Source of the rules: xrpld ``tx/transactors/payment/Payment.cpp``, ``tx/paths/RippleCalc.cpp``, ``Flow.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger.amounts import (
    QUALITY_ONE,
    Value,
    divide_units_by_rate,
    multiply_units_by_rate,
)
from sovbank.devnet.ledger.flow import engine, quality, strands
from sovbank.devnet.ledger.flow.sandbox import PaymentSandbox
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER, is_retry
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import ApplyContext
from sovbank.devnet.ledger.values import XRP, Amount, Issue, MptAmount, TokenAmount
from sovbank.devnet.ledger.view import Sandbox
from sovbank.devnet.transactions import credential_rules, mpt_rules
from sovbank.errors.devnet_amounts import AmountOverflow

TF_NO_RIPPLE_DIRECT: Final = 0x00010000
TF_PARTIAL_PAYMENT: Final = 0x00020000
TF_LIMIT_QUALITY: Final = 0x00040000


def spend_at_most(tx: Transaction) -> Amount:
    """Give the most that a payment may cost: SendMax, or the amount in whatever the sender can spend."""
    amount: Amount = tx["Amount"]
    if "SendMax" in tx:
        most: Amount = tx["SendMax"]
        return most
    return amount._replace(issuer=tx.account) if isinstance(amount, TokenAmount) else amount


def _issue(amount: Amount) -> Issue:
    return amount.issue if isinstance(amount, TokenAmount) else XRP


def _value(amount: Amount) -> Value:
    if isinstance(amount, TokenAmount):
        return Value.of(amount)
    return Value(amount.value if isinstance(amount, MptAmount) else amount)


def pay_through_lines(context: ApplyContext, destination: LedgerEntry) -> TER:
    """Carry a payment over trust lines; what would be retried claims the fee as tecPATH_DRY instead."""
    tx, view = context.tx, context.view
    allowed = credential_rules.verify_deposit(tx, view, destination)
    if allowed is not TER.tesSUCCESS:
        return allowed
    carried = _carry(tx, view)
    if carried.result is not TER.tesSUCCESS:
        return TER.tecPATH_DRY if is_retry(carried.result) else carried.result
    amount = tx["Amount"]
    if carried.delivered != _value(amount):
        least = tx.get("DeliverMin")
        if least is not None and carried.delivered < _value(least):
            return TER.tecPATH_PARTIAL
        context.delivered = carried.delivered.amount(_issue(amount))
    return TER.tesSUCCESS


def _carry(tx: Transaction, view: Sandbox) -> engine.Carried:
    amount: Amount = tx["Amount"]
    spend = spend_at_most(tx)
    route = strands.Route(tx.account, tx["Destination"], _issue(amount), _issue(spend))
    sandbox = PaymentSandbox(view)
    try:
        result, found = strands.build(
            sandbox, route, tx.get("Paths", ()), default_path=not tx.has_flag(TF_NO_RIPPLE_DIRECT)
        )
        if result is not TER.tesSUCCESS:
            return engine.Carried(result)
        limit = quality.rate_of(_value(spend), _value(amount)) if tx.has_flag(TF_LIMIT_QUALITY) else None
        order = engine.Order(_value(amount), _value(spend), tx.has_flag(TF_PARTIAL_PAYMENT), limit)
        carried = engine.carry(sandbox, found, order)
    except AmountOverflow:
        return engine.Carried(TER.tecINTERNAL)
    sandbox.apply_to(view)
    return carried


def pay_mpt(context: ApplyContext, amount: MptAmount, destination: LedgerEntry) -> TER:
    """Pay in an MPT: straight between the issuer and a holder, or between holders where it may pass on."""
    tx, view = context.tx, context.view
    receiver = tx["Destination"]
    for account in (tx.account, receiver):
        result = mpt_rules.require_auth(view, amount.issuance, account)
        if result is not TER.tesSUCCESS:
            return result
    result = mpt_rules.can_transfer(view, amount.issuance, tx.account, receiver)
    if result is TER.tesSUCCESS:
        result = credential_rules.verify_deposit(tx, view, destination)
    if result is not TER.tesSUCCESS:
        return result
    rate = QUALITY_ONE
    if mpt_rules.issuer_of(amount.issuance) not in (tx.account, receiver):
        if mpt_rules.is_locked(view, amount.issuance, tx.account, receiver):
            return TER.tecLOCKED
        rate = mpt_rules.transfer_rate(view, amount.issuance)
    return _send_mpt(context, amount, rate)


def _send_mpt(context: ApplyContext, amount: MptAmount, rate: int) -> TER:
    tx, view = context.tx, context.view
    most = tx.get("SendMax", amount).value
    cost = multiply_units_by_rate(amount.value, rate)
    units = amount.value
    if tx.has_flag(TF_PARTIAL_PAYMENT) and cost > most:
        cost, units = most, divide_units_by_rate(most, rate)
    least = tx.get("DeliverMin")
    if cost > most or (least is not None and units < least.value):
        return TER.tecPATH_PARTIAL
    result = mpt_rules.send(view, tx.account, tx["Destination"], MptAmount(amount.issuance, units))
    if result in (TER.tecINSUFFICIENT_FUNDS, TER.tecPATH_DRY):
        return TER.tecPATH_PARTIAL
    if result is TER.tesSUCCESS and units != amount.value:
        context.delivered = MptAmount(amount.issuance, units)
    return result
