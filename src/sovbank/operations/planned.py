"""Planned steps: transactions that change settings, each one operation under a plan that an officer accepted.

A step's identity is what it does. Settings are compared with the ledger, never with an old operation: when a
step is needed again, because somebody undid it, it gets the next number and is an operation of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sovbank.core.canonical import digest
from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.permits import PlanPermit, plan_digest, step_digest
from sovbank.errors.operations import NoOfficerHere, WrongState
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.agreement import particulars_of
from sovbank.operations.execution import Movement, close_movement, run_movement
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.people import first_signer_here
from sovbank.operations.signing import SigningMode
from sovbank.operations.steps import Build, Step
from sovbank.operations.terms import anchor_terms
from sovbank.xrpl.envelope import Anchor, Envelope, Tx
from sovbank.xrpl.settings import is_set

_PROPOSER = "proposer"
_OVER = (State.POSTED, State.CANCELLED)
_PLAN_AGAIN = "Run the command that planned it again: it plans from what the ledger shows now."


@dataclass(frozen=True)
class Plan:
    """An ordered plan. ``digest`` is what the officer accepts; it covers what every transaction does."""

    subject: str
    steps: tuple[Step, ...]
    step_digests: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The digest over the digests of all steps in their order."""
        return plan_digest(self.step_digests)


def make_plan(house: House, subject: str, steps: list[Step]) -> Plan:
    """Return the plan of the given steps, each digested as it will be signed."""
    return Plan(subject, tuple(steps), tuple(_digest(house, step) for step in steps))


def propose_plan(house: House, accepted: Plan, *, kind: Kind = Kind.SETTINGS) -> tuple[OperationRow, ...]:
    """Record the steps of an accepted plan, for a ceremony whose signers may all be elsewhere."""
    record_acceptance(house, accepted, elsewhere=True)
    return tuple(open_step(house, accepted, step, kind=kind, elsewhere=True) for step in accepted.steps)


def record_acceptance(house: House, accepted: Plan, *, elsewhere: bool = False) -> None:
    """Log that an officer accepted the plan; call it before the first of its steps is run."""
    if not accepted.steps:
        return
    house.journal.note(
        LogEvent(
            LogKind.APPROVE,
            actor=_actor(house, accepted.steps[0], elsewhere=elsewhere),
            network=house.network_id,
            payload_sha256=accepted.digest,
            rule="plan",
            decision="accepted",
            body={
                "subject": accepted.subject,
                "steps": " ".join(accepted.step_digests),
                **particulars_of(house.agreement()),
            },
        )
    )


def run_step(
    house: House,
    accepted: Plan,
    step: Step,
    *,
    kind: Kind = Kind.SETTINGS,
    mode: SigningMode | None = None,
) -> OperationRow:
    """Run one step of an accepted plan until it is final in a validated ledger.

    Without a ``mode``, the master key signs where it is here and not disabled, else a quorum.
    """
    operation = open_step(house, accepted, step, kind=kind)
    movement = movement_of_step(house, operation, step.build, mode or _mode(house, step))
    return close_movement(house, run_movement(house, operation, movement))


def resume_step(house: House, operation: OperationRow) -> OperationRow:
    """Take up a step whose transaction was recorded; without one, the next plan shows it again.

    Raises
    ------
    WrongState
        Nothing was recorded for the step, or what was recorded can no longer apply.
    """
    if operation.state is State.FINAL:
        return close_movement(house, operation)
    if not house.journal.attempts(operation.id):
        raise WrongState("nothing was signed for this step yet", next_step=_PLAN_AGAIN)

    def build(_envelope: Envelope, _anchor: Anchor) -> Tx:
        raise WrongState("the recorded transaction can no longer apply", next_step=_PLAN_AGAIN)

    movement = movement_of_step(house, operation, build, SigningMode.QUORUM)
    return close_movement(house, run_movement(house, operation, movement))


def open_step(
    house: House,
    accepted: Plan,
    step: Step,
    *,
    kind: Kind = Kind.SETTINGS,
    elsewhere: bool = False,
) -> OperationRow:
    """Record a step of an accepted plan as an operation, or return the one that is not finished yet."""
    stem = stem_of(step, accepted.step_digests[accepted.steps.index(step)])
    number = 1
    while (known := house.journal.find(kind, f"step:{stem}:{number}")) is not None:
        if known.state not in _OVER:
            return known
        number += 1
    reference = f"step:{stem}:{number}"
    actor = _actor(house, step, elsewhere=elsewhere)
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(kind, step.parameters, reference),
            kind=kind,
            reference=reference,
            parameters=step.parameters,
            created_by=actor,
            facts=step_facts(accepted, step),
        ),
        intent(house, actor, account=house.account(step.account).address),
    )
    return operation


def stem_of(step: Step, does: str) -> str:
    """Return the part of a step's reference that says which step it is.

    What the transaction ``does`` is part of it: a step of the same name in a plan made after the profile
    changed is another operation, with the digest that was accepted for it.
    """
    return digest("sovbank/step/v1", {**step.parameters, "does": does})[:16]


def step_facts(accepted: Plan, step: Step) -> dict[str, str]:
    """Return what an operation keeps of the plan that its step was accepted with."""
    return {
        "title": step.title,
        "accepted": accepted.digest,
        "steps": " ".join(accepted.step_digests),
        "anchored": "yes" if step.anchored else "no",
    }


def movement_of_step(house: House, operation: OperationRow, build: Build, mode: SigningMode) -> Movement:
    """Return what a recorded step wants of the ledger; ``build`` makes its transaction."""
    account = house.account(operation.parameters["account"])

    def permit() -> PlanPermit:
        return PlanPermit(
            anchor=anchor_terms(house, operation) if operation.facts["anchored"] == "yes" else None,
            account=account.address,
            accepted=operation.facts["accepted"],
            steps=tuple(operation.facts["steps"].split()),
        )

    return Movement(
        account,
        build,
        permit,
        mode=mode,
        officers=tuple(operation.parameters["signers"].split()),
        actor=operation.created_by,
    )


def _mode(house: House, step: Step) -> SigningMode:
    account = house.account(step.account)
    state = house.ledger.account(account.address)
    disabled = state is not None and is_set(state.flags, "disableMaster")
    master_here = account.master_key is not None and house.keys.holds(account.master_key)
    return SigningMode.QUORUM if step.signers or disabled or not master_here else SigningMode.MASTER


def _actor(house: House, step: Step, *, elsewhere: bool = False) -> str:
    if step.signers:
        return step.signers[0]
    try:
        return first_signer_here(house, house.account(step.account))
    except NoOfficerHere:
        if not elsewhere:
            raise
        return _PROPOSER


def _digest(house: House, step: Step) -> str:
    envelope = Envelope(
        account=house.account(step.account).address,
        network_id=house.network_id,
        last_ledger=1,
        fee=10,
        multisigned=False,
        sequence=1,
    )
    return step_digest(house.network_id, step.build(envelope, Anchor(1, "0" * 64)))
