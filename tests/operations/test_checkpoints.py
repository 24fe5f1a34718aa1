"""Checkpoints of one log in bundles: what cannot both be true is refused, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_bank import Paper, approved_mint

from sovbank.ceremony.records import Bundle
from sovbank.errors.base import SovbankError
from sovbank.errors.proposer_log import ProposerLogForked, ProposerLogWentBack
from sovbank.operations.multisig.checkpoints import MOST_LAG, Sighting, refuse_contradiction
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose

LOG = "ab" * 16
WINDOW = 900


def hash_of(seq: int, history: str = "") -> str:
    return hashlib.sha256(f"{history}{seq}".encode()).hexdigest()


def sighting(seq: int, ledger: int, *, operation: int = 1, attempt: int = 1, history: str = "") -> Sighting:
    return Sighting(LOG, seq, hash_of(seq, history), ledger, f"{operation:064x}", attempt)


def refusal(one: Sighting, other: Sighting) -> type[SovbankError] | None:
    try:
        refuse_contradiction(one, other)
    except SovbankError as error:
        return type(error)
    return None


@st.composite
def honest_logs(draw: st.DrawFn) -> list[Sighting]:
    """What bundles show of a log that only ever grew, under nodes that lag by less than the limit."""
    seq, ledger, attempts = 1, MOST_LAG + 1, dict.fromkeys(range(4), 0)
    seen = []
    for _ in range(draw(st.integers(2, 12))):
        # Something is recorded, time goes on, and a bundle of the next attempt of some operation is made.
        seq += draw(st.integers(1, 50))
        ledger += draw(st.integers(0, 2000))
        operation = draw(st.integers(0, 3))
        attempts[operation] += 1
        lag = draw(st.integers(0, MOST_LAG))
        seen.append(sighting(seq, ledger - lag, operation=operation, attempt=attempts[operation]))
    return seen


@given(honest_logs(), st.randoms())
def test_a_log_that_only_grew_is_never_refused_in_any_order(seen: list[Sighting], random: object) -> None:
    random.shuffle(seen)  # type: ignore[attr-defined]
    for place, one in enumerate(seen):
        for other in seen[: place + 1]:
            assert refusal(one, other) is None


_SIGHTINGS = st.builds(
    sighting,
    st.integers(1, 6),
    st.integers(1, 4).map(lambda step: step * (MOST_LAG // 2 + 1)),
    operation=st.integers(1, 2),
    attempt=st.integers(1, 2),
    history=st.sampled_from(["", "other"]),
)


@given(_SIGHTINGS, _SIGHTINGS)
def test_the_order_in_which_two_bundles_arrive_does_not_matter(one: Sighting, other: Sighting) -> None:
    assert refusal(one, other) is refusal(other, one)
    assert refusal(one, replace(other, log_id="cd" * 16)) is None, "another log says nothing of this one"


@given(honest_logs(), st.integers(MOST_LAG * 2 + 1, 10_000), st.data())
def test_a_log_put_back_to_an_older_state_is_found(
    seen: list[Sighting], later: int, data: st.DataObject
) -> None:
    newest = seen[-1]
    back = data.draw(st.integers(1, newest.seq - 1))
    after = sighting(back, newest.ledger + later, operation=9)
    assert refusal(after, newest) is ProposerLogWentBack


@given(honest_logs(), st.data())
def test_two_histories_are_found_at_any_row_that_both_show(seen: list[Sighting], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(seen))
    fork = replace(one, hash=hash_of(one.seq, "other"), operation=f"{9:064x}")
    assert refusal(fork, one) is ProposerLogForked


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # A later attempt at a lower or at the same row: binding it must have added rows.
        (sighting(50, 1000), sighting(40, 1000, attempt=2), ProposerLogWentBack),
        (sighting(50, 1000), sighting(50, 1000, attempt=2), ProposerLogWentBack),
        (sighting(50, 1000), sighting(52, 1000, attempt=2), None),
        # An older bundle that arrives late.
        (sighting(80, 2000), sighting(50, 1000, operation=2), None),
        (sighting(80, 2000), sighting(50, 2000 + MOST_LAG, operation=2), None),
        (sighting(80, 2000), sighting(50, 2001 + MOST_LAG, operation=2), ProposerLogWentBack),
        (sighting(80, 2000), sighting(80, 5000, operation=2), None),
        (sighting(80, 2000), sighting(80, 5000, operation=2, history="other"), ProposerLogForked),
    ],
)
def test_named_cases(first: Sighting, second: Sighting, expected: type[SovbankError] | None) -> None:
    assert refusal(second, first) is expected


# On paper machines


def proposed(paper: Paper) -> tuple[Bundle, Bundle]:
    """Two bundles of two mints, one made after the other."""
    first, second = (approved_mint(paper).id for _ in range(2))
    return (
        propose(paper.house, [first], window=WINDOW, top_up=False),
        propose(paper.house, [second], window=WINDOW, top_up=False),
    )


def moved(bundle: Bundle, *, seq: int | None = None, log_hash: str | None = None, ledger: int = 0) -> Bundle:
    """Return the bundle with another checkpoint or snapshot, as a proposer with an older log makes it."""
    end = bundle.checkpoint
    checkpoint = end.model_copy(update={"seq": seq or end.seq, "hash": log_hash or end.hash})
    listed = bundle.signer_list
    snapshot = listed.model_copy(update={"ledger_index": listed.ledger_index + ledger})
    return bundle.model_copy(update={"checkpoint": checkpoint, "signer_list": snapshot})


def test_bundles_in_either_order_are_signed(paper: Paper) -> None:
    older, newer = proposed(paper)
    for order in ((older, newer), (newer, older)):
        machine = paper.other_machine("ceo" if order[0] is older else "cfo")
        assert [len(cosign(machine.house, one).bundle.signatures) for one in order] == [1, 1]


def test_a_fork_of_the_proposers_log_is_refused_before_any_key_is_used(paper: Paper) -> None:
    first, second = proposed(paper)
    machine = paper.other_machine("ceo")
    cosign(machine.house, first)
    unlocked = list(machine.keys.unlocked)
    forked = moved(second, seq=first.checkpoint.seq, log_hash="ee" * 32)
    with pytest.raises(ProposerLogForked) as caught:
        cosign(machine.house, forked)
    assert caught.value.details["anchor"] == f"{first.checkpoint.seq}:{first.checkpoint.hash}"
    assert machine.keys.unlocked == unlocked
    assert not machine.house.journal.particulars_with("log_hash", "ee" * 32)
    assert len(cosign(machine.house, second).bundle.signatures) == 1, "the honest one is signed"


def test_a_log_that_went_back_is_refused_after_what_was_signed_here(paper: Paper) -> None:
    first, second = proposed(paper)
    machine = paper.other_machine("ceo")
    cosign(machine.house, second)
    late = moved(first, seq=first.checkpoint.seq - 1, ledger=MOST_LAG + 1)
    with pytest.raises(ProposerLogWentBack, match="lost rows"):
        cosign(machine.house, late)
    other = paper.other_machine("cfo")
    assert len(cosign(other.house, late).bundle.signatures) == 1, "who never saw the newer one cannot know"


def test_the_next_attempts_bundle_is_accepted(paper: Paper) -> None:
    operation = approved_mint(paper)
    first = propose(paper.house, [operation.id], window=WINDOW, top_up=False)
    machine = paper.other_machine("ceo")
    cosign(machine.house, first)
    paper.ledger.validated = first.expiry.ledger_index + 1
    second = propose(paper.house, [operation.id], window=WINDOW, top_up=False)
    assert second.purpose.operations[0].attempt == 2
    with pytest.raises(ProposerLogWentBack):
        cosign(machine.house, moved(second, seq=first.checkpoint.seq - 1))
    assert len(cosign(machine.house, second).bundle.signatures) == 1
