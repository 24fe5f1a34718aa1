"""Every operation killed after each of its durable steps, then given again: it is done exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from paper_bank import ASSET, Paper, usd

from sovbank.core.machine import AttemptState, Kind, State
from sovbank.errors.base import SovbankError
from sovbank.errors.operations import AttemptFailed
from sovbank.journal.port import OperationRow
from sovbank.operations import burn, mint, treasury
from sovbank.operations.house import House
from sovbank.operations.resume import run_burn, run_mint

JOURNAL = frozenset(
    {"open_operation", "advance", "note", "bind_attempt", "begin_signature", "store_signature"}
    | {"store_blob", "mark_submitted", "finish_attempt"}
)
CONTROL = frozenset({"request_mint", "approve_mint", "confirm_mint", "record_burn", "attest_burn"})
SUBMITTER = frozenset({"settle"})
MOST_STEPS = 60


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Fate:
    """Ends the process after the given durable step: that is also before the next."""

    at: int
    count: int = 0

    def meet(self, act: Callable[[], Any]) -> Any:
        self.count += 1
        mine = self.count == self.at
        result = act()
        if mine:
            raise Killed
        return result


class Mortal:
    """A port whose durable steps meet their fate."""

    def __init__(self, port: Any, steps: frozenset[str], fate: Fate) -> None:
        self._port, self._steps, self._fate = port, steps, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in self._steps:
            return found
        return lambda *args, **kwargs: self._fate.meet(lambda: found(*args, **kwargs))


def mortal(house: House, fate: Fate) -> House:
    return replace(
        house,
        journal=Mortal(house.journal, JOURNAL, fate),
        control=Mortal(house.control, CONTROL, fate),
        submitter=Mortal(house.submitter, SUBMITTER, fate),
    )


def mint_once(paper: Paper) -> Callable[[House], OperationRow]:
    order = mint.MintOrder(ASSET, usd("500"), paper.deposit(1000))
    return lambda house: run_mint(house, mint.request(house, order).id)


def distribute_once(paper: Paper) -> Callable[[House], OperationRow]:
    order = treasury.Distribution(ASSET, usd("400"), paper.customer("aurora"), paper.deposit(1000), "PAY-1")
    return lambda house: treasury.distribute(house, order)


def burn_once(paper: Paper) -> Callable[[House], OperationRow]:
    paper.control.supply = 200 * 10**6
    order = burn.Redemption(ASSET, usd("200"), paper.customer("aurora"), "RED-1")
    operation = burn.request(paper.house, order)
    issuer = paper.house.issuer_of(ASSET).address
    payment = {
        "TransactionType": "Payment",
        "Account": order.holder,
        "Destination": paper.house.redemption_of(ASSET).address,
        "DestinationTag": int(operation.facts["destination_tag"]),
        "Amount": {"value": "200", "currency": paper.house.ledger_currency(ASSET), "issuer": issuer},
    }
    paper.ledger.validate(payment, tx_hash="AA" * 32)
    return lambda house: run_burn(house, burn.request(house, order).id)


KINDS = {Kind.MINT: mint_once, Kind.DISTRIBUTE: distribute_once, Kind.BURN: burn_once}


def to_the_end(paper: Paper, act: Callable[[House], OperationRow]) -> OperationRow:
    """Give the same command until it is done, as an officer would who reads what it says."""
    for _ in range(3):
        try:
            return act(paper.house)
        except AttemptFailed:
            continue
    return act(paper.house)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("late", [False, True], ids=["at once", "when the window is over"])
def test_an_operation_killed_anywhere_is_done_once(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, late: bool
) -> None:
    from paper_bank import open_paper_bank

    for step in range(1, MOST_STEPS):
        paper = open_paper_bank(tmp_path_factory.mktemp(f"{kind.value}-{step}"))
        act = KINDS[kind](paper)
        fate = Fate(step)
        killed = False
        try:
            act(mortal(paper.house, fate))
        except Killed:
            killed = True
        if late:
            paper.ledger.validated += 100
        done = to_the_end(paper, act)
        _check(paper, done, f"{kind.value} killed after step {step}")
        paper.store.close()
        if not killed:
            assert step > 10, "too few steps were met"
            return
    pytest.fail("the operation has more steps than were tried")


def _check(paper: Paper, done: OperationRow, where: str) -> None:
    assert done.state is State.POSTED, where
    invoice = done.id.upper()
    paid = [found for found in paper.ledger.history if found.tx.get("InvoiceID") == invoice]
    assert [found.result for found in paid] == ["tesSUCCESS"], where
    attempts = paper.house.journal.attempts(done.id)
    assert sum(row.state is AttemptState.SUCCEEDED for row in attempts) == 1, where
    assert len({row.ticket for row in attempts}) == 1, f"{where}: an expired attempt lost its ticket"
    for action in ("request", "approve", "confirm", "attest-burn"):
        assert paper.control.actions.count(action) <= 1, where
    begun = [row for row in paper.log() if row["kind"] == "sign.begin"]
    finished = [row for row in paper.log() if row["kind"] == "sign.done" and row.get("key_fingerprint")]
    assert len(finished) <= len(begun), f"{where}: a signature without its beginning"


def test_a_refusal_in_the_middle_leaves_a_typed_error(paper: Paper) -> None:
    act = mint_once(paper)
    paper.control.paused = True
    with pytest.raises(SovbankError):
        act(paper.house)
