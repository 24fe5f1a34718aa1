"""What is refused before the engine sees it: amounts of a kind that a transaction type does not take."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger.admission import check_locally
from sovbank.devnet.ledger.values import MptAmount
from sovbank.errors.devnet import InvalidTransaction

UNITS = MptAmount(bytes(3) + b"\1" + b"\7" * 20, 5)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("TrustSet", "LimitAmount"),
        ("NFTokenMint", "Amount"),
        ("NFTokenCreateOffer", "Amount"),
        ("NFTokenAcceptOffer", "NFTokenBrokerFee"),
        ("Payment", "Fee"),
    ],
)
def test_amounts_that_cannot_be_of_an_mpt(kind: str, field: str) -> None:
    with pytest.raises(InvalidTransaction, match=r"^Amount can not be MPT\.$"):
        check_locally({"TransactionType": kind, "Fee": 10, field: UNITS})


def test_amounts_that_can() -> None:
    for kind, fields in (("Payment", ("Amount", "SendMax", "DeliverMin")), ("Clawback", ("Amount",))):
        check_locally({"TransactionType": kind, "Fee": 10, **dict.fromkeys(fields, UNITS)})


def test_a_node_answers_so(chain: Any, signer: Any) -> None:
    alice = signer("alice")
    chain.fund(alice)
    answer = chain.submit(alice, TransactionType="NFTokenMint", NFTokenTaxon=0, Amount=UNITS)
    assert answer["error"] == "invalidTransaction"
    assert answer["error_exception"] == "fails local checks: Amount can not be MPT."
