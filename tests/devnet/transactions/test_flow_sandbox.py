"""What a payment credits cannot be spent by the same payment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.devnet.ledger.amounts import ZERO, Value
from sovbank.devnet.ledger.flow.sandbox import PaymentSandbox
from sovbank.devnet.ledger.results import TER

USD = b"\0" * 12 + b"USD" + b"\0" * 5


@pytest.fixture
def lines(bench: Any) -> Any:
    bench.fund("alice", "gw")
    bench.trust("alice", "gw", 1000)
    assert bench.pay("gw", "alice", bench.token("gw", 100)) is TER.tesSUCCESS
    return bench


def test_credits_wait_and_debits_count(lines: Any) -> None:
    alice, gw = lines.id("alice"), lines.id("gw")
    sandbox = PaymentSandbox(lines.view)
    sandbox.move(gw, alice, USD, Value(30))
    assert sandbox.spendable(alice, gw, USD) == Value(100)
    sandbox.move(alice, gw, USD, Value(50))
    assert sandbox.spendable(alice, gw, USD) == Value(50)
    inner = PaymentSandbox(sandbox)
    inner.move(gw, alice, USD, Value(5))
    inner.move(alice, gw, USD, Value(20))
    assert inner.spendable(alice, gw, USD) == Value(30)
    assert sandbox.spendable(alice, gw, USD) == Value(50)
    inner.commit(sandbox)
    assert sandbox.spendable(alice, gw, USD) == Value(30)
    sandbox.apply_to(lines.view)
    assert lines.holds("alice", "gw") == Value(65)


def test_a_huge_credit_does_not_spoil_a_small_balance(lines: Any) -> None:
    alice, gw = lines.id("alice"), lines.id("gw")
    sandbox = PaymentSandbox(lines.view)
    sandbox.move(gw, alice, USD, Value(1, 70))
    assert sandbox.spendable(alice, gw, USD) == Value(100)


@given(moves=st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=8), depth=st.integers(0, 3))
@settings(max_examples=60)
def test_spendable_is_the_start_less_the_debits(
    new_bench: Any, moves: list[tuple[bool, int]], depth: int
) -> None:
    bench = new_bench()
    bench.fund("alice", "gw")
    bench.trust("alice", "gw", 100_000)
    bench.pay("gw", "alice", bench.token("gw", 1000))
    alice, gw = bench.id("alice"), bench.id("gw")
    sandbox = PaymentSandbox(bench.view)
    for _ in range(depth):
        sandbox = PaymentSandbox(sandbox)
    spent = ZERO
    for is_debit, amount in moves:
        sandbox.move(*((alice, gw) if is_debit else (gw, alice)), USD, Value(amount))
        spent = spent + Value(amount) if is_debit else spent
    assert sandbox.spendable(alice, gw, USD) == Value(1000) - spent
