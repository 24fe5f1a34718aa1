"""Tickets that two operations share: what is cancelled and its cancellation, and nobody else."""

from __future__ import annotations

import pytest
from journal_samples import blob, bound, event, opened, signature

from sovbank.core.ids import operation_id
from sovbank.core.machine import AttemptState, Kind, State
from sovbank.errors.core import IllegalTransition
from sovbank.errors.journal import AttemptOpen, NotToShare, TicketTaken
from sovbank.journal.port import LogKind, NewOperation
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.verify import verify_journal


def cancellation(journal: SqlJournal, of: str, number: int = 1, kind: Kind = Kind.CANCELLATION) -> str:
    """Open an operation that names another one, as a cancellation does."""
    parameters = {"operation": of, "attempt": str(number)}
    reference = f"cancel:{of[:16]}:{number}"
    new = NewOperation(operation_id(kind, parameters, reference), kind, reference, parameters, "coo")
    return journal.open_operation(new, event(LogKind.INTENT))[0].id


def signed(journal: SqlJournal, operation: str) -> None:
    journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    journal.store_signature(signature(operation), event(LogKind.SIGN_DONE))
    data, tx_hash = blob(operation)
    journal.store_blob(operation, 1, blob=data, tx_hash=tx_hash, event=event(LogKind.SIGN_DONE))


def closed(
    journal: SqlJournal, operation: str, result: str, *, number: int = 1, success: bool = False
) -> None:
    journal.finish_attempt(
        operation,
        number,
        state=AttemptState.SUCCEEDED if success else AttemptState.WITHOUT_EFFECT,
        result=result,
        validated_ledger=110,
        event=event(),
    )


@pytest.mark.parametrize("slot", [{"ticket": 7}, {"ticket": None, "sequence": 7}])
@pytest.mark.parametrize("state", [AttemptState.BOUND, AttemptState.SIGNING, AttemptState.SIGNED])
def test_a_cancellation_shares_the_slot_of_what_it_cancels(
    journal: SqlJournal, url: str, slot: dict[str, int | None], state: AttemptState
) -> None:
    operation = opened(journal)
    bound(journal, operation, **slot)
    if state is AttemptState.SIGNING:
        journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    elif state is AttemptState.SIGNED:
        signed(journal, operation)
    shared = bound(journal, cancellation(journal, operation), **slot)
    assert (shared.ticket, shared.sequence) == (slot["ticket"], slot.get("sequence"))
    assert journal.attempts(operation)[0].state is state
    verify_journal(url)


def test_nothing_else_shares_it(journal: SqlJournal) -> None:
    operation, other = opened(journal, "R-1"), opened(journal, "R-2")
    bound(journal, operation, ticket=7)
    bound(journal, other, ticket=8)
    for stranger in (
        cancellation(journal, other),
        cancellation(journal, "ab" * 32),
        cancellation(journal, operation, kind=Kind.SETTINGS),
    ):
        with pytest.raises(TicketTaken):
            bound(journal, stranger, ticket=7)
        assert journal.attempts(stranger) == []


def test_nothing_is_shared_once_the_attempt_is_sent_or_over(journal: SqlJournal) -> None:
    operation = opened(journal)
    bound(journal, operation, ticket=7)
    signed(journal, operation)
    journal.mark_submitted(operation, 1, event(LogKind.SUBMIT))
    cancels = cancellation(journal, operation)
    with pytest.raises(NotToShare):
        bound(journal, cancels, ticket=7)
    closed(journal, operation, "expired")
    with pytest.raises(NotToShare):
        bound(journal, cancels, ticket=7)
    bound(journal, operation, ticket=8)
    with pytest.raises(NotToShare):
        bound(journal, cancels, ticket=7)
    assert bound(journal, cancels, ticket=8).number == 1


def test_a_cancellation_binds_freely_where_nobody_knows_what_it_cancels(journal: SqlJournal) -> None:
    operation = opened(journal)
    cancels = cancellation(journal, operation)
    bound(journal, cancels, ticket=7)
    assert journal.bound_tickets(journal.attempts(cancels)[0].account) == {7}
    with pytest.raises(TicketTaken):
        bound(journal, operation, ticket=7)


@pytest.mark.parametrize("result", ["expired", "superseded", "cancelled"])
def test_the_holder_takes_its_ticket_again_only_after_both_expired(journal: SqlJournal, result: str) -> None:
    operation = opened(journal)
    bound(journal, operation, ticket=7)
    cancels = cancellation(journal, operation)
    bound(journal, cancels, ticket=7)
    closed(journal, operation, result)
    with pytest.raises(TicketTaken, match=r"cancels|used up"):
        bound(journal, operation, ticket=7)
    closed(journal, cancels, "expired")
    if result == "expired":
        assert bound(journal, operation, ticket=7).number == 2
        second = cancellation(journal, operation, 2)
        assert bound(journal, second, ticket=7).number == 1
        assert bound(journal, cancels, ticket=7).number == 2
    else:
        with pytest.raises(TicketTaken, match="used up"):
            bound(journal, operation, ticket=7)
        assert bound(journal, operation, ticket=8).number == 2


def test_a_cancellation_that_lost_does_not_bind_again(journal: SqlJournal) -> None:
    operation = opened(journal)
    bound(journal, operation, ticket=7)
    cancels = cancellation(journal, operation)
    bound(journal, cancels, ticket=7)
    with pytest.raises(AttemptOpen):
        bound(journal, cancels, ticket=7)
    closed(journal, cancels, "superseded")
    with pytest.raises(TicketTaken, match="used up"):
        bound(journal, cancels, ticket=7)
    journal.advance(cancels, before=State.INTENT, after=State.CANCELLED, event=event())
    with pytest.raises(IllegalTransition):
        bound(journal, cancels, ticket=7)


def test_after_a_cancellation_succeeded_the_ticket_is_gone_for_good(journal: SqlJournal, url: str) -> None:
    operation = opened(journal)
    bound(journal, operation, ticket=7)
    cancels = cancellation(journal, operation)
    bound(journal, cancels, ticket=7)
    signed(journal, cancels)
    journal.mark_submitted(cancels, 1, event(LogKind.SUBMIT))
    closed(journal, cancels, "tesSUCCESS", success=True)
    closed(journal, operation, "expired")
    with pytest.raises(TicketTaken, match="cancels"):
        bound(journal, operation, ticket=7)
    assert bound(journal, operation, ticket=9).number == 2
    verify_journal(url)
