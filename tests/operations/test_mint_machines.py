"""One mint on several machines, each with a journal and keys of its own."""

from __future__ import annotations

import pytest
from paper_bank import (
    ASSET,
    Paper,
    approved_mint,
    hand_over,
    successes,
    usd,
)

from sovbank.core.machine import State
from sovbank.errors.operations import (
    InvoiceAlreadyPaid,
    WaitingForApprover,
    WaitingForRole,
)
from sovbank.operations import mint, mint_execution
from sovbank.operations.resume import resume, run_mint


def test_three_machines_take_a_mint_to_its_end(paper: Paper) -> None:
    desk = paper.other_machine("treasury-ops")
    desk.deposit(1000, reference="DEP-X")
    operation = mint.request(desk.house, mint.MintOrder(ASSET, usd("500"), "DEP-X"))
    with pytest.raises(WaitingForApprover):
        run_mint(desk.house, operation.id)

    signers = paper.other_machine("cfo", "ceo", "coo")
    assert hand_over(desk, operation, signers).state is State.HELD
    with pytest.raises(WaitingForRole) as waits:
        run_mint(signers.house, operation.id)
    assert waits.value.waiting_for == "confirmer"

    confirmer = paper.other_machine("settlement")
    assert hand_over(desk, operation, confirmer).state is State.APPROVED
    assert resume(confirmer.house, operation.id).state is State.POSTED
    assert not confirmer.house.journal.attempts(operation.id)
    assert run_mint(signers.house, operation.id).state is State.POSTED
    assert resume(desk.house, operation.id).state is State.POSTED
    assert successes(paper) == 1


def test_a_second_signing_machine_never_pays_again(paper: Paper) -> None:
    first = paper.other_machine("treasury-ops", "cfo", "ceo", "coo")
    first.deposit(1000, reference="DEP-X")
    operation = mint.request(first.house, mint.MintOrder(ASSET, usd("500"), "DEP-X"))
    mint.approve(first.house, operation.id)
    second = paper.other_machine("ciso", "compliance-head", "cfo")
    hand_over(first, operation, second)
    mint_execution.execute(first.house, operation.id)
    adopted = mint_execution.execute(second.house, operation.id)
    assert adopted.state is State.FINAL
    assert adopted.facts["tx_hash"] == first.house.journal.operation(operation.id).facts["tx_hash"]
    assert successes(paper) == 1


def test_another_payment_with_the_same_invoice_is_not_taken_up(paper: Paper) -> None:
    operation = approved_mint(paper)
    issuer = paper.house.issuer_of(ASSET).address
    payment = {
        "TransactionType": "Payment",
        "Account": issuer,
        "Destination": paper.house.treasury_of(ASSET).address,
        "Amount": {"value": "400", "currency": paper.house.ledger_currency(ASSET), "issuer": issuer},
        "InvoiceID": operation.id.upper(),
        "TicketSequence": 11,
        "Sequence": 0,
        "Flags": 0,
    }
    paper.ledger.validate(payment, tx_hash="EF" * 32)
    with pytest.raises(InvoiceAlreadyPaid):
        mint_execution.execute(paper.house, operation.id)
    assert not paper.house.journal.attempts(operation.id)


def test_a_machine_without_signers_binds_nothing(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.keys.here = {"keystore:settlement"}
    with pytest.raises(WaitingForRole) as waits:
        mint_execution.execute(paper.house, operation.id)
    assert waits.value.waiting_for == "co-signers"
    assert not paper.house.journal.attempts(operation.id)
