"""The journal port: operations, attempts, signatures and the audit log, written together.

Each call that changes something commits one database transaction holding the new state and its log row.
Nothing here waits for a network or an HSM. Names of log kinds and fields: docs/audit-log.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sovbank.core.machine import AttemptState, Kind, State

ALL_ROWS = 2**31 - 1
"""A limit for readings that must not leave anything out."""


class LogKind(StrEnum):
    """Kinds of audit-log rows."""

    GENESIS = "genesis"
    INTENT = "intent"
    APPROVE = "approve"
    SIGN_BEGIN = "sign.begin"
    SIGN_DONE = "sign.done"
    SUBMIT = "submit"
    OBSERVE = "observe"
    FINAL = "final"
    ABORT = "abort"
    ADMIN = "admin"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class LogEvent:
    """What one audit-log row says beside its position, time, host and software version.

    ``body`` holds particulars; the chain carries only its salted hash, so that it can be erased.
    """

    kind: LogKind
    actor: str
    network: int | None = None
    account: str | None = None
    ticket: int | None = None
    last_ledger: int | None = None
    key_fingerprint: str | None = None
    payload_sha256: str | None = None
    tx_hash: str | None = None
    rule: str | None = None
    decision: str | None = None
    result: str | None = None
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LogHead:
    """A position in the audit log: sequence number and hash of a row. Quoted elsewhere, it is an anchor."""

    log_id: str
    seq: int
    hash: str


@dataclass(frozen=True)
class NewOperation:
    """An operation about to be recorded. ``parameters`` hold amounts as plain digits and no expiry.

    ``facts`` are known from the start but no part of the identity, such as an expiry.
    """

    id: str
    kind: Kind
    reference: str
    parameters: Mapping[str, str]
    created_by: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OperationRow:
    """An operation as the journal holds it. ``facts`` gather what later steps learnt, as strings."""

    id: str
    kind: Kind
    reference: str
    parameters: Mapping[str, str]
    state: State
    created_by: str
    created_at: datetime
    updated_at: datetime
    facts: Mapping[str, str]


@dataclass(frozen=True)
class AttemptRow:
    """One attempt of an operation: a ticket or sequence bound for good, then a blob, then an outcome.

    ``unsigned`` is the transaction as canonical JSON text: signing again after a crash signs the same bytes.
    """

    operation_id: str
    number: int
    account: str
    ticket: int | None
    sequence: int | None
    last_ledger: int
    first_ledger: int
    unsigned: str
    state: AttemptState
    blob: bytes | None
    tx_hash: str | None
    result: str | None
    validated_ledger: int | None


@dataclass(frozen=True)
class SignatureRow:
    """One signature of an attempt, verified before it was stored."""

    operation_id: str
    attempt: int
    signer: str
    public_key: bytes
    signature: bytes
    payload_sha256: str


class Journal(Protocol):
    """Durable operations with a tamper-evident log. SQLite and Postgres implement it alike."""

    def open_operation(self, operation: NewOperation, event: LogEvent) -> tuple[OperationRow, bool]:
        """Record an intent, or return the one already there (and False) when it is the same.

        Raises ``ReferenceTaken`` when (reference, kind) is bound to another operation.
        """
        ...

    def operation(self, operation_id: str) -> OperationRow:
        """Return one operation, or raise ``NoSuchOperation``. A unique prefix of 8 or more digits will do."""
        ...

    def operations(
        self, *, kind: Kind | None = None, unfinished: bool = False, limit: int = 1000
    ) -> Sequence[OperationRow]:
        """Return operations, newest first."""
        ...

    def find(self, kind: Kind, reference: str) -> OperationRow | None:
        """Return the operation bound to a reference."""
        ...

    def advance(
        self,
        operation_id: str,
        *,
        before: State,
        after: State,
        event: LogEvent,
        facts: Mapping[str, str] | None = None,
    ) -> OperationRow:
        """Move an operation on, if it still is in ``before``; merge facts (a fact once set never changes).

        Raises ``IllegalTransition`` for a step outside the machine, ``MovedOn`` when another process
        was first.
        """
        ...

    def note(self, event: LogEvent, *, operation_id: str | None = None) -> int:
        """Append a log row that changes no state; return its sequence number."""
        ...

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
        """Open the next attempt and bind its ticket or sequence to the operation, for good.

        After an attempt that expired unused, the next one of the same operation takes the same ticket or
        sequence again: then two attempts can never both apply, whatever the evidence was worth.

        A cancellation shares the ticket or sequence of the operation that its parameters name: at most one of
        the two can apply. The binding stays with that operation.

        Raises ``AttemptOpen`` while an earlier attempt is not proven without effect, ``TicketTaken`` when the
        ticket or sequence of that account is bound to another operation, ``NotToShare`` when no unsent
        attempt of the operation that is cancelled is open on it.
        """
        ...

    def attempts(self, operation_id: str) -> Sequence[AttemptRow]:
        """Return an operation's attempts in order."""
        ...

    def begin_signature(self, operation_id: str, attempt: int, event: LogEvent) -> None:
        """Record sign.begin for one key; the attempt goes to ``signing``."""
        ...

    def store_signature(self, signature: SignatureRow, event: LogEvent) -> None:
        """Record one verified signature (sign.done of that key). The first stored one of a signer stays."""
        ...

    def signatures(self, operation_id: str, attempt: int) -> Sequence[SignatureRow]:
        """Return the signatures of an attempt."""
        ...

    def store_blob(
        self, operation_id: str, attempt: int, *, blob: bytes, tx_hash: str, event: LogEvent
    ) -> AttemptRow:
        """Record the signed blob and its hash (now ``signed``), or return the one stored first."""
        ...

    def mark_submitted(self, operation_id: str, attempt: int, event: LogEvent) -> AttemptRow:
        """Record that the blob is about to be sent; the same again only adds a log row."""
        ...

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
        """Record the final outcome of an attempt: ``succeeded`` or ``without-effect``, with the evidence."""
        ...

    def bound_tickets(self, account: str) -> frozenset[int]:
        """Return the tickets of an account that operations have been bound to."""
        ...

    def bound_sequences(self, account: str) -> frozenset[int]:
        """Return the sequences of an account that operations have been bound to."""
        ...

    def head(self) -> LogHead:
        """Return the newest position of the audit log."""
        ...

    def particulars(self, operation_id: str, kind: LogKind) -> Sequence[Mapping[str, str]]:
        """Return the particulars of an operation's log rows of a kind, oldest first, but for erased ones."""
        ...

    def particulars_with(self, name: str, value: str) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Return (operation id, particulars) of all rows whose particulars hold a name with this value.

        Oldest first; rows about no operation and erased particulars are left out.
        """
        ...

    def anchor(self, operation_id: str) -> LogHead:
        """Return the position of an operation's intent row, for a memo of its transaction."""
        ...
