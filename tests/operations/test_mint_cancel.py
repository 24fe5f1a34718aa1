"""Giving a mint up: who may, when it is too late, and what an interruption leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from paper_bank import (
    ASSET,
    Paper,
    approved_mint,
    hand_over,
    mint_order,
    successes,
)

from sovbank.core.machine import Kind, State
from sovbank.errors.evm import ControlPlaneUnknown
from sovbank.errors.operations import (
    AttemptFailed,
    AttemptPending,
    MintCancelled,
    MintRefused,
    NoOfficerHere,
    SignaturesMissing,
    StillSigned,
    WrongState,
)
from sovbank.evm.port import RequestState
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations import mint, mint_closing, mint_execution
from sovbank.operations.ledgerlog import intent


def test_a_held_mint_is_cancelled_by_its_requester(paper: Paper) -> None:
    wanted = mint_order(paper)
    operation = mint.request(paper.house, wanted)
    assert mint_closing.cancel(paper.house, operation.id, officer="treasury-ops").state is State.CANCELLED
    assert paper.control.requests[operation.id].state is RequestState.CANCELLED
    assert mint_closing.cancel(paper.house, operation.id).state is State.CANCELLED
    for act in (lambda: mint.request(paper.house, wanted), lambda: mint.approve(paper.house, operation.id)):
        with pytest.raises(MintCancelled):
            act()


def test_an_approved_mint_that_nobody_signed_is_cancelled_by_the_confirmer(paper: Paper) -> None:
    operation = approved_mint(paper)
    assert mint_closing.cancel(paper.house, operation.id).state is State.CANCELLED
    with pytest.raises(MintCancelled):
        mint_execution.execute(paper.house, operation.id)
    assert successes(paper) == 0


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_cancellation_interrupted_is_finished_by_another(paper: Paper, point: str) -> None:
    operation = approved_mint(paper)
    if point == "after":
        paper.control.lose_next = True
        with pytest.raises(ControlPlaneUnknown):
            mint_closing.cancel(paper.house, operation.id)
    else:
        paper.house.journal.advance(
            operation.id,
            before=State.APPROVED,
            after=State.CANCELLED,
            event=LogEvent(LogKind.ABORT, actor="test"),
        )
    mint_closing.cancel(paper.house, operation.id)
    assert paper.control.requests[operation.id].state is RequestState.CANCELLED
    assert paper.control.actions.count("cancel") == 1


@pytest.mark.parametrize("verdict", ["lost", "signing", "tesSUCCESS"])
def test_a_mint_that_may_have_been_paid_is_not_cancelled(paper: Paper, verdict: str) -> None:
    operation = approved_mint(paper)
    if verdict == "signing":
        paper.keys.here = {"keystore:ceo", "keystore:settlement"}
        with pytest.raises(SignaturesMissing):
            mint_execution.execute(paper.house, operation.id)
    else:
        paper.ledger.verdicts = [verdict]
        try:
            mint_execution.execute(paper.house, operation.id)
        except AttemptPending:
            assert verdict == "lost"
    with pytest.raises((StillSigned, WrongState)):
        mint_closing.cancel(paper.house, operation.id)
    assert paper.control.requests[operation.id].state is RequestState.APPROVED


def test_a_machine_that_does_not_sign_cancels_only_after_the_expiry(paper: Paper) -> None:
    operation = approved_mint(paper)
    confirmer = paper.other_machine("settlement")
    hand_over(paper, operation, confirmer)
    with pytest.raises(StillSigned):
        mint_closing.cancel(confirmer.house, operation.id)
    paper.control.now += 80 * 3600
    paper.clock.time += timedelta(hours=80)
    assert mint_closing.cancel(confirmer.house, operation.id).state is State.CANCELLED


def test_a_failed_attempt_allows_the_cancellation_with_its_evidence(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.verdicts = ["tecPATH_DRY"]
    with pytest.raises(AttemptFailed):
        mint_execution.execute(paper.house, operation.id)
    assert mint_closing.cancel(paper.house, operation.id).state is State.CANCELLED


def test_nobody_without_a_role_cancels(paper: Paper) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    paper.keys.here = {"keystore:ceo"}
    with pytest.raises(NoOfficerHere):
        mint_closing.cancel(paper.house, operation.id)


def test_an_intent_that_mintguard_never_saw_has_nothing_to_cancel(paper: Paper) -> None:
    wanted = mint_order(paper)
    paper.control.paused = True
    with pytest.raises(MintRefused):
        mint.request(paper.house, wanted)
    assert not paper.house.journal.operations(), "a refusal wrote something"
    paper.control.paused = False
    operation = _intent(paper, wanted)
    with pytest.raises(WrongState):
        mint_closing.cancel(paper.house, operation.id)


def _intent(paper: Paper, wanted: mint.MintOrder) -> OperationRow:
    """A mint whose process was killed right after its intent was recorded."""
    terms = mint._terms(paper.house, wanted, mint.new_expiry(paper.house))
    parameters = {"asset": ASSET, "amount": "500.00", "destination": terms.destination}
    operation, _ = paper.house.journal.open_operation(
        NewOperation(
            paper.control.mint_id(terms), Kind.MINT, wanted.bank_reference, parameters, "treasury-ops"
        ),
        intent(paper.house, "treasury-ops"),
    )
    return operation
