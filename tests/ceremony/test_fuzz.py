"""Hostile bundles, blobs and frames: taken or refused by a typed error, each in time. More: ``make fuzz``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from make_samples import samples

from sovbank.ceremony.combine import combine
from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.signing import check_signatures

TOOLS = Path(__file__).resolve().parents[2] / "tools"
CASES = 3000


@pytest.fixture(scope="module")
def fuzz() -> Any:
    sys.path.insert(0, str(TOOLS))
    try:
        return import_module("fuzz_bundles")
    finally:
        sys.path.remove(str(TOOLS))


def test_mutated_input_is_taken_or_refused_cheaply(fuzz: Any) -> None:
    report = fuzz.run(1_000_000, CASES)
    assert report.failures == []
    assert report.grown_bytes <= fuzz.MOST_BYTES
    assert report.cases == CASES
    reached = {outcome.split(": ")[1] for outcome in report.outcomes}
    deep = {"accepted", "ceremony.bundle-differs", "ceremony.signature-wrong", "ceremony.bundle-inconsistent"}
    assert deep <= reached, "the cases do not reach the later steps"


def test_a_case_follows_from_its_seed(fuzz: Any) -> None:
    assert [fuzz.make_case(seed) for seed in range(50)] == [fuzz.make_case(seed) for seed in range(50)]


def test_an_untyped_error_is_a_failure(fuzz: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(_: Any) -> None:
        raise KeyError("Amount")

    monkeypatch.setitem(fuzz._TRIALS, "blob", trip)
    report = fuzz.run(0, 50)
    assert report.failures
    assert all("(blob): KeyError" in failure for failure in report.failures)
    assert not report.is_good


@pytest.mark.parametrize("name", samples())
def test_the_samples_are_what_the_code_makes_and_valid(name: str, fuzz: Any) -> None:
    made = samples()[name]
    data = fuzz._sample(name)
    assert to_bytes(made) == data
    assert combine(parse_bundle(data), made) == made
    check_signatures(made)
