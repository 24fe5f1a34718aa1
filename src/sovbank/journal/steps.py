"""The steps of operations and attempts, each inside a write transaction that is given.

The rules are checked here and stand a second time as constraints of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, insert, update

from sovbank.core.canonical import canonical_json
from sovbank.core.ids import check_reference, is_operation_id
from sovbank.core.machine import ATTEMPT as ATTEMPT_MACHINE
from sovbank.core.machine import OPERATIONS, AttemptState, State
from sovbank.errors.core import IllegalTransition
from sovbank.errors.journal import (
    AttemptOpen,
    EventMismatch,
    FactChanged,
    MovedOn,
    RecordRefused,
    ReferenceTaken,
    TransactionTaken,
)
from sovbank.journal import readings, slots
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, NewOperation, OperationRow, SignatureRow
from sovbank.journal.store import Writing
from sovbank.journal.subjects import subject
from sovbank.journal.tables import ATTEMPT, OPERATION, SIGNATURE
from sovbank.journal.text import check_json_text, check_range, check_text
from sovbank.wire.hashes import transaction_id


def open_operation(tx: Writing, new: NewOperation, event: LogEvent) -> tuple[OperationRow, bool]:
    """Insert an operation, or return the same one."""
    if not is_operation_id(new.id):
        raise RecordRefused(f"not an operation id: {new.id[:80]!r}")
    check_reference(new.reference)
    known = readings.find(tx.query, new.kind, new.reference)
    if known is not None:
        if known.id != new.id or dict(known.parameters) != dict(new.parameters):
            raise ReferenceTaken(f"{new.kind.value} {new.reference} is bound to operation {known.id}")
        return known, False
    taken = tx.query("SELECT reference FROM operation WHERE id = ?", (new.id,))
    if taken:
        raise ReferenceTaken(f"operation {new.id} is bound to reference {taken[0][0]}")
    tx.connection.execute(
        insert(OPERATION).values(
            id=new.id,
            kind=new.kind.value,
            reference=new.reference,
            parameters=_json(new.parameters),
            facts=_json(new.facts),
            state=State.INTENT.value,
            created_by=check_text(new.created_by, "created_by"),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    _log(tx, new.id, event)
    return readings.operation(tx.query, new.id), True


def advance(
    tx: Writing,
    operation_id: str,
    *,
    before: State,
    after: State,
    event: LogEvent,
    facts: Mapping[str, str],
) -> OperationRow:
    """Move an operation on and merge facts."""
    row = readings.operation(tx.query, operation_id)
    OPERATIONS[row.kind].check(before, after)
    if row.state is not before:
        raise MovedOn(f"operation {row.id} is {row.state.value}, no longer {before.value}")
    if after is State.CANCELLED:
        _refuse_open_attempt(tx, row.id)
    for name, value in facts.items():
        if row.facts.get(name, value) != value:
            raise FactChanged(f"fact {name!r} of operation {row.id} is already {row.facts[name]!r}")
    _touch(tx, row.id, state=after.value, facts=_json({**row.facts, **facts}))
    _log(tx, row.id, event)
    return readings.operation(tx.query, row.id)


def note(tx: Writing, event: LogEvent, operation_id: str | None) -> int:
    """Append a row without changing a state."""
    if operation_id is None:
        tx.log(event)
    else:
        _log(tx, readings.operation(tx.query, operation_id).id, event)
    return tx.end.seq


def bind_attempt(tx: Writing, new: AttemptRow, event: LogEvent) -> AttemptRow:
    """Insert an attempt and bind its ticket or sequence; ``new.number`` is replaced by the next one."""
    row = readings.operation(tx.query, new.operation_id)
    if OPERATIONS[row.kind].is_terminal(row.state):
        raise IllegalTransition(f"operation {row.id} is {row.state.value}: there is nothing to attempt")
    if (new.ticket is None) == (new.sequence is None):
        raise RecordRefused("an attempt is bound to either a ticket or a sequence")
    _refuse_open_attempt(tx, row.id)
    number = len(readings.attempts(tx.query, row.id)) + 1
    tx.connection.execute(
        insert(ATTEMPT).values(
            operation_id=row.id,
            number=number,
            account=check_text(new.account, "account"),
            ticket=check_range(new.ticket, "ticket"),
            sequence=check_range(new.sequence, "sequence"),
            first_ledger=check_range(new.first_ledger, "first_ledger"),
            last_ledger=check_range(new.last_ledger, "last_ledger"),
            unsigned=check_json_text(new.unsigned, "unsigned"),
            state=AttemptState.BOUND.value,
        )
    )
    slots.bind(tx, row, number, new)
    _touch(tx, row.id)
    _log(tx, row.id, event)
    return readings.attempt(tx.query, row.id, number)


def begin_signature(tx: Writing, operation_id: str, number: int, event: LogEvent) -> None:
    """Record that a key is about to sign."""
    _demand(event, LogKind.SIGN_BEGIN)
    row = readings.attempt(tx.query, operation_id, number)
    if row.state is not AttemptState.SIGNING:
        _step(tx, row, AttemptState.SIGNING)
    _log(tx, row.operation_id, event)


def store_signature(tx: Writing, signature: SignatureRow, event: LogEvent) -> None:
    """Record a signature; a later one of the same signer leaves only its log row.

    One that arrives after the blob was put together is kept as well: it exists, so it is recorded.
    """
    _demand(event, LogKind.SIGN_DONE)
    row = readings.attempt(tx.query, signature.operation_id, signature.attempt)
    if row.state is AttemptState.BOUND:
        _step(tx, row, AttemptState.SIGNING)
    stored = readings.signatures(tx.query, row.operation_id, row.number)
    if signature.signer not in {known.signer for known in stored}:
        tx.connection.execute(
            insert(SIGNATURE).values(
                operation_id=row.operation_id,
                attempt=row.number,
                signer=check_text(signature.signer, "signer"),
                public_key=signature.public_key,
                signature=signature.signature,
                payload_sha256=check_text(signature.payload_sha256, "payload_sha256"),
            )
        )
    _log(tx, row.operation_id, event)


def store_blob(
    tx: Writing, operation_id: str, number: int, *, blob: bytes, tx_hash: str, event: LogEvent
) -> AttemptRow:
    """Record the signed blob, or return the attempt with the one stored first."""
    row = readings.attempt(tx.query, operation_id, number)
    if row.blob is not None:
        return row
    if transaction_id(blob) != tx_hash:
        raise TransactionTaken(f"{tx_hash[:80]} is not the hash of the blob")
    taken = tx.query("SELECT operation_id FROM attempt WHERE tx_hash = ?", (tx_hash,))
    if taken:
        raise TransactionTaken(f"transaction {tx_hash} belongs to operation {taken[0][0]}")
    _step(tx, row, AttemptState.SIGNED, blob=blob, tx_hash=tx_hash)
    _log(tx, row.operation_id, event)
    return readings.attempt(tx.query, row.operation_id, number)


def mark_submitted(tx: Writing, operation_id: str, number: int, event: LogEvent) -> AttemptRow:
    """Record that the blob is about to be sent."""
    _demand(event, LogKind.SUBMIT)
    row = readings.attempt(tx.query, operation_id, number)
    if row.state is not AttemptState.SUBMITTED:
        _step(tx, row, AttemptState.SUBMITTED)
    _log(tx, row.operation_id, event)
    return readings.attempt(tx.query, row.operation_id, number)


def finish_attempt(
    tx: Writing,
    operation_id: str,
    number: int,
    *,
    state: AttemptState,
    result: str,
    validated_ledger: int | None,
    event: LogEvent,
) -> AttemptRow:
    """Record an attempt's outcome; the same outcome again changes nothing."""
    row = readings.attempt(tx.query, operation_id, number)
    if (row.state, row.result, row.validated_ledger) == (state, result, validated_ledger):
        return row
    if not ATTEMPT_MACHINE.is_terminal(state):
        raise IllegalTransition(f"{state.value} is not an outcome of an attempt")
    _step(
        tx,
        row,
        state,
        result=check_text(result, "result"),
        validated_ledger=check_range(validated_ledger, "validated_ledger"),
    )
    _log(tx, row.operation_id, event)
    return readings.attempt(tx.query, row.operation_id, number)


def _refuse_open_attempt(tx: Writing, operation_id: str) -> None:
    for row in readings.attempts(tx.query, operation_id):
        if row.state is not AttemptState.WITHOUT_EFFECT:
            raise AttemptOpen(f"attempt {row.number} of operation {operation_id} is {row.state.value}")


def _step(tx: Writing, row: AttemptRow, after: AttemptState, **values: Any) -> None:
    ATTEMPT_MACHINE.check(row.state, after)
    tx.connection.execute(
        update(ATTEMPT)
        .where(and_(ATTEMPT.c.operation_id == row.operation_id, ATTEMPT.c.number == row.number))
        .values(state=after.value, **values)
    )
    _touch(tx, row.operation_id)


def _touch(tx: Writing, operation_id: str, **values: Any) -> None:
    tx.connection.execute(
        update(OPERATION).where(OPERATION.c.id == operation_id).values(updated_at=tx.now, **values)
    )


def _log(tx: Writing, operation_id: str, event: LogEvent) -> None:
    tx.log(event, operation_id=operation_id, subject=subject("operation", operation_id))


def _demand(event: LogEvent, kind: LogKind) -> None:
    if event.kind is not kind:
        raise EventMismatch(f"this step leaves a {kind.value} row, not {event.kind.value}")


def _json(values: Mapping[str, str]) -> str:
    for item in (part for pair in values.items() for part in pair):
        if not isinstance(item, str):
            raise RecordRefused("parameters and facts are text")
        check_json_text(item, "a parameter or fact")
    return check_json_text(canonical_json(dict(values)).decode(), "parameters or facts")
