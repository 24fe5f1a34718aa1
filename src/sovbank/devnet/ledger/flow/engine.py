"""The payment engine: carry an amount over strands, best quality first.

Each strand runs backward from the wanted amount; where a step limits it, what was done is dropped, the
step runs again for what it can give, and the rest runs forward. Source: xrpld ``tx/paths/StrandFlow.h``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sovbank.devnet.ledger.amounts import ZERO, Value
from sovbank.devnet.ledger.flow import quality
from sovbank.devnet.ledger.flow.sandbox import PaymentSandbox
from sovbank.devnet.ledger.flow.strands import Strand
from sovbank.devnet.ledger.results import TER

_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be carried: the amount wanted, the most that may be spent, and how.

    ``worst_rate`` is a packed rate that no strand may exceed, None without such a limit.
    """

    wanted: Value
    spend_at_most: Value | None
    partial: bool
    worst_rate: int | None


@dataclass(frozen=True, slots=True)
class Carried:
    """What happened: the result, what went in and what came out."""

    result: TER
    spent: Value = ZERO
    delivered: Value = ZERO


@dataclass(frozen=True, slots=True)
class _Run:
    """A strand's successful run in its sandbox."""

    took: Value
    gave: Value
    view: PaymentSandbox


def carry(view: PaymentSandbox, strands: list[Strand], order: Order) -> Carried:
    """Carry an order over strands; the view keeps the changes only if the result is tesSUCCESS."""
    work = PaymentSandbox(view)
    ins: list[Value] = []
    outs: list[Value] = []
    left_out, left_in = order.wanted, order.spend_at_most
    waiting = strands
    rounds = 0
    while left_out > ZERO and (left_in is None or left_in > ZERO):
        rounds += 1
        if rounds >= _MOST_ROUNDS:
            return Carried(TER.telFAILED_PROCESSING)
        candidates = _by_quality(work, waiting, order.worst_rate)
        found = _first_that_runs(work, candidates, left_in, left_out, order.worst_rate)
        if found is None:
            break
        index, run = found
        waiting = [candidates[index], *candidates[index + 1 :]]
        ins.append(run.took)
        outs.append(run.gave)
        left_out = order.wanted - _sum(outs)
        if order.spend_at_most is not None:
            left_in = order.spend_at_most - _sum(ins)
        run.view.commit(work)
    return _finish(view, work, order, _sum(ins), _sum(outs))


def _finish(
    view: PaymentSandbox, work: PaymentSandbox, order: Order, spent: Value, delivered: Value
) -> Carried:
    if delivered > order.wanted:
        return Carried(TER.tefEXCEPTION)
    if delivered != order.wanted:
        if not order.partial:
            return Carried(TER.tecPATH_PARTIAL, spent, delivered)
        if not delivered:
            return Carried(TER.tecPATH_DRY)
    work.commit(view)
    return Carried(TER.tesSUCCESS, spent, delivered)


def _sum(values: Iterable[Value]) -> Value:
    """Add from the smallest to the largest, which loses the least."""
    total = ZERO
    for value in sorted(values):
        total = total + value
    return total


def _by_quality(view: PaymentSandbox, strands: list[Strand], worst_rate: int | None) -> list[Strand]:
    """Sort strands best first; a single strand is taken as it is."""
    if len(strands) < 2:
        return strands
    rated = [(rate, strand) for strand in strands if (rate := _best_rate(view, strand)) is not None]
    rated = [(rate, strand) for rate, strand in rated if worst_rate is None or rate <= worst_rate]
    return [strand for _, strand in sorted(rated, key=lambda pair: pair[0])]


def _best_rate(view: PaymentSandbox, strand: Strand) -> int | None:
    if not strand.steps:
        return None
    total, redeems = quality.ONE, False
    for step in strand.steps:
        rate, redeems = step.best_quality(view, previous_redeems=redeems)
        total = quality.compose(total, rate)
    return total


def _first_that_runs(
    view: PaymentSandbox,
    strands: list[Strand],
    left_in: Value | None,
    left_out: Value,
    worst_rate: int | None,
) -> tuple[int, _Run] | None:
    for index, strand in enumerate(strands):
        run = _run(view, strand, left_in, left_out)
        if run is None or not run.gave:
            continue
        if worst_rate is not None and quality.rate_of(run.took, run.gave) > worst_rate:
            continue
        return index, run
    return None


def _run(base: PaymentSandbox, strand: Strand, most_in: Value | None, wanted: Value) -> _Run | None:
    """Run one strand for a wanted amount; None when it is dry."""
    steps = strand.steps
    if not steps:
        return None
    view = PaymentSandbox(base)
    limiting = len(steps)
    limit_out = ZERO
    for index in reversed(range(len(steps))):
        took, gave = steps[index].backward(view, wanted)
        if not gave:
            return None
        if index == 0 and most_in is not None and took > most_in:
            view = PaymentSandbox(base)
            limiting = index
            took, gave = steps[index].forward(view, most_in)
            if not gave or took != most_in:
                return None
            limit_out = gave
        elif gave != wanted:
            view = PaymentSandbox(base)
            limiting, wanted = index, gave
            took, gave = steps[index].backward(view, wanted)
            if not gave or gave != wanted:
                return None
            limit_out = gave
        wanted = took
    carried = limit_out
    for step in steps[limiting + 1 :]:
        took, gave = step.forward(view, carried)
        if not gave or took != carried:
            return None
        carried = gave
    return _Run(steps[0].took, steps[-1].gave, view)
