"""Minting, first half: a booked deposit, a request held on MintGuard, an approval by another officer.

Every step first reads MintGuard and brings the journal up to what it says (``mint_record``), so that a step
whose answer was lost is recognised and never taken twice. The payment is in ``mint_execution``, what follows
it in ``mint_closing``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sovbank.core.machine import Kind, State
from sovbank.core.money import format_amount, from_micro, parse_amount, plain_amount, to_micro
from sovbank.core.profile import Role
from sovbank.errors.core import LimitExceeded
from sovbank.errors.operations import (
    DepositUnsuitable,
    DestinationRefused,
    MintCancelled,
    MintRefused,
    WrongState,
)
from sovbank.evm.port import MintTerms
from sovbank.journal.books import BankEntry
from sovbank.journal.port import LogKind, NewOperation, OperationRow
from sovbank.operations.acting import Act, perform_and_move
from sovbank.operations.deposits import backing_deposit
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.mint_record import act_on, review, synchronise
from sovbank.operations.people import acting_officer
from sovbank.wire.addresses import decode_address


@dataclass(frozen=True)
class MintOrder:
    """What the officer asks for: an asset, an amount, and the bank reference of the deposit that backs it.

    ``destination`` is None for the treasury, and the customer's address where the profile mints directly.
    """

    asset: str
    amount: Decimal
    bank_reference: str
    destination: str | None = None


def request(house: House, order: MintOrder, *, officer: str | None = None) -> OperationRow:
    """Record the intent and have MintGuard hold the amount; the same order again returns the same operation.

    Raises
    ------
    DepositMissing, DepositUnsuitable, DestinationRefused, LimitExceeded, MintRefused
        Nothing was held.
    MintCancelled
        The mint was given up; its id is used up with it.
    RolesNotSeparate, NoOfficerHere
        The officer may not request.
    """
    _check_order(house, order, backing_deposit(house, order.bank_reference))
    actor = acting_officer(house, Role.REQUESTER, named=officer)
    expiry = new_expiry(house)
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
    refuse_cancelled(operation)
    if operation.state is not State.INTENT:
        return operation
    if known is not None:
        refuse_unless_mintable(house, order, terms)
    house.progress("asking MintGuard to hold the amount")
    act = Act("request-mint", actor, partial(house.control.request_mint, terms))
    facts = {"requested_by": actor, "expiry": str(expiry)}
    return act_on(house, operation, act, State.HELD, facts, hash_as="request_tx")


def refuse_unless_backed(house: House, order: MintOrder) -> None:
    """Refuse an order that could not be requested now: by its deposit, the profile's limits or MintGuard.

    Raises
    ------
    DepositMissing, DepositUnsuitable, DestinationRefused, LimitExceeded, MintRefused
    """
    _check_order(house, order, backing_deposit(house, order.bank_reference))
    refuse_unless_mintable(house, order, _terms(house, order, new_expiry(house)))


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
    """Approve a held request as another officer than the one who made it.

    Raises
    ------
    WrongState, MintCancelled
        MintGuard does not hold it.
    DestinationRefused
        The profile does not mint to this destination.
    RolesNotSeparate, NoOfficerHere
        The officer may not approve.
    """
    operation = review(house, operation_id)
    if not awaits_approval(house, operation):
        return operation
    actor = acting_officer(house, Role.APPROVER, named=officer, barred=took_part(house, operation))
    house.progress("approving the request on MintGuard")
    act = Act("approve-mint", actor, partial(house.control.approve_mint, operation.id), LogKind.APPROVE)
    return act_on(house, operation, act, State.APPROVED, {"approved_by": actor}, hash_as="approve_tx")


def awaits_approval(house: House, operation: OperationRow) -> bool:
    """Say whether an approval is still to be given; refuse a mint that cannot be approved.

    Raises
    ------
    WrongState, MintCancelled, DestinationRefused
    """
    refuse_cancelled(operation)
    if operation.state is State.INTENT:
        raise WrongState("MintGuard does not hold this request yet")
    refuse_destination(house, operation.parameters["asset"], operation.parameters["destination"])
    return operation.state is State.HELD


def extend(house: House, operation_id: str, *, officer: str | None = None) -> OperationRow:
    """Give a held or approved mint, expired or not, a new expiry as an approver.

    Raises
    ------
    WrongState, MintCancelled
        MintGuard holds nothing that could be extended.
    RolesNotSeparate, NoOfficerHere
        The officer may not extend it.
    """
    operation = review(house, operation_id)
    refuse_cancelled(operation)
    if operation.state not in (State.HELD, State.APPROVED, State.EXECUTING):
        raise WrongState(f"the mint is {operation.state.value}; only what MintGuard holds can be extended")
    held = house.control.mint_request(operation.id)
    requester = people_at(house, {held.requester.lower()} if held is not None else set())
    actor = acting_officer(house, Role.APPROVER, named=officer, barred=requester)
    send = partial(house.control.extend_mint, operation.id, new_expiry(house))
    act = Act("extend-mint", actor, send, LogKind.APPROVE)
    return perform_and_move(house, operation, act, operation.state)


def refuse_cancelled(operation: OperationRow) -> None:
    """Refuse a mint that was given up.

    Raises
    ------
    MintCancelled
    """
    if operation.state is State.CANCELLED:
        raise MintCancelled(f"mint {operation.id} against {operation.reference} was cancelled")


def refuse_destination(house: House, asset: str, destination: str) -> None:
    """Refuse a destination that the profile's way of minting does not allow.

    Raises
    ------
    DestinationRefused
    """
    own = {account.address for account in house.profile.accounts.values()}
    direct = house.asset(asset).mint_legs == "direct"
    if not direct and destination != house.treasury_of(asset).address:
        raise DestinationRefused(f"{asset} is minted to the treasury alone, not to {destination}")
    if direct and destination in own:
        raise DestinationRefused(f"{asset} is minted to customers directly; {destination} is the bank's own")


def new_expiry(house: House) -> int:
    """Return the Unix time at which a request made now expires."""
    return house.control.head().block_time + 3600 * house.profile.limits.request_expiry_hours


def took_part(house: House, operation: OperationRow) -> tuple[str, ...]:
    """Return the officers who requested or approved the mint, as MintGuard has it."""
    held = house.control.mint_request(operation.id)
    return people_at(house, {held.requester.lower(), (held.approver or "").lower()} if held else set())


def people_at(house: House, addresses: set[str]) -> tuple[str, ...]:
    """Return the officers with the given control-plane addresses (in lower case)."""
    return tuple(
        name
        for name, officer in house.profile.officers.items()
        if (officer.evm_address or "").lower() in addresses
    )


def _check_order(house: House, order: MintOrder, deposit: BankEntry) -> None:
    refuse_destination(house, order.asset, _destination(house, order))
    most = house.profile.limits.mint_most
    if most is not None and order.amount > parse_amount(most):
        raise LimitExceeded(f"{format_amount(order.amount)} is above the limit of {most} for one mint")
    if to_micro(order.amount) > deposit.amount_micro:
        raise DepositUnsuitable(
            f"deposit {deposit.reference} is {format_amount(from_micro(deposit.amount_micro))},"
            f" less than {format_amount(order.amount)}"
        )


def _destination(house: House, order: MintOrder) -> str:
    if order.destination is not None:
        decode_address(order.destination)
        return order.destination
    if house.asset(order.asset).mint_legs == "direct":
        raise DestinationRefused(
            f"{order.asset} is minted to customers directly, and none was named",
            next_step="Name the customer's address with --to.",
        )
    return house.treasury_of(order.asset).address


def _terms(house: House, order: MintOrder, expiry: int) -> MintTerms:
    return MintTerms(
        asset=house.asset_id(order.asset),
        destination=_destination(house, order),
        amount_micro=to_micro(order.amount),
        bank_reference=order.bank_reference,
        expiry=expiry,
    )
