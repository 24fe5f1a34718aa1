"""The payment of a mint over ports in memory: every attempt state, drift, and nodes not to be trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from paper_bank import (
    ASSET,
    Paper,
    approved_mint,
    mint_order,
    successes,
)

from sovbank.core.machine import AttemptState, State
from sovbank.errors.core import RolesNotSeparate
from sovbank.errors.operations import (
    AttemptFailed,
    AttemptPending,
    ForeignTransaction,
    MintRefused,
    SignaturesMissing,
    SignerListDiffers,
    WaitingForApprover,
)
from sovbank.errors.xrpl import NodeGap
from sovbank.journal.port import LogEvent, LogKind
from sovbank.operations import mint, mint_execution
from sovbank.operations.resume import resume, run_mint
from sovbank.xrpl.port import SignerList


def test_execution_before_approval_waits_and_binds_nothing(paper: Paper) -> None:
    operation = mint.request(paper.house, mint_order(paper))
    with pytest.raises(WaitingForApprover):
        mint_execution.execute(paper.house, operation.id)
    assert not paper.house.journal.attempts(operation.id)


@pytest.mark.parametrize("cause", ["paused", "expired"])
def test_a_mint_that_may_not_be_executed_binds_nothing(paper: Paper, cause: str) -> None:
    operation = approved_mint(paper)
    if cause == "paused":
        paper.control.paused = True
    else:
        paper.control.now += 80 * 3600
    head = paper.house.journal.head()
    with pytest.raises(MintRefused) as refusal:
        mint_execution.execute(paper.house, operation.id)
    assert ("extend" in refusal.value.next_step) == (cause == "expired")
    assert paper.house.journal.head() == head, "a refusal wrote something"


def test_an_expired_mint_is_extended_and_executed(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.control.now += 80 * 3600
    paper.clock.time += timedelta(hours=80)
    mint.extend(paper.house, operation.id)
    assert run_mint(paper.house, operation.id).state is State.POSTED


def test_the_requester_cannot_extend(paper: Paper) -> None:
    operation = approved_mint(paper)
    with pytest.raises(RolesNotSeparate):
        mint.extend(paper.house, operation.id, officer="treasury-ops")


def test_a_failed_attempt_leaves_room_for_exactly_one_more(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.verdicts = ["tecPATH_PARTIAL"]
    with pytest.raises(AttemptFailed):
        mint_execution.execute(paper.house, operation.id)
    assert resume(paper.house, operation.id).state is State.POSTED
    first, second = paper.house.journal.attempts(operation.id)
    assert (first.result, second.result) == ("tecPATH_PARTIAL", "tesSUCCESS")
    assert first.ticket != second.ticket
    assert successes(paper) == 1


def test_an_unknown_outcome_sends_the_same_bytes_again(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.verdicts = ["lost", "lost"]
    for _ in range(2):
        with pytest.raises(AttemptPending):
            mint_execution.execute(paper.house, operation.id)
    mint_execution.execute(paper.house, operation.id)
    assert len(set(paper.ledger.sent)) == 1
    assert len(paper.house.journal.attempts(operation.id)) == 1


def test_an_expired_attempt_gives_its_ticket_to_the_next(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.verdicts = ["never"]
    with pytest.raises(AttemptFailed):
        mint_execution.execute(paper.house, operation.id)
    mint_execution.execute(paper.house, operation.id)
    first, second = paper.house.journal.attempts(operation.id)
    assert first.ticket == second.ticket, "two attempts could both apply"
    assert second.last_ledger > first.last_ledger


def test_an_attempt_that_was_never_sent_expires_by_evidence(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.keys.here = {f"keystore:{name}" for name in ("ceo", "cfo")}
    with pytest.raises(SignaturesMissing):
        mint_execution.execute(paper.house, operation.id)
    (attempt,) = paper.house.journal.attempts(operation.id)
    assert attempt.state is AttemptState.SIGNING
    paper.ledger.validated = attempt.last_ledger + 1
    paper.keys.here = None
    mint_execution.execute(paper.house, operation.id)
    first, second = paper.house.journal.attempts(operation.id)
    assert (first.state, first.result) == (AttemptState.WITHOUT_EFFECT, "expired")
    assert second.ticket == first.ticket


def test_signatures_of_two_officers_are_kept_for_the_third(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.keys.here = {f"keystore:{name}" for name in ("ceo", "cfo")}
    with pytest.raises(SignaturesMissing):
        mint_execution.execute(paper.house, operation.id)
    paper.keys.here = {"keystore:coo"}
    paper.keys.unlocked.clear()
    mint_execution.execute(paper.house, operation.id)
    assert paper.keys.unlocked == ["keystore:coo"]
    assert successes(paper) == 1


def test_a_foreign_transaction_in_the_slot_stops_everything(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.keys.here = {"keystore:ceo"}
    with pytest.raises(SignaturesMissing):
        mint_execution.execute(paper.house, operation.id)
    (attempt,) = paper.house.journal.attempts(operation.id)
    stranger = {"Account": attempt.account, "TicketSequence": attempt.ticket, "TransactionType": "AccountSet"}
    paper.ledger.validate(stranger, tx_hash="AB" * 32)
    paper.ledger.validated = attempt.last_ledger + 1
    paper.keys.here = None
    with pytest.raises(ForeignTransaction):
        mint_execution.execute(paper.house, operation.id)
    assert len(paper.house.journal.attempts(operation.id)) == 1


def test_the_validated_hash_is_confirmed_not_the_recorded_one(paper: Paper) -> None:
    """Somebody dropped surplus signatures on the way, so that the ledger holds another hash."""
    operation = approved_mint(paper)
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        mint_execution.execute(paper.house, operation.id)
    (attempt,) = paper.house.journal.attempts(operation.id)
    paper.ledger.apply(attempt.blob or b"", tx_hash="CD" * 32)
    done = resume(paper.house, operation.id)
    assert done.facts["tx_hash"] == "CD" * 32 != attempt.tx_hash
    held = paper.control.mint_request(operation.id)
    assert held is not None
    assert held.xrpl_tx_hash == "CD" * 32


def test_the_validated_hash_survives_a_crash_after_the_outcome_was_recorded(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        mint_execution.execute(paper.house, operation.id)
    (attempt,) = paper.house.journal.attempts(operation.id)
    found = paper.ledger.apply(attempt.blob or b"", tx_hash="CD" * 32)
    paper.house.journal.finish_attempt(
        operation.id,
        1,
        state=AttemptState.SUCCEEDED,
        result="tesSUCCESS",
        validated_ledger=found.ledger_index,
        event=LogEvent(LogKind.OBSERVE, actor="test"),
    )
    assert resume(paper.house, operation.id).facts["tx_hash"] == "CD" * 32


def test_a_node_without_the_history_is_not_trusted(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.validated = 5_000_000
    paper.ledger.complete_from = 4_999_000
    with pytest.raises(NodeGap):
        mint_execution.execute(paper.house, operation.id)
    assert not paper.house.journal.attempts(operation.id)
    paper.ledger.complete_from = 4_900_000
    mint_execution.execute(paper.house, operation.id)


def test_history_is_searched_back_to_the_request_however_often_it_is_extended(paper: Paper) -> None:
    operation = approved_mint(paper)
    paper.ledger.validated = 5_000_000
    paper.ledger.complete_from = 4_900_000
    paper.control.now += 70 * 3600
    paper.clock.time += timedelta(hours=70)
    mint.extend(paper.house, operation.id)
    with pytest.raises(NodeGap):
        mint_execution.execute(paper.house, operation.id)


@pytest.mark.parametrize("change", ["quorum", "signer", "between signatures"])
def test_a_signer_list_that_drifted_is_not_signed_for(paper: Paper, change: str) -> None:
    operation = approved_mint(paper)
    issuer = paper.house.issuer_of(ASSET).address
    state = paper.ledger.accounts[issuer]
    if change == "between signatures":
        sign, keys = paper.keys.signer, []

        def signer(uri: str) -> object:
            keys.append(uri)
            return _Drifting(sign(uri), lambda: _drift(paper, issuer))

        paper.keys.signer = signer  # type: ignore[method-assign, assignment]
    elif change == "quorum":
        paper.ledger.accounts[issuer] = replace(state, signer_list=SignerList(2, state.signer_list.entries))
    else:
        _drift(paper, issuer)
    with pytest.raises(SignerListDiffers):
        mint_execution.execute(paper.house, operation.id)
    made = paper.house.journal.signatures(operation.id, 1)
    assert len(made) == (1 if change == "between signatures" else 0)


class _Drifting:
    """A key after whose first signature the signer list changes."""

    def __init__(self, inner: object, drift: object) -> None:
        self._inner, self._drift = inner, drift

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def sign(self, payload: bytes) -> bytes:
        signature: bytes = self._inner.sign(payload)  # type: ignore[attr-defined]
        self._drift()  # type: ignore[operator]
        return signature


def _drift(paper: Paper, issuer: str) -> None:
    state = paper.ledger.accounts[issuer]
    entries = state.signer_list.entries[:-1]
    paper.ledger.accounts[issuer] = replace(state, signer_list=SignerList(3, entries))
