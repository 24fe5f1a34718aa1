"""The CSV statement reader: what it reads, what it refuses, and where it says the fault is."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.bank.csv_statement import COLUMNS, CsvStatementReader
from sovbank.bank.readers import READERS, statement_reader
from sovbank.core.money import to_micro
from sovbank.errors.bank import (
    ReferenceRepeated,
    StatementFormatUnknown,
    StatementMalformed,
    StatementTooLarge,
)

GOOD = {
    "reference": "NTRF-1",
    "account": "US64SVBKUS6S3300958879",
    "booked_on": "2026-11-21",
    "direction": "credit",
    "amount": "1000000.00",
    "currency": "USD",
    "counterparty": "Müller & Söhne, AG",
    "remittance": "FTHUSD purchase",
}


def written(*rows: dict[str, str], header: tuple[str, ...] = COLUMNS, newline: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=newline)
    writer.writerow(header)
    for row in rows:
        writer.writerow([row[name] for name in COLUMNS])
    return out.getvalue().encode()


def read(data: bytes):
    return CsvStatementReader().read(data)


def refusal(data: bytes) -> StatementMalformed:
    with pytest.raises(StatementMalformed) as caught:
        read(data)
    return caught.value


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_statement_is_read_as_the_bank_wrote_it(newline: str, bom: bytes) -> None:
    debit = {**GOOD, "reference": "NTRF-2", "direction": "debit", "amount": "0.01", "remittance": ""}
    data = bom + written(GOOD, debit, newline=newline)
    statement = read(data)
    assert statement.sha256 == hashlib.sha256(data).hexdigest()
    assert statement.format == "csv"
    first, second = statement.entries
    assert first.reference == "NTRF-1"
    assert first.account == "****8879"
    assert first.booked_on == date(2026, 11, 21)
    assert first.credit is True
    assert first.amount_micro == 1_000_000_000_000
    assert first.counterparty == "Müller & Söhne, AG"
    assert second.credit is False
    assert second.amount_micro == 10_000
    assert second.remittance == ""


def test_a_statement_without_entries_is_a_statement() -> None:
    assert read(written()).entries == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reference", ""),
        ("reference", "a b"),
        ("reference", "x" * 65),
        ("reference", "=1"),
        ("reference", "\uff2e\uff34\uff32\uff26"),
        ("account", "123"),
        ("account", "12345678x"),
        ("account", "\uff11\uff12\uff13\uff14\uff15\uff16"),
        ("account", "1" * 35),
        ("booked_on", "2026-02-30"),
        ("booked_on", "21.11.2026"),
        ("booked_on", "2026-11-21 "),
        ("booked_on", "20261121"),
        ("booked_on", "2026-W47-6"),
        ("booked_on", "\uff12\uff10\uff12\uff16-11-21"),
        ("direction", "Credit"),
        ("direction", ""),
        ("direction", "CRDT"),
        ("amount", "1,000.00"),
        ("amount", "1e6"),
        ("amount", "+1.00"),
        ("amount", "-1.00"),
        ("amount", "1.001"),
        ("amount", "1.000"),
        ("amount", "0.00"),
        ("amount", "01.00"),
        ("amount", " 1.00"),
        ("amount", "1_0.00"),
        ("amount", "\u0661.00"),
        ("amount", "1."),
        ("amount", "NaN"),
        ("amount", "1000000000000.00"),
        ("currency", "usd"),
        ("currency", "US"),
        ("currency", "USDC"),
        ("counterparty", "a\tb"),
        ("counterparty", "a\nb"),
        ("counterparty", "a\x1b[31mb"),
        ("counterparty", "a\x00b"),
        ("counterparty", "a\x7fb"),
        ("counterparty", "a\x85b"),
        ("counterparty", "gro\u202eß"),
        ("counterparty", "a\u2066b"),
        ("counterparty", "a\u200bb"),
        ("counterparty", "a\ufeffb"),
        ("counterparty", "a\u00a0b"),
        ("counterparty", "a\u2028b"),
        ("counterparty", "a\u3164b"),
        ("counterparty", "a\ue000b"),
        ("counterparty", "invoice \u0663"),
        ("counterparty", "invoice \uff13"),
        ("counterparty", "invoice \u00b2"),
        ("counterparty", "Mu\u0308ller"),
        ("counterparty", " Alpine"),
        ("remittance", "=HYPERLINK(1)"),
        ("remittance", "@SUM(A1)"),
        ("remittance", "-2+3+cmd|' /C calc'!A0"),
        ("remittance", "+IMPORTXML(1)"),
        ("remittance", "x" * 501),
    ],
)
def test_a_bad_cell_refuses_the_file_and_names_row_and_column(column: str, value: str) -> None:
    bad = {**GOOD, "reference": "NTRF-2", column: value}
    error = refusal(written(GOOD, bad))
    assert error.details["row"] == "3"
    # A line break inside a cell, and a NUL, are refused as what they are.
    assert error.details.get("column", column) == column
    assert "row 3" in error.message


@pytest.mark.parametrize(
    "value", ["- rest of invoice 5", "+41 44 123 45 67", "Zahlung: 1/2 (Teil)", "発注書 7"]
)
def test_ordinary_text_is_read(value: str) -> None:
    assert read(written({**GOOD, "remittance": value})).entries[0].remittance == value


@pytest.mark.parametrize(
    ("written_as", "kept"),
    [
        ("****1234", "****1234"),
        ("…1234", "****1234"),
        ("0012345678", "****5678"),
        ("DE89 3704 0044 0532 0130 00", "****3000"),
    ],
)
def test_an_account_keeps_its_last_four_characters(written_as: str, kept: str) -> None:
    assert read(written({**GOOD, "account": written_as})).entries[0].account == kept


def test_an_iban_in_the_text_is_reduced_and_a_reference_is_not() -> None:
    ours = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
    entry = read(written({**GOOD, "remittance": f"from DE89370400440532013000 for {ours}"})).entries[0]
    assert entry.remittance == f"from ****3000 for {ours}"


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b"", "1"),
        (b"\n", "1"),
        (written(header=(*COLUMNS, "note")), "1"),
        (written(header=COLUMNS[1:]), "1"),
        (written(header=tuple(name.upper() for name in COLUMNS)), "1"),
        (written().replace(b",", b";"), "1"),
        (written(GOOD) + b"\n", "3"),
        (written(GOOD) + b"a,b\n", "3"),
        (written(GOOD) + b'"unfinished', "3"),
        (written(GOOD).replace(b"FTHUSD", b"\xff"), "2"),
        (written(GOOD).replace(b"FTHUSD", "FTHUSD".encode("utf-16-le")), "2"),
        (written(GOOD).replace(b"FTHUSD", b"\rFTHUSD"), "2"),
        (b"\xef\xbb\xbf" + b"\xef\xbb\xbf" + written(GOOD), "1"),
        (written(GOOD)[:-20], "2"),
    ],
)
def test_a_broken_file_is_refused_with_its_row(data: bytes, row: str) -> None:
    assert refusal(data).details["row"] == row


def test_a_reference_that_stands_twice_is_refused() -> None:
    with pytest.raises(ReferenceRepeated) as caught:
        read(written(GOOD, {**GOOD, "amount": "5.00"}))
    assert "row 3" in caught.value.message
    assert "row 2" in caught.value.message


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(StatementTooLarge):
        read(b"x" * (5 * 1024 * 1024 + 1))
    row = b"R%d,1234,2026-11-21,credit,1.00,USD,,\n"
    header = (",".join(COLUMNS) + "\n").encode()
    most = header + b"".join(row % number for number in range(50_000))
    assert len(read(most).entries) == 50_000
    with pytest.raises(StatementTooLarge):
        read(most + row % 50_000)


@pytest.mark.parametrize(
    ("currency", "amount", "allowed"),
    [("JPY", "100", True), ("JPY", "100.0", False), ("KWD", "1.001", True), ("EUR", "1.001", False)],
)
def test_an_amount_has_at_most_the_decimals_of_its_currency(
    currency: str, amount: str, allowed: bool
) -> None:
    data = written({**GOOD, "currency": currency, "amount": amount})
    if allowed:
        assert read(data).entries[0].amount_micro == to_micro(Decimal(amount))
    else:
        assert refusal(data).details["column"] == "amount"


@given(
    cents=st.lists(st.integers(1, 10**14 - 1), min_size=1, max_size=20),
    name=st.text(st.characters(codec="ascii", categories=["L", "Nd"]), max_size=40),
)
def test_every_amount_written_is_the_amount_read(cents: list[int], name: str) -> None:
    rows = [
        {**GOOD, "reference": f"R{number}", "amount": f"{cent // 100}.{cent % 100:02d}", "counterparty": name}
        for number, cent in enumerate(cents)
    ]
    assert [entry.amount_micro for entry in read(written(*rows)).entries] == [cent * 10_000 for cent in cents]


@given(st.binary(max_size=400))
def test_only_typed_refusals_come_out_of_any_bytes(noise: bytes) -> None:
    for data in (noise, written(GOOD) + noise):
        with contextlib.suppress(StatementMalformed):
            read(data)


@given(st.text(max_size=60))
def test_no_hidden_character_passes(value: str) -> None:
    try:
        entry = read(written({**GOOD, "remittance": value})).entries[0]
    except StatementMalformed:
        return
    assert entry.remittance.isprintable()
    assert not any(character.isdigit() and not character.isascii() for character in entry.remittance)


def test_a_format_is_chosen_by_name() -> None:
    assert set(READERS) == {"csv"}
    assert isinstance(statement_reader("csv"), CsvStatementReader)
    with pytest.raises(StatementFormatUnknown):
        statement_reader("CSV ")
