"""Planning and applying an asset's set-up, and drift from it afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from sovbank.errors.operations import SetupDrift
from sovbank.journal.port import OperationRow
from sovbank.operations.house import House
from sovbank.operations.issuer.actual import read_asset
from sovbank.operations.issuer.plan import plan_asset
from sovbank.operations.planned import Plan, Step, make_plan, record_acceptance, run_step


def plan(house: House, asset: str) -> Plan:
    """Return what is missing between the profile and the ledger, in the order in which it works."""
    steps = plan_asset(house.asset(asset), read_asset(house, asset), house.profile.officers)
    return make_plan(house, asset, steps)


def apply(house: House, accepted: Plan) -> Iterator[tuple[Step, OperationRow]]:
    """Run the steps of an accepted plan in order, yielding each when it is final in a validated ledger."""
    record_acceptance(house, accepted)
    for step in accepted.steps:
        yield step, run_step(house, accepted, step)


def refuse_drift(outstanding: Plan) -> None:
    """Raise when the ledger differs from the profile.

    Raises
    ------
    SetupDrift
    """
    if outstanding.steps:
        steps = "; ".join(f"{step.account}: {step.title}" for step in outstanding.steps)
        raise SetupDrift(f"{outstanding.subject} differs from the profile: {steps}")
