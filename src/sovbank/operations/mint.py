"""Minting: a booked deposit, a request held on MintGuard, an approval, one payment, a confirmation.

Every step first reads MintGuard and brings the journal up to what it says, so that a step whose answer was
lost is recognised and never taken twice. The ledger's side is in ``mint_execution``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from sovbank.core.machine import Kind, State
from sovbank.core.money import format_amount, from_micro, parse_amount, plain_amount, to_micro
from sovbank.core.profile import Role
from sovbank.errors.core import LimitExceeded
from sovbank.errors.operations import (
    DepositMissing,
    DepositUnsuitable,
    MintRefused,
    RequestDiffers,
    WrongKind,
    WrongState,
)
from sovbank.evm.port import MintRequest, MintTerms, RequestState
from sovbank.journal.books import BankEntry, Direction
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.chain import receipt_event, recorder
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.people import acting_officer, chain_signer

_ORDER = (
    State.INTENT,
    State.HELD,
    State.APPROVED,
    State.EXECUTING,
    State.FINAL,
    State.CONFIRMED,
    State.POSTED,
)
_ON_CHAIN = {
    RequestState.HELD: State.HELD,
    RequestState.APPROVED: State.APPROVED,
}


class MintIdentity(Protocol):
    """What identifies a mint, in the journal or in an exported file."""

    @property
    def id(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class MintOrder:
    """What the officer asks for: an asset, an amount, and the bank reference of the deposit that backs it."""

    asset: str
    amount: Decimal
    bank_reference: str
    destination: str | None = None


def request(house: House, order: MintOrder, *, officer: str | None = None) -> OperationRow:
    """Record the intent and have MintGuard hold the amount; the same order again returns the same operation.

    Raises
    ------
    DepositMissing, DepositUnsuitable, LimitExceeded, MintRefused
        Nothing was held.
    RolesNotSeparate, NoOfficerHere
        The officer may not request.
    """
    _check_order(house, order, backing_deposit(house, order.bank_reference))
    actor = acting_officer(house, Role.REQUESTER, named=officer)
    expiry = _expiry(house)
    terms = _terms(house, order, expiry)
    known = house.journal.find(Kind.MINT, order.bank_reference)
    if known is None:
        refuse_unless_mintable(house, order, terms)
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=house.control.mint_id(terms),
            kind=Kind.MINT,
            reference=order.bank_reference,
            parameters={
                "asset": order.asset,
                "amount": plain_amount(order.amount),
                "destination": terms.destination,
            },
            created_by=actor,
        ),
        intent(house, actor, account=house.issuer_of(order.asset).address),
    )
    operation = synchronise(house, operation)
    if operation.state is not State.INTENT:
        return operation
    if known is not None:
        refuse_unless_mintable(house, order, terms)
    house.progress("asking MintGuard to hold the amount")
    receipt = house.control.request_mint(
        terms,
        signer=chain_signer(house, actor),
        record=recorder(house, operation.id, actor=actor, step="request-mint"),
    )
    return house.journal.advance(
        operation.id,
        before=State.INTENT,
        after=State.HELD,
        event=receipt_event(LogKind.OBSERVE, receipt, actor=actor, step="request-mint"),
        facts={"requested_by": actor, "expiry": str(expiry), "request_tx": receipt.tx_hash},
    )


def refuse_unless_backed(house: House, order: MintOrder) -> None:
    """Refuse an order that could not be requested now: by its deposit, the profile's limits or MintGuard.

    Raises
    ------
    DepositMissing, DepositUnsuitable, LimitExceeded, MintRefused
    """
    _check_order(house, order, backing_deposit(house, order.bank_reference))
    refuse_unless_mintable(house, order, _terms(house, order, _expiry(house)))


def refuse_unless_mintable(house: House, order: MintOrder, terms: MintTerms) -> None:
    """Refuse an order that MintGuard would not hold now, with its reason.

    Raises
    ------
    MintRefused
    """
    refusal = house.control.can_mint(terms)
    if refusal is not None:
        raise MintRefused(f"MintGuard refuses {format_amount(order.amount)} {order.asset}: {refusal}")


def approve(house: House, operation_id: str, *, officer: str | None = None) -> OperationRow:
    """Approve a held request as another officer than the one who made it."""
    operation = review(house, operation_id)
    if operation.state is State.INTENT:
        raise WrongState("MintGuard does not hold this request yet")
    if operation.state is not State.HELD:
        return operation
    actor = acting_officer(house, Role.APPROVER, named=officer, barred=_took_part(house, operation))
    house.progress("approving the request on MintGuard")
    receipt = house.control.approve_mint(
        operation.id,
        signer=chain_signer(house, actor),
        record=recorder(house, operation.id, actor=actor, step="approve-mint"),
    )
    return house.journal.advance(
        operation.id,
        before=State.HELD,
        after=State.APPROVED,
        event=receipt_event(LogKind.APPROVE, receipt, actor=actor, step="approve-mint"),
        facts={"approved_by": actor, "approve_tx": receipt.tx_hash},
    )


def confirm(house: House, operation_id: str, *, officer: str | None = None) -> OperationRow:
    """Record on MintGuard that the payment is final, then close the operation in the books.

    Works after expiry, a block or a pause: it records a fact.
    """
    operation = review(house, operation_id)
    if operation.state is State.FINAL:
        actor = acting_officer(house, Role.CONFIRMER, named=officer, barred=_took_part(house, operation))
        house.progress("confirming the payment on MintGuard")
        receipt = house.control.confirm_mint(
            operation.id,
            amount_micro(operation),
            operation.facts["tx_hash"],
            signer=chain_signer(house, actor),
            record=recorder(house, operation.id, actor=actor, step="confirm-mint"),
        )
        operation = house.journal.advance(
            operation.id,
            before=State.FINAL,
            after=State.CONFIRMED,
            event=receipt_event(LogKind.OBSERVE, receipt, actor=actor, step="confirm-mint"),
            facts={"confirmed_by": actor, "confirm_tx": receipt.tx_hash},
        )
    if operation.state is State.CONFIRMED:
        operation = _post(house, operation)
    if operation.state is not State.POSTED:
        raise WrongState(f"the mint is {operation.state.value}; only a final payment can be confirmed")
    return operation


def review(house: House, operation_id: str) -> OperationRow:
    """Return a mint brought up to what MintGuard says, for an officer to look at before acting."""
    return synchronise(house, find_mint(house, operation_id))


def synchronise(house: House, operation: OperationRow) -> OperationRow:
    """Bring the journal up to what MintGuard says; refuse a request that differs from the operation."""
    held = house.control.mint_request(operation.id)
    if held is None or held.state is RequestState.NONE:
        return operation
    check_same(house, operation, held)
    if held.state is RequestState.CANCELLED and operation.state not in (State.CANCELLED, State.POSTED):
        return _step(house, operation, State.CANCELLED, held)
    target = _ON_CHAIN.get(held.state)
    if target is not None:
        while _ORDER.index(operation.state) < _ORDER.index(target):
            operation = _step(house, operation, _ORDER[_ORDER.index(operation.state) + 1], held)
    if held.state is RequestState.CONFIRMED and operation.state is State.FINAL:
        operation = _step(house, operation, State.CONFIRMED, held)
    return operation


def check_same(house: House, operation: MintIdentity, held: MintRequest) -> None:
    """Refuse unless MintGuard's request is the very one that the operation describes.

    Raises
    ------
    RequestDiffers
        With the field that differs.
    """
    expected = house.control.mint_id(terms_of(house, operation, expiry=held.expiry))
    if expected != operation.id:
        raise RequestDiffers(f"operation {operation.id} does not follow from its own parameters")
    if held.amount_micro != amount_micro(operation):
        raise RequestDiffers(
            f"MintGuard holds {format_amount(from_micro(held.amount_micro))},"
            f" the operation says {operation.parameters['amount']}"
        )


def terms_of(house: House, operation: MintIdentity, *, expiry: int) -> MintTerms:
    """Return the request that the operation's parameters describe."""
    return MintTerms(
        asset=house.asset_id(operation.parameters["asset"]),
        destination=operation.parameters["destination"],
        amount_micro=amount_micro(operation),
        bank_reference=operation.reference,
        expiry=expiry,
    )


def amount_micro(operation: MintIdentity) -> int:
    """Return the operation's amount in micro-units."""
    return to_micro(parse_amount(operation.parameters["amount"]))


def backing_deposit(house: House, bank_reference: str) -> BankEntry:
    """Return the booked bank credit with the reference.

    Raises
    ------
    DepositMissing, DepositUnsuitable
    """
    entry = house.books.bank_entry(bank_reference)
    if entry is None:
        raise DepositMissing(f"no booked bank entry has the reference {bank_reference}")
    if entry.direction is not Direction.CREDIT or entry.currency != "USD":
        raise DepositUnsuitable(
            f"{bank_reference} is a {entry.direction.value} in {entry.currency}, not a deposit in USD"
        )
    return entry


def find_mint(house: House, operation_id: str) -> OperationRow:
    """Return a mint by its id, or refuse an operation of another kind.

    Raises
    ------
    WrongKind
    """
    operation = house.journal.operation(operation_id)
    if operation.kind is not Kind.MINT:
        raise WrongKind(f"{operation.id} is a {operation.kind.value}, not a mint")
    return operation


def _check_order(house: House, order: MintOrder, deposit: BankEntry) -> None:
    most = house.profile.limits.mint_most
    if most is not None and order.amount > parse_amount(most):
        raise LimitExceeded(f"{format_amount(order.amount)} is above the limit of {most} for one mint")
    if to_micro(order.amount) > deposit.amount_micro:
        raise DepositUnsuitable(
            f"deposit {deposit.reference} is {format_amount(from_micro(deposit.amount_micro))},"
            f" less than {format_amount(order.amount)}"
        )


def _expiry(house: House) -> int:
    return house.control.head().block_time + 3600 * house.profile.limits.request_expiry_hours


def _terms(house: House, order: MintOrder, expiry: int) -> MintTerms:
    return MintTerms(
        asset=house.asset_id(order.asset),
        destination=order.destination or house.treasury_of(order.asset).address,
        amount_micro=to_micro(order.amount),
        bank_reference=order.bank_reference,
        expiry=expiry,
    )


def _took_part(house: House, operation: OperationRow) -> tuple[str, ...]:
    held = house.control.mint_request(operation.id)
    addresses = {held.requester.lower(), (held.approver or "").lower()} if held else set()
    return tuple(
        name
        for name, officer in house.profile.officers.items()
        if (officer.evm_address or "").lower() in addresses
    )


def _step(house: House, operation: OperationRow, after: State, held: MintRequest) -> OperationRow:
    facts = {"expiry": str(held.expiry), "requester_address": held.requester}
    if held.approver is not None:
        facts["approver_address"] = held.approver
    return house.journal.advance(
        operation.id,
        before=operation.state,
        after=after,
        event=LogEvent(
            LogKind.OBSERVE,
            actor="control-plane",
            rule="control-plane",
            decision=f"found {held.state.name.lower()}",
            body={"requester": held.requester, "approver": held.approver or ""},
        ),
        facts={name: value for name, value in facts.items() if name not in operation.facts},
    )


def _post(house: House, operation: OperationRow) -> OperationRow:
    return house.journal.advance(
        operation.id,
        before=State.CONFIRMED,
        after=State.POSTED,
        event=LogEvent(
            LogKind.FINAL,
            actor="books",
            network=house.network_id,
            account=house.issuer_of(operation.parameters["asset"]).address,
            tx_hash=operation.facts["tx_hash"],
            result="posted",
        ),
    )
