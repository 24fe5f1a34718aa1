"""One transaction of an operation, from binding a ticket to validated evidence.

The durable order is fixed: ticket -> sign.begin -> (key) -> sign.done -> submit -> final, each committed
before the next begins. Whatever was recorded is taken up again: signatures are made over the same bytes, the
recorded blob is sent again, and a further attempt opens only when the last one is proven without effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sovbank.core.canonical import canonical_json
from sovbank.core.machine import AttemptState, State
from sovbank.core.permits import Permit
from sovbank.core.profile import Account
from sovbank.errors.operations import (
    AccountMissing,
    AttemptFailed,
    AttemptPending,
    InvoiceAlreadyPaid,
    TicketsExhausted,
)
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, OperationRow
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event
from sovbank.operations.signing import SigningMode, SigningOrder, mode_of, sign_attempt
from sovbank.operations.spent import prove_unsent
from sovbank.operations.terms import paid_by
from sovbank.xrpl.envelope import Anchor, Envelope, Tx, fee_for
from sovbank.xrpl.port import AccountState, Evidence, Outcome, Submission
from sovbank.xrpl.quorum import most_signers

EXPIRED = "expired"
_FEE_MARGIN = 2
_NO_ANCHOR = Anchor(1, "0" * 64)
_UNSENT = (AttemptState.BOUND, AttemptState.SIGNING)


@dataclass(frozen=True)
class Movement:
    """What an operation wants of the ledger.

    ``build`` returns the unsigned transaction in an envelope; ``permit`` reads, at the moment of signing,
    what the transaction must be for the guard to let it be signed. A movement with ``invoice`` carries the
    operation id as InvoiceID and is refused when the account's history shows it already. ``officers`` names
    who must sign, where a signature is the purpose; otherwise any quorum will do.
    """

    account: Account
    build: Callable[[Envelope, Anchor], Tx]
    permit: Callable[[], Permit]
    mode: SigningMode = SigningMode.QUORUM
    officers: tuple[str, ...] = ()
    invoice: bool = False
    actor: str = "treasury"


def run_movement(house: House, operation: OperationRow, movement: Movement) -> OperationRow:
    """Bring the operation to ``final``: one transaction with its effect in a validated ledger.

    Raises
    ------
    SignaturesMissing
        Fewer keys are here than the quorum; signatures made so far are kept.
    AttemptFailed
        The attempt is proven without effect; running the operation again opens a further one.
    AttemptPending
        The outcome is not known yet.
    """
    if operation.state is State.FINAL:
        return operation
    attempt = _open_attempt(house, operation, movement)
    if operation.state is not State.EXECUTING:
        operation = house.journal.advance(
            operation.id,
            before=operation.state,
            after=State.EXECUTING,
            event=attempt_event(house, LogKind.OBSERVE, attempt, actor=movement.actor, decision="executing"),
        )
    if attempt.state in _UNSENT:
        order = SigningOrder(movement.account, mode_of(attempt), movement.officers)
        attempt = sign_attempt(house, operation, attempt, order, movement.permit)
    if attempt.state is not AttemptState.SUCCEEDED:
        attempt = _settle(house, attempt, movement.actor)
    return house.journal.advance(
        operation.id,
        before=State.EXECUTING,
        after=State.FINAL,
        event=attempt_event(house, LogKind.FINAL, attempt, actor=movement.actor, result=attempt.result),
        facts={"tx_hash": attempt.tx_hash or "", "validated_ledger": str(attempt.validated_ledger)},
    )


@dataclass(frozen=True)
class Preview:
    """What a movement would be now, and what the node says it would do. Nothing was signed or recorded.

    ``result`` is preliminary, and no signature was looked at: it says nothing about a quorum.
    """

    transaction: Tx
    result: str


def preview_movement(house: House, movement: Movement) -> Preview:
    """Have the node simulate the movement's transaction."""
    envelope, _ = _envelope(house, movement, None)
    transaction = movement.build(envelope, _NO_ANCHOR)
    result, _ = house.ledger.simulate(transaction)
    return Preview(transaction, result)


def close_movement(
    house: House, operation: OperationRow, *, before: State = State.FINAL, actor: str = "books"
) -> OperationRow:
    """Post an operation of which nothing is left to do."""
    if operation.state is not before:
        return operation
    attempt = house.journal.attempts(operation.id)[-1]
    event = attempt_event(house, LogKind.FINAL, attempt, actor=actor, result="posted")
    return house.journal.advance(operation.id, before=before, after=State.POSTED, event=event)


def submission_of(attempt: AttemptRow) -> Submission:
    """Return what was recorded of a signed attempt, for sending it (again) and finding its outcome."""
    if attempt.blob is None or attempt.tx_hash is None:
        raise AttemptPending(f"attempt {attempt.number} has no recorded blob")
    return Submission(
        blob=attempt.blob,
        tx_hash=attempt.tx_hash,
        account=attempt.account,
        ticket=attempt.ticket,
        sequence=attempt.sequence,
        first_ledger=attempt.first_ledger,
        last_ledger=attempt.last_ledger,
    )


def _open_attempt(house: House, operation: OperationRow, movement: Movement) -> AttemptRow:
    attempts = house.journal.attempts(operation.id)
    last = attempts[-1] if attempts else None
    if last is not None and last.state in _UNSENT:
        last = prove_unsent(house, last, actor=movement.actor) or last
    if last is not None and last.state is not AttemptState.WITHOUT_EFFECT:
        return last
    if movement.invoice:
        _refuse_paid_invoice(house, operation, movement.account.address)
    return _bind(house, operation, movement, last)


def _refuse_paid_invoice(house: House, operation: OperationRow, account: str) -> None:
    """The ledger does not enforce that InvoiceIDs are unique, so history is searched before every attempt."""
    found = paid_by(house.ledger, account, operation.id)
    if found is not None:
        raise InvoiceAlreadyPaid(f"transaction {found} already carries InvoiceID {operation.id}")


def _bind(house: House, operation: OperationRow, movement: Movement, last: AttemptRow | None) -> AttemptRow:
    envelope, validated = _envelope(house, movement, last)
    anchor = house.journal.anchor(operation.id)
    unsigned = movement.build(envelope, Anchor(anchor.seq, anchor.hash))
    return house.journal.bind_attempt(
        operation.id,
        account=envelope.account,
        ticket=envelope.ticket,
        sequence=envelope.sequence,
        first_ledger=validated,
        last_ledger=envelope.last_ledger,
        unsigned=canonical_json(unsigned).decode(),
        event=_bound_event(house, movement, envelope, unsigned),
    )


def _envelope(house: House, movement: Movement, last: AttemptRow | None) -> tuple[Envelope, int]:
    """Return the common fields of the next attempt, and the ledger that was validated when they were read."""
    address = movement.account.address
    state = house.ledger.account(address)
    if state is None:
        raise AccountMissing(f"{address} ({movement.account.role.value}) is not on the ledger")
    ticket, sequence = _slot(house, state, last)
    server = house.ledger.server_state()
    signers = most_signers(state.signer_list) if movement.mode is SigningMode.QUORUM else 0
    envelope = Envelope(
        account=address,
        network_id=house.network_id,
        last_ledger=server.validated_ledger + house.profile.limits.automated_ledgers,
        fee=fee_for(server.base_fee, signers=signers, margin=_FEE_MARGIN),
        multisigned=movement.mode is SigningMode.QUORUM,
        ticket=ticket,
        sequence=sequence,
    )
    return envelope, server.validated_ledger


def _slot(house: House, state: AccountState, last: AttemptRow | None) -> tuple[int | None, int | None]:
    """Return the ticket or the sequence of the next attempt: the expired one's own, else a free one."""
    tickets = house.ledger.tickets(state.address)
    if last is not None and last.result == EXPIRED:
        if last.ticket is not None and last.ticket in tickets:
            return last.ticket, None
        if last.sequence is not None and last.sequence == state.sequence:
            return None, last.sequence
    taken = house.journal.bound_tickets(state.address)
    free = [ticket for ticket in tickets if ticket not in taken]
    if free:
        return free[0], None
    if state.sequence in house.journal.bound_sequences(state.address):
        raise TicketsExhausted(
            f"{state.address} has no free ticket, and its sequence {state.sequence} belongs to an operation"
            " that is not finished"
        )
    return None, state.sequence


def _settle(house: House, attempt: AttemptRow, actor: str) -> AttemptRow:
    event = attempt_event(house, LogKind.SUBMIT, attempt, actor=actor)
    attempt = house.journal.mark_submitted(attempt.operation_id, attempt.number, event)
    house.progress("waiting for a validated ledger")
    evidence = house.submitter.settle(submission_of(attempt), timeout_seconds=house.settle_timeout_seconds)
    return record_outcome(house, attempt, evidence, actor=actor)


def record_outcome(house: House, attempt: AttemptRow, evidence: Evidence, *, actor: str) -> AttemptRow:
    """Record final evidence of an attempt; raise for any outcome but success.

    Raises
    ------
    AttemptFailed, AttemptPending
    """
    if evidence.outcome is Outcome.PENDING:
        raise AttemptPending(f"attempt {attempt.number} ({attempt.tx_hash}): {evidence.detail}")
    succeeded = evidence.outcome is Outcome.SUCCEEDED
    attempt = house.journal.finish_attempt(
        attempt.operation_id,
        attempt.number,
        state=AttemptState.SUCCEEDED if succeeded else AttemptState.WITHOUT_EFFECT,
        result=EXPIRED if evidence.outcome is Outcome.EXPIRED else evidence.result,
        validated_ledger=evidence.ledger_index,
        event=attempt_event(
            house,
            LogKind.OBSERVE,
            attempt,
            actor=actor,
            result=evidence.result,
            decision=evidence.outcome.value,
            body={"evidence": evidence.detail},
        ),
    )
    if not succeeded:
        raise AttemptFailed(
            f"attempt {attempt.number} ended without effect: {evidence.result} ({evidence.detail})",
            details={"result": evidence.result, "tx_hash": attempt.tx_hash or ""},
        )
    return attempt


def _bound_event(
    house: House, movement: Movement, envelope: Envelope, unsigned: Mapping[str, Any]
) -> LogEvent:
    return LogEvent(
        LogKind.OBSERVE,
        actor=movement.actor,
        network=house.network_id,
        account=envelope.account,
        ticket=envelope.ticket,
        last_ledger=envelope.last_ledger,
        decision="bound",
        body={"type": str(unsigned["TransactionType"])},
    )
