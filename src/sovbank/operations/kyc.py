"""Customers: whitelisting on the control plane and the record of who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial

from sovbank.core.canonical import digest
from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.profile import Role
from sovbank.errors.evm import ControlPlaneRefused
from sovbank.errors.operations import AlreadyAdmitted, TierUnknown
from sovbank.errors.wire import MalformedAddress
from sovbank.journal.books import Customer
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.acting import Act, perform
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.moving import move_on
from sovbank.operations.people import acting_officer
from sovbank.wire.addresses import decode_address

INTERNAL = "internal"
_CUSTOMER_TIERS = ("low", "medium", "high")
_CASE_SHOWN = 40


@dataclass(frozen=True)
class Admission:
    """A KYC result: the provider's case, the customer's name, risk tier, expiry and ledger account."""

    kyc_id: str
    name: str
    tier: str
    expires_on: date
    account: str


@dataclass(frozen=True)
class Standing:
    """What both sides say of a customer."""

    customer: Customer | None
    account: str
    whitelisted: bool
    tier: str


def whitelist(house: House, admission: Admission, *, officer: str | None = None) -> OperationRow:
    """Admit a customer on ComplianceRegistry and keep the record; the same again changes nothing.

    Raises
    ------
    AlreadyAdmitted
        The KYC case stands there with another account, tier or expiry, or is blocked.
    TierUnknown
        There is no such tier.
    """
    decode_address(admission.account)
    _check_tier(admission.tier)
    # The bank's own accounts are admitted by the admin, customers by compliance.
    role = Role.ADMIN if admission.tier == INTERNAL else Role.COMPLIANCE
    actor = acting_officer(house, role, named=officer)
    stands = _stands(house, admission)
    operation = _open(house, admission, actor, stands=stands)
    if operation.state is State.POSTED:
        return operation
    found = _found_standing(house, admission, actor)
    event = found if stands else _admit(house, operation, admission, actor)
    house.books.put_customer(
        Customer(
            kyc_id=admission.kyc_id,
            name=admission.name,
            tier=admission.tier,
            expires_on=admission.expires_on,
            account=admission.account,
            status="whitelisted",
            updated_at=house.clock.now(),
        ),
        actor=actor,
    )
    return move_on(house, operation, State.POSTED, event)


def _open(house: House, admission: Admission, actor: str, *, stands: bool) -> OperationRow:
    """Open the admission, or return the one that is under way, or done if it still stands.

    The registry decides whether there is something to do, not an old operation: after a refusal the same
    admission gets the next number and is an operation of its own.
    """
    parameters = {
        "kyc_id": admission.kyc_id,
        "account": admission.account,
        "tier": admission.tier,
        "expires_on": admission.expires_on.isoformat(),
    }
    stem = f"{admission.kyc_id[:_CASE_SHOWN]}:{digest('sovbank/admission/v1', parameters)[:16]}"
    number = 1
    while (known := house.journal.find(Kind.WHITELIST, f"{stem}:{number}")) is not None:
        if known.state is State.INTENT or (stands and known.state is State.POSTED):
            return known
        number += 1
    reference = f"{stem}:{number}"
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.WHITELIST, parameters, reference),
            kind=Kind.WHITELIST,
            reference=reference,
            parameters=parameters,
            created_by=actor,
        ),
        intent(house, actor, account=admission.account),
    )
    return operation


def _admit(house: House, operation: OperationRow, admission: Admission, actor: str) -> LogEvent:
    house.progress("whitelisting the customer on ComplianceRegistry")
    send = partial(
        house.control.whitelist,
        admission.kyc_id,
        house.network_id,
        admission.account,
        admission.tier,
        _end_of(admission.expires_on),
    )
    act = Act("whitelist", actor, send)
    try:
        return act.event(perform(house, operation, act))
    except ControlPlaneRefused as refusal:
        if _stands(house, admission):  # another process was first
            return _found_standing(house, admission, actor)
        abort = LogEvent(LogKind.ABORT, actor="control-plane", rule=refusal.code, decision="refused")
        move_on(house, operation, State.CANCELLED, abort)
        raise


def _found_standing(house: House, admission: Admission, actor: str) -> LogEvent:
    return intent(house, actor, account=admission.account, body={"found": "already whitelisted"})


def _check_tier(tier: str) -> None:
    if tier not in (*_CUSTOMER_TIERS, INTERNAL):
        raise TierUnknown(f"no tier is called {tier[:40]!r}; there are {', '.join(_CUSTOMER_TIERS)}")


def _stands(house: House, admission: Admission) -> bool:
    """Say whether the very same admission stands on ComplianceRegistry; refuse another one."""
    found = house.control.customer(admission.kyc_id)
    if found is None:
        return False
    case = f"KYC case {admission.kyc_id}"
    until = datetime.fromtimestamp(found.expiry, UTC).date()
    if (found.tier, found.expiry) != (admission.tier, _end_of(admission.expires_on)):
        raise AlreadyAdmitted(f"{case} stands as {found.tier} until {until}")
    if not house.control.is_account_of(admission.kyc_id, house.network_id, admission.account):
        raise AlreadyAdmitted(f"{case} stands for another account than {admission.account}")
    return True


def standing(house: House, key: str) -> Standing:
    """Return what the books and the control plane say of a customer, by KYC case or account."""
    customer = house.books.customer(key)
    account = customer.account if customer is not None else key
    try:
        decode_address(account)
    except MalformedAddress as refusal:
        refusal.next_step = "Give a KYC case that was whitelisted here, or the customer's classic address."
        raise
    return Standing(
        customer=customer,
        account=account,
        whitelisted=house.control.is_whitelisted(house.network_id, account),
        tier=house.control.tier_of(house.network_id, account),
    )


def _end_of(day: date) -> int:
    return int(datetime.combine(day, time(23, 59, 59), tzinfo=UTC).timestamp())
