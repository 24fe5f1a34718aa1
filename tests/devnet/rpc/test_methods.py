"""Methods of the ledger's JSON-RPC beside what the transcripts show: pages, versions, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sovbank.devnet.ledger.values import TokenAmount
from sovbank.devnet.rpc.dispatch import METHODS

USD = bytes(12) + b"USD" + bytes(5)
XRP = 1_000_000


def dollars(issuer: bytes, mantissa: int = 10**15, exponent: int = -12) -> TokenAmount:
    """Give a token amount, 1000 unless said otherwise."""
    return TokenAmount(USD, issuer, mantissa, exponent)


@pytest.fixture
def settled(chain: Any, signer: Callable[[str], Any]) -> Any:
    """Give a chain where 40 currencies make 40 lines between alice and the issuer."""
    alice, issuer = signer("alice"), signer("issuer")
    chain.fund(alice, issuer)
    for number in range(40):
        limit = TokenAmount(bytes(12) + f"A{number:02d}".encode() + bytes(5), issuer.account, 10**15, -12)
        answer = chain.submit(alice, TransactionType="TrustSet", LimitAmount=limit)
        assert answer["engine_result"] == "tesSUCCESS"
    chain.close()
    return chain


def pages(chain: Any, method: str, field: str, **params: Any) -> list[list[Any]]:
    """Ask for page after page until there is no marker."""
    found = []
    marker: dict[str, Any] = {}
    while True:
        answer = chain.call(method, **params, **marker)
        assert answer["status"] == "success", answer
        found.append(answer[field])
        if "marker" not in answer:
            return found
        assert answer["limit"] == params["limit"]
        marker = {"marker": answer["marker"]}


@pytest.mark.parametrize(
    ("method", "field"), [("account_lines", "lines"), ("account_objects", "account_objects")]
)
@pytest.mark.parametrize("limit", [1, 7, 32, 39, 40, 41])
def test_pages_make_up_the_whole(
    settled: Any, signer: Callable[[str], Any], method: str, field: str, limit: int
) -> None:
    account = signer("alice").address
    whole = settled.call(method, account=account)[field]
    assert len(whole) == 40
    split = pages(settled, method, field, account=account, limit=limit)
    assert [item for page in split for item in page] == whole
    assert all(len(page) <= limit for page in split)
    assert len(split) == -(-40 // limit)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 5, 41, 42])
def test_history_in_pages(settled: Any, signer: Callable[[str], Any], forward: bool, limit: int) -> None:
    account = signer("alice").address
    whole = settled.call("account_tx", account=account, forward=forward)["transactions"]
    assert len(whole) == 41
    split = pages(settled, "account_tx", "transactions", account=account, forward=forward, limit=limit)
    assert [item for page in split for item in page] == whole
    places = [(item["tx"]["ledger_index"], item["meta"]["TransactionIndex"]) for item in whole]
    assert places == sorted(places, reverse=not forward)


def test_ledger_data_gives_every_entry(settled: Any) -> None:
    keys: list[str] = []
    marker: dict[str, Any] = {}
    while True:
        answer = settled.call("ledger_data", ledger_index="validated", limit=7, **marker)
        keys += [item["index"] for item in answer["state"]]
        if "marker" not in answer:
            break
        marker = {"marker": answer["marker"]}
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == len(settled.node.ledger.closed)
    lines = settled.call("ledger_data", ledger_index="validated", type="state", limit=1000)["state"]
    assert len(lines) == 40


def test_a_line_filtered_by_peer_and_default(settled: Any, signer: Callable[[str], Any]) -> None:
    alice, issuer = signer("alice"), signer("issuer")
    lines = settled.call("account_lines", account=alice.address, peer=issuer.address)["lines"]
    assert len(lines) == 40
    assert not settled.call("account_lines", account=alice.address, peer=alice.address)["lines"]
    assert not settled.call("account_lines", account=issuer.address, ignore_default=True)["lines"]
    assert settled.call("account_lines", account=alice.address, peer="r")["error"] == "actMalformed"


def test_older_ledgers_answer_as_they_were(settled: Any, signer: Callable[[str], Any]) -> None:
    alice = signer("alice")
    before = settled.node.ledger.history.last
    known = settled.call("account_info", account=alice.address, ledger_index=before.header.sequence)
    lines = settled.call("account_lines", account=alice.address, ledger_index="validated")["lines"]
    settled.submit(alice, TransactionType="TicketCreate", TicketCount=3)
    settled.close()
    settled.close()
    again = settled.call("account_info", account=alice.address, ledger_hash=before.hash.hex())
    assert again == known
    newer = settled.call("account_info", account=alice.address, ledger_index="validated")
    assert newer["account_data"]["TicketCount"] == 3
    at = before.header.sequence
    assert settled.call("account_lines", account=alice.address, ledger_index=str(at))["lines"] == lines
    assert settled.call("account_info", account=alice.address, ledger_index=2)["error"] == "actNotFound"
    assert settled.call("account_info", account=alice.address, ledger_index=99)["error"] == "lgrNotFound"


def test_version_two_of_a_transaction(settled: Any, signer: Callable[[str], Any]) -> None:
    alice, issuer = signer("alice"), signer("issuer")
    paid = settled.submit(alice, TransactionType="Payment", Destination=issuer.account, Amount=5)
    tx_hash = paid["tx_json"]["hash"]
    waiting = settled.call("tx", transaction=tx_hash, api_version=2)
    assert waiting["validated"] is False
    assert waiting["tx_json"]["DeliverMax"] == "5"
    settled.close()
    answer = settled.call("tx", transaction=tx_hash, api_version=2)
    assert answer["hash"] == tx_hash
    assert answer["validated"] is True
    assert answer["meta"]["delivered_amount"] == "5"
    assert "Amount" not in answer["tx_json"]
    assert "hash" not in answer["tx_json"]
    assert answer["close_time_iso"].endswith("Z")
    assert settled.call("tx", ctid=answer["ctid"], api_version=2) == answer
    listed = settled.call("account_tx", account=alice.address, api_version=2, limit=1)["transactions"]
    assert listed[0]["hash"] == tx_hash
    assert listed[0]["tx_json"] == answer["tx_json"]
    lists = settled.call("account_info", account=alice.address, signer_lists=True, api_version=2)
    assert lists["signer_lists"] == []


def test_binary_answers_decode_to_the_same(settled: Any, signer: Callable[[str], Any]) -> None:
    from sovbank.devnet.ledger.decoding import decode
    from sovbank.devnet.ledger.text import fields_text

    account = signer("alice").address
    plain = settled.call("account_tx", account=account, limit=3, api_version=2)["transactions"]
    binary = settled.call("account_tx", account=account, limit=3, api_version=2, binary=True)["transactions"]
    for one, other in zip(plain, binary, strict=True):
        metadata = fields_text(decode(bytes.fromhex(other["meta_blob"])))
        assert metadata == {key: one["meta"][key] for key in metadata}
        assert fields_text(decode(bytes.fromhex(other["tx_blob"]))).items() <= one["tx_json"].items()


def test_a_ledger_lists_its_transactions(settled: Any) -> None:
    last = settled.call("ledger", ledger_index="validated", transactions=True)["ledger"]
    expanded = settled.call("ledger", ledger_index="validated", transactions=True, expand=True)["ledger"]
    assert len(last["transactions"]) == 40
    assert [tx["hash"] for tx in expanded["transactions"]] == last["transactions"]
    assert all(tx["metaData"]["TransactionResult"] == "tesSUCCESS" for tx in expanded["transactions"])
    both = settled.call("ledger")
    assert both["closed"]["ledger"]["ledger_index"] == last["ledger_index"]
    assert both["open"]["ledger"]["closed"] is False


def test_entries_by_what_identifies_them(settled: Any, signer: Callable[[str], Any]) -> None:
    alice, issuer = signer("alice"), signer("issuer")
    settled.submit(alice, TransactionType="TicketCreate", TicketCount=1)
    settled.close()
    ticket = settled.call("account_objects", account=alice.address, type="ticket")["account_objects"][0]
    line = {"accounts": [issuer.address, alice.address], "currency": "A07"}
    for params, kind in (
        ({"account_root": alice.address}, "AccountRoot"),
        ({"ticket": {"account": alice.address, "ticket_seq": ticket["TicketSequence"]}}, "Ticket"),
        ({"ticket": ticket["index"]}, "Ticket"),
        ({"index": ticket["index"]}, "Ticket"),
        ({"ripple_state": line}, "RippleState"),
        ({"directory": {"owner": alice.address}}, "DirectoryNode"),
        ({"directory": {"owner": alice.address, "sub_index": 1}}, "DirectoryNode"),
        ({"fee": True}, "FeeSettings"),
        ({"amendments": True}, "Amendments"),
        ({"hashes": True}, "LedgerHashes"),
    ):
        answer = settled.call("ledger_entry", ledger_index="validated", **params)
        assert answer["node"]["LedgerEntryType"] == kind, params
        assert answer["node"]["index"] == answer["index"]
    assert settled.call("ledger_entry")["error"] == "unknownOption"
    assert settled.call("ledger_entry", check=ticket["index"])["error"] == "unexpectedLedgerType"
    assert settled.call("ledger_entry", index="0" * 64)["error"] == "entryNotFound"


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("account_info", {"account": 1}, "invalidParams"),
        (
            "account_info",
            {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "queue": True, "ledger_index": "validated"},
            "invalidParams",
        ),
        ("account_info", {"account": "x", "ledger_hash": "00"}, "invalidParams"),
        ("account_info", {"account": "x", "ledger_index": 3, "ledger_hash": "0" * 64}, "invalidParams"),
        ("account_info", {"account": "x", "ledger_index": [1]}, "invalidParams"),
        ("account_info", {"account": "x", "ledger_index": "-1"}, "invalidParams"),
        ("account_info", {"account": "x", "ledger_index": 7777}, "lgrNotFound"),
        ("account_lines", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "limit": 0}, "invalidParams"),
        ("account_lines", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "limit": -1}, "invalidParams"),
        ("account_lines", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "limit": "9"}, "invalidParams"),
        ("account_lines", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "marker": "x"}, "invalidParams"),
        ("account_lines", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "marker": 4}, "invalidParams"),
        ("account_objects", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "type": "no"}, "invalidParams"),
        (
            "account_objects",
            {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "type": "fee"},
            "invalidParams",
        ),
        (
            "account_objects",
            {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "marker": "0"},
            "invalidParams",
        ),
        ("account_tx", {"account": "x"}, "actMalformed"),
        ("account_tx", {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "marker": {}}, "invalidParams"),
        (
            "account_tx",
            {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "ledger_index_min": 9},
            "lgrIdxsInvalid",
        ),
        (
            "account_tx",
            {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "ledger_index": "current"},
            "lgrNotValidated",
        ),
        ("gateway_balances", {}, "invalidParams"),
        (
            "gateway_balances",
            {"account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "hotwallet": "x"},
            "invalidHotWallet",
        ),
        ("noripple_check", {"account": "x"}, "invalidParams"),
        ("noripple_check", {"account": "x", "role": "king"}, "invalidParams"),
        ("deposit_authorized", {"source_account": "x"}, "actMalformed"),
        ("tx", {}, "invalidParams"),
        ("tx", {"ctid": "C000000000000001"}, "wrongNetwork"),
        ("tx", {"ctid": "X"}, "invalidParams"),
        ("tx", {"transaction": "0" * 64, "min_ledger": 5, "max_ledger": 1}, "invalidLgrRange"),
        ("tx", {"transaction": "0" * 64, "min_ledger": 1, "max_ledger": 9999}, "excessiveLgrRange"),
        ("ledger", {"full": "yes"}, "invalidParams"),
        ("ledger_data", {"marker": "zz"}, "invalidParams"),
        ("submit", {"tx_blob": "zz"}, "invalidParams"),
        ("submit", {"tx_blob": "00" * 40, "fail_hard": 1}, "invalidTransaction"),
        ("submit", {"fail_hard": 1, "secret": "s"}, "invalidParams"),
        ("submit", {"secret": "s", "tx_json": {}}, "notSupported"),
        ("simulate", {}, "invalidParams"),
        ("simulate", {"tx_json": {}, "seed": "s"}, "invalidParams"),
        ("simulate", {"tx_json": {"TransactionType": "Payment"}}, "invalidParams"),
        ("simulate", {"tx_json": {"TransactionType": "Payment", "Account": "x"}}, "srcActMalformed"),
        ("submit_multisigned", {}, "invalidParams"),
        ("submit_multisigned", {"tx_json": {"Sequence": 1, "SigningPubKey": "00"}}, "invalidParams"),
        ("nft_buy_offers", {"nft_id": "0" * 64}, "objectNotFound"),
        ("feature", {"feature": "none"}, "badFeature"),
    ],
)
def test_errors_have_the_servers_names(chain: Any, method: str, params: dict[str, Any], error: str) -> None:
    answer = chain.call(method, **params)
    assert answer["error"] == error
    assert answer["status"] == "error"
    assert answer["request"]["command"] == method


def test_secrets_are_not_sent_back(chain: Any) -> None:
    answer = chain.call("submit", secret="shhh", tx_json={})
    assert answer["request"]["secret"] == "<masked>"


def test_simulation_keeps_nothing(settled: Any, signer: Callable[[str], Any]) -> None:
    alice, issuer = signer("alice"), signer("issuer")
    before = settled.call("account_info", account=alice.address)
    draft = {
        "TransactionType": "Payment",
        "Account": alice.address,
        "Destination": issuer.address,
        "Amount": "7",
    }
    answer = settled.call("simulate", tx_json=draft)
    assert answer["engine_result"] == "tesSUCCESS"
    assert answer["applied"] is False
    assert answer["meta"]["delivered_amount"] == "7"
    assert settled.call("account_info", account=alice.address) == before
    signed = settled.call("simulate", tx_json={**draft, "TxnSignature": "00"})
    assert signed["error"] == "transactionSigned"
    stranger = settled.call("simulate", tx_json={**draft, "Nonsense": 1})
    assert stranger["error"] == "invalidParams"
    fee = settled.call("simulate", tx_json={**draft, "Fee": {"value": "1"}})
    assert fee["error"] == "invalidParams"


def test_fail_hard_keeps_no_tec(settled: Any, signer: Callable[[str], Any]) -> None:
    alice = signer("alice")
    blob = alice.blob(
        TransactionType="Payment",
        Destination=bytes([3]) * 20,
        Amount=1,
        Sequence=settled.sequence(alice),
    )
    answer = settled.call("submit", tx_blob=blob.hex(), fail_hard=True)
    assert answer["engine_result"] == "tecNO_DST_INSUF_XRP"
    assert answer["applied"] is False
    again = settled.call("submit", tx_blob=blob.hex())
    assert again["applied"] is True


def test_an_unknown_type_says_so(settled: Any, signer: Callable[[str], Any], caplog: Any) -> None:
    answer = settled.submit(signer("alice"), TransactionType="AMMDelete")
    assert answer["engine_result"] == "temUNKNOWN"
    assert "AMMDelete" in caplog.text


def test_a_blob_found_malformed_is_remembered(settled: Any, signer: Callable[[str], Any]) -> None:
    alice = signer("alice")
    blob = alice.blob(TransactionType="AccountSet", Sequence=settled.sequence(alice), Flags=1).hex()
    assert settled.call("submit", tx_blob=blob)["engine_result"] == "temINVALID_FLAG"
    assert settled.call("submit", tx_blob=blob)["engine_result"] == "temBAD_SIGNATURE"


def test_every_method_answers_something(chain: Any) -> None:
    for method in METHODS:
        answer = chain.call(method)
        assert answer["status"] in ("success", "error")
        assert answer.get("error") != "internal"


def test_the_list_of_recent_ledgers_is_kept_for_each_of_them(chain: Any) -> None:
    seen = {}
    for _ in range(260):
        chain.close()
        last = chain.node.ledger.history.last.header.sequence
        if last in (4, 5, 255, 256, 257, 258):
            seen[last] = chain.call("ledger_entry", hashes=True, ledger_index=last)
    for sequence, recorded in seen.items():
        again = chain.call("ledger_entry", hashes=True, ledger_index=sequence)
        for node in (again["node"], recorded["node"]):
            assert node["LastLedgerSequence"] == sequence - 1
        assert again == recorded
    assert len(seen[257]["node"]["Hashes"]) == 256
