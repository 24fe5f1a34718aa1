"""Steps that the ledger shows and the journal has as unfinished, over ports in memory."""

from __future__ import annotations

import pytest
from paper_bank import ASSET, Paper

from sovbank.core.machine import Kind, State
from sovbank.errors.operations import AttemptPending
from sovbank.operations.issuer import setup
from sovbank.operations.planned import Plan
from sovbank.operations.shown import close_shown

NOTHING_LEFT = Plan(ASSET, (), ())


def test_a_step_whose_answer_was_lost_is_closed_when_nothing_is_left_to_do(paper: Paper) -> None:
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        next(setup.apply(paper.house, setup.plan(paper.house, ASSET)))
    (step,) = paper.house.journal.operations(kind=Kind.SETTINGS)
    (attempt,) = paper.house.journal.attempts(step.id)
    assert attempt.blob is not None

    assert close_shown(paper.house, Kind.SETTINGS) == (), "the ledger does not show it yet"
    paper.ledger.apply(attempt.blob)
    list(setup.apply(paper.house, NOTHING_LEFT))

    assert paper.house.journal.operation(step.id).state is State.POSTED
    assert paper.ledger.sent == [attempt.blob], "something was sent again"
