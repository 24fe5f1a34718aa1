"""The step between two accounts that share a trust line.

The sender redeems while it holds the receiver's currency, then issues its own up to the receiver's limit.
Source of the rules: xrpld ``tx/paths/DirectStep.cpp``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sovbank.devnet.ledger.amounts import QUALITY_ONE, ZERO, Value, mul_ratio
from sovbank.devnet.ledger.flow import lines, quality
from sovbank.devnet.ledger.flow.sandbox import PaymentSandbox

_SMALL_DIFFERENCE: Final = Value(1, -9)


@dataclass(slots=True)
class _Moved:
    """What the last run of a step took in, moved and gave out, and whether its source redeemed."""

    took: Value
    moved: Value
    gave: Value
    redeems: bool


class DirectStep:
    """Move ``currency`` from one account to another over their line.

    ``backward`` finds what must go in for a wanted amount to come out; ``forward`` runs with what went
    in. Both move the value in the sandbox and give (in, out).
    """

    __slots__ = ("_last", "currency", "destination", "is_last", "previous", "source")

    def __init__(
        self,
        source: bytes,
        destination: bytes,
        currency: bytes,
        previous: DirectStep | None,
        *,
        is_last: bool,
    ) -> None:
        self.source = source
        self.destination = destination
        self.currency = currency
        self.previous = previous
        self.is_last = is_last
        self._last: _Moved | None = None

    @property
    def identity(self) -> tuple[bytes, ...]:
        """What makes two steps the same."""
        return self.source, self.destination, self.currency

    @property
    def took(self) -> Value:
        """What went in when the step was last run."""
        return self._last.took if self._last else ZERO

    @property
    def gave(self) -> Value:
        """What came out when the step was last run."""
        return self._last.gave if self._last else ZERO

    def backward(self, view: PaymentSandbox, out: Value) -> tuple[Value, Value]:
        """Run for a wanted output; less comes out where the step limits it."""
        self._last = None
        most, redeems = self._capacity(view)
        rate_out, rate_in = self._rates(view, redeems, forward=False)
        if most <= ZERO:
            self._last = _Moved(ZERO, ZERO, ZERO, redeems)
            return ZERO, ZERO
        moved = mul_ratio(out, QUALITY_ONE, rate_in, round_up=True)
        if moved > most:
            moved = most
            out = mul_ratio(moved, rate_in, QUALITY_ONE, round_up=False)
        took = mul_ratio(moved, rate_out, QUALITY_ONE, round_up=True)
        self._last = _Moved(took, moved, out, redeems)
        view.move(self.source, self.destination, self.currency, moved)
        return took, out

    def forward(self, view: PaymentSandbox, took: Value) -> tuple[Value, Value]:
        """Run with what went in, after ``backward``, delivering no more than that did."""
        most, redeems = self._capacity(view)
        rate_out, rate_in = self._rates(view, redeems, forward=True)
        if most <= ZERO:
            self._last = _Moved(ZERO, ZERO, ZERO, redeems)
            return ZERO, ZERO
        moved = mul_ratio(took, QUALITY_ONE, rate_out, round_up=False)
        if moved > most:
            moved = most
            took = mul_ratio(moved, rate_out, QUALITY_ONE, round_up=True)
        out = mul_ratio(moved, rate_in, QUALITY_ONE, round_up=False)
        last = self._limited(_Moved(took, moved, out, redeems))
        self._last = last
        view.move(self.source, self.destination, self.currency, last.moved)
        return last.took, last.gave

    def redeems(self, view: PaymentSandbox, *, forward: bool) -> bool:
        """Tell whether the source holds the destination's currency, or did in the last run."""
        if forward and self._last is not None:
            return self._last.redeems
        return view.spendable(self.source, self.destination, self.currency) > ZERO

    def quality_in(self, view: PaymentSandbox) -> int:
        """Give the rate at which the destination values what comes in, in parts of 10^9."""
        side = lines.side_of(self.destination, self.source)
        return self._line_quality(view, side.quality_in)

    def best_quality(self, view: PaymentSandbox, *, previous_redeems: bool) -> tuple[int, bool]:
        """Give the packed rate of the step at its best, and whether its source redeems."""
        redeems = self.redeems(view, forward=True)
        if redeems:
            rate_out, rate_in = self._rates_redeeming(view)
        else:
            rate_out, rate_in = self._rates_issuing(view, previous_redeems=previous_redeems)
        return quality.rate_of(Value(rate_out), Value(rate_in)), redeems

    def _capacity(self, view: PaymentSandbox) -> tuple[Value, bool]:
        held = view.spendable(self.source, self.destination, self.currency)
        if held > ZERO:
            return held, True
        return lines.limit(view, self.destination, self.source, self.currency) + held, False

    def _rates(self, view: PaymentSandbox, redeems: bool, *, forward: bool) -> tuple[int, int]:
        """Give what the source charges for sending and what the destination gives for receiving."""
        if redeems:
            return self._rates_redeeming(view)
        previous_redeems = self.previous is not None and self.previous.redeems(view, forward=forward)
        return self._rates_issuing(view, previous_redeems=previous_redeems)

    def _rates_redeeming(self, view: PaymentSandbox) -> tuple[int, int]:
        if self.previous is None:
            return QUALITY_ONE, QUALITY_ONE
        side = lines.side_of(self.source, self.destination)
        charged = self._line_quality(view, side.quality_out)
        return max(charged, self.previous.quality_in(view)), QUALITY_ONE

    def _rates_issuing(self, view: PaymentSandbox, *, previous_redeems: bool) -> tuple[int, int]:
        charged = lines.transfer_rate(view, self.source) if previous_redeems else QUALITY_ONE
        given = self.quality_in(view)
        return charged, min(given, QUALITY_ONE) if self.is_last else given

    def _line_quality(self, view: PaymentSandbox, name: str) -> int:
        line = lines.read_line(view, self.source, self.destination, self.currency)
        value: int = line.get(name, 0) if line is not None else 0
        return value or QUALITY_ONE

    def _limited(self, now: _Moved) -> _Moved:
        """Keep a forward run from moving more than the backward run found, unless it is far more."""
        last = self._last
        if last is None:
            raise RuntimeError("a step runs backward before it runs forward")
        if last.took < now.took and now.took - last.took > _SMALL_DIFFERENCE:
            same_scale = now.took.exponent == last.took.exponent and last.took
            if not same_scale or now.took.mantissa * 100 > last.took.mantissa * 101:
                return now
        return _Moved(now.took, min(now.moved, last.moved), min(now.gave, last.gave), now.redeems)
