"""Redemptions over ports in memory: what counts as received, and what is burned once."""

from __future__ import annotations

from typing import Any

import pytest
from paper_bank import ASSET, Paper, address_of, hand_over, successes, usd

from sovbank.core.machine import State
from sovbank.errors.evm import ControlPlaneUnknown
from sovbank.errors.operations import (
    NotWhitelisted,
    ReceiptUnsuitable,
    WaitingForHolder,
    WaitingForRole,
    WrongState,
)
from sovbank.journal.port import OperationRow
from sovbank.operations import burn
from sovbank.operations.resume import resume, run_burn
from sovbank.xrpl.port import ValidatedTransaction


def requested(paper: Paper, reference: str = "RED-1", amount: str = "200") -> OperationRow:
    order = burn.Redemption(ASSET, usd(amount), paper.customer("aurora"), reference)
    return burn.request(paper.house, order)


def pays(paper: Paper, operation: OperationRow, *, number: int = 1, **changes: Any) -> ValidatedTransaction:
    """Let the holder pay the redemption account, with some field other than announced."""
    token = {
        "value": "200",
        "currency": paper.house.ledger_currency(ASSET),
        "issuer": paper.house.issuer_of(ASSET).address,
    }
    tx = {
        "TransactionType": "Payment",
        "Account": operation.parameters["holder"],
        "Destination": paper.house.redemption_of(ASSET).address,
        "DestinationTag": int(operation.facts["destination_tag"]),
        "Amount": token,
        "Sequence": number,
        **{name: value for name, value in changes.items() if name != "delivered"},
    }
    return paper.ledger.validate(tx, tx_hash=f"{number:064X}", delivered=changes.get("delivered"))


def test_what_was_received_is_burned_once(paper: Paper) -> None:
    paper.control.supply = 200 * 10**6
    operation = requested(paper)
    with pytest.raises(WaitingForHolder):
        burn.receive(paper.house, operation.id)
    pays(paper, operation)
    assert run_burn(paper.house, operation.id).state is State.POSTED
    assert resume(paper.house, operation.id).state is State.POSTED
    assert paper.control.actions == ["record-burn", "attest-burn"]
    assert successes(paper) == 2, "the holder's payment and one burn"
    assert paper.control.supply == 0


def test_the_same_request_has_the_same_tag(paper: Paper) -> None:
    assert requested(paper).facts["destination_tag"] == requested(paper).facts["destination_tag"]
    tags = {requested(paper, f"RED-{number}").facts["destination_tag"] for number in range(5)}
    assert len(tags) == 5


def test_a_holder_who_is_not_whitelisted_cannot_redeem(paper: Paper) -> None:
    order = burn.Redemption(ASSET, usd("200"), address_of("customer:nobody"), "RED-1")
    with pytest.raises(NotWhitelisted):
        burn.request(paper.house, order)
    assert not paper.house.journal.operations()


def _token(paper: Paper, **changes: str) -> dict[str, str]:
    issuer = paper.house.issuer_of(ASSET).address
    return {"value": "200", "currency": paper.house.ledger_currency(ASSET), "issuer": issuer, **changes}


UNSUITABLE = {
    "less": lambda paper: {"Amount": _token(paper, value="199.999999")},
    "more": lambda paper: {"Amount": _token(paper, value="201")},
    "partial": lambda paper: {"delivered": _token(paper, value="1")},
    "another issuer": lambda paper: {"Amount": _token(paper, issuer=address_of("customer:forger"))},
    "another token": lambda paper: {"Amount": _token(paper, currency="EUR")},
    "XRP": lambda paper: {"Amount": "200000000"},
    "another sender": lambda paper: {"Account": address_of("customer:stranger")},
}


@pytest.mark.parametrize("case", UNSUITABLE)
def test_what_does_not_suit_is_not_received(paper: Paper, case: str) -> None:
    operation = requested(paper)
    pays(paper, operation, **UNSUITABLE[case](paper))
    with pytest.raises(ReceiptUnsuitable):
        burn.receive(paper.house, operation.id)
    assert paper.house.journal.operation(operation.id).state is State.INTENT
    with pytest.raises(WrongState):
        burn.execute(paper.house, operation.id)


@pytest.mark.parametrize("case", UNSUITABLE)
def test_dust_under_the_tag_does_not_block_the_holder(paper: Paper, case: str) -> None:
    operation = requested(paper)
    pays(paper, operation, number=1, **UNSUITABLE[case](paper))
    good = pays(paper, operation, number=2)
    assert burn.receive(paper.house, operation.id).facts["receipt_tx"] == good.tx_hash


@pytest.mark.parametrize("result", ["tecPATH_DRY", "tecUNFUNDED_PAYMENT"])
def test_a_failed_payment_is_no_receipt(paper: Paper, result: str) -> None:
    operation = requested(paper)
    found = pays(paper, operation)
    paper.ledger.history[-1] = type(found)(**{**vars(found), "result": result, "delivered": None})
    with pytest.raises(WaitingForHolder):
        burn.receive(paper.house, operation.id)


def test_a_receipt_counts_for_one_redemption(paper: Paper) -> None:
    first, second = requested(paper), requested(paper, "RED-2")
    payment = pays(paper, first)
    burn.receive(paper.house, first.id)
    # Two redemptions under one tag: only a forged journal could have them.
    stolen = {**payment.tx, "DestinationTag": int(second.facts["destination_tag"])}
    paper.ledger.history[-1] = type(payment)(**{**vars(payment), "tx": stolen})
    with pytest.raises(ReceiptUnsuitable, match="belongs to redemption RED-1"):
        burn.receive(paper.house, second.id)


@pytest.mark.parametrize("step", ["record-burn", "attest-burn"])
def test_a_lost_answer_of_mintguard_is_recognised(paper: Paper, step: str) -> None:
    paper.control.supply = 200 * 10**6
    operation = requested(paper)
    pays(paper, operation)
    burn.receive(paper.house, operation.id)
    if step == "attest-burn":
        paper.keys.here = {f"keystore:{name}" for name in ("treasury-ops", "cfo", "redemption-desk")}
        with pytest.raises(WaitingForRole) as waits:
            burn.execute(paper.house, operation.id)
        assert waits.value.waiting_for == "burn-attester"
        paper.keys.here = None
    paper.control.lose_next = True
    with pytest.raises(ControlPlaneUnknown):
        burn.execute(paper.house, operation.id)
    assert burn.execute(paper.house, operation.id).state is State.POSTED
    assert paper.control.actions.count(step) == 1


def test_the_attester_works_on_another_machine(paper: Paper) -> None:
    paper.control.supply = 200 * 10**6
    desk = paper.other_machine("treasury-ops", "cfo", "redemption-desk")
    operation = burn.request(
        desk.house, burn.Redemption(ASSET, usd("200"), paper.customer("aurora"), "RED-1")
    )
    pays(paper, operation)
    with pytest.raises(WaitingForRole):
        run_burn(desk.house, operation.id)
    attester = paper.other_machine("coo")
    hand_over(desk, operation, attester)
    assert run_burn(attester.house, operation.id).state is State.POSTED
    assert run_burn(desk.house, operation.id).state is State.POSTED
    assert successes(paper) == 2
