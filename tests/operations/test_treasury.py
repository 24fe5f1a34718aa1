"""Distributions over ports in memory: the deposit is never overdrawn, and nothing is paid twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from paper_bank import ASSET, Paper, hand_over, successes, usd

from sovbank.core.machine import Kind, State
from sovbank.errors.base import SovbankError
from sovbank.errors.core import LimitExceeded
from sovbank.errors.journal import ReferenceTaken
from sovbank.errors.operations import (
    AttemptFailed,
    AttemptPending,
    DepositExhausted,
    DepositMissing,
    DistributionCancelled,
    NoOfficerHere,
    NotWhitelisted,
    Paused,
)
from sovbank.journal.port import NewOperation
from sovbank.operations import treasury
from sovbank.operations.deposits import deposit_left
from sovbank.operations.ledgerlog import intent
from sovbank.operations.resume import resume
from sovbank.operations.treasury import Distribution


def order(paper: Paper, amount: str, *, deposit: str, reference: str = "PAY-1") -> Distribution:
    return Distribution(ASSET, usd(amount), paper.customer("aurora"), deposit, reference)


def test_a_customer_is_paid_once_however_often_it_is_ordered(paper: Paper) -> None:
    wanted = order(paper, "400", deposit=paper.deposit(1000))
    first = treasury.distribute(paper.house, wanted)
    again = treasury.distribute(paper.house, wanted)
    assert first.state is State.POSTED
    assert (again.id, again.state) == (first.id, State.POSTED)
    assert resume(paper.house, first.id).state is State.POSTED
    assert successes(paper) == 1


def test_a_proposed_payment_is_recorded_and_not_signed(paper: Paper) -> None:
    paper.keys.here = set()
    wanted = order(paper, "400", deposit=paper.deposit(1000))
    proposed = treasury.propose(paper.house, wanted)
    assert (proposed.state, proposed.created_by) == (State.INTENT, "proposer")
    assert treasury.propose(paper.house, wanted) == proposed
    with pytest.raises(NoOfficerHere):
        treasury.distribute(paper.house, wanted)
    assert (paper.keys.unlocked, paper.house.journal.attempts(proposed.id)) == ([], [])
    paper.keys.here = None
    assert treasury.distribute(paper.house, wanted).state is State.POSTED
    assert treasury.propose(paper.house, wanted).state is State.POSTED
    assert successes(paper) == 1


def test_what_would_not_be_paid_is_not_proposed(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    treasury.propose(paper.house, order(paper, "600", deposit=deposit))
    with pytest.raises(DepositExhausted):
        treasury.propose(paper.house, order(paper, "600", deposit=deposit, reference="PAY-2"))
    assert paper.house.journal.find(Kind.DISTRIBUTE, "PAY-2") is None
    opened = opened_only(paper, order(paper, "600", deposit=deposit, reference="PAY-3"))
    with pytest.raises(DepositExhausted):
        treasury.propose(paper.house, order(paper, "600", deposit=deposit, reference="PAY-3"))
    assert paper.house.journal.operation(opened).state is State.CANCELLED
    with pytest.raises(DistributionCancelled):
        treasury.propose(paper.house, order(paper, "600", deposit=deposit, reference="PAY-3"))


def test_a_used_reference_with_other_values_is_refused(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    treasury.distribute(paper.house, order(paper, "400", deposit=deposit))
    with pytest.raises(ReferenceTaken):
        treasury.distribute(paper.house, order(paper, "300", deposit=deposit))
    assert successes(paper) == 1


def test_a_deposit_pays_out_what_it_brought_and_no_more(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    treasury.distribute(paper.house, order(paper, "600", deposit=deposit))
    with pytest.raises(DepositExhausted, match=r"400\.00 left"):
        treasury.distribute(paper.house, order(paper, "400.000001", deposit=deposit, reference="PAY-2"))
    treasury.distribute(paper.house, order(paper, "400", deposit=deposit, reference="PAY-3"))
    assert deposit_left(paper.house, deposit, own_id="none") == 0
    assert successes(paper) == 2


@pytest.mark.parametrize("first_to_run", [0, 1])
def test_of_two_orders_opened_at_once_exactly_one_is_paid(paper: Paper, first_to_run: int) -> None:
    deposit = paper.deposit(1000)
    opened = [opened_only(paper, order(paper, "600", deposit=deposit, reference=f"PAY-{n}")) for n in (1, 2)]
    outcomes = {}
    for place in (first_to_run, 1 - first_to_run):
        try:
            outcomes[place] = resume(paper.house, opened[place]).state
        except DepositExhausted:
            outcomes[place] = paper.house.journal.operation(opened[place]).state
    assert outcomes == {0: State.POSTED, 1: State.CANCELLED}
    assert successes(paper) == 1


def test_a_refused_order_stays_refused(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    wanted = order(paper, "600", deposit=deposit, reference="PAY-2")
    opened_only(paper, order(paper, "600", deposit=deposit))
    second = opened_only(paper, wanted)
    with pytest.raises(DepositExhausted):
        resume(paper.house, second)
    with pytest.raises(DistributionCancelled):
        treasury.distribute(paper.house, wanted)


def opened_only(paper: Paper, wanted: Distribution) -> str:
    """Record the intent of an order, as a process that was killed right after it."""
    from sovbank.core.ids import operation_id

    parameters = treasury._parameters(wanted)
    row, _ = paper.house.journal.open_operation(
        NewOperation(
            operation_id(Kind.DISTRIBUTE, parameters, wanted.reference),
            Kind.DISTRIBUTE,
            wanted.reference,
            parameters,
            "cfo",
        ),
        intent(paper.house, "cfo"),
    )
    return row.id


def _stranger(paper: Paper) -> None:
    paper.control.whitelisted.clear()


def _pause(paper: Paper) -> None:
    paper.control.paused = True


@pytest.mark.parametrize(("turn", "refusal"), [(_stranger, NotWhitelisted), (_pause, Paused)])
@pytest.mark.parametrize("moment", ["before the intent", "after the intent"])
def test_a_refusal_binds_and_writes_nothing(
    paper: Paper, turn: Callable[[Paper], None], refusal: type[SovbankError], moment: str
) -> None:
    wanted = order(paper, "400", deposit=paper.deposit(1000))
    if moment == "after the intent":
        opened_only(paper, wanted)
    turn(paper)
    head = paper.house.journal.head()
    with pytest.raises(refusal):
        treasury.distribute(paper.house, wanted)
    assert paper.house.journal.head() == head
    assert not paper.ledger.sent


def test_limits_and_unknown_deposits(paper: Paper) -> None:
    with pytest.raises(DepositMissing):
        treasury.distribute(paper.house, order(paper, "1", deposit="NO-SUCH"))
    limits = paper.house.profile.limits.model_copy(update={"distribute_most": "100"})
    object.__setattr__(paper.house, "profile", paper.house.profile.model_copy(update={"limits": limits}))
    with pytest.raises(LimitExceeded):
        treasury.distribute(paper.house, order(paper, "101", deposit=paper.deposit(1000)))


def test_a_failed_payment_keeps_its_part_of_the_deposit(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    paper.ledger.verdicts = ["tecPATH_DRY"]
    with pytest.raises(AttemptFailed):
        treasury.distribute(paper.house, order(paper, "600", deposit=deposit))
    with pytest.raises(DepositExhausted):
        treasury.distribute(paper.house, order(paper, "600", deposit=deposit, reference="PAY-2"))
    treasury.distribute(paper.house, order(paper, "600", deposit=deposit))
    assert successes(paper) == 1


def test_a_ticket_that_another_operation_took_meanwhile_is_passed_over(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = paper.deposit(1000)
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        treasury.distribute(paper.house, order(paper, "100", deposit=deposit))
    true, answers = type(paper.house.journal).bound_tickets, [frozenset[int]()]
    monkeypatch.setattr(
        type(paper.house.journal),
        "bound_tickets",
        lambda journal, account: answers.pop() if answers else true(journal, account),
    )
    second = treasury.distribute(paper.house, order(paper, "100", deposit=deposit, reference="PAY-2"))
    assert second.state is State.POSTED
    assert not answers


def test_a_preview_writes_nothing(paper: Paper) -> None:
    wanted = order(paper, "400", deposit=paper.deposit(1000))
    head = paper.house.journal.head()
    shown = treasury.preview(paper.house, wanted)
    assert shown.transaction["Destination"] == wanted.destination
    assert paper.house.journal.head() == head
    assert not paper.ledger.sent


def test_a_distribution_paid_elsewhere_is_taken_up_not_paid_again(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    other = paper.other_machine("cfo", "coo")
    other.deposit(1000, reference=deposit)
    first = opened_only(paper, order(paper, "400", deposit=deposit))
    imported = hand_over(paper, paper.house.journal.operation(first), other)
    resume(paper.house, first)
    assert resume(other.house, imported.id).state is State.POSTED
    assert successes(paper) == 1
