"""Redemption: a holder pays the redemption account, which gives the tokens back to the issuer.

request (id and destination tag) -> receive (a validated payment, by delivered amount and exact issuer) ->
execute (redemption to issuer) -> recorded on MintGuard by one role and attested by another -> posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.money import parse_amount, plain_amount, to_micro
from sovbank.core.permits import BurnPermit
from sovbank.core.profile import Role
from sovbank.errors.operations import (
    NotWhitelisted,
    TagCollision,
    WaitingForHolder,
    WaitingForRole,
    WrongKind,
    WrongState,
)
from sovbank.evm.port import BurnNotice, BurnState
from sovbank.journal.port import ALL_ROWS, LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.acting import Act, found_event, perform_and_move, perform_unless_taken
from sovbank.operations.execution import (
    Movement,
    Preview,
    close_movement,
    preview_movement,
    run_movement,
)
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.moving import move_on
from sovbank.operations.people import acting_officer, first_signer_here, officers_here
from sovbank.operations.receipts import find_receipt, receipt_of, redemption_address
from sovbank.operations.terms import anchor_terms, payment_terms, tag_of, token_terms
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx

_REDEMPTION = "redemption"
_TAG_PLACES = 8
_RECEIVE = "Look for the holder's payment with `sovbank burn receive ID` first."


@dataclass(frozen=True)
class Redemption:
    """What a holder wants to give back: an asset, an amount, their account, and the bank's reference."""

    asset: str
    amount: Decimal
    holder: str
    reference: str


def request(house: House, order: Redemption) -> OperationRow:
    """Open a redemption and give it a destination tag; the same order again returns the same one.

    Raises
    ------
    NotWhitelisted
        The holder is not a whitelisted customer.
    """
    parameters = {"asset": order.asset, "amount": plain_amount(order.amount), "holder": order.holder}
    if not house.control.is_whitelisted(house.network_id, order.holder):
        raise NotWhitelisted(f"{order.holder} is not whitelisted")
    redemption = house.redemption_of(order.asset)
    actor = first_signer_here(house, redemption)
    identity = operation_id(Kind.BURN, parameters, order.reference)
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=identity,
            kind=Kind.BURN,
            reference=order.reference,
            parameters=parameters,
            created_by=actor,
            facts={"destination_tag": str(_free_tag(house, identity))},
        ),
        intent(house, actor, account=redemption.address),
    )
    return operation


def receive(house: House, operation_id: str) -> OperationRow:
    """Find the holder's payment in validated ledgers and bind it to the redemption.

    Raises
    ------
    WaitingForHolder
        No payment with the tag has arrived.
    ReceiptUnsuitable
        What arrived is another amount or token, from another account, or is bound to another redemption.
    """
    operation = find_burn(house, operation_id)
    if operation.state is not State.INTENT:
        return operation
    payment = find_receipt(house, operation)
    if payment is None:
        tag = operation.facts["destination_tag"]
        raise WaitingForHolder(
            f"no payment with tag {tag} has arrived on {redemption_address(house, operation)}",
            waiting_for="holder",
        )
    return move_on(
        house,
        operation,
        State.RECEIVED,
        LogEvent(
            LogKind.OBSERVE,
            actor="ledger",
            network=house.network_id,
            account=redemption_address(house, operation),
            tx_hash=payment.tx_hash,
            decision="received",
            result=payment.result,
        ),
        {"receipt_tx": payment.tx_hash, "receipt_ledger": str(payment.ledger_index)},
    )


def execute(house: House, operation_id: str) -> OperationRow:
    """Pay the received tokens back to the issuer, record the burn on MintGuard and post it."""
    operation = find_burn(house, operation_id)
    refuse_unreceived(operation)
    if operation.state in (State.RECEIVED, State.EXECUTING):
        operation = run_movement(house, operation, movement_of(house, operation))
    if operation.state is State.FINAL:
        operation = _record(house, operation)
    if operation.state is State.CONFIRMED:
        operation = close_movement(house, operation, before=State.CONFIRMED)
    return operation


def preview(house: House, operation_id: str) -> Preview:
    """Return what the payment to the issuer would be and what the node says of it; nothing is recorded."""
    operation = find_burn(house, operation_id)
    refuse_unreceived(operation)
    return preview_movement(house, movement_of(house, operation))


def refuse_unreceived(operation: OperationRow) -> None:
    """Refuse a redemption for which nothing has been received.

    Raises
    ------
    WrongState
    """
    if operation.state is State.INTENT:
        raise WrongState("nothing was received for this redemption yet", next_step=_RECEIVE)


def find_burn(house: House, operation_id: str) -> OperationRow:
    """Return a redemption by its id, or refuse an operation of another kind.

    Raises
    ------
    WrongKind
    """
    operation = house.journal.operation(operation_id)
    if operation.kind is not Kind.BURN:
        raise WrongKind(f"{operation.id} is a {operation.kind.value}, not a burn")
    return operation


def possible_tags(identity: str) -> tuple[int, ...]:
    """Return the destination tags that a redemption's id gives, in the order in which they are tried."""
    return tuple(tag_of(identity, place) for place in range(_TAG_PLACES))


def _free_tag(house: House, identity: str) -> int:
    rows = house.journal.operations(kind=Kind.BURN, limit=ALL_ROWS)
    taken = {row.facts.get("destination_tag") for row in rows if row.id != identity}
    for tag in possible_tags(identity):
        if str(tag) not in taken:
            return tag
    raise TagCollision(f"every tag that {identity} gives belongs to an earlier redemption")


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the payment to the issuer that the redemption's parameters give."""
    asset = operation.parameters["asset"]
    redemption = house.redemption_of(asset)
    issuer = house.issuer_of(asset).address
    amount = parse_amount(operation.parameters["amount"])

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        return builders.redeem(
            envelope,
            issuer=issuer,
            currency=house.ledger_currency(asset),
            amount=amount,
            invoice_id=operation.id,
            anchor=anchor,
        )

    def permit() -> BurnPermit:
        received = house.ledger.transaction(operation.facts["receipt_tx"])
        return BurnPermit(
            anchor=anchor_terms(house, operation),
            payment=payment_terms(
                house,
                operation,
                account=redemption.address,
                destination=issuer,
                amount=token_terms(house, asset, amount),
            ),
            receipt=receipt_of(house, operation, received) if received is not None else None,
        )

    return Movement(redemption, build, permit, invoice=True, actor=operation.created_by)


def _record(house: House, operation: OperationRow) -> OperationRow:
    """Have the burn recorded and then attested on MintGuard, by as many of the two roles as are here."""
    notice = BurnNotice(
        asset=house.asset_id(operation.parameters["asset"]),
        redemption_id=operation.id,
        amount_micro=to_micro(parse_amount(operation.parameters["amount"])),
        xrpl_tx_hash=operation.facts["tx_hash"],
        reason=_REDEMPTION,
    )

    def reached(wanted: BurnState) -> bool:
        return house.control.burn_state(notice) >= wanted

    def attested() -> OperationRow:
        return move_on(house, operation, State.CONFIRMED, found_event("attested"))

    if not reached(BurnState.RECORDED):
        actor = _present(house, operation, Role.BURN_RECORDER)
        house.progress("recording the burn on MintGuard")
        act = Act("record-burn", actor, partial(house.control.record_burn, notice))
        perform_unless_taken(house, operation, act, partial(reached, BurnState.RECORDED))
    if reached(BurnState.ATTESTED):
        return attested()
    actor = _present(house, operation, Role.BURN_ATTESTER)
    house.progress("attesting the burn on MintGuard")
    act = Act("attest-burn", actor, partial(house.control.attest_burn, notice))
    taken = partial(reached, BurnState.ATTESTED)
    return perform_and_move(house, operation, act, State.CONFIRMED, taken=taken, found=attested)


def _present(house: House, operation: OperationRow, role: Role) -> str:
    if not officers_here(house, role):
        raise WaitingForRole(
            f"burn {operation.id} is final on the ledger; MintGuard waits for the {role.value}",
            waiting_for=role.value,
        )
    return acting_officer(house, role)
