"""A few cycles of the kill campaign in every run of the tests. More: ``make kill-campaign``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bank_machine import Bank

from kill_campaign import campaign_on, chance_of
from kill_forks import Forks
from kill_program import Measures

CYCLES = 4
SEED = 87  # admit, mint at once, ceremony, redeem


@pytest.fixture
def forks() -> Iterator[Forks]:
    loaded = Forks()
    yield loaded
    loaded.close()


def test_killed_commands_are_completed_once(bank: Bank, forks: Forks) -> None:
    # Where uninterrupted commands end when their start is done; a later kill only comes too late.
    usual = {"mint run": 2.0, "distribute": 1.5, "burn run": 2.0, "mint execute": 1.5, "issuer setup": 2.0}
    campaign = campaign_on(bank, measures=Measures(seconds=usual), forks=forks)
    for number in range(CYCLES):
        campaign.cycle(chance_of(SEED, number))
    assert campaign.kills, "nothing was killed"


def test_a_cycle_follows_from_its_seed() -> None:
    drawn = [chance_of(SEED, number).random() for number in range(10)]
    assert drawn == [chance_of(SEED, number).random() for number in range(10)]
    assert len(set(drawn)) == 10
