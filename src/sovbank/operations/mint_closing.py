"""The end of a mint: confirmed on MintGuard and posted, or given up before anything was paid."""

from __future__ import annotations

from functools import partial

from sovbank.core.machine import UNSENT, AttemptState, State
from sovbank.core.profile import Role
from sovbank.errors.core import RoleMissing
from sovbank.errors.operations import InvoiceAlreadyPaid, NoOfficerHere, StillSigned, WrongState
from sovbank.evm.port import RequestState
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, OperationRow
from sovbank.operations.acting import Act
from sovbank.operations.history import payment_of
from sovbank.operations.house import House
from sovbank.operations.mint import took_part
from sovbank.operations.mint_execution import take_up_payment
from sovbank.operations.mint_record import act_on, amount_micro, find_mint, review, synchronise
from sovbank.operations.moving import move_on
from sovbank.operations.people import acting_officer, officers_here, signers_here
from sovbank.operations.rivals import no_op_hash, prove_over

_MARGIN_SECONDS = 600


def confirm(house: House, operation_id: str, *, officer: str | None = None) -> OperationRow:
    """Record on MintGuard that the payment is final, then close the operation in the books.

    Works after expiry, a block or a pause: it records a fact. The payment may have been signed and sent on
    another machine: then it is found in the issuer's history.

    Raises
    ------
    WrongState
        No final payment is known.
    RolesNotSeparate, NoOfficerHere
        The officer may not confirm.
    """
    operation = synchronise(house, take_up_payment(house, review(house, operation_id)))
    if operation.state is State.FINAL:
        operation = _confirm(house, operation, officer)
    if operation.state is State.CONFIRMED:
        operation = _post(house, operation)
    if operation.state is not State.POSTED:
        raise WrongState(f"the mint is {operation.state.value}; only a final payment can be confirmed")
    return operation


def cancel(house: House, operation_id: str, *, officer: str | None = None) -> OperationRow:
    """Give up a mint of which nothing was paid, and release what MintGuard holds for it.

    A held one is cancelled by a requester or approver, an approved one by a confirmer.

    Raises
    ------
    WrongState
        MintGuard holds nothing for it, or it is paid.
    StillSigned, InvoiceAlreadyPaid
        A payment was signed and could still apply, or has applied.
    """
    operation = find_mint(house, operation_id)
    held = house.control.mint_request(operation.id)
    state = held.state if held is not None else RequestState.NONE
    operation = review(house, operation.id)
    if state is RequestState.CANCELLED:
        return operation
    if state is RequestState.HELD:
        return _release(house, operation, (Role.REQUESTER, Role.APPROVER), officer, evidence=None)
    if state is not RequestState.APPROVED or operation.state in (State.FINAL, State.CONFIRMED):
        raise WrongState(f"there is nothing to cancel: the mint is {operation.state.value}")
    actor = _acting(house, (Role.CONFIRMER,), officer)
    last = _refuse_while_signed(house, operation, expiry=held.expiry if held is not None else 0)
    # First here, so that nobody binds a further attempt: cancelling again finishes on MintGuard.
    if operation.state is not State.CANCELLED:
        event = LogEvent(LogKind.ABORT, actor=actor, rule="control-plane", decision="cancelled")
        operation = move_on(house, operation, State.CANCELLED, event)
    return _release(house, operation, (Role.CONFIRMER,), officer, evidence=_used_by(house, last))


def _used_by(house: House, last: AttemptRow | None) -> str | None:
    """Return the transaction that used up the last attempt's ticket: its own, or a no-op."""
    if last is not None and (last.result or "").startswith("tec"):
        return last.tx_hash
    return None if last is None else no_op_hash(house, last)


def _release(
    house: House,
    operation: OperationRow,
    roles: tuple[Role, ...],
    officer: str | None,
    *,
    evidence: str | None,
) -> OperationRow:
    actor = _acting(house, roles, officer)
    house.progress("cancelling the request on MintGuard")
    send = partial(house.control.cancel_mint, operation.id, evidence=evidence)
    act = Act("cancel-mint", actor, send, LogKind.ABORT)
    return act_on(house, operation, act, State.CANCELLED, {"cancelled_by": actor})


def _refuse_while_signed(house: House, operation: OperationRow, *, expiry: int) -> AttemptRow | None:
    """Return the last attempt, after it is certain that no signed payment of the mint can apply."""
    attempts = house.journal.attempts(operation.id)
    last = attempts[-1] if attempts else None
    if last is not None and last.state in UNSENT:
        last = prove_over(house, last, actor="books") or last
    if last is not None and last.state is not AttemptState.WITHOUT_EFFECT:
        raise StillSigned(
            f"attempt {last.number} is {last.state.value} and can apply up to ledger {last.last_ledger}"
        )
    issuer = house.issuer_of(operation.parameters["asset"])
    paid = payment_of(house, operation, issuer.address)
    if paid is not None:
        raise InvoiceAlreadyPaid(f"transaction {paid.tx_hash} already paid mint {operation.id}")
    # Whoever signs elsewhere keeps a journal there; its windows end before the request's expiry.
    elsewhere = not signers_here(house, issuer)
    if elsewhere and house.control.head().block_time < expiry + _MARGIN_SECONDS:
        raise StillSigned("the issuer's signers work on other machines and may have signed it")
    return last


def _acting(house: House, roles: tuple[Role, ...], named: str | None) -> str:
    """Return who acts: the named officer in whichever of the roles they hold, or who is present."""
    for role in roles:
        holders = house.profile.evm.roles.get(role, ())
        if named in holders or (named is None and officers_here(house, role)):
            return acting_officer(house, role, named=named)
    words = " or ".join(role.value for role in roles)
    if named is not None:
        house.officer(named)
        raise RoleMissing(f"{named} does not hold the role {words}")
    raise NoOfficerHere(f"nobody who holds the role {words} has a key on this machine")


def _confirm(house: House, operation: OperationRow, officer: str | None) -> OperationRow:
    actor = acting_officer(house, Role.CONFIRMER, named=officer, barred=took_part(house, operation))
    house.progress("confirming the payment on MintGuard")
    paid = (operation.id, amount_micro(operation), operation.facts["tx_hash"])
    act = Act("confirm-mint", actor, partial(house.control.confirm_mint, *paid))
    return act_on(house, operation, act, State.CONFIRMED, {"confirmed_by": actor}, hash_as="confirm_tx")


def _post(house: House, operation: OperationRow) -> OperationRow:
    event = LogEvent(
        LogKind.FINAL,
        actor="books",
        network=house.network_id,
        account=house.issuer_of(operation.parameters["asset"]).address,
        tx_hash=operation.facts["tx_hash"],
        result="posted",
    )
    return move_on(house, operation, State.POSTED, event)
