"""Planned steps whose effect validated ledgers show while the journal has them as unfinished.

A command that was killed after its transaction was sent finds, given again, that nothing is left to do: the
plan is made from the ledger. What the ledger shows is recorded here, so that the operation is over as well.
"""

from __future__ import annotations

from sovbank.core.machine import Kind, State
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations.attempts import submission_of
from sovbank.operations.house import House
from sovbank.operations.planned import resume_step
from sovbank.xrpl.port import Outcome


def close_shown(house: House, kind: Kind) -> tuple[OperationRow, ...]:
    """Post the unfinished steps of a kind that are final in validated ledgers; nothing is signed or sent."""
    unfinished = house.journal.operations(kind=kind, unfinished=True, limit=ALL_ROWS)
    return tuple(resume_step(house, row) for row in unfinished if is_shown(house, row))


def is_shown(house: House, operation: OperationRow) -> bool:
    """Say whether a validated ledger shows the success of what was recorded for an unfinished operation."""
    if operation.state is State.FINAL:
        return True
    attempts = house.journal.attempts(operation.id)
    if not attempts or attempts[-1].blob is None:
        return False
    return house.submitter.outcome(submission_of(attempts[-1])).outcome is Outcome.SUCCEEDED
