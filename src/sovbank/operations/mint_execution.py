"""The ledger's side of a mint: the issuer's one payment, signed only while MintGuard lets it be executed."""

from __future__ import annotations

from sovbank.core.machine import State
from sovbank.core.money import parse_amount
from sovbank.core.permits import MintPermit, ledger_of_expiry
from sovbank.core.profile import Account
from sovbank.errors.operations import MintRefused, WaitingForApprover, WaitingForRole, WrongState
from sovbank.journal.port import OperationRow
from sovbank.operations.execution import Movement, Preview, adopt, preview_movement, run_movement
from sovbank.operations.house import House
from sovbank.operations.mint import refuse_cancelled
from sovbank.operations.mint_record import find_mint, review
from sovbank.operations.people import signers_here
from sovbank.operations.taking_up import is_sent
from sovbank.operations.terms import anchor_terms, payment_terms, tag_of, token_terms
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx

_EXECUTABLE = (State.APPROVED, State.EXECUTING)
_EXTEND = "An approver gives it a new expiry with `sovbank mint extend ID`, or it is cancelled."


def execute(house: House, operation_id: str) -> OperationRow:
    """Sign, submit and settle the payment of an approved mint.

    Raises
    ------
    WaitingForApprover, WaitingForRole, WrongState, MintCancelled
        The mint is not approved, its signers are elsewhere, or it is over.
    MintRefused
        MintGuard does not let it be executed now; nothing was bound or signed.
    SignaturesMissing, AttemptFailed, AttemptPending
        The attempt stays on record; the same command takes it up again.
    """
    operation = review(house, operation_id)
    if not is_due(operation):
        return operation
    issuer = house.issuer_of(operation.parameters["asset"])
    if not signers_here(house, issuer):
        operation = take_up_payment(house, operation)
        if operation.state not in _EXECUTABLE:
            return operation
        raise WaitingForRole(
            f"mint {operation.id} waits for the issuer's signers, whose keys are elsewhere",
            waiting_for="co-signers",
            next_step=f"Write a bundle for them: `sovbank multisig new {operation.id[:16]} -o FILE`.",
        )
    return run_movement(house, operation, movement_of(house, operation))


def is_due(operation: OperationRow) -> bool:
    """Say whether the payment is still to be made; refuse a mint that is not approved.

    Raises
    ------
    WaitingForApprover, WrongState, MintCancelled
    """
    refuse_cancelled(operation)
    if operation.state is State.HELD:
        raise WaitingForApprover(f"mint {operation.id} is held and not approved", waiting_for="approver")
    if operation.state is State.INTENT:
        raise WrongState("MintGuard does not hold this mint, so nobody approved it")
    return operation.state in _EXECUTABLE


def take_up_payment(house: House, operation: OperationRow) -> OperationRow:
    """Return the mint as final when the issuer's history shows its payment, made on whichever machine."""
    if operation.state not in _EXECUTABLE:
        return operation
    movement = movement_of(house, operation)
    if is_sent(house, operation, actor=movement.actor):
        return run_movement(house, operation, movement)
    return adopt(house, operation, movement) or operation


def preview(house: House, operation_id: str) -> Preview:
    """Return what the mint's payment would be and what the node says of it; nothing is recorded.

    Raises
    ------
    MintRefused
        MintGuard does not let the mint be executed now.
    """
    operation = find_mint(house, operation_id)
    refuse_unless_executable(house, operation)
    return preview_movement(house, movement_of(house, operation))


def refuse_unless_executable(house: House, operation: OperationRow) -> None:
    """Refuse a mint that MintGuard does not let be executed now, with its reason.

    Raises
    ------
    MintRefused
    """
    refusal = house.control.execution_refusal(operation.id)
    if refusal is None:
        return
    held = house.control.mint_request(operation.id)
    expired = held is not None and held.expiry < house.control.head().block_time
    raise MintRefused(
        f"MintGuard does not let mint {operation.id} be executed now: {refusal}",
        next_step=_EXTEND if expired else None,
    )


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the issuer's payment that the mint's parameters give."""
    asset = operation.parameters["asset"]
    issuer = house.issuer_of(asset)
    destination = operation.parameters["destination"]
    amount = parse_amount(operation.parameters["amount"])
    tag = _destination_tag(house, operation)

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        return builders.mint(
            envelope,
            destination=destination,
            currency=house.ledger_currency(asset),
            amount=amount,
            invoice_id=operation.id,
            anchor=anchor,
            destination_tag=tag,
        )

    def permit() -> MintPermit:
        return MintPermit(
            anchor=anchor_terms(house, operation),
            expires_before=_expires_before(house, operation),
            payment=payment_terms(
                house,
                operation,
                account=issuer.address,
                destination=destination,
                amount=token_terms(house, asset, amount),
                destination_tag=tag,
            ),
            executable=house.control.is_executable(operation.id),
        )

    signers = signers_here(house, issuer)
    return Movement(
        issuer,
        build,
        permit,
        refuse=lambda: refuse_unless_executable(house, operation),
        invoice=True,
        actor=signers[0] if signers else operation.created_by,
    )


def _destination_tag(house: House, operation: OperationRow) -> int | None:
    """Return a tag for a destination that demands one: the treasury refuses payments without."""
    destination = operation.parameters["destination"]
    own: list[Account] = [a for a in house.profile.accounts.values() if a.address == destination]
    return tag_of(operation.id) if any(account.require_destination_tag for account in own) else None


def _expires_before(house: House, operation: OperationRow) -> int | None:
    held = house.control.mint_request(operation.id)
    if held is None:
        return None
    server = house.ledger.server_state()
    closed = int(house.clock.now().timestamp()) - server.validated_age_seconds
    return ledger_of_expiry(held.expiry, close_time=closed, validated_ledger=server.validated_ledger)
