"""Builders: what they build, in the ledger's own form, and what they refuse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.errors.base import SovbankError
from sovbank.errors.core import AmountNotExact
from sovbank.errors.xrpl import FeeOutOfBounds, TransactionRefused
from sovbank.wire.codec import decode_tx, encode_tx
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, fee_for, read_anchor
from sovbank.xrpl.port import SignerEntry

ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
TREASURY = "rnJRgLVGDVu2M8NUE8N22fSSEpPFzcuJvr"
CUSTOMER = "r9ChUX4vyajSX4ssDLGZSFSGXNvKMQEPJP"
FTHUSD = "4654485553440000000000000000000000000000"
INVOICE = "0f" * 32
HEAD = "ab" * 32


def envelope(**changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "account": ISSUER,
        "network_id": 21338,
        "last_ledger": 1000,
        "fee": 40,
        "multisigned": True,
        "ticket": 7,
        "sequence": None,
    }
    return Envelope(**(fields | changes))


COMMON = {
    "Account": ISSUER,
    "Fee": "40",
    "Flags": 0,
    "LastLedgerSequence": 1000,
    "NetworkID": 21338,
    "Sequence": 0,
    "SigningPubKey": "",
    "TicketSequence": 7,
}

BUILT: dict[str, tuple[Any, dict[str, Any]]] = {
    "mint": (
        lambda: builders.mint(
            envelope(),
            destination=TREASURY,
            currency="FTHUSD",
            amount=Decimal("1000000.00"),
            invoice_id=INVOICE,
            anchor=Anchor(12, HEAD),
        ),
        {
            "TransactionType": "Payment",
            "Destination": TREASURY,
            "Amount": {"currency": FTHUSD, "issuer": ISSUER, "value": "1000000"},
            "InvoiceID": "0F" * 32,
            "Memos": [
                {
                    "Memo": {
                        "MemoType": b"sovbank/anchor".hex().upper(),
                        "MemoData": f"12 {HEAD}".encode().hex().upper(),
                    }
                }
            ],
        },
    ),
    "distribute": (
        lambda: builders.distribute(
            envelope(account=TREASURY),
            issuer=ISSUER,
            destination=CUSTOMER,
            currency="FTHUSD",
            amount=Decimal("125000.50"),
            invoice_id=INVOICE,
            destination_tag=0,
        ),
        {
            "TransactionType": "Payment",
            "Account": TREASURY,
            "Destination": CUSTOMER,
            "DestinationTag": 0,
            "Amount": {"currency": FTHUSD, "issuer": ISSUER, "value": "125000.5"},
            "InvoiceID": "0F" * 32,
        },
    ),
    "redeem": (
        lambda: builders.redeem(
            envelope(account=TREASURY),
            issuer=ISSUER,
            currency="USD",
            amount=Decimal("0.000001"),
            invoice_id=INVOICE,
        ),
        {
            "TransactionType": "Payment",
            "Account": TREASURY,
            "Destination": ISSUER,
            "Amount": {"currency": "USD", "issuer": ISSUER, "value": "0.000001"},
            "InvoiceID": "0F" * 32,
        },
    ),
    "xrp payment": (
        lambda: builders.xrp_payment(envelope(), destination=CUSTOMER, drops=25_000_000),
        {"TransactionType": "Payment", "Destination": CUSTOMER, "Amount": "25000000"},
    ),
    "first account set": (
        lambda: builders.account_set(
            envelope(),
            set_flag="allowTrustLineClawback",
            require_auth=True,
            disallow_xrp=True,
            domain="fth.bank",
            tick_size=5,
        ),
        {
            "TransactionType": "AccountSet",
            "Flags": 0x00140000,
            "SetFlag": 16,
            "Domain": "6674682E62616E6B",
            "TickSize": 5,
        },
    ),
    "clear a flag": (
        lambda: builders.account_set(envelope(), clear_flag="globalFreeze"),
        {"TransactionType": "AccountSet", "ClearFlag": 7},
    ),
    "no-op": (lambda: builders.no_op(envelope()), {"TransactionType": "AccountSet"}),
    "signer list": (
        lambda: builders.signer_list_set(
            envelope(), quorum=2, entries=[SignerEntry(TREASURY, 1), SignerEntry(CUSTOMER, 2)]
        ),
        {
            "TransactionType": "SignerListSet",
            "SignerQuorum": 2,
            "SignerEntries": [
                {"SignerEntry": {"Account": TREASURY, "SignerWeight": 1}},
                {"SignerEntry": {"Account": CUSTOMER, "SignerWeight": 2}},
            ],
        },
    ),
    "tickets": (
        lambda: builders.ticket_create(envelope(), count=250),
        {"TransactionType": "TicketCreate", "TicketCount": 250},
    ),
    "trust": (
        lambda: builders.trust_set(
            envelope(account=CUSTOMER), issuer=ISSUER, currency="FTHUSD", limit=Decimal("1e10")
        ),
        {
            "TransactionType": "TrustSet",
            "Account": CUSTOMER,
            "LimitAmount": {"currency": FTHUSD, "issuer": ISSUER, "value": "10000000000"},
        },
    ),
    "authorise": (
        lambda: builders.trust_authorize(envelope(), holder=CUSTOMER, currency="FTHUSD"),
        {
            "TransactionType": "TrustSet",
            "Flags": 0x00010000,
            "LimitAmount": {"currency": FTHUSD, "issuer": CUSTOMER, "value": "0"},
        },
    ),
    "deep freeze": (
        lambda: builders.trust_freeze(envelope(), holder=CUSTOMER, currency="FTHUSD", action="deep-freeze"),
        {
            "TransactionType": "TrustSet",
            "Flags": 0x00500000,
            "LimitAmount": {"currency": FTHUSD, "issuer": CUSTOMER, "value": "0"},
        },
    ),
    "regular key": (
        lambda: builders.set_regular_key(envelope(), regular_key=CUSTOMER),
        {"TransactionType": "SetRegularKey", "RegularKey": CUSTOMER},
    ),
    "no regular key": (
        lambda: builders.set_regular_key(envelope(), regular_key=None),
        {"TransactionType": "SetRegularKey"},
    ),
    "preauthorise": (
        lambda: builders.deposit_preauth(envelope(), authorize=CUSTOMER),
        {"TransactionType": "DepositPreauth", "Authorize": CUSTOMER},
    ),
    "unauthorise": (
        lambda: builders.deposit_preauth(envelope(), unauthorize=CUSTOMER),
        {"TransactionType": "DepositPreauth", "Unauthorize": CUSTOMER},
    ),
    "clawback": (
        lambda: builders.clawback(envelope(), holder=CUSTOMER, currency="FTHUSD", amount=Decimal(5)),
        {
            "TransactionType": "Clawback",
            "Amount": {"currency": FTHUSD, "issuer": CUSTOMER, "value": "5"},
        },
    ),
}


@pytest.mark.parametrize("name", BUILT)
def test_what_is_built_is_exactly_this_and_survives_the_ledgers_format(name: str) -> None:
    build, expected = BUILT[name]
    tx = build()
    if name == "signer list":
        # Sorted by AccountID, whatever the order given.
        expected = expected | {"SignerEntries": sorted(expected["SignerEntries"], key=str, reverse=True)}
        assert {str(entry) for entry in tx["SignerEntries"]} == {
            str(entry) for entry in expected["SignerEntries"]
        }
        expected = expected | {"SignerEntries": tx["SignerEntries"]}
    assert tx == COMMON | expected
    assert decode_tx(encode_tx(tx)) == tx


@pytest.mark.parametrize(("network", "carried"), [(0, False), (1, False), (1024, False), (1025, True)])
def test_the_network_id_is_carried_exactly_where_the_ledger_wants_it(network: int, carried: bool) -> None:
    tx = builders.no_op(envelope(network_id=network))
    assert ("NetworkID" in tx) is carried


def test_a_single_signed_transaction_leaves_the_key_open() -> None:
    tx = builders.no_op(envelope(multisigned=False, ticket=None, sequence=9))
    assert "SigningPubKey" not in tx
    assert "TicketSequence" not in tx
    assert tx["Sequence"] == 9


MINT = {"destination": TREASURY, "currency": "FTHUSD", "amount": Decimal(1), "invoice_id": INVOICE}


@pytest.mark.parametrize(
    "build",
    [
        lambda: builders.mint(envelope(), **MINT | {"amount": Decimal(0)}),
        lambda: builders.mint(envelope(), **MINT | {"amount": Decimal(-1)}),
        lambda: builders.mint(envelope(), **MINT | {"destination": ISSUER}),
        lambda: builders.mint(envelope(), **MINT | {"destination": "rNotAnAddress"}),
        lambda: builders.mint(
            envelope(), **MINT | {"destination": "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi"}
        ),
        lambda: builders.mint(envelope(), **MINT | {"currency": "XRP"}),
        lambda: builders.mint(envelope(), **MINT | {"invoice_id": "00" * 32}),
        lambda: builders.mint(envelope(), **MINT | {"invoice_id": "ab"}),
        lambda: builders.mint(envelope(), **MINT, destination_tag=2**32),
        lambda: builders.mint(envelope(), **MINT, anchor=Anchor(-1, HEAD)),
        lambda: builders.mint(envelope(), **MINT, anchor=Anchor(1, "zz")),
        lambda: builders.distribute(envelope(), issuer=ISSUER, **MINT),
        lambda: builders.distribute(envelope(account=CUSTOMER), issuer=TREASURY, **MINT),
        lambda: builders.xrp_payment(envelope(), destination=CUSTOMER, drops=0),
        lambda: builders.account_set(envelope(), set_flag="noSuchFlag"),
        lambda: builders.account_set(envelope(), set_flag="passwordSpent"),
        lambda: builders.account_set(envelope(), clear_flag="noFreeze"),
        lambda: builders.account_set(envelope(), clear_flag="noSuchFlag"),
        lambda: builders.account_set(envelope(), set_flag="depositAuth", clear_flag="depositAuth"),
        lambda: builders.account_set(envelope(), tick_size=2),
        lambda: builders.account_set(envelope(), domain="FTH.bank"),
        lambda: builders.signer_list_set(envelope(), quorum=1, entries=[]),
        lambda: builders.signer_list_set(envelope(), quorum=1, entries=[SignerEntry(ISSUER, 1)]),
        lambda: builders.signer_list_set(envelope(), quorum=1, entries=[SignerEntry(CUSTOMER, 1)] * 2),
        lambda: builders.signer_list_set(envelope(), quorum=2, entries=[SignerEntry(CUSTOMER, 1)]),
        lambda: builders.signer_list_set(envelope(), quorum=0, entries=[SignerEntry(CUSTOMER, 1)]),
        lambda: builders.signer_list_set(envelope(), quorum=1, entries=[SignerEntry(CUSTOMER, 65536)]),
        lambda: builders.ticket_create(envelope(), count=0),
        lambda: builders.ticket_create(envelope(), count=251),
        lambda: builders.trust_set(envelope(), issuer=ISSUER, currency="FTHUSD", limit=Decimal(1)),
        lambda: builders.trust_set(envelope(), issuer=CUSTOMER, currency="FTHUSD", limit=Decimal(-1)),
        lambda: builders.set_regular_key(envelope(), regular_key=ISSUER),
        lambda: builders.deposit_preauth(envelope()),
        lambda: builders.deposit_preauth(envelope(), authorize=CUSTOMER, unauthorize=CUSTOMER),
        lambda: builders.no_op(envelope(ticket=None)),
        lambda: builders.no_op(envelope(sequence=5)),
        lambda: builders.no_op(envelope(ticket=0)),
        lambda: builders.no_op(envelope(last_ledger=0)),
        lambda: builders.no_op(envelope(last_ledger=2**32)),
        lambda: builders.no_op(envelope(account="rNotAnAddress")),
        lambda: builders.no_op(envelope(fee=0)),
        lambda: builders.no_op(envelope(fee=200_001)),
    ],
)
def test_what_must_never_be_signed_is_not_built(build: Any) -> None:
    with pytest.raises(SovbankError) as caught:
        build()
    assert caught.value.code.split(".")[0] in ("xrpl", "wire", "amount")


def test_an_amount_that_the_ledger_cannot_hold_is_refused_and_never_rounded() -> None:
    exact = builders.mint(envelope(), **MINT | {"amount": Decimal("100000000.000001")})
    assert exact["Amount"]["value"] == "100000000.000001"
    for value in ("10000000000.000001", "1234567890123456"):
        with pytest.raises(AmountNotExact):
            builders.mint(envelope(), **MINT | {"amount": Decimal(value)})


@given(st.integers(1, 10**15 - 1))
def test_every_amount_in_micro_units_is_carried_exactly(micro: int) -> None:
    amount = Decimal(micro).scaleb(-6)
    tx = builders.mint(envelope(), **MINT | {"amount": amount})
    assert Decimal(decode_tx(encode_tx(tx))["Amount"]["value"]) == amount


def test_the_fee_pays_for_each_signature_and_has_a_cap() -> None:
    assert fee_for(10) == 10
    assert fee_for(10, signers=3) == 40
    assert fee_for(10, signers=3, margin=5) == 200
    with pytest.raises(FeeOutOfBounds):
        fee_for(5000, signers=3, margin=100)
    for bad in ({"signers": 33}, {"signers": -1}, {"margin": 0}, {"margin": 101}):
        with pytest.raises(TransactionRefused):
            fee_for(10, **bad)
    with pytest.raises(TransactionRefused):
        fee_for(0)


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_an_anchor_is_read_back(sequence: int, head: bytes) -> None:
    anchor = Anchor(sequence, head.hex())
    assert read_anchor(builders.no_op(envelope(), anchor=anchor)) == anchor


def test_memos_of_others_are_passed_over() -> None:
    kind = b"sovbank/anchor".hex().upper()
    memos = [
        {"Memo": {}},
        {"Memo": {"MemoType": "AB", "MemoData": "CD"}},
        {"Memo": {"MemoType": kind}},
        {"Memo": {"MemoType": kind, "MemoData": b"12".hex()}},
    ]
    assert read_anchor({"Memos": memos}) is None
    assert read_anchor({}) is None
