"""Acting on the control plane: what is on record, what a refusal means, and how far the operation moves."""

from __future__ import annotations

from functools import partial

import pytest
from paper_bank import Paper, mint_order

from sovbank.core.machine import State
from sovbank.errors.evm import ControlPlaneRefused
from sovbank.evm.port import ChainSigner, Receipt, Recorder
from sovbank.journal.port import LogKind, OperationRow
from sovbank.operations import mint
from sovbank.operations.acting import Act, found_event, perform_and_move, perform_unless_taken
from sovbank.operations.moving import move_on

RECEIPT = Receipt("0x" + "ab" * 32, 7, 1_700_000_000)


def confirmed(*, signer: ChainSigner, record: Recorder) -> Receipt:
    record(RECEIPT.tx_hash, b"signed")
    return RECEIPT


def refused(*, signer: ChainSigner, record: Recorder) -> Receipt:
    raise ControlPlaneRefused("The mint is in another state")


@pytest.fixture
def held(paper: Paper) -> OperationRow:
    """A mint that waits for its approval."""
    return mint.request(paper.house, mint_order(paper))


def test_it_is_on_record_before_it_leaves_and_again_with_its_block(paper: Paper, held: OperationRow) -> None:
    before = len(paper.log())
    act = Act("approve-mint", "cfo", confirmed, LogKind.APPROVE)
    moved = perform_and_move(
        paper.house, held, act, State.APPROVED, {"approved_by": "cfo"}, hash_as="approve_tx"
    )
    assert [(row["kind"], row["decision"], row["tx_hash"]) for row in paper.log()[before:]] == [
        (LogKind.SUBMIT.value, "approve-mint", RECEIPT.tx_hash),
        (LogKind.APPROVE.value, "approve-mint", RECEIPT.tx_hash),
    ]
    assert moved.state is State.APPROVED
    assert (moved.facts["approved_by"], moved.facts["approve_tx"]) == ("cfo", RECEIPT.tx_hash)


def test_an_operation_that_is_there_already_gets_the_row_alone(paper: Paper, held: OperationRow) -> None:
    stays = perform_and_move(
        paper.house, held, Act("extend-mint", "cfo", confirmed), State.HELD, {"approved_by": "cfo"}
    )
    assert stays == held
    assert paper.log()[-1]["decision"] == "extend-mint"


def test_a_refusal_is_passed_on_unless_the_step_was_taken(paper: Paper, held: OperationRow) -> None:
    act = Act("approve-mint", "cfo", refused)
    with pytest.raises(ControlPlaneRefused):
        perform_and_move(paper.house, held, act, State.APPROVED)
    with pytest.raises(ControlPlaneRefused):
        perform_unless_taken(paper.house, held, act, lambda: False)
    assert perform_unless_taken(paper.house, held, act, lambda: True) is None
    assert paper.house.journal.operation(held.id) == held


def test_a_step_that_was_taken_moves_the_operation_as_the_caller_says(
    paper: Paper, held: OperationRow
) -> None:
    act, facts = Act("approve-mint", "cfo", refused), {"approved_by": "cfo"}
    taken = partial(perform_and_move, paper.house, held, act, State.APPROVED, facts, taken=lambda: True)
    assert taken() == held
    found = found_event("approved")
    moved = taken(found=lambda: move_on(paper.house, held, State.APPROVED, found))
    assert moved.state is State.APPROVED
    assert "approved_by" not in moved.facts
    last = paper.log()[-1]
    assert (last["actor"], last["decision"]) == ("control-plane", "found approved")
