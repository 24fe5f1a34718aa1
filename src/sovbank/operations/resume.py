"""Taking up any operation from where it stands, by the steps that this machine's keys allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sovbank.core.machine import Kind, State
from sovbank.core.profile import Role
from sovbank.errors.operations import WaitingForApprover, WaitingForRole, WrongState
from sovbank.journal.port import OperationRow
from sovbank.operations import (
    burn,
    membership,
    membership_end,
    membership_withdrawal,
    mint,
    mint_closing,
    mint_execution,
    planned,
    treasury,
)
from sovbank.operations.house import House
from sovbank.operations.issuer import freeze
from sovbank.operations.mint_record import review, synchronise
from sovbank.operations.multisig.cancelling import resume_cancellation
from sovbank.operations.people import officers_here

_RUN_AGAIN = "Give the command that began it again, with the same values."


def resume(house: House, operation_id: str) -> OperationRow:
    """Take an operation as far as it can go here; one that is over is returned as it is.

    Raises
    ------
    WaitingForRole, WaitingForApprover, WaitingForHolder
        Somebody else acts next.
    WrongState
        The kind is finished by giving its own command again.
    """
    operation = house.journal.operation(operation_id)
    if operation.state in (State.POSTED, State.CANCELLED):
        return operation
    return _STEPS.get(operation.kind, _again)(house, operation)


def run_mint(house: House, operation_id: str) -> OperationRow:
    """Take a mint through every step for which a key is here.

    Raises
    ------
    WaitingForApprover, WaitingForRole
        The next step belongs to somebody whose key is elsewhere.
    """
    operation = review(house, operation_id)
    mint.refuse_cancelled(operation)
    if operation.state is State.INTENT:
        raise WrongState("MintGuard does not hold this mint", next_step=_RUN_AGAIN)
    if operation.state is State.HELD:
        if not officers_here(house, Role.APPROVER):
            raise WaitingForApprover(f"mint {operation.id} is held", waiting_for="approver")
        operation = mint.approve(house, operation.id)
    if operation.state in (State.APPROVED, State.EXECUTING):
        operation = synchronise(house, mint_execution.execute(house, operation.id))
    if operation.state is State.FINAL and not officers_here(house, Role.CONFIRMER):
        raise WaitingForRole(
            f"mint {operation.id} is final on the ledger and not confirmed", waiting_for="confirmer"
        )
    return mint_closing.confirm(house, operation.id)


def run_burn(house: House, operation_id: str) -> OperationRow:
    """Take a redemption through every step for which a key is here."""
    operation = burn.receive(house, operation_id)
    return burn.execute(house, operation.id)


def _again(_house: House, operation: OperationRow) -> OperationRow:
    raise WrongState(f"this {operation.kind.value} is finished by its own command", next_step=_RUN_AGAIN)


_STEPS: Mapping[Kind, Callable[[House, OperationRow], OperationRow]] = {
    Kind.MINT: lambda house, operation: run_mint(house, operation.id),
    Kind.BURN: lambda house, operation: run_burn(house, operation.id),
    Kind.DISTRIBUTE: treasury.resume_distribution,
    Kind.MEMBERSHIP: membership.resume_membership,
    Kind.MEMBERSHIP_END: membership_end.resume_end,
    Kind.MEMBERSHIP_WITHDRAWAL: membership_withdrawal.resume_withdrawal,
    Kind.CANCELLATION: resume_cancellation,
    Kind.FREEZE: freeze.resume_freeze,
    Kind.SETTINGS: planned.resume_step,
    Kind.TRUST_LINE: planned.resume_step,
    Kind.AUTHORIZE: planned.resume_step,
}
