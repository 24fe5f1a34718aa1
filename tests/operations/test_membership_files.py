"""Memberships, their ends and withdrawals handed over in files, of which nothing is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paper_bank import Paper, hand_over, successes
from paper_members import REASON, customer, member, open_members_bank, order, tokens

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.errors.journal import ExportMalformed
from sovbank.errors.memberships import (
    AlreadyOffered,
    WaitingForAcceptance,
)
from sovbank.errors.operations import (
    AttemptPending,
    RequestDiffers,
)
from sovbank.journal.exchange import ExportedOperation
from sovbank.operations import membership, membership_end, membership_withdrawal
from sovbank.operations.exchange import take_over
from sovbank.operations.resume import resume
from sovbank.xrpl.port import ValidatedTransaction


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return open_members_bank(tmp_path)


def exported(paper: Paper, kind: Kind, reference: str, parameters: dict[str, str], **facts: str) -> Any:
    return ExportedOperation(
        id=operation_id(kind, parameters, reference),
        kind=kind,
        reference=reference,
        parameters=parameters,
        facts=facts,
        created_by="somebody",
        created_at=paper.clock.now(),
        log=paper.house.journal.head(),
    )


def test_the_officer_who_records_memberships_imports_what_was_offered(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    other = paper.other_machine("member-services")
    there = hand_over(paper, offered, other)
    assert there.state is State.FINAL
    assert {name: there.facts[name] for name in offered.facts} == dict(offered.facts)
    assert hand_over(paper, offered, other) == there
    with pytest.raises(WaitingForAcceptance):
        resume(other.house, there.id)
    tokens(paper).accept(offered.parameters["holder"], there.facts["offer_id"])
    assert resume(other.house, there.id).state is State.POSTED
    assert resume(paper.house, offered.id).state is State.POSTED


def test_a_proposed_membership_is_handed_over_and_issued_there(paper: Paper) -> None:
    proposed = membership.propose(paper.house, order(paper))
    other = paper.other_machine("coo", "compliance-head")
    there = hand_over(paper, proposed, other)
    assert there.state is State.INTENT
    with pytest.raises(WaitingForAcceptance):
        resume(other.house, there.id)
    assert successes(paper) == 1
    with pytest.raises(AlreadyOffered):
        resume(paper.house, proposed.id)
    assert successes(paper) == 1, "the desk does not make a second token"


def test_an_end_and_a_withdrawal_are_handed_over(paper: Paper) -> None:
    end = membership_end.propose_end(paper.house, member(paper).parameters["holder"], reason=REASON)
    other = paper.other_machine("coo", "compliance-head")
    assert hand_over(paper, end, other).state is State.APPROVED
    assert resume(other.house, end.id).state is State.POSTED
    offered = membership.offer(paper.house, order(paper, "dorado"))
    withdrawal = membership_withdrawal.propose_withdrawal(paper.house, offered.id)
    assert hand_over(paper, withdrawal, other).state is State.INTENT
    assert resume(other.house, withdrawal.id).state is State.POSTED
    assert resume(paper.house, withdrawal.id).state is State.POSTED, "found burned"
    assert paper.house.journal.operation(offered.id).state is State.POSTED


FOREIGN: list[tuple[Callable[[ValidatedTransaction], ValidatedTransaction], type[Exception]]] = [
    (lambda found: replace(found, result="tecNO_PERMISSION"), RequestDiffers),
    (
        lambda found: replace(found, tx={**found.tx, "Destination": "rrrrrrrrrrrrrrrrrrrrrhoLvTp"}),
        RequestDiffers,
    ),
    (lambda found: replace(found, tx={**found.tx, "NFTokenTaxon": 1}), RequestDiffers),
    (lambda found: replace(found, tx={**found.tx, "URI": "AB"}), RequestDiffers),
    (lambda found: replace(found, tx={**found.tx, "Flags": 9}), RequestDiffers),
    (lambda found: replace(found, tx={**found.tx, "Amount": "1"}), RequestDiffers),
    (lambda found: replace(found, tx={**found.tx, "TransactionType": "Payment"}), RequestDiffers),
    (lambda found: replace(found, tx_hash="00" * 32), AttemptPending),
]


@pytest.mark.parametrize(("change", "refusal"), FOREIGN)
def test_a_mint_that_the_ledger_does_not_show_so_is_not_imported(
    paper: Paper, change: Callable[[ValidatedTransaction], ValidatedTransaction], refusal: type[Exception]
) -> None:
    offered = membership.offer(paper.house, order(paper))
    paper.ledger.history = [change(found) for found in paper.ledger.history]
    other = paper.other_machine("member-services")
    with pytest.raises(refusal):
        hand_over(paper, offered, other)
    assert other.house.journal.find(Kind.MEMBERSHIP, offered.reference) is None


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Kind.MEMBERSHIP, {"tier": "gold"}),
        (Kind.MEMBERSHIP, {"tier": "PRO"}),
        (Kind.MEMBERSHIP, {"holder": "rNobody"}),
        (Kind.MEMBERSHIP, {"note": "x"}),
        (Kind.MEMBERSHIP_END, {"nftoken_id": "ab" * 32}),
        (Kind.MEMBERSHIP_END, {"nftoken_id": "AB" * 31}),
        (Kind.MEMBERSHIP_WITHDRAWAL, {"nftoken_id": "AB" * 32 + "\n"}),
        (Kind.MEMBERSHIP_WITHDRAWAL, {"holder": ""}),
        (Kind.MEMBERSHIP_WITHDRAWAL, {"tier": "pro"}),
    ],
)
def test_parameters_are_exactly_as_this_program_writes_them(
    paper: Paper, kind: Kind, changes: dict[str, str]
) -> None:
    right = {"tier": "pro"} if kind is Kind.MEMBERSHIP else {"nftoken_id": "AB" * 32}
    parameters = {"holder": customer(paper), **right, **changes}
    with pytest.raises(ExportMalformed):
        take_over(paper.house, exported(paper, kind, "REF", parameters, uri="https://x"))


def test_a_files_reference_and_metadata_are_checked(paper: Paper) -> None:
    offered = membership.offer(paper.house, order(paper))
    given = {name: (offered.parameters | offered.facts)[name] for name in ("holder", "nftoken_id")}
    other = paper.other_machine("coo")
    for kind in (Kind.MEMBERSHIP_END, Kind.MEMBERSHIP_WITHDRAWAL):
        with pytest.raises(ExportMalformed, match="reference"):
            take_over(other.house, exported(paper, kind, "REF", given))
    parameters = {"holder": customer(paper, "corvus"), "tier": "pro"}
    with pytest.raises(ExportMalformed, match="URI"):
        take_over(other.house, exported(paper, Kind.MEMBERSHIP, "REF", parameters))
    with pytest.raises(RequestDiffers, match="metadata"):
        take_over(other.house, exported(paper, Kind.MEMBERSHIP, "REF", parameters, uri="https://x"))
    strange = "0001" + "0000" + "07" * 20 + given["nftoken_id"][48:]
    with pytest.raises(RequestDiffers, match="not a token of"):
        take_over(
            other.house,
            exported(
                paper, Kind.MEMBERSHIP_WITHDRAWAL, strange, {"holder": given["holder"], "nftoken_id": strange}
            ),
        )
    wrong = {**given, "holder": parameters["holder"]}
    with pytest.raises(RequestDiffers, match="offered to"):
        take_over(other.house, exported(paper, Kind.MEMBERSHIP_WITHDRAWAL, given["nftoken_id"], wrong))
