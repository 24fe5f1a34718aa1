"""The books port: customers, wallets, bank entries and attestations, beside the operations that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Direction(StrEnum):
    """Which way money moved on the bank account."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True)
class BankEntry:
    """One booked entry of a bank statement. The amount is positive; of an account only four digits stay."""

    reference: str
    account: str
    booked_on: date
    direction: Direction
    amount_micro: int
    currency: str
    counterparty: str
    remittance: str


@dataclass(frozen=True)
class StatementImport:
    """The outcome of importing one statement."""

    sha256: str
    new: int
    known: int


@dataclass(frozen=True)
class Customer:
    """A customer as the compliance officers know them. ``kyc_id`` names the case at the KYC provider."""

    kyc_id: str
    name: str
    tier: str
    expires_on: date
    account: str
    status: str
    updated_at: datetime


@dataclass(frozen=True)
class AttestationRow:
    """One attestation of reserves as it was submitted."""

    asset: str
    total_micro: int
    encumbered_micro: int
    as_of: datetime
    document_sha256: str
    tx_hash: str


class Books(Protocol):
    """Records beside the operations, in the same database."""

    def import_statement(
        self, sha256: str, source: str, entries: Sequence[BankEntry], *, actor: str
    ) -> StatementImport:
        """Store all entries of a statement or none.

        Raises ``EntryConflict`` when a reference is known with other particulars.
        """
        ...

    def bank_entry(self, reference: str) -> BankEntry | None:
        """Return the entry with that bank reference."""
        ...

    def bank_entries(self, *, direction: Direction | None = None) -> Sequence[BankEntry]:
        """Return all entries in booking order."""
        ...

    def put_customer(self, customer: Customer, *, actor: str) -> None:
        """Insert a customer or replace status, tier and expiry.

        Raises ``CustomerConflict`` when the case or the account already belongs to another customer.
        """
        ...

    def customer(self, key: str) -> Customer | None:
        """Return the customer by KYC case or by account."""
        ...

    def customers(self) -> Sequence[Customer]:
        """Return all customers by name."""
        ...

    def put_attestation(self, row: AttestationRow, *, actor: str) -> None:
        """Store an attestation that a ledger accepted."""
        ...

    def attestations(self, asset: str) -> Sequence[AttestationRow]:
        """Return an asset's attestations, newest first."""
        ...
