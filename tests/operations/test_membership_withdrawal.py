"""Offers that are taken back, unless their holder was first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paper_bank import Paper, approved_mint
from paper_members import (
    WINDOW,
    accepted,
    bundled,
    desk_of,
    held,
    open_members_bank,
    order,
    registry,
    signed,
    signed_on_known,
    tokens,
)

from sovbank.core.machine import AttemptState, Kind, State
from sovbank.errors.guard import TokenNotOnAccount, TokenRecorded
from sovbank.errors.memberships import (
    MembershipAccepted,
    MembershipEnded,
    MembershipRecorded,
    TokenBurned,
)
from sovbank.errors.operations import (
    AttemptFailed,
    AttemptPending,
    NoOfficerHere,
    WrongKind,
    WrongState,
)
from sovbank.operations import membership, membership_withdrawal
from sovbank.operations.membership_check import memberships
from sovbank.operations.multisig.collecting import collect
from sovbank.operations.multisig.submission import submit
from sovbank.operations.resume import resume


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return open_members_bank(tmp_path)


def test_an_offer_is_taken_back_and_another_made(paper: Paper) -> None:
    wanted = order(paper)
    offered = membership.offer(paper.house, wanted)
    done = membership_withdrawal.withdraw(paper.house, offered.id)
    assert done.state is State.POSTED
    assert tokens(paper).nftokens(paper.house.account("membership").address) == []
    assert registry(paper).recorded == set()
    assert "withdraw" not in " ".join(paper.control.actions)
    ended = paper.house.journal.operation(offered.id)
    assert (ended.state, ended.facts["withdrawn_by"]) == (State.POSTED, done.id)
    assert membership_withdrawal.withdraw(paper.house, offered.id) == done
    assert [one.standing for one in memberships(paper.house)] == ["withdrawn"]
    with pytest.raises(MembershipEnded, match="withdrawn"):
        membership.offer(paper.house, wanted)
    again = membership.offer(paper.house, replace(wanted, reference="MEM-again"))
    assert accepted(paper, again).state is State.POSTED


def test_a_withdrawal_is_signed_in_a_ceremony(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    desk_of(paper)
    proposed = membership_withdrawal.propose_withdrawal(paper.house, offered.id)
    assert (proposed.state, proposed.created_by) == (State.INTENT, "proposer")
    with pytest.raises(NoOfficerHere):
        membership_withdrawal.withdraw(paper.house, offered.id)
    (done,) = held(paper, proposed)
    assert done.state is State.POSTED
    assert paper.house.journal.operation(offered.id).state is State.POSTED


def test_what_was_accepted_is_not_withdrawn(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    tokens(paper).accept(offered.parameters["holder"], offered.facts["offer_id"])
    for act in (membership_withdrawal.withdraw, membership_withdrawal.propose_withdrawal):
        with pytest.raises(MembershipAccepted):
            act(paper.house, offered.id)
    membership.complete(paper.house, offered.id)
    with pytest.raises(MembershipRecorded):
        membership_withdrawal.withdraw(paper.house, offered.id)
    assert paper.house.journal.find(Kind.MEMBERSHIP_WITHDRAWAL, offered.facts["nftoken_id"]) is None
    assert len(tokens(paper).nftokens(offered.parameters["holder"])) == 1


def test_a_holder_who_accepts_during_the_ceremony_keeps_the_token(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    proposed = membership_withdrawal.propose_withdrawal(paper.house, offered.id)
    bundle = signed(paper, bundled(paper, proposed), "coo", "compliance-head")
    collect(paper.house, bundle)
    tokens(paper).accept(offered.parameters["holder"], offered.facts["offer_id"])
    with pytest.raises(TokenNotOnAccount):
        signed_on_known(paper, bundle)
    with pytest.raises(MembershipAccepted):
        submit(paper.house, proposed.id)
    assert membership.complete(paper.house, offered.id).state is State.POSTED
    with pytest.raises(TokenRecorded):
        signed_on_known(paper, bundle)
    assert paper.house.journal.operation(proposed.id).state is State.EXECUTING
    paper.ledger.validated += WINDOW + 1
    with pytest.raises(MembershipRecorded):
        resume(paper.house, proposed.id)
    (attempt,) = paper.house.journal.attempts(proposed.id)
    assert attempt.state is AttemptState.WITHOUT_EFFECT
    assert paper.house.journal.operation(proposed.id).state is State.CANCELLED
    with pytest.raises(MembershipRecorded):
        membership_withdrawal.withdraw(paper.house, offered.id)
    assert len(tokens(paper).nftokens(offered.parameters["holder"])) == 1


def test_a_burn_that_comes_too_late_has_no_effect(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    holder = offered.parameters["holder"]
    withdrawal = membership_withdrawal.propose_withdrawal(paper.house, offered.id)
    collect(paper.house, signed(paper, bundled(paper, withdrawal), "coo", "compliance-head"))
    settle = paper.ledger.settle

    def accepted_first(submission: Any, *, timeout_seconds: float) -> Any:
        tokens(paper).accept(holder, offered.facts["offer_id"])
        return settle(submission, timeout_seconds=timeout_seconds)

    paper.ledger.settle = accepted_first  # type: ignore[method-assign]
    with pytest.raises(AttemptFailed):
        submit(paper.house, withdrawal.id)
    assert paper.ledger.history[-1].result == "tecNO_ENTRY"
    assert len(tokens(paper).nftokens(holder)) == 1
    assert membership.complete(paper.house, offered.id).state is State.POSTED


def test_a_token_that_its_holder_burned_is_let_go(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    tokens(paper).accept(offered.parameters["holder"], offered.facts["offer_id"])
    tokens(paper).tokens.clear()
    with pytest.raises(TokenBurned):
        resume(paper.house, offered.id)
    done = membership_withdrawal.withdraw(paper.house, offered.id)
    assert (done.state, paper.house.journal.attempts(done.id)) == (State.POSTED, [])
    assert paper.house.journal.operation(offered.id).state is State.POSTED
    other = membership.offer(paper.house, order(paper, "corvus"))
    tokens(paper).tokens.clear()
    assert membership_withdrawal.propose_withdrawal(paper.house, other.id).state is State.POSTED


def test_only_what_was_offered_is_withdrawn(paper: Paper) -> None:
    proposed = membership.propose(paper.house, order(paper))
    with pytest.raises(WrongState):
        membership_withdrawal.withdraw(paper.house, proposed.id)
    with pytest.raises(WrongKind):
        membership_withdrawal.withdraw(paper.house, approved_mint(paper).id)


def test_a_lost_answer_is_taken_up_again(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        membership_withdrawal.withdraw(paper.house, offered.id)
    assert paper.house.journal.operation(offered.id).state is State.FINAL
    assert membership_withdrawal.withdraw(paper.house, offered.id).state is State.POSTED
    assert paper.house.journal.operation(offered.id).state is State.POSTED
