"""The journal port, over both databases."""

from __future__ import annotations

import pytest
from journal_samples import ACCOUNT, blob, bound, event, new_operation, opened, signature

from sovbank.core.machine import AttemptState, Kind, State
from sovbank.errors.core import IllegalTransition, MalformedReference
from sovbank.errors.journal import (
    AmbiguousOperation,
    AttemptOpen,
    EventMismatch,
    FactChanged,
    MovedOn,
    NoSuchAttempt,
    NoSuchOperation,
    RecordRefused,
    ReferenceTaken,
    TicketTaken,
    TransactionTaken,
)
from sovbank.journal.port import Journal, LogKind, NewOperation
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.verify import verify_journal


def _submitted(journal: Journal, reference: str = "DEP-1", ticket: int = 7) -> str:
    operation = opened(journal, reference)
    bound(journal, operation, ticket=ticket)
    journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    journal.store_signature(signature(operation), event(LogKind.SIGN_DONE))
    data, tx_hash = blob(reference)
    journal.store_blob(operation, 1, blob=data, tx_hash=tx_hash, event=event(LogKind.SIGN_DONE))
    journal.mark_submitted(operation, 1, event(LogKind.SUBMIT))
    return operation


def _finish(journal: Journal, operation: str, result: str, *, number: int = 1) -> None:
    succeeded = result == "tesSUCCESS"
    journal.finish_attempt(
        operation,
        number,
        state=AttemptState.SUCCEEDED if succeeded else AttemptState.WITHOUT_EFFECT,
        result=result,
        validated_ledger=118,
        event=event(LogKind.OBSERVE, result=result),
    )


def test_the_same_operation_is_opened_once(journal: SqlJournal) -> None:
    first, made = journal.open_operation(new_operation(), event(LogKind.INTENT))
    second, again = journal.open_operation(new_operation(), event(LogKind.INTENT))
    assert (made, again) == (True, False)
    assert first == second
    assert first.state is State.INTENT
    assert journal.head().seq == 2


def test_a_reference_is_bound_to_one_operation_of_its_kind(journal: SqlJournal) -> None:
    opened(journal)
    with pytest.raises(ReferenceTaken):
        journal.open_operation(new_operation(amount="11.00"), event(LogKind.INTENT))
    other = opened(journal, kind=Kind.BURN)
    assert journal.find(Kind.BURN, "DEP-1") == journal.operation(other)
    assert journal.find(Kind.MINT, "DEP-1") is None


def test_the_same_id_with_other_parameters_is_refused(journal: SqlJournal) -> None:
    first = new_operation()
    journal.open_operation(first, event(LogKind.INTENT))
    for changed in (
        NewOperation(first.id, first.kind, first.reference, {"asset": "OTHER"}, "coo"),
        NewOperation(first.id, first.kind, "DEP-2", first.parameters, "coo"),
    ):
        with pytest.raises(ReferenceTaken):
            journal.open_operation(changed, event(LogKind.INTENT))


def test_facts_known_from_the_start_are_kept(journal: SqlJournal) -> None:
    first = new_operation()
    new = NewOperation(first.id, first.kind, first.reference, first.parameters, "coo", {"expiry": "99"})
    assert journal.open_operation(new, event(LogKind.INTENT))[0].facts == {"expiry": "99"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"id": "AB" * 32}, RecordRefused),
        ({"reference": "a b"}, MalformedReference),
        ({"created_by": "x\0y"}, RecordRefused),
        ({"created_by": "\ud800"}, RecordRefused),
        ({"parameters": {"amount": 10}}, RecordRefused),
        ({"parameters": {"amount": "\ud800"}}, RecordRefused),
        ({"parameters": {"note": "x" * 70_000}}, RecordRefused),
    ],
)
def test_what_cannot_be_recorded_is_refused_whole(
    journal: SqlJournal, change: dict[str, object], refusal: type[Exception]
) -> None:
    from dataclasses import replace

    new = replace(new_operation(), **change)  # type: ignore[arg-type]
    with pytest.raises(refusal):
        journal.open_operation(new, event(LogKind.INTENT))
    assert journal.head().seq == 1
    assert journal.operations() == []


def test_a_row_that_is_too_long_is_refused_with_its_operation(journal: SqlJournal) -> None:
    with pytest.raises(RecordRefused):
        journal.open_operation(new_operation(), event(LogKind.INTENT, result="x" * 9000))
    assert journal.operations() == []


def test_operations_are_found_by_id_and_unique_prefix(journal: SqlJournal) -> None:
    ids = [opened(journal, f"R-{number}") for number in range(3)]
    for operation in ids:
        assert journal.operation(operation).id == operation
        assert journal.operation(operation[:8].upper()).id == operation
    for unknown in ("", "abc", ids[0][:7], "zz" * 32, "%" * 8, "0" * 64, ids[0] + "0"):
        with pytest.raises(NoSuchOperation):
            journal.operation(unknown)


def test_a_prefix_of_two_operations_is_refused(journal: SqlJournal) -> None:
    for last in "ab":
        new = NewOperation("12345678" + last * 56, Kind.MINT, f"R-{last}", {}, "coo")
        journal.open_operation(new, event(LogKind.INTENT))
    with pytest.raises(AmbiguousOperation):
        journal.operation("12345678")
    assert journal.operation("12345678a").reference == "R-a"


def test_operations_are_listed_newest_first(journal: SqlJournal) -> None:
    first, second = opened(journal, "R-1"), opened(journal, "R-2", Kind.WHITELIST)
    assert [row.id for row in journal.operations()] == [second, first]
    assert [row.id for row in journal.operations(limit=1)] == [second]
    assert [row.id for row in journal.operations(kind=Kind.FUND)] == [first]
    journal.advance(second, before=State.INTENT, after=State.POSTED, event=event())
    assert [row.id for row in journal.operations(unfinished=True)] == [first]
    assert journal.operations(kind=Kind.WHITELIST, unfinished=True) == []


def test_an_operation_moves_on_with_its_facts(journal: SqlJournal) -> None:
    operation = opened(journal)
    row = journal.advance(
        operation, before=State.INTENT, after=State.EXECUTING, event=event(), facts={"by": "cfo"}
    )
    assert (row.state, row.facts) == (State.EXECUTING, {"by": "cfo"})
    assert row.updated_at > row.created_at
    row = journal.advance(
        operation, before=State.EXECUTING, after=State.FINAL, event=event(), facts={"by": "cfo", "tx": "A"}
    )
    assert row.facts == {"by": "cfo", "tx": "A"}
    assert journal.operation(operation) == row


def test_a_fact_once_set_never_changes(journal: SqlJournal) -> None:
    operation = opened(journal)
    journal.advance(operation, before=State.INTENT, after=State.EXECUTING, event=event(), facts={"by": "cfo"})
    with pytest.raises(FactChanged):
        journal.advance(
            operation, before=State.EXECUTING, after=State.FINAL, event=event(), facts={"by": "x"}
        )
    assert journal.operation(operation).state is State.EXECUTING


def test_steps_outside_the_machine_and_late_ones_are_refused(journal: SqlJournal) -> None:
    operation = opened(journal)
    with pytest.raises(IllegalTransition):
        journal.advance(operation, before=State.INTENT, after=State.FINAL, event=event())
    journal.advance(operation, before=State.INTENT, after=State.EXECUTING, event=event())
    with pytest.raises(MovedOn):
        journal.advance(operation, before=State.INTENT, after=State.EXECUTING, event=event())
    with pytest.raises(NoSuchOperation):
        journal.advance("0" * 64, before=State.INTENT, after=State.EXECUTING, event=event())
    assert journal.head().seq == 3


def test_a_ticket_is_bound_to_one_operation_for_good(journal: SqlJournal) -> None:
    first, second = opened(journal, "R-1"), opened(journal, "R-2")
    bound(journal, first, ticket=7)
    with pytest.raises(TicketTaken):
        bound(journal, second, ticket=7)
    assert bound(journal, second, ticket=None, sequence=7).sequence == 7
    third = opened(journal, "R-3")
    with pytest.raises(TicketTaken):
        bound(journal, third, ticket=None, sequence=7)
    assert journal.attempts(third) == []
    assert journal.bound_tickets(ACCOUNT) == {7}
    assert journal.bound_sequences(ACCOUNT) == {7}
    assert journal.bound_tickets("rOther") == frozenset()


@pytest.mark.parametrize(("ticket", "sequence"), [(None, None), (1, 2), (-1, None), (2**32, None)])
def test_an_attempt_has_a_ticket_or_a_sequence(
    journal: SqlJournal, ticket: int | None, sequence: int | None
) -> None:
    operation = opened(journal)
    with pytest.raises(RecordRefused):
        bound(journal, operation, ticket=ticket, sequence=sequence)
    assert journal.attempts(operation) == []


def test_one_attempt_is_open_at_a_time(journal: SqlJournal) -> None:
    operation = _submitted(journal)
    with pytest.raises(AttemptOpen):
        bound(journal, operation, ticket=8)
    _finish(journal, operation, "tecPATH_DRY")
    with pytest.raises(TicketTaken):
        bound(journal, operation, ticket=7)
    assert bound(journal, operation, ticket=8).number == 2
    _finish(journal, operation, "expired", number=2)
    assert bound(journal, operation, ticket=8).number == 3
    _finish(journal, operation, "superseded", number=3)
    with pytest.raises(TicketTaken):
        bound(journal, operation, ticket=8)
    assert bound(journal, operation, ticket=9).number == 4
    assert [row.state for row in journal.attempts(operation)] == [
        AttemptState.WITHOUT_EFFECT,
        AttemptState.WITHOUT_EFFECT,
        AttemptState.WITHOUT_EFFECT,
        AttemptState.BOUND,
    ]


def test_nothing_follows_a_success(journal: SqlJournal) -> None:
    operation = _submitted(journal)
    _finish(journal, operation, "tesSUCCESS")
    with pytest.raises(AttemptOpen):
        bound(journal, operation, ticket=8)
    with pytest.raises(IllegalTransition):
        _finish(journal, operation, "expired")


def test_no_cancellation_while_a_blob_could_apply(journal: SqlJournal) -> None:
    operation = _submitted(journal)
    with pytest.raises(AttemptOpen):
        journal.advance(operation, before=State.INTENT, after=State.CANCELLED, event=event())
    _finish(journal, operation, "expired")
    row = journal.advance(operation, before=State.INTENT, after=State.CANCELLED, event=event())
    assert row.state is State.CANCELLED
    with pytest.raises(IllegalTransition):
        bound(journal, operation, ticket=8)


def test_the_attempt_goes_its_way_and_keeps_what_was_signed(journal: SqlJournal) -> None:
    operation = _submitted(journal)
    data, tx_hash = blob("DEP-1")
    (row,) = journal.attempts(operation)
    assert (row.state, row.blob, row.tx_hash) == (AttemptState.SUBMITTED, data, tx_hash)
    other, other_hash = blob("other")
    kept = journal.store_blob(operation, 1, blob=other, tx_hash=other_hash, event=event(LogKind.SIGN_DONE))
    assert kept == row
    before = journal.head().seq
    assert journal.mark_submitted(operation, 1, event(LogKind.SUBMIT)) == row
    assert journal.head().seq == before + 1
    _finish(journal, operation, "tesSUCCESS")
    after = journal.head().seq
    _finish(journal, operation, "tesSUCCESS")
    assert journal.head().seq == after
    (row,) = journal.attempts(operation)
    assert (row.state, row.result, row.validated_ledger) == (AttemptState.SUCCEEDED, "tesSUCCESS", 118)


def test_a_transaction_belongs_to_one_attempt(journal: SqlJournal) -> None:
    _submitted(journal, "R-1")
    operation = opened(journal, "R-2")
    bound(journal, operation, ticket=8)
    journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    data, tx_hash = blob("R-1")
    for given, given_hash in ((data, tx_hash), (b"other", tx_hash)):
        with pytest.raises(TransactionTaken):
            journal.store_blob(operation, 1, blob=given, tx_hash=given_hash, event=event(LogKind.SIGN_DONE))
    assert journal.attempts(operation)[0].state is AttemptState.SIGNING


def test_the_first_signature_of_a_signer_stays_and_each_leaves_a_row(journal: SqlJournal) -> None:
    operation = opened(journal)
    bound(journal, operation)
    journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    journal.store_signature(signature(operation, "rB"), event(LogKind.SIGN_DONE))
    journal.store_signature(signature(operation, "rA"), event(LogKind.SIGN_DONE))
    before = journal.head().seq
    journal.store_signature(signature(operation, "rB", content=b"later"), event(LogKind.SIGN_DONE))
    assert journal.head().seq == before + 1
    assert journal.signatures(operation, 1) == [signature(operation, "rA"), signature(operation, "rB")]


def test_a_signature_from_elsewhere_moves_the_attempt_to_signing(journal: SqlJournal) -> None:
    operation = opened(journal)
    bound(journal, operation)
    journal.store_signature(signature(operation), event(LogKind.SIGN_DONE))
    assert journal.attempts(operation)[0].state is AttemptState.SIGNING


def test_steps_of_an_attempt_out_of_order_are_refused(journal: SqlJournal) -> None:
    operation = opened(journal)
    with pytest.raises(NoSuchAttempt):
        journal.begin_signature(operation, 1, event(LogKind.SIGN_BEGIN))
    bound(journal, operation)
    data, tx_hash = blob("x")
    with pytest.raises(IllegalTransition):
        journal.store_blob(operation, 1, blob=data, tx_hash=tx_hash, event=event(LogKind.SIGN_DONE))
    with pytest.raises(IllegalTransition):
        journal.mark_submitted(operation, 1, event(LogKind.SUBMIT))
    with pytest.raises(IllegalTransition):
        _finish(journal, operation, "tesSUCCESS")
    with pytest.raises(IllegalTransition):
        journal.finish_attempt(
            operation, 1, state=AttemptState.SIGNED, result="x", validated_ledger=None, event=event()
        )


def test_each_step_leaves_a_row_of_its_kind(journal: SqlJournal) -> None:
    operation = opened(journal)
    bound(journal, operation)
    with pytest.raises(EventMismatch):
        journal.begin_signature(operation, 1, event(LogKind.SIGN_DONE))
    with pytest.raises(EventMismatch):
        journal.store_signature(signature(operation), event(LogKind.SIGN_BEGIN))
    with pytest.raises(EventMismatch):
        journal.mark_submitted(operation, 1, event(LogKind.OBSERVE))
    assert journal.head().seq == 3


def test_notes_count_on_and_the_anchor_is_the_intent_row(journal: SqlJournal) -> None:
    operation = opened(journal)
    intent = journal.head()
    assert journal.note(event()) == 3
    assert journal.note(event(), operation_id=operation) == 4
    assert journal.anchor(operation) == intent
    for unknown in ("0" * 64,):
        with pytest.raises(NoSuchOperation):
            journal.note(event(), operation_id=unknown)
        with pytest.raises(NoSuchOperation):
            journal.anchor(unknown)


def test_the_whole_way_verifies(journal: SqlJournal, url: str) -> None:
    _submitted(journal)
    verified = verify_journal(url)
    assert verified.head == journal.head()
    assert (verified.records, verified.erased, verified.tail) == (1, 0, verified.head.seq)


def test_rows_are_found_by_what_their_particulars_say(journal: SqlJournal) -> None:
    first, second = opened(journal, "DEP-1"), opened(journal, "DEP-2")
    odd = 'a%b_c!"\\'
    for operation, said in (
        (second, {"log_id": odd, "log_seq": "9"}),
        (first, {"log_id": odd, "log_seq": "7"}),
        (first, {"log_id": odd.upper()}),
        (first, {"log_id": odd.replace("%", "x").replace("_", "x")}),
        (first, {"other": odd, "quoted": f'"log_id":"{odd}"'}),
    ):
        journal.note(event(LogKind.OBSERVE, body=said), operation_id=operation)
    journal.note(event(LogKind.ADMIN, body={"log_id": odd}))
    found = journal.particulars_with("log_id", odd)
    assert [(operation, said["log_seq"]) for operation, said in found] == [(second, "9"), (first, "7")]
    assert journal.particulars_with("log_id", "") == []
