"""Admissions, attestations, the reconciliation and taking operations up again, over ports in memory."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from paper_bank import ASSET, NOW, Paper, address_of, mint_order, usd

from sovbank.core.machine import Kind, State
from sovbank.errors.base import SovbankError
from sovbank.errors.evm import ControlPlaneRefused, ControlPlaneUnknown
from sovbank.errors.journal import ExportMalformed
from sovbank.errors.operations import (
    AlreadyAdmitted,
    ReconciliationBreak,
    RequestDiffers,
    TierUnknown,
    WrongState,
)
from sovbank.journal.exchange import export_operation
from sovbank.journal.port import NewOperation, OperationRow
from sovbank.operations import kyc, mint, mint_closing, mint_execution, reconcile, reserves
from sovbank.operations.exchange import import_operation
from sovbank.operations.ledgerlog import intent
from sovbank.operations.resume import _STEPS, resume, run_mint
from sovbank.xrpl.port import TrustLine

# Customers

CASE = kyc.Admission("KYC-1", "Aurora Ltd", "low", date(2027, 11, 21), address_of("customer:aurora"))


def admit(paper: Paper, **changes: Any) -> OperationRow:
    return kyc.whitelist(
        paper.house, kyc.Admission(**{**vars(CASE), **changes}), officer="compliance-analyst"
    )


def test_the_same_admission_again_changes_nothing(paper: Paper) -> None:
    first = admit(paper)
    assert (admit(paper).id, first.state) == (first.id, State.POSTED)
    assert paper.control.actions == ["whitelist"]


@pytest.mark.parametrize(
    "changes",
    [{"tier": "high"}, {"expires_on": date(2028, 1, 1)}, {"account": address_of("customer:other")}],
)
@pytest.mark.parametrize("machine", ["this", "another"])
def test_another_admission_of_the_case_is_refused(
    paper: Paper, changes: dict[str, Any], machine: str
) -> None:
    admit(paper)
    there = paper if machine == "this" else paper.other_machine("compliance-analyst")
    head = there.house.journal.head()
    with pytest.raises(AlreadyAdmitted):
        admit(there, **changes)
    assert there.house.journal.head() == head
    assert paper.control.actions == ["whitelist"]


def test_a_lost_answer_is_recognised(paper: Paper) -> None:
    paper.control.lose_next = True
    with pytest.raises(ControlPlaneUnknown):
        admit(paper)
    assert admit(paper).state is State.POSTED
    assert paper.control.actions == ["whitelist"]
    assert paper.house.books.customer("KYC-1") is not None


def test_a_refused_admission_can_be_corrected(paper: Paper) -> None:
    with pytest.raises(ControlPlaneRefused):
        admit(paper, expires_on=date(2020, 1, 1))
    assert admit(paper).state is State.POSTED
    assert paper.house.journal.operations(unfinished=True) == []


def test_an_unknown_tier_is_refused_before_anything_is_written(paper: Paper) -> None:
    with pytest.raises(TierUnknown):
        admit(paper, tier="vip")
    assert not paper.house.journal.operations()


# Reserves


def test_an_attestation_interrupted_is_not_made_twice(paper: Paper) -> None:
    wanted = reserves.Attestation(ASSET, usd("1000"), Decimal(0), NOW, b"document")
    paper.control.lose_next = True
    with pytest.raises(ControlPlaneUnknown):
        reserves.attest(paper.house, wanted)
    paper.control.capacity = 1000 * 10**6
    taken_up = reserves.attest(paper.house, wanted)
    assert taken_up.state is State.POSTED
    assert paper.control.actions == ["attest"]
    (kept,) = paper.house.books.attestations(ASSET)
    assert kept.total_micro == 1000 * 10**6
    assert kept.tx_hash == taken_up.facts["attestation_tx"]


# Reconciliation


def owes(paper: Paper, holder: str, amount: str) -> None:
    issuer = paper.house.issuer_of(ASSET).address
    off: dict[str, Any] = dict.fromkeys(
        ("no_ripple", "no_ripple_peer", "freeze", "freeze_peer", "deep_freeze", "deep_freeze_peer"), False
    )
    paper.ledger.lines.append(
        TrustLine(
            account=issuer,
            peer=holder,
            currency=paper.house.ledger_currency(ASSET),
            balance=-usd(amount),
            limit=Decimal(0),
            limit_peer=Decimal(10**9),
            authorized=True,
            peer_authorized=False,
            **off,
        )
    )


def minted(paper: Paper) -> OperationRow:
    operation = mint.request(paper.house, mint_order(paper, "500"))
    owes(paper, paper.house.treasury_of(ASSET).address, "500")
    return run_mint(paper.house, operation.id)


def checked(paper: Paper) -> reconcile.AssetReconciliation:
    (result,) = reconcile.reconcile(paper.house)
    return result


def test_all_four_sides_agree_and_the_treasury_is_not_redeemable(paper: Paper) -> None:
    minted(paper)
    result = checked(paper)
    assert result.breaks == ()
    assert {result.bank, result.control_plane, result.ledger, result.journal} == {usd("500")}
    assert (result.in_treasury, result.redeemable) == (usd("500"), 0)


def test_what_is_not_confirmed_yet_is_under_way_and_no_break(paper: Paper) -> None:
    operation = mint.request(paper.house, mint_order(paper, "500"))
    mint.approve(paper.house, operation.id)
    mint_execution.execute(paper.house, operation.id)
    owes(paper, paper.house.treasury_of(ASSET).address, "500")
    result = checked(paper)
    assert (result.under_way, result.breaks) == (usd("500"), ())
    mint_closing.confirm(paper.house, operation.id)
    assert checked(paper).under_way == 0


@pytest.mark.parametrize(
    ("side", "words"),
    [
        ("ledger", "bank has 500.00"),
        ("control plane", "control plane has 600.00"),
        ("dust", "500.000000001"),
        ("reserves", "the attested reserves cover 400.00"),
        ("stale", "too old"),
    ],
)
def test_every_difference_is_a_break_with_its_own_words(paper: Paper, side: str, words: str) -> None:
    minted(paper)
    if side == "ledger":
        owes(paper, paper.customer("forger"), "1")
    elif side == "dust":
        owes(paper, paper.customer("forger"), "0.000000001")
    elif side == "control plane":
        paper.control.supply = 600 * 10**6
    elif side == "reserves":
        paper.control.capacity = 400 * 10**6
    else:
        paper.control.capacity, paper.control.fresh = 0, False
    result = checked(paper)
    with pytest.raises(ReconciliationBreak) as refusal:
        reconcile.refuse_breaks([result])
    assert words in refusal.value.message


# Taking up again


def test_every_kind_can_be_resumed_or_says_how(paper: Paper) -> None:
    for number, kind in enumerate(sorted(set(Kind) - set(_STEPS))):
        row, _ = paper.house.journal.open_operation(
            NewOperation(f"{number + 1:064x}", kind, f"ref-{number}", {}, "ceo"), intent(paper.house, "ceo")
        )
        with pytest.raises(WrongState) as refusal:
            resume(paper.house, row.id)
        assert "command" in refusal.value.next_step


# Files from other machines


def exported(paper: Paper) -> dict[str, Any]:
    operation = mint.request(paper.house, mint_order(paper, "500"))
    found: dict[str, Any] = json.loads(export_operation(operation, log=paper.house.journal.head()))
    return found


ALTERED: list[tuple[str, str, type[SovbankError]]] = [
    ("amount", "600.00", RequestDiffers),
    ("amount", "500.000", ExportMalformed),
    ("amount", "-1", ExportMalformed),
    ("destination", address_of("customer:thief"), RequestDiffers),
    ("destination", "nowhere", ExportMalformed),
    ("asset", "NOPE", SovbankError),
    ("reference", "DEP-OTHER", RequestDiffers),
    ("id", "ab" * 32, RequestDiffers),
    ("extra", "1", ExportMalformed),
]


@pytest.mark.parametrize(("field", "value", "refusal"), ALTERED)
def test_an_altered_file_is_refused_and_leaves_nothing(
    paper: Paper, tmp_path: Path, field: str, value: str, refusal: type[SovbankError]
) -> None:
    content = exported(paper)
    operation = content["operation"]
    (operation if field in ("id", "reference") else operation["parameters"])[field] = value
    file = tmp_path / "mint.json"
    file.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n")
    other = paper.other_machine("cfo")
    head = other.house.journal.head()
    with pytest.raises(refusal):
        import_operation(other.house, file)
    assert other.house.journal.head() == head
    assert other.house.journal.operations() == []


def test_a_file_without_a_parameter_is_refused(paper: Paper, tmp_path: Path) -> None:
    content = exported(paper)
    del content["operation"]["parameters"]["destination"]
    file = tmp_path / "mint.json"
    file.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n")
    with pytest.raises(ExportMalformed):
        import_operation(paper.other_machine("cfo").house, file)
