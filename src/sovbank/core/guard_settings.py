"""The guarded signer's rules for the rows that move no money: compliance measures and accepted plans.

Numbers of flags: xrpl.org, AccountSet and TrustSet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.core.guard_payments import check_amount
from sovbank.core.permits import CompliancePermit, Measure, PlanPermit, plan_digest, step_digest
from sovbank.errors.guard import (
    FlagsNotAllowed,
    NotSignedOff,
    PlanNotAccepted,
    SettingForbidden,
    StepNotInPlan,
    WrongAccount,
    WrongAmount,
    WrongGlobalFreeze,
    WrongHolder,
    WrongTransactionType,
)

Tx = Mapping[str, Any]

_GLOBAL_FREEZE = 7
_SET_FREEZE, _CLEAR_FREEZE = 0x00100000, 0x00200000
_SET_DEEP_FREEZE, _CLEAR_DEEP_FREEZE = 0x00400000, 0x00800000
_LINE_FLAGS = {
    Measure.FREEZE: _SET_FREEZE,
    Measure.DEEP_FREEZE: _SET_FREEZE | _SET_DEEP_FREEZE,
    Measure.UNFREEZE: _CLEAR_FREEZE | _CLEAR_DEEP_FREEZE,
}
_GLOBAL_FIELD = {Measure.GLOBAL_FREEZE: "SetFlag", Measure.GLOBAL_UNFREEZE: "ClearFlag"}

_PLAN_FIELDS = {
    "AccountSet": frozenset({"ClearFlag", "Domain", "SetFlag", "TickSize"}),
    "SignerListSet": frozenset({"SignerEntries", "SignerQuorum"}),
    "TicketCreate": frozenset({"TicketCount"}),
    "TrustSet": frozenset({"LimitAmount"}),
    "DepositPreauth": frozenset({"Authorize", "Unauthorize"}),
}
# tfRequireDestTag, tfOptionalDestTag, tfRequireAuth, tfOptionalAuth, tfDisallowXRP, tfAllowXRP
_ACCOUNT_SET_FLAGS = 0x00010000 | 0x00020000 | 0x00040000 | 0x00080000 | 0x00100000 | 0x00200000
# tfSetfAuth, tfSetNoRipple, tfClearNoRipple: freezes need a compliance case
_TRUST_SET_FLAGS = 0x00010000 | 0x00020000 | 0x00040000
_PLAN_FLAGS = {"AccountSet": _ACCOUNT_SET_FLAGS, "TrustSet": _TRUST_SET_FLAGS}
# Left out: 5 AccountTxnID, 6 NoFreeze (it rules out clawback), 7 GlobalFreeze (a compliance measure).
_SETTABLE = frozenset({1, 2, 3, 4, 8, 9, 10, 12, 13, 14, 15, 16})
_CLEARABLE = _SETTABLE - {16}
_PEOPLE_NEEDED = 2


def check_compliance(tx: Tx, permit: CompliancePermit, _network_id: int) -> frozenset[str]:
    """Check a measure: signed off by two people, and exactly what the case orders."""
    if len(set(permit.signed_off_by)) < _PEOPLE_NEEDED:
        raise NotSignedOff(f"{len(set(permit.signed_off_by))} of {_PEOPLE_NEEDED} people signed off the case")
    if tx.get("Account") != permit.account:
        raise WrongAccount(f"the transaction is from {tx.get('Account')}, not {permit.account}")
    if permit.measure is Measure.CLAWBACK:
        return _check_clawback(tx, permit)
    if permit.measure in _LINE_FLAGS:
        return _check_line(tx, permit)
    return _check_global(tx, permit)


def check_plan(tx: Tx, permit: PlanPermit, network_id: int) -> frozenset[str]:
    """Check a step of a plan: the plan is the accepted one, the step is in it and allowed in plans at all."""
    if plan_digest(permit.steps) != permit.accepted:
        raise PlanNotAccepted("the plan is not the one that was accepted")
    if tx.get("Account") != permit.account:
        raise WrongAccount(f"the transaction is from {tx.get('Account')}, not {permit.account}")
    kind = str(tx.get("TransactionType"))
    fields = _PLAN_FIELDS.get(kind)
    if fields is None:
        raise WrongTransactionType(f"a {kind} cannot be a step of a plan")
    flags = tx.get("Flags", 0)
    if type(flags) is not int or flags & ~_PLAN_FLAGS.get(kind, 0):
        raise FlagsNotAllowed(f"a {kind} of a plan cannot carry the flags {flags!r}")
    for name, allowed in (("SetFlag", _SETTABLE), ("ClearFlag", _CLEARABLE)):
        if name in tx and (type(tx[name]) is not int or tx[name] not in allowed):
            raise SettingForbidden(f"{name} {tx[name]!r} cannot be part of a plan")
    if step_digest(network_id, tx) not in permit.steps:
        raise StepNotInPlan(f"this {kind} is not a step of the accepted plan")
    return fields


def _check_clawback(tx: Tx, permit: CompliancePermit) -> frozenset[str]:
    _check_type(tx, "Clawback")
    _check_flags(tx, 0)
    _check_counterparty(tx.get("Amount"), permit)
    if permit.amount is not None and permit.amount.value <= 0:
        raise WrongAmount(f"the amount {permit.amount.value} is not above zero")
    return frozenset({"Amount"})


def _check_line(tx: Tx, permit: CompliancePermit) -> frozenset[str]:
    _check_type(tx, "TrustSet")
    _check_flags(tx, _LINE_FLAGS[permit.measure])
    _check_counterparty(tx.get("LimitAmount"), permit)
    if permit.amount is not None and permit.amount.value != 0:
        raise WrongAmount("a freeze leaves the issuer's limit at zero")
    return frozenset({"LimitAmount"})


def _check_global(tx: Tx, permit: CompliancePermit) -> frozenset[str]:
    _check_type(tx, "AccountSet")
    _check_flags(tx, 0)
    name = _GLOBAL_FIELD[permit.measure]
    if type(tx.get(name)) is not int or tx[name] != _GLOBAL_FREEZE:
        raise WrongGlobalFreeze(f"{name} is {tx.get(name)!r}, not {_GLOBAL_FREEZE}")
    return frozenset({name})


def _check_counterparty(found: Any, permit: CompliancePermit) -> None:
    if permit.holder is None or permit.amount is None:
        raise WrongHolder("the compliance case names no holder")
    if not isinstance(found, Mapping) or found.get("issuer") != permit.holder:
        raise WrongHolder(f"the measure is not against {permit.holder}")
    check_amount(found, permit.amount, counterparty=permit.holder)


def _check_type(tx: Tx, expected: str) -> None:
    if tx.get("TransactionType") != expected:
        raise WrongTransactionType(f"a {tx.get('TransactionType')} is not a {expected}")


def _check_flags(tx: Tx, expected: int) -> None:
    flags = tx.get("Flags", 0)
    if type(flags) is not int or flags != expected:
        raise FlagsNotAllowed(f"the flags are {flags!r}, needed are 0x{expected:08X}")
