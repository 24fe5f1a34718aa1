"""Planned steps in ceremonies: derived from their keys on every machine, by that machine's own profile.

A signer list is changed by the quorum of the list that stands on the ledger, which the profile no longer has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sovbank.core.profile import Account
from sovbank.errors.journal import ExportMalformed
from sovbank.errors.operations import AccountMissing
from sovbank.errors.signers import SignerUnnamed
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import OperationRow
from sovbank.operations.derived_steps import derive_step
from sovbank.operations.execution import Movement
from sovbank.operations.handed_over import record_handed_over
from sovbank.operations.house import House
from sovbank.operations.planned import make_plan, movement_of_step, stem_of, step_facts
from sovbank.operations.signing import SigningMode
from sovbank.operations.steps import Step
from sovbank.operations.trustlines import refuse_stranger

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return what a step wants of the ledger, built from its key.

    Raises
    ------
    StepUnknown, SignerUnnamed
    """
    step = derive_step(house.profile, operation.parameters)
    movement = movement_of_step(house, operation, step.build, SigningMode.QUORUM)
    if changes_signers(operation.parameters):
        movement = replace(movement, account=under_live_list(house, movement.account))
    return replace(movement, refuse=lambda: _refuse(house, step))


def take_over(house: House, exported: ExportedOperation) -> OperationRow:
    """Record a step that a bundle from another machine describes, as this machine's profile gives it.

    Raises
    ------
    StepUnknown, ExportMalformed
    """
    step = derive_step(house.profile, exported.parameters)
    plan = make_plan(house, step.account, [step])
    prefix, _, number = exported.reference.rpartition(":")
    if prefix != f"step:{stem_of(step, plan.step_digests[0])}" or not _NUMBER.fullmatch(number):
        raise ExportMalformed("the reference does not follow from what the step does")
    return record_handed_over(house, exported, step_facts(plan, step))


def receive(house: House, operation: OperationRow) -> OperationRow:
    """Refuse a step that may not be signed now, and return its operation as it is.

    Raises
    ------
    NotWhitelisted
    """
    _refuse(house, derive_step(house.profile, operation.parameters))
    return operation


def changes_signers(parameters: Mapping[str, str]) -> bool:
    """Say whether an operation's parameters are those of the step that sets a signer list."""
    return parameters.get("step", "").startswith("signer-list/")


def under_live_list(house: House, account: Account) -> Account:
    """Return an account with the signers that the ledger shows, as officers of the profile.

    Raises
    ------
    AccountMissing
    SignerUnnamed
        A signer on the ledger is no officer of the profile.
    """
    state = house.ledger.account(account.address)
    if state is None:
        raise AccountMissing(f"{account.address} is not on the ledger")
    names = {officer.account: name for name, officer in house.profile.officers.items()}
    unnamed = [entry.account for entry in state.signer_list.entries if entry.account not in names]
    if unnamed:
        raise SignerUnnamed(f"no officer of the profile has the signing account {', '.join(unnamed)}")
    signers = {names[entry.account]: entry.weight for entry in state.signer_list.entries}
    return account.model_copy(update={"signers": signers, "quorum": state.signer_list.quorum})


def _refuse(house: House, step: Step) -> None:
    name, *parts = step.key.split("/")
    if name == "authorize":
        refuse_stranger(house, parts[1])
