"""Reliable submission: recorded bytes are sent, sent again, and looked up until the ledger has decided.

Preliminary codes decide nothing. An outcome is final only on what validated ledgers show, by the rules of
docs/recovery.md. Nothing here closes a ledger: a standalone server does so on its own timer or on demand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sovbank.errors.xrpl import (
    NodeAnswerMalformed,
    NodeBehind,
    NodeContradiction,
    NodeError,
    NodeGap,
    NodeReplyLost,
    NodeUnreachable,
)
from sovbank.xrpl import evidence, shapes
from sovbank.xrpl.port import Evidence, Outcome, Submission, ValidatedTransaction
from sovbank.xrpl.reader import NodeReader
from sovbank.xrpl.session import NodeSession

POLL_SECONDS = 0.25
UNKNOWN = evidence.UNKNOWN
# The node may have taken the transaction before it failed so, or will take it when asked later.
_BUSY = frozenset(
    {"noNetwork", "noCurrent", "noClosed", "notSynced", "tooBusy", "slowDown"}
    | {"internal", "internalTransaction", "internalSubmit", "internalJson"}
)
_PASSING = (NodeUnreachable, NodeReplyLost, NodeBehind, NodeGap, NodeError, NodeAnswerMalformed)
_NO_VALIDATED = "the transaction is not in a validated ledger yet"


class NodeSubmitter:
    """Sends recorded blobs to one node and finds out what became of them (the ``LedgerSubmitter`` port).

    Parameters
    ----------
    session
        The node through which this account's transactions are submitted.
    clock, sleep
        A monotonic clock in seconds and a way to wait, for ``settle``.
    poll_seconds
        The wait between two looks.
    """

    def __init__(
        self,
        session: NodeSession,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._session = session
        self._reader = NodeReader(session)
        self._clock = clock
        self._sleep = sleep
        self._poll = poll_seconds

    def send(self, submission: Submission) -> str:
        """Send the bytes once and return the preliminary code; ``unknown`` when the reply was lost.

        Raises
        ------
        SubmissionRefused
            The record does not agree with itself; nothing was sent.
        NodeUnreachable, WrongNetwork, AmendmentBlocked
            Nothing was sent.
        NodeContradiction
            The node took the bytes for another transaction.
        NodeError
            The node refused the request. This is not final either: somebody else may hold the bytes.
        """
        evidence.check_submission(submission, network_id=self._session.network_id)
        self._session.state()
        try:
            answer = self._session.client.call("submit", {"tx_blob": submission.blob.hex().upper()})
        except NodeReplyLost:
            return UNKNOWN
        except NodeError as error:
            if error.error in _BUSY:
                return UNKNOWN
            raise
        _check_echo(answer, submission)
        return shapes.text(answer, "engine_result")

    def outcome(self, submission: Submission) -> Evidence:
        """Look the transaction up in validated ledgers, by hash and by account and ticket or sequence.

        Raises
        ------
        SubmissionRefused, WrongNetwork, AmendmentBlocked, NodeContradiction
        NodeUnreachable, NodeReplyLost, NodeBehind, NodeError, NodeAnswerMalformed
            The node could not be asked, so nothing new is known.
        """
        ours = evidence.check_submission(submission, network_id=self._session.network_id)
        # 1. How far the network has come. Everything below holds up to this ledger.
        validated = self._session.state().validated_ledger
        # 2. By hash.
        found, searched_all = self._reader.find(
            submission.tx_hash, first_ledger=submission.first_ledger, last_ledger=submission.last_ledger
        )
        if found is not None:
            return self._confirmed(submission, found)
        # 3. By account and ticket or sequence: only a history without gaps says anything.
        if validated < submission.first_ledger:
            return evidence.pending(submission, _NO_VALIDATED)
        try:
            return self._by_history(submission, ours, validated, searched_all)
        except NodeGap as gap:
            return evidence.pending(submission, gap.message)

    def settle(self, submission: Submission, *, timeout_seconds: float) -> Evidence:
        """Look, send and wait until the outcome is final or the time is over (then it is ``pending``).

        The same bytes are sent again whenever a ledger was validated without them, or a reply was lost.
        A node that fails for a moment is asked again until the time is over.

        Raises
        ------
        SubmissionRefused, WrongNetwork, AmendmentBlocked, NodeContradiction
        """
        deadline = self._clock() + timeout_seconds
        last = evidence.pending(submission, _NO_VALIDATED)
        sent_at: int | None = None
        code = UNKNOWN
        while True:
            try:
                last = self.outcome(submission)
                if last.outcome is not Outcome.PENDING:
                    return last
                last = evidence.pending(submission, last.detail, result=code)
                validated = self._session.state().validated_ledger
                if validated < submission.last_ledger and (code == UNKNOWN or validated != sent_at):
                    code = self.send(submission)
                    sent_at = validated
            except _PASSING as problem:
                last = evidence.pending(submission, problem.message, result=code)
            if self._clock() >= deadline:
                return last
            self._sleep(min(self._poll, max(0.0, deadline - self._clock())))

    def _confirmed(self, submission: Submission, found: ValidatedTransaction) -> Evidence:
        # A false "validated" or a made-up result must be told twice, in two kinds of answer, to be believed.
        result = evidence.applied(submission, found)
        self._require_validated(found.ledger_index)
        try:
            history = self._reader.transactions(
                submission.account, first_ledger=found.ledger_index, last_ledger=found.ledger_index
            )
        except NodeGap as gap:
            return evidence.pending(submission, gap.message)
        twin = next((item for item in history if item.tx_hash == found.tx_hash), None)
        if twin is None:
            return evidence.pending(submission, f"the account's history does not show {found.tx_hash} yet")
        if twin.result != found.result:
            raise NodeContradiction(
                f"the node gives {found.tx_hash} the results {found.result} and {twin.result}"
            )
        return result

    def _require_validated(self, ledger_index: int) -> None:
        if ledger_index > self._session.state().validated_ledger:
            raise NodeContradiction(
                f"the node calls ledger {ledger_index} validated, which its own state does not reach"
            )

    def _by_history(
        self, submission: Submission, ours: Mapping[str, Any], validated: int, searched_all: bool | None
    ) -> Evidence:
        # 3a. Everything that the account did from the first ledger on, even after the window: a cancelling
        #     transaction uses the ticket later.
        history = self._reader.history(
            submission.account, first_ledger=submission.first_ledger, last_ledger=validated
        )
        used_by = evidence.consumer(submission, history)
        if used_by is not None:
            return self._used(submission, ours, used_by)
        # 3b. The window is still open.
        if validated <= submission.last_ledger:
            return evidence.pending(submission, _NO_VALIDATED)
        # 3c. The window has passed without it, and its ticket or sequence is there: that alone proves it.
        #     A search by hash proves less: the server counts no ledger without transactions as searched.
        if self._unused(submission):
            return evidence.expired(submission, validated_ledger=validated)
        if searched_all is False:
            return evidence.pending(submission, "the node did not search the whole window")
        return self._used_before(submission, ours)

    def _used(
        self, submission: Submission, ours: Mapping[str, Any], used_by: ValidatedTransaction
    ) -> Evidence:
        if used_by.tx_hash == submission.tx_hash:
            # The look-up by hash was a moment too early; the next look confirms it.
            return evidence.pending(submission, f"{used_by.tx_hash} is about to be found by its hash")
        if evidence.has_same_effect(ours, used_by.tx):
            return evidence.applied(submission, used_by)
        return evidence.superseded(submission, used_by)

    def _unused(self, submission: Submission) -> bool:
        if submission.ticket is not None and submission.ticket in self._reader.tickets(submission.account):
            return True
        account = self._reader.account(submission.account)
        # A number from the account's sequence on was never used, and a ticket with it never made.
        slot = submission.sequence if submission.ticket is None else submission.ticket
        return account is not None and slot is not None and account.sequence <= slot

    def _used_before(self, submission: Submission, ours: Mapping[str, Any]) -> Evidence:
        # The ticket or sequence is gone and nobody used it from the first ledger on: look further back.
        earlier = submission.first_ledger - 1
        history = self._reader.history(submission.account, last_ledger=earlier) if earlier else ()
        used_by = evidence.consumer(submission, history)
        if used_by is None:
            return evidence.pending(
                submission, "its ticket or sequence is gone, and not by what was looked at"
            )
        return self._used(submission, ours, used_by)


def _check_echo(answer: Mapping[str, Any], submission: Submission) -> None:
    echo = answer.get("tx_json")
    if isinstance(echo, dict) and echo.get("hash", submission.tx_hash) != submission.tx_hash:
        raise NodeContradiction(
            f"the node took {submission.tx_hash} for {str(echo.get('hash'))[:64]}; nothing it says is used"
        )
