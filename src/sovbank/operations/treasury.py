"""The second leg: the treasury pays a whitelisted customer against what is left of a booked deposit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.money import format_amount, parse_amount, plain_amount
from sovbank.core.permits import DistributePermit
from sovbank.core.profile import Account
from sovbank.errors.core import LimitExceeded
from sovbank.errors.operations import DepositExhausted, DistributionCancelled, NotWhitelisted, Paused
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.deposits import deposit_left
from sovbank.operations.execution import (
    Movement,
    Preview,
    close_movement,
    preview_movement,
    run_movement,
)
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.people import first_signer_here, proposer_here
from sovbank.operations.terms import anchor_terms, payment_terms, token_terms
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx


@dataclass(frozen=True)
class Distribution:
    """What the treasury is to pay: an asset and amount, the customer's account, the deposit, a reference."""

    asset: str
    amount: Decimal
    destination: str
    deposit: str
    reference: str
    destination_tag: int | None = None


@dataclass(frozen=True)
class AccountBalances:
    """What one of the bank's accounts holds. XRP figures are in drops."""

    name: str
    address: str
    xrp_drops: int
    reserve_drops: int
    tickets: int
    tokens: tuple[tuple[str, Decimal], ...]


def distribute(house: House, order: Distribution) -> OperationRow:
    """Pay a customer; the same order again returns the same operation, paid once.

    Raises
    ------
    NotWhitelisted, Paused, DepositExhausted, LimitExceeded
        Nothing was signed.
    SignaturesMissing, AttemptFailed, AttemptPending
        The attempt stays on record; the same command takes it up again.
    """
    return resume_distribution(house, _opened(house, order, first_signer_here))


def propose(house: House, order: Distribution) -> OperationRow:
    """Record a payment that a ceremony signs; nothing is signed here.

    Raises
    ------
    NotWhitelisted, Paused, DepositExhausted, LimitExceeded, DistributionCancelled
    """
    operation = _opened(house, order, proposer_here)
    _refuse_cancelled(operation)
    if operation.state is State.INTENT and not house.journal.attempts(operation.id):
        _cancel_if_refused(house, operation, order)
    return operation


def preview(house: House, order: Distribution) -> Preview:
    """Return what a distribution would be and what the node says of it; nothing is recorded."""
    parameters = _parameters(order)
    identity = operation_id(Kind.DISTRIBUTE, parameters, order.reference)
    refuse_distribution(house, order, own_id=identity)
    now = house.clock.now()
    draft = OperationRow(
        id=identity,
        kind=Kind.DISTRIBUTE,
        reference=order.reference,
        parameters=parameters,
        state=State.INTENT,
        created_by="preview",
        created_at=now,
        updated_at=now,
        facts={},
    )
    return preview_movement(house, _movement(house, draft, order))


def resume_distribution(house: House, operation: OperationRow) -> OperationRow:
    """Take a distribution from where it stands to its posting.

    Raises
    ------
    DistributionCancelled
        It was refused before, and its reference is used up with it.
    """
    if operation.state is State.POSTED:
        return operation
    _refuse_cancelled(operation)
    order = order_of(operation)
    if operation.state is State.INTENT and not house.journal.attempts(operation.id):
        _cancel_if_refused(house, operation, order)
    operation = run_movement(house, operation, _movement(house, operation, order))
    return close_movement(house, operation)


def refuse_distribution(house: House, order: Distribution, *, own_id: str) -> None:
    """Refuse a distribution that the control plane or the deposit does not allow now."""
    if house.control.is_paused():
        raise Paused("the control plane is paused: nothing is distributed")
    if not house.control.is_whitelisted(house.network_id, order.destination):
        raise NotWhitelisted(f"{order.destination} is not whitelisted")
    most = house.profile.limits.distribute_most
    if most is not None and order.amount > parse_amount(most):
        raise LimitExceeded(f"{format_amount(order.amount)} is above the limit of {most} for one payment")
    left = deposit_left(house, order.deposit, own_id=own_id)
    if order.amount > left:
        raise DepositExhausted(
            f"deposit {order.deposit} has {format_amount(left)} left, less than {format_amount(order.amount)}"
        )


def order_of(operation: OperationRow) -> Distribution:
    """Return the order that an operation's parameters describe."""
    parameters = operation.parameters
    tag = parameters.get("destination_tag")
    return Distribution(
        asset=parameters["asset"],
        amount=parse_amount(parameters["amount"]),
        destination=parameters["destination"],
        deposit=parameters["deposit"],
        reference=operation.reference,
        destination_tag=None if tag is None else int(tag),
    )


def balances(house: House) -> Sequence[AccountBalances]:
    """Return what every account of the profile holds, at validated ledgers."""
    server = house.ledger.server_state()
    found = []
    for name, account in house.profile.accounts.items():
        state = house.ledger.account(account.address)
        if state is None:
            continue
        lines = house.ledger.trust_lines(account.address)
        tokens = [(asset, house.ledger_currency(asset)) for asset in house.profile.assets]
        found.append(
            AccountBalances(
                name=name,
                address=account.address,
                xrp_drops=state.balance,
                reserve_drops=server.reserve_base + server.reserve_increment * state.owner_count,
                tickets=len(house.ledger.tickets(account.address)),
                tokens=tuple(
                    (asset, sum((line.balance for line in lines if line.currency == code), start=Decimal(0)))
                    for asset, code in tokens
                    if any(line.currency == code for line in lines)
                ),
            )
        )
    return found


def _opened(house: House, order: Distribution, actor: Callable[[House, Account], str]) -> OperationRow:
    """Return the order's operation, opened if it is new and allowed now."""
    parameters = _parameters(order)
    identity = operation_id(Kind.DISTRIBUTE, parameters, order.reference)
    if house.journal.find(Kind.DISTRIBUTE, order.reference) is None:
        refuse_distribution(house, order, own_id=identity)
    treasury = house.treasury_of(order.asset)
    name = actor(house, treasury)
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=identity,
            kind=Kind.DISTRIBUTE,
            reference=order.reference,
            parameters=parameters,
            created_by=name,
        ),
        intent(house, name, account=treasury.address),
    )
    return operation


def _refuse_cancelled(operation: OperationRow) -> None:
    if operation.state is State.CANCELLED:
        raise DistributionCancelled(f"distribution {operation.reference} was refused and cancelled")


def _parameters(order: Distribution) -> dict[str, str]:
    parameters = {
        "asset": order.asset,
        "amount": plain_amount(order.amount),
        "destination": order.destination,
        "deposit": order.deposit,
    }
    if order.destination_tag is not None:
        parameters["destination_tag"] = str(order.destination_tag)
    return parameters


def _cancel_if_refused(house: House, operation: OperationRow, order: Distribution) -> None:
    """Of orders opened at the same moment each sees those before it, so a deposit is never overdrawn."""
    try:
        refuse_distribution(house, order, own_id=operation.id)
    except DepositExhausted as refusal:
        house.journal.advance(
            operation.id,
            before=State.INTENT,
            after=State.CANCELLED,
            event=LogEvent(LogKind.ABORT, actor="policy", rule=refusal.code, decision="refused"),
        )
        raise


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the treasury's payment that the distribution's parameters give."""
    return _movement(house, operation, order_of(operation))


def _movement(house: House, operation: OperationRow, order: Distribution) -> Movement:
    treasury = house.treasury_of(order.asset)

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        return builders.distribute(
            envelope,
            issuer=house.issuer_of(order.asset).address,
            destination=order.destination,
            currency=house.ledger_currency(order.asset),
            amount=order.amount,
            invoice_id=operation.id,
            anchor=anchor,
            destination_tag=order.destination_tag,
        )

    def permit() -> DistributePermit:
        return DistributePermit(
            anchor=anchor_terms(house, operation),
            payment=payment_terms(
                house,
                operation,
                account=treasury.address,
                destination=order.destination,
                amount=token_terms(house, order.asset, order.amount),
                destination_tag=order.destination_tag,
            ),
            deposit_left=deposit_left(house, order.deposit, own_id=operation.id),
            whitelisted=house.control.is_whitelisted(house.network_id, order.destination),
            paused=house.control.is_paused(),
        )

    return Movement(
        treasury,
        build,
        permit,
        refuse=lambda: refuse_distribution(house, order, own_id=operation.id),
        invoice=True,
        actor=operation.created_by,
    )
