"""A bank that is open for business on a devnet of its own: accounts set up, a customer admitted, reserves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bank_machine import Bank
from bank_opening import open_bank
from paper_bank import Paper, open_paper_bank


@pytest.fixture(scope="session")
def bank() -> Iterator[Bank]:
    """The bank, once for all tests of this directory."""
    with open_bank() as bank:
        yield bank


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A bank over ports in memory, with a journal and keys of its own."""
    return open_paper_bank(tmp_path)
