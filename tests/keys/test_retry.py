"""Retries: how often, how long, and for which errors."""

from __future__ import annotations

import pytest

from sovbank.errors.devices import KmsAccessDenied, KmsThrottled
from sovbank.keys.retry import Retry


class Failing:
    """Fails with the given errors, one a call, and then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def test_waits_double_up_to_a_bound_and_are_spread_below_it() -> None:
    waits: list[float] = []
    fractions = iter((1.0, 0.5, 0.0, 1.0, 0.25))
    retry = Retry(attempts=6, first=0.2, longest=1.0, sleep=waits.append, fraction=lambda: next(fractions))
    failing = Failing(*(KmsThrottled("slow down") for _ in range(5)))
    assert retry.call(failing, when=(KmsThrottled,)) == "answer"
    assert waits == pytest.approx([0.2, 0.2, 0.0, 1.0, 0.25])
    assert failing.calls == 6


def test_the_last_error_comes_out() -> None:
    waits: list[float] = []
    failing = Failing(*(KmsThrottled(str(number)) for number in range(9)))
    with pytest.raises(KmsThrottled, match="2"):
        Retry(attempts=3, sleep=waits.append).call(failing, when=(KmsThrottled,))
    assert failing.calls == 3
    assert len(waits) == 2


def test_other_errors_are_not_tried_again() -> None:
    failing = Failing(KmsAccessDenied("no"))
    with pytest.raises(KmsAccessDenied):
        Retry(sleep=lambda _: pytest.fail("slept")).call(failing, when=(KmsThrottled,))
    assert failing.calls == 1


def test_by_default_a_call_is_given_up_within_seconds() -> None:
    waits: list[float] = []
    with pytest.raises(KmsThrottled):
        Retry(sleep=waits.append).call(Failing(*(KmsThrottled("") for _ in range(99))), when=(KmsThrottled,))
    assert len(waits) == 4
    assert sum(waits) < 10
    assert len(set(waits)) == 4, "no two clients wait alike"
