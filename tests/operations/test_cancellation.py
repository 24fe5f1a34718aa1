"""Cancelling on paper machines: a no-op on the ticket, or proof that nothing is left to cancel."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from paper_bank import ASSET, Paper, approved_mint, hand_over, successes

from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle
from sovbank.core.machine import AttemptState, Kind, State
from sovbank.errors.cancellation import (
    BeingCancelled,
    CancellationWrong,
    CancelTooLate,
    CancelWhileSent,
    HasOwnCancellation,
    StillApplicable,
)
from sovbank.errors.ceremony import TransactionNotDerived
from sovbank.errors.operations import (
    AttemptFailed,
    AttemptPending,
    ForeignTransaction,
    SignaturesMissing,
    SignerListDiffers,
    WrongKind,
    WrongState,
)
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, NewOperation, OperationRow
from sovbank.journal.verify import verify_journal
from sovbank.operations import burn, mint_closing, treasury
from sovbank.operations.multisig.abandoning import abandon
from sovbank.operations.multisig.cancelling import Cancelling, cancel
from sovbank.operations.multisig.collecting import collect, gather
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import open_ceremonies, submit, submit_all
from sovbank.operations.resume import resume

WINDOW = 900


@pytest.fixture
def operation(paper: Paper) -> OperationRow:
    return approved_mint(paper)


@pytest.fixture
def desk(paper: Paper, operation: OperationRow) -> Paper:
    """The proposer's machine, on which nobody's signing key is."""
    paper.keys.here = {"keystore:treasury-ops"}
    return paper


@pytest.fixture
def bundle(desk: Paper, operation: OperationRow) -> Bundle:
    return propose(desk.house, [operation.id], window=WINDOW)


def bundle_to_cancel(paper: Paper, operation: OperationRow, window: int = WINDOW) -> Bundle:
    done = cancel(paper.house, operation.id, window=window)
    assert done.bundle is not None
    return done.bundle


def nothing_left(paper: Paper, operation: OperationRow) -> Cancelling:
    done = cancel(paper.house, operation.id, window=WINDOW)
    assert done.bundle is None
    return done


def last(paper: Paper, operation_id: str) -> AttemptRow:
    return paper.house.journal.attempts(operation_id)[-1]


def named(bundle: Bundle) -> str:
    return bundle.purpose.operations[0].id


def sign_and_collect(paper: Paper, bundle: Bundle, *officers: str) -> None:
    files = [cosign(paper.other_machine(name).house, bundle).bundle for name in officers or QUORUM]
    collect(paper.house, gather([to_bytes(one) for one in files], expected=bundle))


def sent_elsewhere(paper: Paper, bundle: Bundle, *, result: str = "tesSUCCESS") -> None:
    """Have a quorum sign a bundle, and a machine that this one knows nothing of send it."""
    machines = [paper.other_machine(name) for name in QUORUM]
    files = [cosign(machine.house, bundle).bundle for machine in machines]
    collect(machines[0].house, gather([to_bytes(one) for one in files], expected=bundle))
    paper.ledger.verdicts = [result]
    try:
        submit(machines[0].house, named(bundle))
    except AttemptFailed:
        assert result != "tesSUCCESS"


QUORUM = ("ceo", "cfo", "coo")


def test_a_no_op_on_the_same_ticket_rules_the_payment_out(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    sign_and_collect(desk, bundle)
    cancels = bundle_to_cancel(desk, operation)
    (tx,) = cancels.transactions
    assert tx["TransactionType"] == "AccountSet"
    assert tx["TicketSequence"] == bundle.transactions[0]["TicketSequence"]
    sign_and_collect(desk, parse_bundle(to_bytes(cancels)))
    done = submit(desk.house, named(cancels))
    assert done.state is State.POSTED
    closed = last(desk, operation.id)
    assert (closed.state, closed.result) == (AttemptState.WITHOUT_EFFECT, "cancelled")
    rows = [row for row in desk.log() if row["decision"] == "cancelled"]
    assert [row["tx_hash"] for row in rows] == [done.facts["tx_hash"]]
    assert nothing_left(desk, operation).looked[0].attempt == closed
    assert len(desk.ledger.sent) == 1
    verify_journal(f"sqlite:///{desk.folder / 'journal.sqlite'}")


def test_after_a_cancellation_the_operation_is_attempted_on_a_fresh_ticket(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    cancels = bundle_to_cancel(desk, operation)
    sign_and_collect(desk, cancels)
    submit(desk.house, named(cancels))
    again = propose(desk.house, [operation.id], window=WINDOW)
    assert again.transactions[0]["TicketSequence"] != bundle.transactions[0]["TicketSequence"]
    sign_and_collect(desk, again)
    assert submit(desk.house, operation.id).state is State.FINAL
    paid = [found for found in desk.ledger.history if found.tx["TransactionType"] == "Payment"]
    assert len(paid) == 1


def test_the_same_command_again_gives_the_same_bundle(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    first = bundle_to_cancel(desk, operation)
    desk.ledger.validated += 5
    second = bundle_to_cancel(desk, operation)
    assert (second.transactions, named(second)) == (first.transactions, named(first))
    assert len(desk.house.journal.operations(kind=Kind.CANCELLATION)) == 1


def test_the_bundle_shows_what_it_cancels(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    from sovbank.cli.bundle_view import bundle_lines

    screen = "\n".join(bundle_lines(desk.house, bundle_to_cancel(desk, operation)))
    ticket = bundle.transactions[0]["TicketSequence"]
    assert f"CANCELS attempt 1 of operation {operation.id}" in screen
    assert "pays 500 FTHUSD to treasury" in screen
    assert "in words: five hundred FTHUSD" in screen
    assert f"changes nothing: the transaction only uses up its ticket {ticket}" in screen
    assert f"valid up to ledger {bundle.expiry.ledger_index}" in screen


def test_nothing_is_left_without_an_attempt(desk: Paper, operation: OperationRow) -> None:
    (looked,) = nothing_left(desk, operation).looked
    assert (looked.attempt, looked.final) == (None, False)
    assert not desk.house.journal.operations(kind=Kind.CANCELLATION)


@pytest.mark.parametrize("signed", [False, True])
def test_nothing_is_left_once_the_window_is_over(
    desk: Paper, bundle: Bundle, operation: OperationRow, signed: bool
) -> None:
    if signed:
        sign_and_collect(desk, bundle)
        store_blob(desk, operation)
    desk.ledger.validated = bundle.expiry.ledger_index
    assert bundle_to_cancel(desk, operation), "in its last ledger it can still apply"
    desk.ledger.validated += 1
    nothing_left(desk, operation)
    assert last(desk, operation.id).result == "expired"


def store_blob(paper: Paper, operation: OperationRow) -> None:
    """Stop a submission right after the blob was put together."""

    class Killed(Exception):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper.house.journal, "mark_submitted", killed)
        with pytest.raises(Killed):
            submit(paper.house, operation.id)
    assert last(paper, operation.id).state is AttemptState.SIGNED


def test_what_is_signed_and_not_sent_is_cancelled_too(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    sign_and_collect(desk, bundle)
    store_blob(desk, operation)
    cancels = bundle_to_cancel(desk, operation)
    with pytest.raises(BeingCancelled):
        submit(desk.house, operation.id)
    sign_and_collect(desk, cancels)
    submit(desk.house, named(cancels))
    assert last(desk, operation.id).result == "cancelled"
    assert [found.tx["TransactionType"] for found in desk.ledger.history] == ["AccountSet"]


def test_what_was_sent_is_not_cancelled(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    sign_and_collect(desk, bundle)
    desk.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        submit(desk.house, operation.id)
    with pytest.raises(CancelWhileSent) as caught:
        cancel(desk.house, operation.id, window=WINDOW)
    assert "ops resume" in caught.value.next_step
    assert not desk.house.journal.operations(kind=Kind.CANCELLATION)


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_is_final_is_not_cancelled(
    desk: Paper, bundle: Bundle, operation: OperationRow, where: str
) -> None:
    if where == "here":
        sign_and_collect(desk, bundle)
        submit(desk.house, operation.id)
    else:
        sent_elsewhere(desk, bundle)
    with pytest.raises(CancelTooLate) as caught:
        cancel(desk.house, operation.id, window=WINDOW)
    assert f"ops resume {operation.id[:16]}" in caught.value.next_step
    assert not desk.house.journal.operations(kind=Kind.CANCELLATION)


def test_a_transaction_that_used_its_ticket_without_effect_leaves_nothing(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    sent_elsewhere(desk, bundle, result="tecPATH_DRY")
    nothing_left(desk, operation)
    assert last(desk, operation.id).result == "tecPATH_DRY"


def test_an_unknown_user_of_the_ticket_is_an_alarm(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    tx = {**bundle.transactions[0], "Destination": desk.house.officer("ceo").account, "InvoiceID": "AB" * 32}
    desk.ledger.validate(tx, tx_hash="EF" * 32)
    desk.ledger.validated = bundle.expiry.ledger_index + 1
    with pytest.raises(ForeignTransaction):
        cancel(desk.house, operation.id, window=WINDOW)


def test_when_the_payment_is_first_the_cancellation_ends_and_the_payment_is_taken_up(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    cancels = bundle_to_cancel(desk, operation)
    sign_and_collect(desk, cancels)
    files = [cosign(desk.other_machine("compliance-head", "ciso", "ceo").house, bundle).bundle]
    machine = desk.other_machine("compliance-head", "ciso", "ceo")
    collect(machine.house, gather([to_bytes(one) for one in files], expected=bundle))
    submit(machine.house, operation.id)
    with pytest.raises(CancelTooLate, match="first"):
        submit(desk.house, named(cancels))
    assert resume(desk.house, named(cancels)).state is State.CANCELLED
    assert last(desk, named(cancels)).result == "superseded"
    assert desk.house.journal.operation(operation.id).state is State.FINAL
    assert last(desk, operation.id).state is AttemptState.SUCCEEDED
    assert (successes(desk), len(desk.ledger.sent)) == (1, 1)
    with pytest.raises(CancelTooLate):
        cancel(desk.house, operation.id, window=WINDOW)


def test_a_cancellation_that_was_sent_too_late_ends_the_same_way(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("compliance-head", "ciso", "ceo")
    signed = cosign(machine.house, bundle).bundle
    collect(machine.house, gather([to_bytes(signed)], expected=bundle))
    cancels = bundle_to_cancel(desk, operation)
    sign_and_collect(desk, cancels, "cfo", "coo", "ciso")
    desk.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        submit(desk.house, named(cancels))
    submit(machine.house, operation.id)
    with pytest.raises(CancelTooLate):
        cancel(desk.house, operation.id, window=WINDOW)
    assert desk.house.journal.operation(named(cancels)).state is State.CANCELLED
    assert desk.house.journal.operation(operation.id).state is State.FINAL


# Killed between, and other machines


@pytest.mark.parametrize("step", ["open_operation", "bind_attempt", "finish_attempt", "advance"])
def test_a_cancellation_that_was_killed_is_taken_up(
    desk: Paper, bundle: Bundle, operation: OperationRow, step: str
) -> None:
    """Kill it after each write, in the proposing and in the closing, and give the same commands again."""
    cancels = kill_and_again(desk, step, lambda: bundle_to_cancel(desk, operation))
    sign_and_collect(desk, cancels)
    kill_and_again(desk, step, lambda: submit(desk.house, named(cancels)))
    resume(desk.house, named(cancels))
    assert desk.house.journal.operation(named(cancels)).state is State.POSTED
    assert last(desk, operation.id).result == "cancelled"
    assert len(desk.house.journal.operations(kind=Kind.CANCELLATION)) == 1
    assert len(desk.ledger.history) == 1


def kill_and_again(paper: Paper, step: str, command):  # type: ignore[no-untyped-def]
    class Killed(Exception):
        pass

    journal, real = paper.house.journal, getattr(paper.house.journal, step)

    def killed(*arguments: object, **named: object) -> object:
        real(*arguments, **named)
        raise Killed

    setattr(journal, step, killed)
    try:
        return command()
    except Killed:
        pass
    finally:
        delattr(journal, step)
    return command()


def test_the_cancelled_closes_by_its_own_command_too(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    """Another machine submitted the no-op: this one learns of it before the window is over."""
    cancels = bundle_to_cancel(desk, operation)
    sent_elsewhere(desk, cancels)
    again = propose(desk.house, [operation.id], window=WINDOW)
    assert again.transactions[0]["TicketSequence"] != bundle.transactions[0]["TicketSequence"]
    first, second = desk.house.journal.attempts(operation.id)
    assert (first.result, second.state) == ("cancelled", AttemptState.BOUND)
    assert resume(desk.house, named(cancels)).state is State.POSTED


def test_a_cosigner_who_signed_the_payment_signs_its_cancellation_on_the_same_ticket(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("ceo")
    cosign(machine.house, bundle)
    cancels = bundle_to_cancel(desk, operation)
    cosign(machine.house, cancels)
    mine = last(machine, named(cancels))
    assert (mine.ticket, mine.state) == (last(machine, operation.id).ticket, AttemptState.SIGNING)
    with pytest.raises(BeingCancelled):
        cosign(machine.house, bundle)
    sign_and_collect(desk, cancels)
    submit(desk.house, named(cancels))
    assert resume(machine.house, named(cancels)).state is State.POSTED
    assert last(machine, operation.id).result == "cancelled"


@pytest.mark.parametrize("which", ["the operation", "the cancellation"])
def test_a_cosigner_who_was_not_asked_to_cancel_learns_of_it_from_a_file(
    desk: Paper, bundle: Bundle, operation: OperationRow, which: str
) -> None:
    """The no-op on the ticket is an alarm there until the cancellation is imported."""
    machine = desk.other_machine("ciso")
    cosign(machine.house, bundle)
    cancels = bundle_to_cancel(desk, operation)
    sign_and_collect(desk, cancels)
    submit(desk.house, named(cancels))
    desk.ledger.validated = bundle.expiry.ledger_index + 1
    with pytest.raises(ForeignTransaction):
        cancel(machine.house, operation.id, window=WINDOW)
    hand_over(desk, desk.house.journal.operation(named(cancels)), machine)
    if which == "the operation":
        nothing_left(machine, operation)
    done = resume(machine.house, named(cancels))
    assert (done.state, done.facts["tx_hash"]) == (State.POSTED, desk.ledger.history[-1].tx_hash)
    assert last(machine, operation.id).result == "cancelled"


def test_an_imported_cancellation_that_nobody_signed_waits(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("ciso")
    hand_over(desk, desk.house.journal.operation(named(bundle_to_cancel(desk, operation))), machine)
    (row,) = machine.house.journal.operations(kind=Kind.CANCELLATION)
    with pytest.raises(WrongState, match="bound here"):
        resume(machine.house, row.id)


def test_a_cosigner_who_never_saw_the_payment_signs_freely_and_then_not_the_payment(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    from sovbank.errors.journal import TicketTaken

    machine = desk.other_machine("ceo")
    cosign(machine.house, bundle_to_cancel(desk, operation))
    with pytest.raises(TicketTaken):
        cosign(machine.house, bundle)


def test_the_cancelled_is_neither_signed_nor_sent_meanwhile(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    sign_and_collect(desk, bundle)
    bundle_to_cancel(desk, operation)
    with pytest.raises(BeingCancelled):
        submit(desk.house, operation.id)
    assert desk.ledger.sent == []


def test_a_cancellation_can_be_signed_without_a_network(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("ceo")
    assert cosign(machine.house, bundle_to_cancel(desk, operation), offline=True).officers == ("ceo",)


# What a co-signer refuses


def tampered(bundle: Bundle, *, tx: dict[str, object] | None = None, **described: object) -> Bundle:
    changed = {**bundle.transactions[0], **(tx or {})}
    operation = bundle.purpose.operations[0].model_copy(update=described)
    purpose = bundle.purpose.model_copy(update={"operations": (operation,)})
    return bundle.model_copy(update={"transactions": (changed,), "purpose": purpose})


@pytest.mark.parametrize("tx", [{"TicketSequence": 13}, {"SetFlag": 8}, {"Flags": 0x00100000}])
def test_a_cancellation_is_a_no_op_on_its_ticket_and_nothing_else(
    desk: Paper, bundle: Bundle, operation: OperationRow, tx: dict[str, object]
) -> None:
    cancels = bundle_to_cancel(desk, operation)
    with pytest.raises(TransactionNotDerived):
        cosign(desk.other_machine("ceo").house, tampered(cancels, tx=tx))


@pytest.mark.parametrize(
    "change",
    [
        {"operation": "ab" * 32},
        {"slot": "ticket 12"},
        {"slot": "ticket 99999999999"},
        {"slot": "ticket"},
        {"attempt": "2"},
        {"account": "treasury"},
        {"more": "x"},
    ],
)
def test_a_cancellation_with_other_parameters_is_refused(
    desk: Paper, bundle: Bundle, operation: OperationRow, change: dict[str, str]
) -> None:
    cancels = bundle_to_cancel(desk, operation)
    parameters = {**cancels.purpose.operations[0].parameters, **change}
    with pytest.raises(TransactionNotDerived, match="does not follow"):
        cosign(desk.other_machine("ceo").house, tampered(cancels, parameters=parameters))


@pytest.mark.parametrize("knows", [True, False])
def test_a_cancellation_that_shows_something_else_is_refused(
    desk: Paper, bundle: Bundle, operation: OperationRow, knows: bool
) -> None:
    """Where the payment is known it must be shown as it is; elsewhere it must at least be on the ticket."""
    machine = desk.other_machine("ceo")
    if knows:
        cosign(machine.house, bundle)
    cancels = bundle_to_cancel(desk, operation)
    shown = json.loads(cancels.purpose.operations[0].facts["cancels"])
    shown["Amount" if knows else "TicketSequence"] = 13
    forged = tampered(cancels, facts={"cancels": json.dumps(shown)})
    with pytest.raises(CancellationWrong):
        cosign(machine.house, forged)
    assert not machine.house.journal.operations(kind=Kind.CANCELLATION)


def test_a_cancellation_is_not_cancelled_itself(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    cancels = bundle_to_cancel(desk, operation)
    with pytest.raises(WrongKind):
        cancel(desk.house, named(cancels), window=WINDOW)


# Windows that end


def test_a_cancellation_that_expired_is_bound_again_while_the_payment_can_apply(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    first = bundle_to_cancel(desk, operation, window=10)
    desk.ledger.validated = first.expiry.ledger_index + 1
    second = bundle_to_cancel(desk, operation)
    assert (named(second), second.purpose.operations[0].attempt) == (named(first), 2)
    sign_and_collect(desk, second)
    assert submit(desk.house, named(second)).state is State.POSTED
    assert last(desk, operation.id).result == "cancelled"


def test_while_a_cancellation_can_apply_the_next_attempt_takes_another_ticket(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    cancels = bundle_to_cancel(desk, operation, window=2 * WINDOW)
    desk.ledger.validated = bundle.expiry.ledger_index + 1
    nothing_left(desk, operation)
    again = propose(desk.house, [operation.id], window=WINDOW)
    assert again.transactions[0]["TicketSequence"] != cancels.transactions[0]["TicketSequence"]
    with pytest.raises(StillApplicable):
        abandon(desk.house, named(cancels))


def test_when_both_expired_the_cancellation_is_over_and_the_ticket_is_taken_again(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    cancels = bundle_to_cancel(desk, operation)
    desk.ledger.validated = cancels.expiry.ledger_index + 1
    nothing_left(desk, operation)
    nothing_left(desk, operation)
    assert desk.house.journal.operation(named(cancels)).state is State.CANCELLED
    again = propose(desk.house, [operation.id], window=WINDOW)
    assert again.transactions[0]["TicketSequence"] == bundle.transactions[0]["TicketSequence"]
    second = bundle_to_cancel(desk, operation)
    assert named(second) != named(cancels)
    sign_and_collect(desk, second)
    assert submit(desk.house, named(second)).state is State.POSTED


def test_an_account_without_tickets_is_cancelled_by_its_sequence(
    paper: Paper, operation: OperationRow
) -> None:
    issuer = paper.house.issuer_of(ASSET).address
    paper.ledger.held_tickets[issuer] = []
    paper.keys.here = {"keystore:treasury-ops"}
    bundle = propose(paper.house, [operation.id], window=WINDOW, top_up=False)
    cancels = bundle_to_cancel(paper, operation)
    assert cancels.transactions[0]["Sequence"] == bundle.transactions[0]["Sequence"] == 50
    sign_and_collect(paper, cancels)
    submit(paper.house, named(cancels))
    assert last(paper, operation.id).result == "cancelled"
    again = propose(paper.house, [operation.id], window=WINDOW, top_up=False)
    assert again.transactions[0]["Sequence"] == 51


def test_a_ceremony_of_several_is_cancelled_whole(desk: Paper, operation: OperationRow) -> None:
    desk.keys.here = None
    other = approved_mint(desk, "250")
    desk.keys.here = {"keystore:treasury-ops"}
    both = propose(desk.house, [operation.id, other.id], window=WINDOW, top_up=False)
    cancels = bundle_to_cancel(desk, other)
    tickets = [tx["TicketSequence"] for tx in both.transactions]
    assert [tx["TicketSequence"] for tx in cancels.transactions] == tickets
    assert bundle_to_cancel(desk, operation).transactions == cancels.transactions
    sign_and_collect(desk, cancels)
    done = submit_all(desk.house, named(cancels))
    assert [row.state for row in done] == [State.POSTED, State.POSTED]
    for row in (operation, other):
        assert last(desk, row.id).result == "cancelled"


def test_it_waits_for_signatures_like_any_other(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    cancels = bundle_to_cancel(desk, operation)
    sign_and_collect(desk, cancels, "ceo")
    with pytest.raises(SignaturesMissing):
        submit(desk.house, named(cancels))
    kinds = {one.operation.kind for one in open_ceremonies(desk.house)}
    assert kinds == {Kind.MINT, Kind.CANCELLATION}


# Giving operations up


def test_a_mint_is_given_up_by_its_own_command(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    with pytest.raises(HasOwnCancellation) as caught:
        abandon(desk.house, operation.id)
    assert f"sovbank mint cancel {operation.id[:16]}" in caught.value.next_step
    cancels = bundle_to_cancel(desk, operation)
    sign_and_collect(desk, cancels)
    submit(desk.house, named(cancels))
    desk.keys.here = None
    assert mint_closing.cancel(desk.house, operation.id).state is State.CANCELLED
    no_op = desk.house.journal.operation(named(cancels)).facts["tx_hash"]
    assert desk.control.evidence == [no_op]
    with pytest.raises(CancelTooLate):
        abandon(desk.house, named(cancels))


def distribution(paper: Paper) -> treasury.Distribution:
    return treasury.Distribution(ASSET, Decimal(40), paper.customer("ada"), paper.deposit(1000), "ORDER-1")


def stopped_distribution(paper: Paper) -> OperationRow:
    """A distribution that one of two signers has signed."""
    paper.keys.here = {"keystore:treasury-ops"}
    with pytest.raises(SignaturesMissing):
        treasury.distribute(paper.house, distribution(paper))
    (row,) = paper.house.journal.operations(kind=Kind.DISTRIBUTE)
    return row


def test_an_operation_is_given_up_once_its_ticket_is_used_up(paper: Paper) -> None:
    row = stopped_distribution(paper)
    with pytest.raises(StillApplicable, match="ticket") as caught:
        abandon(paper.house, row.id)
    assert f"multisig cancel {row.id[:16]}" in caught.value.next_step
    cancels = bundle_to_cancel(paper, row)
    files = [cosign(paper.other_machine(name).house, cancels).bundle for name in ("cfo", "coo")]
    collect(paper.house, gather([to_bytes(one) for one in files], expected=cancels))
    submit(paper.house, named(cancels))
    done = abandon(paper.house, row.id)
    assert (done.state, done.facts["cancelled_by"]) == (State.CANCELLED, "treasury-ops")
    assert abandon(paper.house, row.id) == done
    assert successes(paper) == 1


def test_an_operation_is_given_up_once_its_window_is_over(paper: Paper) -> None:
    row = stopped_distribution(paper)
    paper.ledger.validated = last(paper, row.id).last_ledger + 1
    assert abandon(paper.house, row.id).state is State.CANCELLED
    assert last(paper, row.id).result == "expired"


def test_what_was_sent_or_paid_is_not_given_up(paper: Paper) -> None:
    order = distribution(paper)
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        treasury.distribute(paper.house, order)
    (row,) = paper.house.journal.operations(kind=Kind.DISTRIBUTE)
    with pytest.raises(CancelWhileSent):
        abandon(paper.house, row.id)
    resume(paper.house, row.id)
    with pytest.raises(CancelTooLate):
        abandon(paper.house, row.id)
    assert paper.house.journal.operation(row.id).state is State.POSTED


def test_what_another_machine_paid_is_not_given_up(paper: Paper) -> None:
    row = stopped_distribution(paper)
    tx = {**json.loads(last(paper, row.id).unsigned), "TicketSequence": 13}
    paper.ledger.validated = last(paper, row.id).last_ledger + 1
    paper.ledger.validate(tx, tx_hash="EF" * 32)
    with pytest.raises(CancelTooLate):
        abandon(paper.house, row.id)


def test_a_redemption_is_given_up_only_while_nothing_has_arrived(paper: Paper) -> None:
    order = burn.Redemption(ASSET, Decimal(10), paper.customer("ada"), "RED-1")
    row = burn.request(paper.house, order)
    assert abandon(paper.house, row.id).state is State.CANCELLED
    second = burn.request(paper.house, replace(order, reference="RED-2"))
    payment = {
        "TransactionType": "Payment",
        "Account": order.holder,
        "Destination": paper.house.redemption_of(ASSET).address,
        "DestinationTag": int(second.facts["destination_tag"]),
        "Amount": {
            "currency": paper.house.ledger_currency(ASSET),
            "issuer": paper.house.issuer_of(ASSET).address,
            "value": "10",
        },
        "Sequence": 5,
    }
    paper.ledger.validate(payment, tx_hash="AB" * 32)
    with pytest.raises(WrongState, match="arrived"):
        abandon(paper.house, second.id)


def test_a_membership_that_was_offered_is_withdrawn_and_not_given_up(paper: Paper) -> None:
    new = NewOperation("ab" * 32, Kind.MEMBERSHIP, "M-1", {}, "coo")
    paper.house.journal.open_operation(new, LogEvent(LogKind.INTENT, actor="coo"))
    for before, after in pairwise((State.INTENT, State.EXECUTING, State.FINAL)):
        event = LogEvent(LogKind.OBSERVE, actor="coo")
        paper.house.journal.advance(new.id, before=before, after=after, event=event)
    with pytest.raises(CancelTooLate) as caught:
        abandon(paper.house, new.id)
    assert f"membership withdraw {new.id[:16]}" in caught.value.next_step


def test_a_step_that_the_profile_no_longer_has_can_be_given_up(paper: Paper) -> None:
    parameters = {"account": "issuer", "step": "unknown/step", "signers": ""}
    new = NewOperation("cd" * 32, Kind.SETTINGS, "step:old:1", parameters, "coo")
    paper.house.journal.open_operation(new, LogEvent(LogKind.INTENT, actor="coo"))
    assert abandon(paper.house, new.id).state is State.CANCELLED


def test_the_signers_on_the_ledger_cancel_whatever_list_the_profile_is_about_to_have(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    profile = desk.house.profile
    issuer = profile.accounts["issuer"].model_copy(update={"quorum": 4})
    changed = profile.model_copy(update={"accounts": {**profile.accounts, "issuer": issuer}})
    desk.house = replace(desk.house, profile=changed)
    cancels = bundle_to_cancel(desk, operation)
    assert cancels.signer_list.quorum == 3
    sign_and_collect(desk, cancels)
    assert submit(desk.house, named(cancels)).state is State.POSTED
    with pytest.raises(SignerListDiffers):
        cosign(desk.other_machine("ciso").house, propose(desk.house, [operation.id], window=WINDOW))
