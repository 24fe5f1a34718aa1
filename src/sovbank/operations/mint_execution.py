"""The ledger's side of a mint: the issuer's one payment, signed only while MintGuard lets it be executed."""

from __future__ import annotations

from sovbank.core.machine import State
from sovbank.core.money import parse_amount
from sovbank.core.permits import MintPermit, ledger_of_expiry
from sovbank.core.profile import Account
from sovbank.errors.operations import MintRefused, WaitingForApprover, WrongState
from sovbank.journal.port import OperationRow
from sovbank.operations.execution import Movement, Preview, preview_movement, run_movement
from sovbank.operations.house import House
from sovbank.operations.mint import find_mint, synchronise
from sovbank.operations.people import first_signer_here
from sovbank.operations.terms import anchor_terms, payment_terms, tag_of, token_terms
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx

_EXECUTABLE = (State.APPROVED, State.EXECUTING)


def execute(house: House, operation_id: str) -> OperationRow:
    """Sign, submit and settle the payment of an approved mint.

    Raises
    ------
    WaitingForApprover, WrongState
        The mint is not approved, or is over.
    SignaturesMissing, AttemptFailed, AttemptPending
        The attempt stays on record; the same command takes it up again.
    """
    operation = synchronise(house, find_mint(house, operation_id))
    if operation.state is State.HELD:
        raise WaitingForApprover(f"mint {operation.id} is held and not approved", waiting_for="approver")
    if operation.state in (State.FINAL, State.CONFIRMED, State.POSTED):
        return operation
    if operation.state not in _EXECUTABLE:
        raise WrongState(f"the mint is {operation.state.value}, not approved")
    return run_movement(house, operation, _movement(house, operation))


def preview(house: House, operation_id: str) -> Preview:
    """Return what the mint's payment would be and what the node says of it; nothing is recorded.

    Raises
    ------
    MintRefused
        MintGuard does not let the mint be executed now.
    """
    operation = find_mint(house, operation_id)
    if not house.control.is_executable(operation.id):
        raise MintRefused(f"MintGuard does not let mint {operation.id} be executed now")
    return preview_movement(house, _movement(house, operation))


def _movement(house: House, operation: OperationRow) -> Movement:
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

    return Movement(issuer, build, permit, invoice=True, actor=first_signer_here(house, issuer))


def _destination_tag(house: House, operation: OperationRow) -> int | None:
    """Return a tag for a destination that demands one: the treasury refuses payments without."""
    destination = operation.parameters["destination"]
    own: list[Account] = [a for a in house.profile.accounts.values() if a.address == destination]
    return tag_of(operation.id) if any(account.require_destination_tag for account in own) else None


def _expires_before(house: House, operation: OperationRow) -> int | None:
    expiry = operation.facts.get("expiry")
    if expiry is None:
        return None
    server = house.ledger.server_state()
    closed = int(house.clock.now().timestamp()) - server.validated_age_seconds
    return ledger_of_expiry(int(expiry), close_time=closed, validated_ledger=server.validated_ledger)
