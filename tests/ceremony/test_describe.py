"""What an officer is told before a signature: every field, amounts in numbers and in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_unsigned import other_kinds
from samples import CFO, CURRENCY, ISSUER, TREASURY, bundle, payment

from sovbank.ceremony.describe import describe, describe_transaction
from sovbank.ceremony.naming import show_amount
from sovbank.ceremony.spelling import spell

LINE = {"currency": CURRENCY, "issuer": TREASURY, "value": "0"}
THE_LINE = f"the FTHUSD trust line of treasury ({TREASURY})"
EVERYTHING = (
    "set to be able to claw its tokens back, for good; to hold back every trust line to it until it is"
    " authorised; to ask senders not to send it XRP; to name the domain bank.example; to quote prices"
    " with 6 digits"
)
NAMES = {ISSUER: "issuer", TREASURY: "treasury", CFO.address: "cfo"}


def test_a_payment_says_who_pays_whom_how_much() -> None:
    (said,) = describe(bundle(), NAMES)
    assert said.sentence == f"issuer ({ISSUER}) pays 250,000.5 FTHUSD to treasury ({TREASURY})"
    assert said.in_words == "two hundred fifty thousand point five FTHUSD"
    assert said.fields == ()


def test_other_kinds_are_told_and_what_no_sentence_covers_is_listed() -> None:
    paid, listed, setting = describe(other_kinds(), NAMES)
    assert paid.fields == (("Memos", "sovbank/anchor = 41 5a5a"),)
    assert listed.sentence == (
        f"issuer ({ISSUER}) gets a new signer list with quorum 1: cfo ({CFO.address}) with weight 1"
    )
    assert setting.sentence == (
        f"issuer ({ISSUER}) freezes every token it has issued: holders can only pay them back to it"
    )
    assert setting.fields == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Amount": "1500000"}, "pays 1.5 XRP to"),
        ({"Amount": "1"}, "pays 0.000001 XRP to"),
        ({"DestinationTag": 7}, "destination tag 7"),
        (
            {"TransactionType": "NFTokenMint", "NFTokenTaxon": 2, "Amount": "0", "Destination": TREASURY},
            f"mints a token of taxon 2, tier pro and offers it to treasury ({TREASURY}) for nothing",
        ),
        (
            {"TransactionType": "NFTokenMint", "NFTokenTaxon": 9, "Amount": "1500000", "Destination": None},
            "mints a token of taxon 9 and offers it to everybody for 1.5 XRP",
        ),
        (
            {"TransactionType": "NFTokenMint", "NFTokenTaxon": 1, "Amount": None},
            f"issuer ({ISSUER}) mints a token of taxon 1, tier basic",
        ),
        (
            {"TransactionType": "NFTokenBurn", "NFTokenID": "AB" * 32, "Owner": TREASURY},
            f"burns token {'AB' * 32} of treasury ({TREASURY})",
        ),
        ({"TransactionType": "NFTokenBurn", "NFTokenID": "AB" * 32}, f"token {'AB' * 32} of its own"),
        ({"TransactionType": "TicketCreate", "TicketCount": 5}, "creates 5 tickets"),
        ({"TransactionType": "AccountSet", "ClearFlag": 7}, "lifts the freeze of every token it has issued"),
        ({"TransactionType": "AccountSet", "SetFlag": 8}, "set to let holders pay each other in its tokens"),
        ({"TransactionType": "AccountSet", "SetFlag": 99}, "sends a transaction of type AccountSet"),
        ({"TransactionType": "AccountSet", "SetFlag": 4}, "set to DISABLE ITS MASTER KEY"),
        ({"TransactionType": "AccountSet", "ClearFlag": 9}, "set to no longer take payments only from"),
        (
            {
                "TransactionType": "AccountSet",
                "SetFlag": 16,
                "Flags": 0x00140000,
                "Domain": b"bank.example".hex(),
                "TickSize": 6,
            },
            EVERYTHING,
        ),
        ({"TransactionType": "DepositPreauth", "Authorize": TREASURY}, f"lets treasury ({TREASURY}) pay it"),
        (
            {"TransactionType": "DepositPreauth", "Unauthorize": TREASURY},
            f"no longer lets treasury ({TREASURY}) pay it",
        ),
        ({"TransactionType": "TrustSet", "Flags": 0x00010000, "LimitAmount": LINE}, f"authorises {THE_LINE}"),
        (
            {"TransactionType": "TrustSet", "Flags": 0x00500000, "LimitAmount": LINE},
            f"deep-freezes {THE_LINE}",
        ),
        (
            {"TransactionType": "TrustSet", "Flags": 0x00A00000, "LimitAmount": LINE},
            f"lifts every freeze of {THE_LINE}",
        ),
        ({"TransactionType": "TrustSet", "Flags": 0x00030000, "LimitAmount": LINE}, "to a limit of 0 FTHUSD"),
        (
            {
                "TransactionType": "Clawback",
                "Amount": {"currency": CURRENCY, "issuer": TREASURY, "value": "1e3"},
            },
            f"takes 1,000 FTHUSD back from treasury ({TREASURY})",
        ),
        (
            {
                "TransactionType": "TrustSet",
                "LimitAmount": {"currency": "USD", "issuer": TREASURY, "value": "5"},
            },
            f"the USD trust line with treasury ({TREASURY}) to a limit of 5 USD",
        ),
        ({"TransactionType": "SignerListSet", "SignerQuorum": 0}, "gives up its signer list"),
    ],
)
def test_sentences(change: dict[str, Any], expected: str) -> None:
    assert expected in describe_transaction(payment(**change), NAMES).sentence


def test_flags_and_unknown_fields_are_never_left_out() -> None:
    said = describe_transaction({**payment(Flags=0x00020000), "SendMax": "7", "DeliverMin": "1"}, NAMES)
    assert dict(said.fields) == {"DeliverMin": "1", "Flags": "0x00020000", "SendMax": "7"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "zero"),
        ("1", "one"),
        ("13", "thirteen"),
        ("20", "twenty"),
        ("42", "forty-two"),
        ("100", "one hundred"),
        ("119", "one hundred nineteen"),
        ("1000", "one thousand"),
        ("1000000", "one million"),
        ("1001010", "one million one thousand ten"),
        ("250000.50", "two hundred fifty thousand point five"),
        ("0.000001", "zero point zero zero zero zero zero one"),
        ("-7", "minus seven"),
        ("1e15", "one quadrillion"),
        ("1e21", "one" + " zero" * 21),
    ],
)
def test_numbers_in_words(number: str, words: str) -> None:
    assert spell(Decimal(number)) == words


@given(st.integers(0, 10**14), st.integers(0, 10**14))
def test_different_numbers_have_different_words(one: int, other: int) -> None:
    assert (spell(Decimal(one)) == spell(Decimal(other))) == (one == other)


@given(st.integers(1, 10**14))
def test_shown_amounts_keep_every_digit(drops: int) -> None:
    shown = show_amount(str(drops)).removesuffix(" XRP").replace(",", "")
    assert Decimal(shown) * 10**6 == drops


COVERED = (
    {"SetFlag": 8},
    {"ClearFlag": 8},
    {"Domain": b"bank.example".hex()},
    {"TickSize": 5},
    {"Flags": 0x00010000},
)
HIDDEN = (
    {"TransferRate": 1_100_000_000},
    {"EmailHash": "0" * 32},
    {"NFTokenMinter": TREASURY},
    {"Domain": "00FF"},
    {"Flags": 0x80010000},
    {"SetFlag": 5},
    {"ClearFlag": 99},
)


@pytest.mark.parametrize("said", COVERED, ids=str)
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_no_setting_hides_behind_another(said: dict[str, object], hidden: dict[str, object]) -> None:
    base: dict[str, object] = {name: payment()[name] for name in ("Account", "Fee", "Sequence")}
    tx = {**base, "TransactionType": "AccountSet", **said, **hidden}
    told = describe_transaction(tx, NAMES)
    listed = {name for name, _ in told.fields}
    assert listed >= {name for name in hidden if name in tx}
    assert "changes nothing" not in told.sentence
    alone = describe_transaction({**base, "TransactionType": "AccountSet", **hidden}, NAMES)
    assert "changes nothing" not in alone.sentence
    assert {name for name, _ in alone.fields} == set(hidden)
