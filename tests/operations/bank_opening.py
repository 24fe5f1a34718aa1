"""Opening a bank on a devnet of its own: accounts set up, a customer admitted, reserves attested."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from bank_machine import ASSET, RESERVES, Bank
from gateway import Gateway

from sovbank.cli.context import Options, Run
from sovbank.cli.demo.stage import Stage, set_stage
from sovbank.cli.demo.story import Story
from sovbank.cli.render import Output
from sovbank.operations import reserves

# The tests share one bank: the pools must outlast all of them.
TICKETS = 150


@contextmanager
def open_bank() -> Iterator[Bank]:
    """Open the bank, and close it with everything that belongs to it."""
    shown = Run(Options(json=True, quiet=True))
    before = os.environ.get("SOVBANK_HOME")
    with set_stage(shown, keep=None, tickets=TICKETS) as stage:
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
    # A window that a slow machine keeps: at the stage's pace twenty ledgers are over in seven seconds.
    widened = ["automated_ledgers = 60" if line.startswith("automated_led") else line for line in rerouted]
    path.write_text("\n".join(widened) + "\n")


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
