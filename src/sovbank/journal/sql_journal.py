"""The journal port over a store: one write transaction a step, with its log row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovbank.core.machine import AttemptState, Kind, State
from sovbank.journal import readings, steps
from sovbank.journal.port import (
    AttemptRow,
    LogEvent,
    LogHead,
    LogKind,
    NewOperation,
    OperationRow,
    SignatureRow,
)
from sovbank.journal.store import Store


class SqlJournal:
    """Operations and attempts in SQLite or Postgres; ``sovbank.journal.port.Journal`` holds the contracts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open_operation(self, operation: NewOperation, event: LogEvent) -> tuple[OperationRow, bool]:
        """Record an intent, or return the one already there (and False) when it is the same."""
        with self._store.write() as tx:
            return steps.open_operation(tx, operation, event)

    def operation(self, operation_id: str) -> OperationRow:
        """Return one operation by its id or a unique prefix of it."""
        with self._store.read() as query:
            return readings.operation(query, operation_id)

    def operations(
        self, *, kind: Kind | None = None, unfinished: bool = False, limit: int = 1000
    ) -> Sequence[OperationRow]:
        """Return operations, newest first."""
        with self._store.read() as query:
            return readings.operations(query, kind=kind, unfinished=unfinished, limit=limit)

    def find(self, kind: Kind, reference: str) -> OperationRow | None:
        """Return the operation bound to a reference."""
        with self._store.read() as query:
            return readings.find(query, kind, reference)

    def advance(
        self,
        operation_id: str,
        *,
        before: State,
        after: State,
        event: LogEvent,
        facts: Mapping[str, str] | None = None,
    ) -> OperationRow:
        """Move an operation on, if it still is in ``before``, and merge facts."""
        with self._store.write() as tx:
            return steps.advance(tx, operation_id, before=before, after=after, event=event, facts=facts or {})

    def note(self, event: LogEvent, *, operation_id: str | None = None) -> int:
        """Append a log row that changes no state; return its sequence number."""
        with self._store.write() as tx:
            return steps.note(tx, event, operation_id)

    def bind_attempt(
        self,
        operation_id: str,
        *,
        account: str,
        ticket: int | None,
        sequence: int | None,
        first_ledger: int,
        last_ledger: int,
        unsigned: str,
        event: LogEvent,
    ) -> AttemptRow:
        """Open the next attempt and bind its ticket or sequence."""
        new = AttemptRow(
            operation_id=operation_id,
            number=0,
            account=account,
            ticket=ticket,
            sequence=sequence,
            last_ledger=last_ledger,
            first_ledger=first_ledger,
            unsigned=unsigned,
            state=AttemptState.BOUND,
            blob=None,
            tx_hash=None,
            result=None,
            validated_ledger=None,
        )
        with self._store.write() as tx:
            return steps.bind_attempt(tx, new, event)

    def attempts(self, operation_id: str) -> Sequence[AttemptRow]:
        """Return an operation's attempts in order."""
        with self._store.read() as query:
            return readings.attempts(query, operation_id)

    def begin_signature(self, operation_id: str, attempt: int, event: LogEvent) -> None:
        """Record sign.begin for one key; the attempt goes to ``signing``."""
        with self._store.write() as tx:
            steps.begin_signature(tx, operation_id, attempt, event)

    def store_signature(self, signature: SignatureRow, event: LogEvent) -> None:
        """Record one verified signature. The first stored one of a signer stays."""
        with self._store.write() as tx:
            steps.store_signature(tx, signature, event)

    def signatures(self, operation_id: str, attempt: int) -> Sequence[SignatureRow]:
        """Return the signatures of an attempt."""
        with self._store.read() as query:
            return readings.signatures(query, operation_id, attempt)

    def store_blob(
        self, operation_id: str, attempt: int, *, blob: bytes, tx_hash: str, event: LogEvent
    ) -> AttemptRow:
        """Record the signed blob and its hash, or return the one stored first."""
        with self._store.write() as tx:
            return steps.store_blob(tx, operation_id, attempt, blob=blob, tx_hash=tx_hash, event=event)

    def mark_submitted(self, operation_id: str, attempt: int, event: LogEvent) -> AttemptRow:
        """Record that the blob is about to be sent."""
        with self._store.write() as tx:
            return steps.mark_submitted(tx, operation_id, attempt, event)

    def finish_attempt(
        self,
        operation_id: str,
        attempt: int,
        *,
        state: AttemptState,
        result: str,
        validated_ledger: int | None,
        event: LogEvent,
    ) -> AttemptRow:
        """Record the final outcome of an attempt, with the evidence."""
        with self._store.write() as tx:
            return steps.finish_attempt(
                tx,
                operation_id,
                attempt,
                state=state,
                result=result,
                validated_ledger=validated_ledger,
                event=event,
            )

    def bound_tickets(self, account: str) -> frozenset[int]:
        """Return the tickets of an account that attempts have been bound to."""
        with self._store.read() as query:
            return readings.bound(query, account, "ticket")

    def bound_sequences(self, account: str) -> frozenset[int]:
        """Return the sequences of an account that attempts have been bound to."""
        with self._store.read() as query:
            return readings.bound(query, account, "sequence")

    def head(self) -> LogHead:
        """Return the newest position of the audit log."""
        with self._store.read() as query:
            return readings.head(query)

    def particulars(self, operation_id: str, kind: LogKind) -> Sequence[Mapping[str, str]]:
        """Return the particulars of an operation's log rows of a kind, oldest first."""
        with self._store.read() as query:
            return readings.particulars(query, operation_id, kind.value)

    def particulars_with(self, name: str, value: str) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Return (operation id, particulars) of rows whose particulars hold a name with this value."""
        with self._store.read() as query:
            return readings.particulars_with(query, name, value)

    def anchor(self, operation_id: str) -> LogHead:
        """Return the position of an operation's intent row."""
        with self._store.read() as query:
            return readings.anchor(query, operation_id)
