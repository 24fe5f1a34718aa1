"""Customers: whitelisting on the control plane and the record of who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.profile import Role
from sovbank.errors.wire import MalformedAddress
from sovbank.journal.books import Customer
from sovbank.journal.port import LogKind, NewOperation, OperationRow
from sovbank.operations.chain import receipt_event, recorder
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.people import acting_officer, chain_signer
from sovbank.wire.addresses import decode_address

INTERNAL = "internal"


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
    """Admit a customer on ComplianceRegistry and keep the record; the same again changes nothing."""
    decode_address(admission.account)
    # The bank's own accounts are admitted by the admin, customers by compliance.
    role = Role.ADMIN if admission.tier == INTERNAL else Role.COMPLIANCE
    actor = acting_officer(house, role, named=officer)
    parameters = {
        "account": admission.account,
        "tier": admission.tier,
        "expires_on": admission.expires_on.isoformat(),
    }
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.WHITELIST, parameters, admission.kyc_id),
            kind=Kind.WHITELIST,
            reference=admission.kyc_id,
            parameters=parameters,
            created_by=actor,
        ),
        intent(house, actor, account=admission.account),
    )
    if operation.state is State.POSTED:
        return operation
    if not house.control.is_whitelisted(house.network_id, admission.account):
        house.progress("whitelisting the customer on ComplianceRegistry")
        receipt = house.control.whitelist(
            admission.kyc_id,
            house.network_id,
            admission.account,
            admission.tier,
            _end_of(admission.expires_on),
            signer=chain_signer(house, actor),
            record=recorder(house, operation.id, actor=actor, step="whitelist"),
        )
        event = receipt_event(LogKind.OBSERVE, receipt, actor=actor, step="whitelist")
    else:
        event = intent(house, actor, account=admission.account, body={"found": "already whitelisted"})
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
    return house.journal.advance(operation.id, before=State.INTENT, after=State.POSTED, event=event)


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
