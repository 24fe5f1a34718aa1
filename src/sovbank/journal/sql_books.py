"""The books port over a store: bank entries, customers and attestations, each change with its log row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, update

from sovbank.errors.journal import AttestationConflict, CustomerConflict, EntryConflict
from sovbank.journal.books import AttestationRow, BankEntry, Customer, Direction, StatementImport
from sovbank.journal.clock import moment, stamp
from sovbank.journal.port import LogEvent, LogKind
from sovbank.journal.readings import Query
from sovbank.journal.store import Store, Writing
from sovbank.journal.subjects import subject
from sovbank.journal.tables_books import (
    ATTESTATION,
    CUSTOMER,
    FIAT_ACCOUNT,
    FIAT_STATEMENT,
    FIAT_TRANSACTION,
    KYC_VERIFICATION,
    WALLET,
)
from sovbank.journal.text import check_micro, check_text

_ENTRY = (
    "SELECT reference, account, booked_on, direction, amount_micro, currency, counterparty, remittance "
    "FROM fiat_transaction"
)
_CUSTOMER = (
    "SELECT c.kyc_id, c.name, c.tier, c.expires_on, w.account, c.status, c.updated_at "
    "FROM customer c JOIN wallet w ON w.kyc_id = c.kyc_id"
)
_ATTESTATION = "SELECT asset, total_micro, encumbered_micro, as_of, document_sha256, tx_hash FROM attestation"


class SqlBooks:
    """Books in SQLite or Postgres; ``sovbank.journal.books.Books`` holds the contracts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def import_statement(
        self, sha256: str, source: str, entries: Sequence[BankEntry], *, actor: str
    ) -> StatementImport:
        """Store all entries of a statement or none."""
        with self._store.write() as tx:
            new = [entry for entry in _without_repeats(entries) if not _is_known(tx.query, entry)]
            outcome = StatementImport(sha256=sha256, new=len(new), known=len(entries) - len(new))
            if tx.query("SELECT sha256 FROM fiat_statement WHERE sha256 = ?", (sha256,)) and not new:
                return outcome
            _insert_statement(tx, sha256, source, new, actor=actor)
            tx.log(
                _admin(
                    actor, "statement-imported", f"{outcome.new} new, {outcome.known} known", source=source
                ),
                subject=subject("statement", sha256),
            )
            return outcome

    def bank_entry(self, reference: str) -> BankEntry | None:
        """Return the entry with that bank reference."""
        with self._store.read() as query:
            return _entry_of(query, reference)

    def bank_entries(self, *, direction: Direction | None = None) -> Sequence[BankEntry]:
        """Return all entries in booking order."""
        with self._store.read() as query:
            if direction is None:
                rows = query(f"{_ENTRY} ORDER BY booked_on, id", ())
            else:
                rows = query(f"{_ENTRY} WHERE direction = ? ORDER BY booked_on, id", (direction.value,))
            return [_entry(row) for row in rows]

    def put_customer(self, customer: Customer, *, actor: str) -> None:
        """Insert a customer or replace status, tier and expiry."""
        with self._store.write() as tx:
            _put_customer(tx, customer, actor=actor)
            tx.log(
                _admin(actor, "customer-recorded", customer.status, kyc_id=customer.kyc_id),
                subject=subject("customer", customer.kyc_id),
            )

    def customer(self, key: str) -> Customer | None:
        """Return the customer by KYC case or by account."""
        with self._store.read() as query:
            rows = query(f"{_CUSTOMER} WHERE c.kyc_id = ?", (key,)) or query(
                f"{_CUSTOMER} WHERE w.account = ?", (key,)
            )
            return _customer(rows[0]) if rows else None

    def customers(self) -> Sequence[Customer]:
        """Return all customers by name."""
        with self._store.read() as query:
            return sorted(
                (_customer(row) for row in query(_CUSTOMER, ())), key=lambda row: (row.name, row.kyc_id)
            )

    def put_attestation(self, row: AttestationRow, *, actor: str) -> None:
        """Store an attestation that a ledger accepted; the same again changes nothing."""
        with self._store.write() as tx:
            known = tx.query(f"{_ATTESTATION} WHERE tx_hash = ?", (row.tx_hash,))
            if known:
                if _attestation(known[0]) != row:
                    raise AttestationConflict(f"the attestation of {row.tx_hash} is recorded otherwise")
                return
            _insert_attestation(tx, row)
            tx.log(
                _admin(actor, "attestation-recorded", "accepted", tx_hash=row.tx_hash, asset=row.asset),
                subject=subject("attestation", row.tx_hash),
            )

    def attestations(self, asset: str) -> Sequence[AttestationRow]:
        """Return an asset's attestations, newest first."""
        with self._store.read() as query:
            rows = query(
                f"{_ATTESTATION} WHERE asset = ? ORDER BY as_of DESC, recorded_at DESC, tx_hash", (asset,)
            )
            return [_attestation(row) for row in rows]


def _admin(actor: str, decision: str, result: str, **body: str) -> LogEvent:
    return LogEvent(LogKind.ADMIN, actor=actor, rule="books", decision=decision, result=result, body=body)


def _without_repeats(entries: Sequence[BankEntry]) -> list[BankEntry]:
    """Return the entries once each; the same reference twice with other particulars is refused."""
    found: dict[str, BankEntry] = {}
    for entry in entries:
        if found.setdefault(entry.reference, entry) != entry:
            raise EntryConflict(f"reference {entry.reference!r} stands in the statement twice, differently")
    return list(found.values())


def _is_known(query: Query, entry: BankEntry) -> bool:
    known = _entry_of(query, entry.reference)
    if known is not None and known != entry:
        raise EntryConflict(f"reference {entry.reference!r} is known with other particulars")
    return known is not None


def _insert_statement(
    tx: Writing, sha256: str, source: str, entries: Sequence[BankEntry], *, actor: str
) -> None:
    if not tx.query("SELECT sha256 FROM fiat_statement WHERE sha256 = ?", (sha256,)):
        tx.connection.execute(
            insert(FIAT_STATEMENT).values(
                sha256=check_text(sha256, "sha256"),
                source=check_text(source, "source"),
                imported_by=check_text(actor, "actor"),
                imported_at=tx.now,
            )
        )
    for account, currency in sorted({(entry.account, entry.currency) for entry in entries}):
        if not tx.query(
            "SELECT account FROM fiat_account WHERE account = ? AND currency = ?", (account, currency)
        ):
            tx.connection.execute(insert(FIAT_ACCOUNT).values(account=account, currency=currency))
    if entries:
        tx.connection.execute(insert(FIAT_TRANSACTION), [_entry_values(sha256, entry) for entry in entries])


def _entry_values(sha256: str, entry: BankEntry) -> dict[str, Any]:
    return {
        "reference": check_text(entry.reference, "reference"),
        "statement": sha256,
        "account": check_text(entry.account, "account"),
        "booked_on": entry.booked_on.isoformat(),
        "direction": entry.direction.value,
        "amount_micro": check_micro(entry.amount_micro, "amount"),
        "currency": check_text(entry.currency, "currency"),
        "counterparty": check_text(entry.counterparty, "counterparty"),
        "remittance": check_text(entry.remittance, "remittance"),
    }


def _put_customer(tx: Writing, customer: Customer, *, actor: str) -> None:
    holder = tx.query("SELECT kyc_id FROM wallet WHERE account = ?", (customer.account,))
    if holder and holder[0][0] != customer.kyc_id:
        raise CustomerConflict(f"account {customer.account} belongs to case {holder[0][0]}")
    known = tx.query(f"{_CUSTOMER} WHERE c.kyc_id = ?", (customer.kyc_id,))
    if known and (known[0][1], known[0][4]) != (customer.name, customer.account):
        raise CustomerConflict(f"case {customer.kyc_id} belongs to another customer or account")
    outcome = {
        "tier": check_text(customer.tier, "tier"),
        "status": check_text(customer.status, "status"),
        "expires_on": customer.expires_on.isoformat(),
    }
    if known:
        tx.connection.execute(
            update(CUSTOMER)
            .where(CUSTOMER.c.kyc_id == customer.kyc_id)
            .values(updated_at=stamp(customer.updated_at), **outcome)
        )
    else:
        tx.connection.execute(
            insert(CUSTOMER).values(
                kyc_id=check_text(customer.kyc_id, "kyc_id"),
                name=check_text(customer.name, "name"),
                updated_at=stamp(customer.updated_at),
                **outcome,
            )
        )
        tx.connection.execute(
            insert(WALLET).values(account=check_text(customer.account, "account"), kyc_id=customer.kyc_id)
        )
    tx.connection.execute(
        insert(KYC_VERIFICATION).values(
            kyc_id=customer.kyc_id, recorded_by=check_text(actor, "actor"), recorded_at=tx.now, **outcome
        )
    )


def _insert_attestation(tx: Writing, row: AttestationRow) -> None:
    tx.connection.execute(
        insert(ATTESTATION).values(
            tx_hash=check_text(row.tx_hash, "tx_hash"),
            asset=check_text(row.asset, "asset"),
            total_micro=check_micro(row.total_micro, "total"),
            encumbered_micro=check_micro(row.encumbered_micro, "encumbered"),
            as_of=stamp(row.as_of),
            document_sha256=check_text(row.document_sha256, "document_sha256"),
            recorded_at=tx.now,
        )
    )


def _entry_of(query: Query, reference: str) -> BankEntry | None:
    rows = query(f"{_ENTRY} WHERE reference = ?", (reference,))
    return _entry(rows[0]) if rows else None


def _entry(row: Sequence[Any]) -> BankEntry:
    return BankEntry(
        reference=row[0],
        account=row[1],
        booked_on=date.fromisoformat(row[2]),
        direction=Direction(row[3]),
        amount_micro=row[4],
        currency=row[5],
        counterparty=row[6],
        remittance=row[7],
    )


def _customer(row: Sequence[Any]) -> Customer:
    return Customer(
        kyc_id=row[0],
        name=row[1],
        tier=row[2],
        expires_on=date.fromisoformat(row[3]),
        account=row[4],
        status=row[5],
        updated_at=moment(row[6]),
    )


def _attestation(row: Sequence[Any]) -> AttestationRow:
    return AttestationRow(
        asset=row[0],
        total_micro=row[1],
        encumbered_micro=row[2],
        as_of=moment(row[3]),
        document_sha256=row[4],
        tx_hash=row[5],
    )
