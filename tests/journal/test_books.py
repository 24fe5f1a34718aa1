"""The books port, over both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sovbank.errors.journal import AttestationConflict, CustomerConflict, EntryConflict, RecordRefused
from sovbank.journal.books import AttestationRow, BankEntry, Customer, Direction
from sovbank.journal.sql_books import SqlBooks
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.verify import verify_journal

ENTRY = BankEntry(
    reference="BR-1",
    account="6789",
    booked_on=date(2026, 11, 2),
    direction=Direction.CREDIT,
    amount_micro=1_000_000_000_000,
    currency="USD",
    counterparty="Müller & Sons",
    remittance="deposit 😀",
)
CUSTOMER = Customer(
    kyc_id="KYC-1",
    name="Ada",
    tier="retail",
    expires_on=date(2027, 1, 31),
    account="rAda",
    status="whitelisted",
    updated_at=datetime(2026, 11, 2, 10, tzinfo=UTC),
)
ATTESTATION = AttestationRow(
    asset="FTHUSD",
    total_micro=9_000_000_000_000_000_000,
    encumbered_micro=0,
    as_of=datetime(2026, 11, 2, tzinfo=UTC),
    document_sha256="cd" * 32,
    tx_hash="0x" + "ab" * 32,
)


def test_a_statement_is_stored_once(books: SqlBooks, journal: SqlJournal, url: str) -> None:
    second = replace(ENTRY, reference="BR-2", booked_on=date(2026, 11, 1), direction=Direction.DEBIT)
    first = books.import_statement("a" * 64, "a.csv", [ENTRY, second], actor="coo")
    assert (first.new, first.known) == (2, 0)
    seq = journal.head().seq
    again = books.import_statement("a" * 64, "a.csv", [ENTRY, second], actor="coo")
    assert (again.new, again.known) == (0, 2)
    assert journal.head().seq == seq
    third = replace(ENTRY, reference="BR-3")
    overlap = books.import_statement("b" * 64, "b.csv", [second, third], actor="coo")
    assert (overlap.new, overlap.known) == (1, 1)
    assert books.bank_entries() == [second, ENTRY, third]
    assert books.bank_entries(direction=Direction.DEBIT) == [second]
    assert books.bank_entry("BR-1") == ENTRY
    assert books.bank_entry("BR-9") is None
    assert verify_journal(url).records == 2


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        (replace(ENTRY, amount_micro=ENTRY.amount_micro + 1), EntryConflict),
        (replace(ENTRY, reference="BR-8", remittance="a\0b"), RecordRefused),
        (replace(ENTRY, reference="BR-8", counterparty="\udc00"), RecordRefused),
        (replace(ENTRY, reference="BR-8", amount_micro=2**63), RecordRefused),
        (replace(ENTRY, reference="BR-8", amount_micro=-1), RecordRefused),
    ],
)
def test_a_bad_entry_keeps_the_whole_statement_out(
    books: SqlBooks, journal: SqlJournal, bad: BankEntry, refusal: type[Exception]
) -> None:
    books.import_statement("a" * 64, "a.csv", [ENTRY], actor="coo")
    seq = journal.head().seq
    with pytest.raises(refusal):
        books.import_statement("b" * 64, "b.csv", [replace(ENTRY, reference="BR-7"), bad], actor="coo")
    assert books.bank_entries() == [ENTRY]
    assert journal.head().seq == seq


def test_one_reference_twice_in_a_statement(books: SqlBooks) -> None:
    outcome = books.import_statement("a" * 64, "a.csv", [ENTRY, ENTRY], actor="coo")
    assert (outcome.new, outcome.known) == (1, 1)
    other = replace(ENTRY, reference="BR-5")
    with pytest.raises(EntryConflict):
        books.import_statement("b" * 64, "b.csv", [other, replace(other, amount_micro=1)], actor="coo")


def test_an_empty_statement_is_on_record(books: SqlBooks, journal: SqlJournal) -> None:
    books.import_statement("a" * 64, "a.csv", [], actor="coo")
    assert journal.head().seq == 2
    books.import_statement("a" * 64, "a.csv", [], actor="coo")
    assert journal.head().seq == 2


def test_a_customer_is_found_by_case_and_account(books: SqlBooks, url: str) -> None:
    books.put_customer(CUSTOMER, actor="compliance")
    blocked = replace(CUSTOMER, status="blocked", tier="none", expires_on=date(2026, 12, 1))
    books.put_customer(blocked, actor="compliance")
    assert books.customer("KYC-1") == blocked
    assert books.customer("rAda") == blocked
    assert books.customer("rBob") is None
    other = replace(CUSTOMER, kyc_id="KYC-2", account="rBob", name="Aaron")
    books.put_customer(other, actor="compliance")
    assert books.customers() == [other, blocked]
    assert verify_journal(url).records == 2


@pytest.mark.parametrize(
    "bad",
    [
        replace(CUSTOMER, kyc_id="KYC-2"),
        replace(CUSTOMER, account="rBob"),
        replace(CUSTOMER, name="Eve"),
    ],
)
def test_a_case_and_an_account_belong_to_one_customer(books: SqlBooks, bad: Customer) -> None:
    books.put_customer(CUSTOMER, actor="compliance")
    with pytest.raises(CustomerConflict):
        books.put_customer(bad, actor="compliance")
    assert books.customers() == [CUSTOMER]


def test_attestations_are_listed_newest_first(books: SqlBooks, journal: SqlJournal, url: str) -> None:
    newer = replace(ATTESTATION, as_of=datetime(2026, 11, 3, tzinfo=UTC), tx_hash="0x02")
    other = replace(ATTESTATION, asset="FTHEUR", tx_hash="0x03")
    for row in (newer, ATTESTATION, other):
        books.put_attestation(row, actor="cfo")
    seq = journal.head().seq
    books.put_attestation(newer, actor="cfo")
    assert journal.head().seq == seq
    with pytest.raises(AttestationConflict):
        books.put_attestation(replace(newer, total_micro=1), actor="cfo")
    assert books.attestations("FTHUSD") == [newer, ATTESTATION]
    assert books.attestations("NONE") == []
    assert verify_journal(url).records == 3
