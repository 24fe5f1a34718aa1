"""A bank that is open for business on a devnet of its own: accounts set up, a customer admitted, reserves."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bank_machine import ASSET, RESERVES, Bank
from gateway import Gateway
from paper_bank import Paper, open_paper_bank

from sovbank.cli.context import Options, Run
from sovbank.cli.demo.stage import Stage, set_stage
from sovbank.cli.demo.story import Story
from sovbank.cli.render import Output
from sovbank.operations import reserves


@pytest.fixture(scope="session")
def bank() -> Iterator[Bank]:
    """The bank, once for all tests of this directory."""
    shown = Run(Options(json=True, quiet=True))
    before = os.environ.get("SOVBANK_HOME")
    with set_stage(shown, keep=None) as stage:
        story = Story(
            stage, Output(Options(json=True, quiet=True), stdout=io.StringIO(), stderr=io.StringIO())
        )
        story.prepare()
        customer = stage.wallet("aurora")
        story.onboard(customer)
        gateway = Gateway(f"http://127.0.0.1:{stage.devnet.xrpl_port}/")
        _route_treasury_through(stage, gateway)
        bank = Bank(stage, customer, gateway)
        _attest(bank)
        _restore(before)
        yield bank
        gateway.close()


def _restore(home: str | None) -> None:
    """Other tests have homes of their own; what this bank needs it has read by now."""
    if home is None:
        os.environ.pop("SOVBANK_HOME", None)
    else:
        os.environ["SOVBANK_HOME"] = home


def _route_treasury_through(stage: Stage, gateway: Gateway) -> None:
    path = stage.run.wiring.profile_path
    lines = path.read_text().splitlines()
    rerouted = [
        f'treasury = {{ url = "{gateway.url}" }}' if line.startswith("treasury = { url") else line
        for line in lines
    ]
    path.write_text("\n".join(rerouted) + "\n")


def _attest(bank: Bank) -> None:
    reserves.attest(
        bank.house,
        reserves.Attestation(
            asset=ASSET,
            total=RESERVES,
            encumbered=Decimal(0),
            as_of=reserves.newest_moment(bank.house),
            document=b"statement of the reserve account",
        ),
    )


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A bank over ports in memory, with a journal and keys of its own."""
    return open_paper_bank(tmp_path)
