"""One attempt of an operation: the slot it is bound to, what was recorded of it, and its outcome."""

from __future__ import annotations

from sovbank.core.machine import AttemptState
from sovbank.errors.operations import AttemptFailed, AttemptPending, TicketsExhausted
from sovbank.journal.port import AttemptRow, LogKind
from sovbank.operations.agreement import particulars_of
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event
from sovbank.xrpl.port import AccountState, Evidence, Outcome, Submission

EXPIRED = "expired"


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


def slot_of(house: House, state: AccountState, last: AttemptRow | None) -> tuple[int | None, int | None]:
    """Return the ticket or the sequence of the next attempt: the expired one's own, else a free one.

    Raises
    ------
    TicketsExhausted
    """
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


def settle_attempt(house: House, attempt: AttemptRow, actor: str) -> tuple[AttemptRow, str]:
    """Return the succeeded attempt and the hash under which validated ledgers hold it.

    That hash differs from the recorded one when somebody dropped surplus signatures on the way.

    Raises
    ------
    AttemptFailed, AttemptPending
    """
    if attempt.state is AttemptState.SUCCEEDED:
        evidence = house.submitter.outcome(submission_of(attempt))
        if evidence.outcome is not Outcome.SUCCEEDED:
            raise AttemptPending(
                f"attempt {attempt.number} succeeded on record; the node cannot show it: {evidence.detail}"
            )
        return attempt, evidence.tx_hash
    said = particulars_of(house.agreement())
    event = attempt_event(house, LogKind.SUBMIT, attempt, actor=actor, body=said)
    attempt = house.journal.mark_submitted(attempt.operation_id, attempt.number, event)
    house.progress("waiting for a validated ledger")
    evidence = house.submitter.settle(submission_of(attempt), timeout_seconds=house.settle_timeout_seconds)
    return record_outcome(house, attempt, evidence, actor=actor), evidence.tx_hash


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
            tx_hash=evidence.tx_hash,
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
