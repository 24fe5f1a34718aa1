"""Transactions in JSON for ``simulate`` and ``submit_multisigned``: how amounts read, which error wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OTHER = "rPMh7Pi9ct699iZUTWaytJUoHcJ7cgyziK"


@pytest.fixture
def funded(chain: Any, signer: Callable[[str], Any]) -> Any:
    """Give a chain with alice, bob and the issuer on it."""
    chain.fund(signer("alice"), signer("bob"), signer("issuer"))
    return chain


def simulated(chain: Any, signer: Callable[[str], Any], **fields: Any) -> dict[str, Any]:
    """Simulate a transaction of alice's, a payment to bob unless said otherwise."""
    usual = {"TransactionType": "Payment", "Account": signer("alice").address}
    if "TransactionType" not in fields:
        usual["Destination"] = signer("bob").address
    answer: dict[str, Any] = chain.call("simulate", tx_json={**usual, **fields})
    return answer


@pytest.mark.parametrize("amount", ["1000", "1e3", "+1000", "10e2", 1000, ["1000"], "1000/XRP", ["1000", ""]])
def test_drops_in_many_forms(funded: Any, signer: Callable[[str], Any], amount: Any) -> None:
    assert simulated(funded, signer, Amount=amount)["meta"]["delivered_amount"] == "1000"


@pytest.mark.parametrize(
    "amount",
    [
        *("", "01", "1.", ".5", "1.5", "100000000000000001", "1e18", "1e-1", "0x10", "1 2 3 4"),
        *(True, None, 1.5, {}, {"value": "1"}, {"value": "1", "currency": "XRP"}, ["1", "USD"]),
        {"value": "1", "currency": "XRP", "issuer": OTHER},
        {"value": "18446744073709551616", "currency": "USD", "issuer": OTHER},
        {"value": "1.00000000000000000000", "currency": "USD", "issuer": OTHER},
        {"value": "1e99999", "currency": "USD", "issuer": OTHER},
        {"value": 2**31, "currency": "USD", "issuer": OTHER},
        {"value": "1", "currency": "USD", "issuer": OTHER, "mpt_issuance_id": "0" * 48},
        {"value": "9223372036854775808", "mpt_issuance_id": "0" * 48},
        {"value": "1", "mpt_issuance_id": ""},
    ],
)
def test_amounts_that_are_none(funded: Any, signer: Callable[[str], Any], amount: Any) -> None:
    assert simulated(funded, signer, Amount=amount)["error"] == "invalidParams"


def test_tokens_in_one_text(funded: Any, signer: Callable[[str], Any]) -> None:
    issuer = signer("issuer").address
    whole = {"value": "5", "currency": "USD", "issuer": issuer}
    for amount in (whole, f"5/USD/{issuer}", f"5 USD {issuer}", ["5", "USD", issuer], whole | {"value": 5}):
        answer = simulated(funded, signer, TransactionType="TrustSet", LimitAmount=amount)
        assert answer["tx_json"]["LimitAmount"] == whole
    tiny = simulated(funded, signer, TransactionType="TrustSet", LimitAmount=whole | {"value": "1e-99999"})
    assert tiny["tx_json"]["LimitAmount"]["value"] == "0"


def test_a_fee_is_filled_in_by_type_and_signers(funded: Any, signer: Callable[[str], Any]) -> None:
    bob = {"Signer": {"Account": signer("bob").address}}

    def fee(**fields: Any) -> str:
        text: str = simulated(funded, signer, **fields)["tx_json"]["Fee"]
        return text

    assert fee(Amount="1") == "10"
    assert fee(TransactionType="AccountDelete", Destination=signer("bob").address) == "200000"
    assert fee(TransactionType="AccountSet", Signers=[bob, bob]) == "30"
    assert fee(TransactionType="AccountSet", Signers=[bob] * 33) == "10"
    # The fee of what a server would not relay is the base fee alone.
    memo = {"Memo": {"MemoType": "5C"}}
    assert fee(TransactionType="AccountSet", Signers=[bob], Memos=[memo]) == "10"


def test_fields_that_only_answers_have(funded: Any, signer: Callable[[str], Any]) -> None:
    sent = simulated(funded, signer, Amount="1", hash="A" * 64, index="")
    assert sent["engine_result"] == "tesSUCCESS"
    assert sent["tx_json"]["hash"] != "A" * 64
    assert simulated(funded, signer, Amount="1", hash="A")["error"] == "invalidParams"
    assert simulated(funded, signer, Amount="1", ctid="A")["error"] == "invalidParams"


def test_an_inner_flag_is_the_engines_to_refuse(funded: Any, signer: Callable[[str], Any]) -> None:
    assert simulated(funded, signer, Amount="1", Flags=0x40000000)["engine_result"] == "temINVALID_FLAG"


def test_which_fault_of_a_multisigned_transaction_is_told(funded: Any, signer: Callable[[str], Any]) -> None:
    alice, bob = signer("alice"), signer("bob")
    signature = {"Account": bob.address, "SigningPubKey": bob.public.hex(), "TxnSignature": "AA"}
    good = {
        "Account": alice.address,
        "Fee": "30",
        "Sequence": funded.sequence(alice),
        "Signers": [{"Signer": signature}],
        "SigningPubKey": "",
        "TransactionType": "AccountSet",
    }

    def told(without: str = "", **fields: Any) -> str:
        draft = {key: value for key, value in (good | fields).items() if key != without}
        error: str = funded.call("submit_multisigned", tx_json=draft)["error"]
        return error

    assert told() == "internal"
    assert told(without="Account", TxnSignature="AA") == "srcActMissing"
    assert told(Account="x", TxnSignature="AA") == "srcActMalformed"
    assert told(Account="rrrrrrrrrrrrrrrrrrrrBZbvji", TxnSignature="AA") == "srcActNotFound"
    assert told(without="Fee", TxnSignature="AA") == "invalidParams"
    assert told(Nonsense=1, TxnSignature="AA") == "invalidParams"
    assert told(Memos=[{"Memo": {"MemoType": "5C"}}], TxnSignature="AA") == "invalidParams"
    assert told(TxnSignature="AA", Fee="0") == "signingMalformed"
    assert told(Fee="0") == "invalidParams"
    assert told(SigningPubKey=[]) == "internal"
    assert told(Signers=[{"Signer": signature}] * 2) == "invalidParams"
    assert told(Signers=[{"Signer": signature | {"Account": alice.address}}]) == "invalidParams"
    payment = {"TransactionType": "Payment", "Destination": bob.address}
    assert told(**payment) == "invalidParams"
    assert told(**payment, DeliverMax="5") == "internal"
    assert told(**payment, DeliverMax="5", Amount="6") == "invalidParams"
    assert told(**payment, Amount="5", DomainID="x") == "domainMalformed"
    assert funded.call("submit_multisigned", tx_json=[])["error"] == "invalidParams"
