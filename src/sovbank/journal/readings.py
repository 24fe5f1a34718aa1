"""Reading operations, attempts and the log in plain SQL.

The store reads through these inside its transactions, and the read-only commands through a bare driver, so
that `ops list` starts without an object mapper. ``Query`` takes question marks; the adapters translate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from sovbank.core.machine import OPERATIONS, AttemptState, Kind, State
from sovbank.errors.journal import (
    AmbiguousOperation,
    JournalMissing,
    NoSuchAttempt,
    NoSuchOperation,
    StoreCorrupt,
)
from sovbank.journal.clock import moment
from sovbank.journal.port import AttemptRow, LogHead, OperationRow, SignatureRow

Query = Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]]
LEAST_PREFIX = 8
_ENDED = sorted(
    state.value for state in State if all(machine.is_terminal(state) for machine in OPERATIONS.values())
)
_OPERATION = (
    "SELECT id, kind, reference, parameters, state, created_by, created_at, updated_at, facts FROM operation"
)
_ATTEMPT = (
    "SELECT operation_id, number, account, ticket, sequence, last_ledger, first_ledger, unsigned, state, "
    "blob, tx_hash, result, validated_ledger FROM attempt"
)
_TOLD = "SELECT l.seq, l.hash, l.data, b.particulars FROM log l LEFT JOIN log_body b ON b.seq = l.seq"
_SIGNATURE = "SELECT operation_id, attempt, signer, public_key, signature, payload_sha256 FROM signature"


def operation(query: Query, operation_id: str) -> OperationRow:
    """Return one operation by its id or a unique prefix of it.

    Raises ``NoSuchOperation`` or ``AmbiguousOperation``.
    """
    wanted = operation_id.lower()
    if not LEAST_PREFIX <= len(wanted) <= 64 or set(wanted) - set("0123456789abcdef"):
        raise NoSuchOperation(f"not an operation id: {operation_id[:80]!r}")
    if len(wanted) == 64:
        rows = query(f"{_OPERATION} WHERE id = ?", (wanted,))
    else:
        rows = query(f"{_OPERATION} WHERE id >= ? AND id < ? LIMIT 2", (wanted, wanted + "g"))
    if not rows:
        raise NoSuchOperation(f"no operation {operation_id}")
    if len(rows) > 1:
        raise AmbiguousOperation(f"more than one operation starts with {operation_id}")
    return _operation(rows[0])


def find(query: Query, kind: Kind, reference: str) -> OperationRow | None:
    """Return the operation bound to a reference of a kind."""
    rows = query(f"{_OPERATION} WHERE reference = ? AND kind = ?", (reference, kind.value))
    return _operation(rows[0]) if rows else None


def operations(query: Query, *, kind: Kind | None, unfinished: bool, limit: int) -> list[OperationRow]:
    """Return operations, newest first."""
    terms: list[str] = []
    values: list[Any] = []
    if kind is not None:
        terms.append("kind = ?")
        values.append(kind.value)
    if unfinished:
        terms.append(f"state NOT IN ({', '.join('?' * len(_ENDED))})")
        values += _ENDED
    where = f" WHERE {' AND '.join(terms)}" if terms else ""
    rows = query(f"{_OPERATION}{where} ORDER BY created_at DESC, id LIMIT ?", (*values, limit))
    return [_operation(row) for row in rows]


def attempts(query: Query, operation_id: str) -> list[AttemptRow]:
    """Return an operation's attempts in order."""
    rows = query(f"{_ATTEMPT} WHERE operation_id = ? ORDER BY number", (operation_id,))
    return [_attempt(row) for row in rows]


def attempt(query: Query, operation_id: str, number: int) -> AttemptRow:
    """Return one attempt, or raise ``NoSuchAttempt``."""
    rows = query(f"{_ATTEMPT} WHERE operation_id = ? AND number = ?", (operation_id, number))
    if not rows:
        raise NoSuchAttempt(f"operation {operation_id} has no attempt {number}")
    return _attempt(rows[0])


def signatures(query: Query, operation_id: str, number: int) -> list[SignatureRow]:
    """Return the signatures of an attempt, by signer."""
    rows = query(
        f"{_SIGNATURE} WHERE operation_id = ? AND attempt = ? ORDER BY signer", (operation_id, number)
    )
    return [
        SignatureRow(
            operation_id=row[0],
            attempt=row[1],
            signer=row[2],
            public_key=bytes(row[3]),
            signature=bytes(row[4]),
            payload_sha256=row[5],
        )
        for row in rows
    ]


def bound(query: Query, account: str, form: str) -> frozenset[int]:
    """Return the tickets or sequences of an account that attempts are bound to."""
    rows = query("SELECT number FROM ticket WHERE account = ? AND form = ?", (account, form))
    return frozenset(int(row[0]) for row in rows)


def head(query: Query) -> LogHead:
    """Return the recorded end of the log, or raise ``JournalMissing``."""
    rows = query("SELECT log_id, seq, hash FROM log_head", ())
    if not rows:
        raise JournalMissing("the journal has no log")
    return LogHead(log_id=rows[0][0], seq=rows[0][1], hash=rows[0][2])


def anchor(query: Query, operation_id: str) -> LogHead:
    """Return the position of an operation's intent row, or raise ``NoSuchOperation``."""
    rows = query("SELECT seq, hash FROM log WHERE operation_id = ? ORDER BY seq LIMIT 1", (operation_id,))
    if not rows:
        raise NoSuchOperation(f"no operation {operation_id}")
    return LogHead(log_id=head(query).log_id, seq=rows[0][0], hash=rows[0][1])


def particulars(query: Query, operation_id: str, kind: str) -> list[dict[str, str]]:
    """Return the particulars of an operation's log rows of a kind, oldest first; erased ones are left out."""
    rows = query(
        "SELECT l.data, b.particulars FROM log l JOIN log_body b ON b.seq = l.seq "
        "WHERE l.operation_id = ? AND b.particulars IS NOT NULL ORDER BY l.seq",
        (operation_id,),
    )
    return [json.loads(row[1]) for row in rows if json.loads(bytes(row[0]))["kind"] == kind]


def particulars_with(query: Query, name: str, value: str) -> list[tuple[str, dict[str, str]]]:
    """Return (operation id, particulars) of rows whose particulars hold a name with this value, in order."""
    member = json.dumps({name: value}, separators=(",", ":"), ensure_ascii=False)[1:-1]
    pattern = re.sub("([!%_])", r"!\1", member)
    rows = query(
        "SELECT l.operation_id, b.particulars FROM log_body b JOIN log l ON l.seq = b.seq "
        "WHERE l.operation_id IS NOT NULL AND b.particulars LIKE ? ESCAPE '!' ORDER BY b.seq",
        (f"%{pattern}%",),
    )
    # LIKE takes no notice of case in SQLite, and the text may stand inside of another value.
    found = [(row[0], json.loads(row[1])) for row in rows]
    return [(operation_id, held) for operation_id, held in found if held.get(name) == value]


def log_rows(query: Query, *, after: int, limit: int) -> list[tuple[int, str, bytes]]:
    """Return (seq, hash, row) of the log rows after a number, in order."""
    rows = query("SELECT seq, hash, data FROM log WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [(row[0], row[1], bytes(row[2])) for row in rows]


def newest_log_rows(
    query: Query, *, limit: int, operation_id: str | None = None
) -> list[tuple[int, str, bytes, str | None]]:
    """Return the last (seq, hash, row, particulars) of the log or of one operation, oldest of them first."""
    where, values = ("", ()) if operation_id is None else (" WHERE l.operation_id = ?", (operation_id,))
    rows = query(f"{_TOLD}{where} ORDER BY l.seq DESC LIMIT ?", (*values, limit))
    return [_told(row) for row in reversed(rows)]


def last_before(query: Query, seq: int, *, limit: int) -> list[tuple[int, str, bytes, str | None]]:
    """Return the last (seq, hash, row, particulars) about no operation before a row, newest first."""
    rows = query(
        f"{_TOLD} WHERE l.operation_id IS NULL AND l.seq < ? ORDER BY l.seq DESC LIMIT ?", (seq, limit)
    )
    return [_told(row) for row in rows]


def _told(row: Sequence[Any]) -> tuple[int, str, bytes, str | None]:
    return row[0], row[1], bytes(row[2]), row[3]


def _operation(row: Sequence[Any]) -> OperationRow:
    try:
        return OperationRow(
            id=row[0],
            kind=Kind(row[1]),
            reference=row[2],
            parameters=json.loads(row[3]),
            state=State(row[4]),
            created_by=row[5],
            created_at=moment(row[6]),
            updated_at=moment(row[7]),
            facts=json.loads(row[8]),
        )
    except ValueError as error:
        raise StoreCorrupt(f"operation {row[0]} is not as it was written: {error}") from error


def _attempt(row: Sequence[Any]) -> AttemptRow:
    try:
        return AttemptRow(
            operation_id=row[0],
            number=row[1],
            account=row[2],
            ticket=row[3],
            sequence=row[4],
            last_ledger=row[5],
            first_ledger=row[6],
            unsigned=row[7],
            state=AttemptState(row[8]),
            blob=bytes(row[9]) if row[9] is not None else None,
            tx_hash=row[10],
            result=row[11],
            validated_ledger=row[12],
        )
    except ValueError as error:
        raise StoreCorrupt(f"an attempt of {row[0]} is not as it was written: {error}") from error
