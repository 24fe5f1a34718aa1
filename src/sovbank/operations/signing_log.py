"""The journal as the guarded signer sees it (``keys.signing.SigningLog``)."""

from __future__ import annotations

from collections.abc import Sequence

from sovbank.errors.guard import AttemptNotSignable
from sovbank.journal.port import AttemptRow, Journal, LogEvent, LogKind, SignatureRow
from sovbank.keys.signing import MadeSignature, RecordedAttempt, SignatureBegun


class JournalSigningLog:
    """Writes sign.begin and sign.done rows beside the attempt and its signatures."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def attempt(self, operation_id: str, number: int) -> AttemptRow:
        """Return the attempt.

        Raises
        ------
        AttemptNotSignable
            The operation has no attempt of that number.
        """
        for row in self._journal.attempts(operation_id):
            if row.number == number:
                return row
        raise AttemptNotSignable(f"operation {operation_id} has no attempt {number}")

    def made(self, operation_id: str, number: int) -> Sequence[MadeSignature]:
        """Return the recorded signatures of the attempt."""
        return [
            MadeSignature(
                operation_id=row.operation_id,
                attempt=row.attempt,
                signer=row.signer,
                public_key=row.public_key,
                signature=row.signature,
                payload_sha256=row.payload_sha256,
            )
            for row in self._journal.signatures(operation_id, number)
        ]

    def begin(self, attempt: RecordedAttempt, begun: SignatureBegun) -> None:
        """Record sign.begin; the attempt goes to ``signing``."""
        event = _event(LogKind.SIGN_BEGIN, attempt, begun, decision="permitted")
        self._journal.begin_signature(attempt.operation_id, attempt.number, event)

    def store(self, attempt: RecordedAttempt, made: MadeSignature, begun: SignatureBegun) -> None:
        """Record the signature and sign.done."""
        row = SignatureRow(
            operation_id=made.operation_id,
            attempt=made.attempt,
            signer=made.signer,
            public_key=made.public_key,
            signature=made.signature,
            payload_sha256=made.payload_sha256,
        )
        event = _event(LogKind.SIGN_DONE, attempt, begun, decision="verified")
        self._journal.store_signature(row, event)


def _event(kind: LogKind, attempt: RecordedAttempt, begun: SignatureBegun, *, decision: str) -> LogEvent:
    return LogEvent(
        kind,
        actor=begun.officer,
        network=begun.network_id,
        account=attempt.account,
        ticket=attempt.ticket,
        last_ledger=attempt.last_ledger,
        key_fingerprint=begun.key_fingerprint,
        payload_sha256=begun.payload_sha256,
        rule=begun.row,
        decision=decision,
        body={"signer": begun.signer, "attempt": str(attempt.number)},
    )
