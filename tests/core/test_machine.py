"""The state machines: every walk ends, nothing turns back, and only early states can be cancelled."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sovbank.core.machine import ATTEMPT, OPERATIONS, AttemptState, Kind, Machine, State
from sovbank.errors.core import IllegalTransition

ORDER = list(State)
LEDGER_ONLY = (
    Kind.DISTRIBUTE,
    Kind.BOUNCE,
    Kind.SETTINGS,
    Kind.TRUST_LINE,
    Kind.AUTHORIZE,
    Kind.FUND,
    Kind.FREEZE,
    Kind.CANCELLATION,
)
RECORD = (Kind.WHITELIST, Kind.BLOCK, Kind.ATTEST, Kind.DEPLOY, Kind.BANK_IMPORT)
LONGEST = {
    Kind.MINT: ("intent", "held", "approved", "executing", "final", "confirmed", "posted"),
    Kind.BURN: ("intent", "received", "executing", "final", "confirmed", "posted"),
    Kind.MEMBERSHIP: ("intent", "executing", "final", "confirmed", "posted"),
    Kind.MEMBERSHIP_END: ("intent", "approved", "executing", "final", "posted"),
    Kind.MEMBERSHIP_WITHDRAWAL: ("intent", "executing", "final", "posted"),
    **dict.fromkeys(LEDGER_ONLY, ("intent", "executing", "final", "posted")),
    **dict.fromkeys(RECORD, ("intent", "posted")),
}
CANCELLABLE = {
    Kind.MINT: ("intent", "held", "approved", "executing"),
    Kind.BURN: ("intent",),
    Kind.MEMBERSHIP: ("intent", "executing"),
    Kind.MEMBERSHIP_END: ("intent",),
    Kind.MEMBERSHIP_WITHDRAWAL: ("intent", "executing"),
    **dict.fromkeys(LEDGER_ONLY, ("intent", "executing")),
    **dict.fromkeys(RECORD, ("intent",)),
}
SHORTER = {Kind.MEMBERSHIP: {("final", "posted")}}
ATTEMPT_STEPS = {
    ("bound", "signing"),
    ("signing", "signed"),
    ("signed", "submitted"),
    ("submitted", "succeeded"),
    ("bound", "without-effect"),
    ("signing", "without-effect"),
    ("signed", "without-effect"),
    ("submitted", "without-effect"),
}


def steps_of(machine: Machine) -> set[tuple[str, str]]:
    return {(str(before), str(after)) for before, afters in machine.steps.items() for after in afters}


def test_every_kind_has_a_machine_and_is_described_here() -> None:
    assert set(OPERATIONS) == set(LONGEST) == set(CANCELLABLE) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_the_table_of_each_kind(kind: Kind) -> None:
    path = LONGEST[kind]
    expected = set(pairwise(path)) | {(state, "cancelled") for state in CANCELLABLE[kind]}
    expected |= SHORTER.get(kind, set())
    assert steps_of(OPERATIONS[kind]) == expected
    assert OPERATIONS[kind].initial == "intent"


def test_the_table_of_attempts() -> None:
    assert steps_of(ATTEMPT) == ATTEMPT_STEPS
    assert ATTEMPT.initial == "bound"


@pytest.mark.parametrize("machine", [*OPERATIONS.values(), ATTEMPT], ids=lambda machine: machine.name)
def test_what_the_table_does_not_list_is_refused(machine: Machine) -> None:
    states = AttemptState if machine is ATTEMPT else State
    allowed = steps_of(machine)
    for before in states:
        for after in states:
            if (before.value, after.value) in allowed:
                machine.check(before, after)
            else:
                with pytest.raises(IllegalTransition):
                    machine.check(before, after)


@given(st.text(max_size=10), st.text(max_size=10))
def test_unknown_states_go_nowhere(before: str, after: str) -> None:
    if (before, after) not in steps_of(ATTEMPT):
        with pytest.raises(IllegalTransition):
            ATTEMPT.check(before, after)


def test_ends() -> None:
    for kind, machine in OPERATIONS.items():
        ends = {state for state in State if machine.is_terminal(state) and state.value in LONGEST[kind]}
        assert ends == {State.POSTED}
        assert machine.is_terminal(State.CANCELLED)
    assert {state for state in AttemptState if ATTEMPT.is_terminal(state)} == {
        AttemptState.SUCCEEDED,
        AttemptState.WITHOUT_EFFECT,
    }


class Walk(RuleBasedStateMachine):
    """Any sequence of steps that a machine allows."""

    def __init__(self) -> None:
        super().__init__()
        self.machine: Machine | None = None
        self.path: list[str] = []

    @precondition(lambda self: self.machine is None)
    @rule(kind=st.sampled_from(Kind))
    def begin(self, kind: Kind) -> None:
        self.machine = OPERATIONS[kind]
        self.path = [self.machine.initial]

    @precondition(lambda self: self.machine is not None)
    @rule(after=st.sampled_from(State))
    def attempt(self, after: State) -> None:
        assert self.machine is not None
        try:
            self.machine.check(self.path[-1], after)
        except IllegalTransition:
            return
        self.path.append(after)

    @invariant()
    def never_turns_back(self) -> None:
        assert len(set(self.path)) == len(self.path)
        ranks = [ORDER.index(State(state)) for state in self.path]
        assert ranks == sorted(ranks)

    @invariant()
    def nothing_final_is_cancelled(self) -> None:
        if self.path and self.path[-1] == State.CANCELLED:
            assert not {State.FINAL, State.CONFIRMED, State.POSTED} & set(self.path)


TestWalk = Walk.TestCase
