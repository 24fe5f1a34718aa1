"""Planning and applying the set-up of an asset's accounts or of one beside them, and drift afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from sovbank.core.machine import Kind
from sovbank.core.profile import AccountRole
from sovbank.errors.operations import SetupDrift, SetupTogether, SignerListDiffers
from sovbank.errors.signers import NoListYet
from sovbank.journal.port import OperationRow
from sovbank.operations.house import House
from sovbank.operations.issuer.actual import read_account, read_asset
from sovbank.operations.issuer.plan import desired_signers, plan_account, plan_asset, same_list
from sovbank.operations.planned import Plan, make_plan, propose_plan, record_acceptance, run_step
from sovbank.operations.shown import close_shown
from sovbank.operations.steps import Step


def plan(house: House, asset: str) -> Plan:
    """Return what is missing between the profile and the ledger, in the order in which it works."""
    steps = plan_asset(house.asset(asset), read_asset(house, asset), house.profile.officers)
    return make_plan(house, asset, steps)


def plan_alone(house: House, account: str) -> Plan:
    """Return what is missing of an account beside the tokens, such as the membership account.

    Raises
    ------
    SetupTogether
        The account is one of an asset's.
    """
    role = house.account(account).role
    if role is not AccountRole.MEMBERSHIP:
        raise SetupTogether(f"account {account} is the {role.value} account of an asset")
    return make_plan(house, account, plan_account(read_account(house, account), house.profile.officers))


def apply(house: House, accepted: Plan) -> Iterator[tuple[Step, OperationRow]]:
    """Run the steps of an accepted plan in order, yielding each when it is final in a validated ledger.

    Steps of an earlier run that the ledger shows already are closed first, also when no step is left to run.
    """
    close_shown(house, Kind.SETTINGS)
    return _apply(house, accepted)


def _apply(house: House, accepted: Plan) -> Iterator[tuple[Step, OperationRow]]:
    record_acceptance(house, accepted)
    for step in accepted.steps:
        yield step, run_step(house, accepted, step)


def propose(house: House, accepted: Plan) -> tuple[OperationRow, ...]:
    """Record the steps of an accepted plan for ceremonies, each account's under the list that it has.

    Raises
    ------
    NoListYet
        An account has no signer list on the ledger: its master key sets it up.
    SignerListDiffers
        An account has another one than the profile: ``rotate-signers`` changes it.
    """
    for name in dict.fromkeys(step.account for step in accepted.steps):
        actual = read_account(house, name)
        if not actual.state.signer_list.entries:
            raise NoListYet(f"account {name} has no signer list on the ledger")
        if not same_list(actual.state.signer_list, desired_signers(actual, house.profile.officers)):
            raise SignerListDiffers(
                f"the signer list of account {name} on the ledger is not the profile's",
                next_step=f"Change it first: `sovbank issuer rotate-signers --account {name} --propose`.",
            )
    close_shown(house, Kind.SETTINGS)
    return propose_plan(house, accepted) if accepted.steps else ()


def refuse_drift(outstanding: Plan) -> None:
    """Raise when the ledger differs from the profile.

    Raises
    ------
    SetupDrift
    """
    if outstanding.steps:
        steps = "; ".join(f"{step.account}: {step.title}" for step in outstanding.steps)
        raise SetupDrift(f"{outstanding.subject} differs from the profile: {steps}")
