"""Records that log rows vouch for: an operation with its attempts, a statement, a customer, an attestation.

A subject is ``kind:key``. Its record is every column of every row that belongs to it, as text; the log row of
each change holds a salted digest of it, so that a row edited without the log is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sovbank.journal.readings import Query

_PARTS: Mapping[str, Mapping[str, str]] = {
    "operation": {
        "operation": (
            "SELECT id, kind, reference, parameters, facts, state, created_by, created_at, updated_at "
            "FROM operation WHERE id = ?"
        ),
        "attempts": (
            "SELECT number, account, ticket, sequence, first_ledger, last_ledger, unsigned, state, blob, "
            "tx_hash, result, validated_ledger FROM attempt WHERE operation_id = ? ORDER BY number"
        ),
        "tickets": (
            "SELECT account, form, number, attempt FROM ticket WHERE operation_id = ? ORDER BY attempt"
        ),
        "signatures": (
            "SELECT attempt, signer, public_key, signature, payload_sha256 "
            "FROM signature WHERE operation_id = ? ORDER BY attempt, signer"
        ),
    },
    "statement": {
        "statement": ("SELECT sha256, source, imported_by, imported_at FROM fiat_statement WHERE sha256 = ?"),
        "entries": (
            "SELECT id, reference, account, booked_on, direction, amount_micro, currency, counterparty, "
            "remittance FROM fiat_transaction WHERE statement = ? ORDER BY id"
        ),
    },
    "customer": {
        "customer": (
            "SELECT kyc_id, name, tier, status, expires_on, updated_at FROM customer WHERE kyc_id = ?"
        ),
        "wallets": "SELECT account FROM wallet WHERE kyc_id = ?",
        "verifications": (
            "SELECT id, tier, status, expires_on, recorded_by, recorded_at "
            "FROM kyc_verification WHERE kyc_id = ? ORDER BY id"
        ),
    },
    "attestation": {
        "attestation": (
            "SELECT tx_hash, asset, total_micro, encumbered_micro, as_of, document_sha256, recorded_at "
            "FROM attestation WHERE tx_hash = ?"
        ),
        "items": "SELECT label, amount_micro, currency FROM reserve_item WHERE tx_hash = ? ORDER BY label",
    },
}
_KEYS = {
    "operation": "SELECT id FROM operation",
    "statement": "SELECT sha256 FROM fiat_statement",
    "customer": "SELECT kyc_id FROM customer",
    "attestation": "SELECT tx_hash FROM attestation",
}


def subject(kind: str, key: str) -> str:
    """Return the name of a subject."""
    return f"{kind}:{key}"


def record(query: Query, name: str) -> dict[str, Any] | None:
    """Return the record of a subject as the tables hold it now, or None when it is of no known kind."""
    kind, _, key = name.partition(":")
    parts = _PARTS.get(kind)
    if parts is None:
        return None
    return {
        part: [[_text(value) for value in row] for row in query(sql, (key,))] for part, sql in parts.items()
    }


def all_subjects(query: Query) -> set[str]:
    """Return the names of all subjects that the tables hold."""
    return {subject(kind, row[0]) for kind, sql in _KEYS.items() for row in query(sql, ())}


def _named(sql: str, row: Sequence[Any]) -> dict[str, str]:
    # What is NULL is left out, so that a column added later leaves the digests of older rows as they are.
    names = sql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
    return {name: _text(value) for name, value in zip(names, row, strict=True) if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)
