"""Sandboxes against a dictionary: nested, dropped and handed down, with successors in key order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sovbank.devnet.ledger.genesis import FEES
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.state import ClosedState, PastState
from sovbank.devnet.ledger.view import LedgerInfo, Sandbox

KEYS = st.integers(1, 12).map(lambda number: bytes(31) + bytes([number]))
INFO = LedgerInfo(1, 0, bytes(32), FEES, open=False)


def ticket(key: bytes, value: int) -> LedgerEntry:
    """Give an entry to try with."""
    return LedgerEntry.new("Ticket", key, {"TicketSequence": value})


class Views(RuleBasedStateMachine):
    """A stack of sandboxes over a state, and the same as a stack of dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ClosedState(INFO)
        self.state.put(ticket(bytes(31) + b"\x05", 5))
        self.views: list[Sandbox] = [Sandbox(self.state)]
        self.models: list[dict[bytes, int]] = [{bytes(31) + b"\x05": 5}]

    @rule(key=KEYS, value=st.integers(0, 99))
    def insert_or_change(self, key: bytes, value: int) -> None:
        view, model = self.views[-1], self.models[-1]
        entry = view.peek(key)
        assert (entry is not None) == (key in model)
        if entry is None:
            view.insert(ticket(key, value))
        else:
            entry["TicketSequence"] = value
            view.update(entry)
        model[key] = value

    @rule(key=KEYS)
    def erase(self, key: bytes) -> None:
        entry = self.views[-1].peek(key)
        if entry is not None:
            self.views[-1].erase(entry)
            del self.models[-1][key]

    @precondition(lambda self: len(self.views) < 4)
    @rule()
    def nest(self) -> None:
        self.views.append(Sandbox(self.views[-1]))
        self.models.append(dict(self.models[-1]))

    @precondition(lambda self: len(self.views) > 1)
    @rule(keep=st.booleans())
    def leave(self, keep: bool) -> None:
        view, model = self.views.pop(), self.models.pop()
        if keep:
            view.apply_to(self.views[-1])
            self.models[-1] = model

    @invariant()
    def reads_agree(self) -> None:
        view, model = self.views[-1], self.models[-1]
        for number in range(1, 13):
            key = bytes(31) + bytes([number])
            entry = view.read(key)
            assert view.exists(key) == (key in model)
            assert (entry["TicketSequence"] if entry else None) == model.get(key)

    @invariant()
    def successors_agree(self) -> None:
        view, model = self.views[-1], self.models[-1]
        for start in (0, 3, 7):
            key = bytes(31) + bytes([start])
            above = sorted(other for other in model if other > key)
            assert view.successor(key) == (above[0] if above else None)
            limit = bytes(31) + b"\x08"
            below = [other for other in above if other < limit]
            assert view.successor(key, limit) == (below[0] if below else None)


TestViews = Views.TestCase
TestViews.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_what_was_not_updated_does_not_count() -> None:
    state = ClosedState(INFO)
    key = bytes(31) + b"\x01"
    state.put(ticket(key, 1))
    outer = Sandbox(state)
    inner = Sandbox(outer)
    entry = inner.peek(key)
    assert entry is not None
    entry["TicketSequence"] = 2
    inner.apply_to(outer)
    read = outer.read(key)
    assert read is not None
    assert read["TicketSequence"] == 1


def test_misuse_is_an_error() -> None:
    view = Sandbox(ClosedState(INFO))
    stranger = ticket(bytes(32), 1)
    with pytest.raises(KeyError):
        view.update(stranger)
    view.insert(stranger)
    with pytest.raises(RuntimeError):
        view.insert(ticket(bytes(32), 2))
    with pytest.raises(RuntimeError):
        view.erase(ticket(bytes(32), 1))


def test_past_states_undo_later_updates() -> None:
    state = ClosedState(INFO)
    one, two, three = (bytes(31) + bytes([number]) for number in (1, 2, 3))
    state.put(ticket(one, 1))
    first = {one: state.put(ticket(one, 2)), two: state.put(ticket(two, 2))}
    second = {one: state.erase(one), three: state.put(ticket(three, 3))}
    past = PastState(state, INFO, [first, second])
    entry = past.read(one)
    assert entry is not None
    assert entry["TicketSequence"] == 1
    assert not past.exists(two)
    assert past.successor(bytes(32)) == one
    assert past.successor(one) is None
    between = PastState(state, INFO, [second])
    assert between.successor(bytes(32)) == one
    assert between.successor(one) == two
    assert between.successor(two) is None


def test_default_fields_go_when_they_are_default() -> None:
    entry = LedgerEntry.new("MPToken", bytes(32), {"MPTAmount": 5})
    entry["MPTAmount"] = 0
    assert "MPTAmount" not in entry
    entry["LockedAmount"] = 0
    assert entry["LockedAmount"] == 0
