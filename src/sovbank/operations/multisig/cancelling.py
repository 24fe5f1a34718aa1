"""Cancelling a ceremony: a no-op on the ticket of each transaction that can still apply, or proof of none.

Signatures cannot be called back. Until the window ends, whoever holds a quorum of them can have the
transaction applied; a validated no-op on its ticket is what rules that out. The operations themselves stand:
each may be attempted again, on another ticket, or be given up (``abandoning``).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sovbank.ceremony.records import Bundle
from sovbank.core.machine import UNSENT, AttemptState, Kind, State
from sovbank.errors.cancellation import CancelTooLate, CancelWhileSent
from sovbank.errors.operations import AttemptFailed, WrongKind, WrongState
from sovbank.journal.port import AttemptRow, OperationRow
from sovbank.operations.attempts import record_outcome, submission_of
from sovbank.operations.cancellation import adopt_no_op, close, give_up, movement_of, open_cancellation
from sovbank.operations.execution import run_movement
from sovbank.operations.house import House
from sovbank.operations.moving import has_reached
from sovbank.operations.multisig.carried import carried
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.together import held_with
from sovbank.operations.rivals import (
    SUPERSEDED,
    attempts_on,
    cancellations_of,
    close_overtaken,
    find_rival,
    prove_over,
)
from sovbank.operations.taking_up import take_up_sent
from sovbank.xrpl.port import Outcome

_ACTOR = "ceremony"
_OVER = (State.POSTED, State.CANCELLED)
_CLOSED = (AttemptState.WITHOUT_EFFECT, AttemptState.SUCCEEDED)


@dataclass(frozen=True)
class Looked:
    """One transaction of the ceremony, as validated ledgers leave it: final, or closed, or still open."""

    operation: OperationRow
    attempt: AttemptRow | None
    final: bool

    @property
    def is_open(self) -> bool:
        """Whether it can still apply."""
        return not self.final and self.attempt is not None and self.attempt.state not in _CLOSED


@dataclass(frozen=True)
class Cancelling:
    """What became of each transaction, and the bundle that cancels the open ones; None when none is."""

    looked: tuple[Looked, ...]
    bundle: Bundle | None


def cancel(house: House, operation_id: str, *, window: int) -> Cancelling:
    """Return proof that nothing of the operation's ceremony can apply, or the bundle that cancels the rest.

    The same command again gives the same bundle while its window is open.

    Raises
    ------
    CancelTooLate
        The operation is final, and nothing else of its ceremony is open.
    CancelWhileSent
        One of the transactions was handed to a node and its outcome is not known.
    WrongKind
        It is a cancellation itself.
    """
    named = house.journal.operation(operation_id)
    if named.kind is Kind.CANCELLATION:
        raise WrongKind(
            "this is a cancellation itself",
            next_step=f"Give it up with `sovbank ops cancel {named.id[:16]}` once its window is over.",
        )
    rows = [house.journal.operation(one) for one in held_with(house, named.id) or (named.id,)]
    for row in rows:
        for known in cancellations_of(house, row.id, unfinished=True):
            conclude(house, known)
    looked = tuple(_looked(house, house.journal.operation(row.id)) for row in rows)
    left = [one.attempt for one in looked if one.is_open and one.attempt is not None]
    if not left:
        _refuse_final(next(one for one in looked if one.operation.id == named.id))
        return Cancelling(looked, None)
    for attempt in left:
        _refuse_sent(attempt)
    ids = [open_cancellation(house, attempt).id for attempt in left]
    return Cancelling(looked, propose(house, ids, window=window, top_up=False))


def resume_cancellation(house: House, operation: OperationRow) -> OperationRow:
    """Take a cancellation as far as the keys here allow; one that came too late or is not needed is closed.

    Raises
    ------
    SignaturesMissing, AttemptFailed, AttemptPending
    WrongState
        No transaction of it was bound here.
    """
    operation = conclude(house, operation)
    if operation.state in _OVER:
        return operation
    if not house.journal.attempts(operation.id):
        raise WrongState(
            "no transaction of this cancellation was bound here",
            next_step=f"Run `sovbank multisig cancel {operation.parameters['operation'][:16]}`, or sign the"
            " bundle of the machine that proposed it.",
        )
    return close(house, run_movement(house, operation, movement_of(house, operation)))


def conclude(house: House, operation: OperationRow) -> OperationRow:
    """Return a cancellation as validated ledgers leave it: posted, given up, or open still.

    When what it was to cancel was first, that operation is taken up as final too.
    """
    attempts = house.journal.attempts(operation.id)
    if operation.state in _OVER:
        return operation
    if not attempts:
        return adopt_no_op(house, operation)
    looked = _looked(house, operation)
    if looked.final:
        with contextlib.suppress(AttemptFailed):
            operation = run_movement(house, operation, movement_of(house, operation))
        return close(house, operation)
    if looked.is_open or looked.attempt is None:
        return operation
    known = attempts_on(house, operation.parameters["operation"], looked.attempt)
    if looked.attempt.result == SUPERSEDED:
        _take_up(house, operation.parameters["operation"])
    elif not known or any(row.state not in _CLOSED for row in known):
        return operation  # its window is over, and a further attempt may be needed
    return give_up(house, operation, why=looked.attempt.result or "")


def look(house: House, attempt: AttemptRow) -> AttemptRow:
    """Return an attempt as validated ledgers leave it: closed where that is proven, else as it is.

    Raises
    ------
    CancelTooLate
        It is final with its effect.
    ForeignTransaction
    """
    if attempt.state is AttemptState.WITHOUT_EFFECT:
        return attempt
    if attempt.state in UNSENT:
        sent = take_up_sent(house, attempt, actor=_ACTOR)
        if sent is None:
            return prove_over(house, attempt, actor=_ACTOR) or attempt
        attempt = sent
    rival = None if attempt.state is AttemptState.SUCCEEDED else find_rival(house, attempt)
    if rival is not None:
        return close_overtaken(house, attempt, rival, actor=_ACTOR)
    evidence = house.submitter.outcome(submission_of(attempt))
    if attempt.state is AttemptState.SUCCEEDED or evidence.outcome is Outcome.SUCCEEDED:
        raise CancelTooLate(
            f"transaction {evidence.tx_hash} is final in a validated ledger",
            next_step="Nothing takes it back."
            f" `sovbank ops resume {attempt.operation_id[:16]}` takes up what the ledger shows.",
        )
    if evidence.outcome is not Outcome.PENDING:
        with contextlib.suppress(AttemptFailed):
            record_outcome(house, attempt, evidence, actor=_ACTOR)
    return house.journal.attempts(attempt.operation_id)[attempt.number - 1]


def _looked(house: House, operation: OperationRow) -> Looked:
    attempts = house.journal.attempts(operation.id)
    attempt = attempts[-1] if attempts else None
    if has_reached(operation.kind, operation.state, State.FINAL):
        return Looked(operation, attempt, final=True)
    try:
        return Looked(operation, None if attempt is None else look(house, attempt), final=False)
    except CancelTooLate:
        return Looked(operation, house.journal.attempts(operation.id)[-1], final=True)


def _refuse_final(looked: Looked) -> None:
    if looked.final:
        operation = looked.operation
        raise CancelTooLate(
            f"the {operation.kind.value} is final: a validated ledger holds its transaction",
            next_step="Nothing takes it back."
            f" `sovbank ops resume {operation.id[:16]}` takes up what the ledger shows.",
        )


def _refuse_sent(attempt: AttemptRow) -> None:
    if attempt.state is AttemptState.SUBMITTED:
        raise CancelWhileSent(
            f"attempt {attempt.number} ({attempt.tx_hash}) was handed to a node and can apply up to ledger"
            f" {attempt.last_ledger}",
            next_step=f"Run `sovbank ops resume {attempt.operation_id[:16]}`. If it ends without effect,"
            " nothing is left to cancel.",
        )


def _take_up(house: House, operation_id: str) -> None:
    """Bring an operation to ``final`` on the transaction that overtook its cancellation, where known here."""
    attempts = house.journal.attempts(operation_id)
    if not attempts:
        return
    operation = house.journal.operation(operation_id)
    looked = _looked(house, operation)
    if looked.final and not has_reached(operation.kind, operation.state, State.FINAL):
        row = carried(operation.kind)
        row.close(house, run_movement(house, operation, row.movement(house, operation)))
