"""Requesting, approving and confirming over ports in memory: order, lost answers, what MintGuard says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from paper_bank import (
    ASSET,
    Paper,
    approved_mint,
    mint_order,
    open_paper_bank,
    paper_profile,
    successes,
    usd,
)

from sovbank.core.machine import State
from sovbank.errors.base import SovbankError
from sovbank.errors.core import RolesNotSeparate
from sovbank.errors.evm import ControlPlaneRefused, ControlPlaneUnknown
from sovbank.errors.operations import (
    DestinationRefused,
    RequestDiffers,
)
from sovbank.evm.port import RequestState
from sovbank.operations import mint, mint_closing, mint_execution
from sovbank.operations.acting import Act
from sovbank.operations.mint_record import act_on, synchronise
from sovbank.operations.resume import run_mint
from sovbank.wire.codec import decode_tx


def test_a_mint_runs_in_the_durable_order(paper: Paper) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    assert operation.state is State.HELD
    assert run_mint(paper.house, operation.id).state is State.POSTED
    assert paper.control.actions == ["request", "approve", "confirm"]
    (attempt,) = paper.house.journal.attempts(operation.id)
    blob = decode_tx(attempt.blob or b"")
    assert blob["InvoiceID"] == operation.id.upper()
    assert len(blob["Signers"]) == 3, "exactly a quorum"
    assert successes(paper) == 1


def test_the_same_order_again_is_the_same_mint(paper: Paper) -> None:
    wanted = mint_order(paper)
    first = mint.request(paper.house, wanted)
    run_mint(paper.house, first.id)
    again = mint.request(paper.house, wanted)
    assert (again.id, again.state) == (first.id, State.POSTED)
    assert run_mint(paper.house, again.id).state is State.POSTED
    assert successes(paper) == 1


@pytest.mark.parametrize("step", ["request", "approve", "confirm"])
def test_a_lost_answer_of_the_control_plane_is_recognised(paper: Paper, step: str) -> None:
    wanted = mint_order(paper)
    if step != "request":
        mint.request(paper.house, wanted)
        operation = paper.house.journal.operations()[0]
        if step == "confirm":
            mint.approve(paper.house, operation.id)
            mint_execution.execute(paper.house, operation.id)
    paper.control.lose_next = True
    acts = {
        "request": lambda: mint.request(paper.house, wanted),
        "approve": lambda: mint.approve(paper.house, operation.id),
        "confirm": lambda: mint_closing.confirm(paper.house, operation.id),
    }
    with pytest.raises(ControlPlaneUnknown):
        acts[step]()
    acts[step]()
    assert paper.control.actions.count(step) == 1, "it was done a second time"


def test_an_act_that_another_process_did_first_is_taken_over(paper: Paper) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    stale = synchronise(paper.house, operation)
    mint.approve(paper.house, operation.id)
    second = Act("approve-mint", "cfo", partial(paper.control.approve_mint, operation.id))
    taken_over = act_on(paper.house, stale, second, State.APPROVED, {"approved_by": "nobody"})
    assert taken_over == paper.house.journal.operation(operation.id)
    assert taken_over.state is State.APPROVED
    assert taken_over.facts["approved_by"] != "nobody"
    with pytest.raises(ControlPlaneRefused):
        act_on(paper.house, taken_over, second, State.FINAL, {})


def test_the_requester_cannot_approve(paper: Paper) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    with pytest.raises(RolesNotSeparate):
        mint.approve(paper.house, operation.id, officer="treasury-ops")


@pytest.mark.parametrize("state", list(RequestState))
def test_the_journal_follows_mintguard(paper: Paper, state: RequestState) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    held = paper.control.requests[operation.id]
    paper.control.requests[operation.id] = replace(held, state=state, approver="0x" + "11" * 20)
    expected = {
        RequestState.NONE: State.HELD,
        RequestState.HELD: State.HELD,
        RequestState.APPROVED: State.APPROVED,
        RequestState.CONFIRMED: State.APPROVED,
        RequestState.CANCELLED: State.CANCELLED,
    }
    assert synchronise(paper.house, operation).state is expected[state]
    assert synchronise(paper.house, paper.house.journal.operation(operation.id)).state is expected[state]


def test_a_mint_that_mintguard_gave_up_after_it_was_paid_is_an_alarm(paper: Paper) -> None:
    operation = approved_mint(paper)
    mint_execution.execute(paper.house, operation.id)
    held = paper.control.requests[operation.id]
    paper.control.requests[operation.id] = replace(held, state=RequestState.CANCELLED)
    with pytest.raises(RequestDiffers, match="the ledger shows it as paid"):
        mint_closing.confirm(paper.house, operation.id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_micro", 499 * 10**6),
        ("asset_key", "11" * 32),
        ("destination_key", "22" * 32),
        ("bank_reference_hash", "33" * 32),
    ],
)
def test_a_request_that_differs_is_refused_by_name(paper: Paper, field: str, value: object) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    paper.control.requests[operation.id] = replace(paper.control.requests[operation.id], **{field: value})
    with pytest.raises(RequestDiffers, match=field.split("_")[0]):
        mint.approve(paper.house, operation.id)


def test_a_mint_goes_to_the_treasury_alone(paper: Paper) -> None:
    deposit = paper.deposit(1000)
    with pytest.raises(DestinationRefused):
        mint.request(
            paper.house, mint.MintOrder(ASSET, usd("500"), deposit, destination=paper.customer("aurora"))
        )
    assert not paper.house.journal.operations()


def test_a_direct_mint_goes_to_the_customer_it_names(tmp_path: Path) -> None:
    paper = open_paper_bank(tmp_path, paper_profile(mint_legs="direct"))
    deposit, customer = paper.deposit(1000), paper.customer("aurora")
    for destination in (None, paper.house.treasury_of(ASSET).address):
        with pytest.raises(DestinationRefused):
            mint.request(paper.house, mint.MintOrder(ASSET, usd("500"), deposit, destination=destination))
    done = mint.request(paper.house, mint.MintOrder(ASSET, usd("500"), deposit, destination=customer))
    run_mint(paper.house, done.id)
    assert paper.ledger.history[-1].tx["Destination"] == customer


def test_every_refusal_names_a_next_step(paper: Paper) -> None:
    with pytest.raises(SovbankError) as refusal:
        mint.request(paper.house, mint.MintOrder(ASSET, usd("500"), "NO-SUCH"))
    assert refusal.value.code == "mint.deposit-missing"
    assert refusal.value.next_step
