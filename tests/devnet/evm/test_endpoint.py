"""The chain as a JSON-RPC client sees it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from sovbank.devnet.evm.endpoint import MAX_BATCH

from .conftest import CHAIN_ID, ECHO_REVERT, START, STORE_AND_LOG, Client, RpcFailure

CUSTOM_ERROR = "0xdeadbeef" + f"{42:064x}"


def test_the_chain_says_who_it_is(client: Client) -> None:
    assert client.call("eth_chainId") == hex(CHAIN_ID)
    assert client.call("net_version") == str(CHAIN_ID)
    assert client.call("web3_clientVersion").startswith("sovbank-devnet/")
    assert client.call("eth_syncing") is False


def test_a_transfer_is_mined_at_once_with_a_receipt(client: Client) -> None:
    before = int(client.call("eth_blockNumber"), 16)
    sent = client.send(value=5)
    receipt = client.call("eth_getTransactionReceipt", sent)
    assert int(receipt["blockNumber"], 16) == before + 1
    assert receipt["status"] == "0x1"
    assert receipt["gasUsed"] == hex(21_000)
    assert receipt["from"] == client.account.address
    assert client.call("eth_getBalance", "0x" + "22" * 20, "latest") == "0x5"
    found = client.call("eth_getTransactionByHash", sent)
    assert (found["hash"], found["chainId"], found["value"]) == (sent, hex(CHAIN_ID), "0x5")


def test_what_is_paid_is_what_the_receipt_says(client: Client) -> None:
    before = int(client.call("eth_getBalance", client.account.address, "latest"), 16)
    receipt = client.call("eth_getTransactionReceipt", client.send(value=5))
    after = int(client.call("eth_getBalance", client.account.address, "latest"), 16)
    assert before - after == 5 + int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_legacy_transactions_of_this_chain_are_taken(client: Client) -> None:
    sent = client.send(gasPrice=10**10)
    assert client.call("eth_getTransactionByHash", sent)["type"] == "0x0"
    access_list = client.send(gasPrice=10**10, accessList=[], type=1)
    assert client.call("eth_getTransactionByHash", access_list)["type"] == "0x1"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"chainId": CHAIN_ID + 1}, "invalid chain id"),
        ({"chainId": 131277322940537}, "invalid chain id"),
        ({"chainId": 1, "gasPrice": 10**10}, "invalid chain id"),
        ({"nonce": 7}, "nonce too high"),
        ({"gas": 20_999}, "intrinsic"),
        ({"gas": 30_000_001}, "exceeds block gas limit"),
        ({"value": 10**30}, "insufficient funds"),
        ({"maxFeePerGas": 1, "maxPriorityFeePerGas": 0}, "max fee per gas less than block base fee"),
    ],
)
def test_what_cannot_be_included_is_refused_and_nothing_happens(
    client: Client, fields: dict[str, Any], words: str
) -> None:
    head = client.call("eth_blockNumber")
    raw = client.sign(**fields)
    with pytest.raises(RpcFailure, match=words) as refusal:
        client.call("eth_sendRawTransaction", raw)
    assert refusal.value.code == -32000
    assert client.call("eth_blockNumber") == head


def test_the_same_bytes_again_are_already_known(client: Client) -> None:
    raw = client.sign()
    client.call("eth_sendRawTransaction", raw)
    with pytest.raises(RpcFailure, match="already known"):
        client.call("eth_sendRawTransaction", raw)
    with pytest.raises(RpcFailure, match="nonce too low"):
        client.send(nonce=0, value=1)


def test_a_signature_in_its_other_form_is_refused(client: Client) -> None:
    signed = client.account.sign_transaction(
        {
            "chainId": CHAIN_ID,
            "nonce": 0,
            "gas": 21_000,
            "value": 1,
            "to": "0x" + "22" * 20,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 1,
            "type": 2,
        }
    )
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    flipped = signed.raw_transaction.replace(
        signed.s.to_bytes(32, "big"), (order - signed.s).to_bytes(32, "big")
    )
    assert flipped != signed.raw_transaction
    with pytest.raises(RpcFailure, match="invalid transaction"):
        client.call("eth_sendRawTransaction", "0x" + flipped.hex())


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_revert_data_comes_back_so_that_errors_can_be_named(client: Client, method: str) -> None:
    contract = client.deploy(ECHO_REVERT)
    with pytest.raises(RpcFailure) as refusal:
        client.call(method, {"to": contract, "data": CUSTOM_ERROR})
    assert (refusal.value.code, refusal.value.message) == (3, "execution reverted")
    assert refusal.value.data == CUSTOM_ERROR


def test_a_revert_with_a_string_is_worded(client: Client) -> None:
    contract = client.deploy(ECHO_REVERT)
    text = b"reserves are stale"
    data = "0x08c379a0" + f"{32:064x}{len(text):064x}" + text.ljust(32, b"\0").hex()
    with pytest.raises(RpcFailure, match="execution reverted: reserves are stale"):
        client.call("eth_call", {"to": contract, "data": data})


def test_a_reverted_transaction_is_mined_with_status_0(client: Client) -> None:
    contract = client.deploy(ECHO_REVERT)
    receipt = client.call("eth_getTransactionReceipt", client.send(to=contract, data=CUSTOM_ERROR))
    assert (receipt["status"], receipt["logs"]) == ("0x0", [])


def test_storage_and_events_can_be_read_back(client: Client) -> None:
    contract = client.deploy(STORE_AND_LOG)
    word = f"{99:064x}"
    sent = client.send(to=contract, data="0x" + word)
    receipt = client.call("eth_getTransactionReceipt", sent)
    (log,) = receipt["logs"]
    assert log["data"] == "0x" + word
    assert log["topics"] == [f"0x{7:064x}"]
    assert client.call("eth_getStorageAt", contract, "0x0", "latest") == "0x" + word
    assert client.call("eth_getStorageAt", contract, f"0x{0:064x}", "latest") == "0x" + word
    everything = {"fromBlock": "0x0", "toBlock": "latest"}
    assert client.call("eth_getLogs", everything) == [log]
    assert client.call(
        "eth_getLogs", {**everything, "address": contract, "topics": [[log["topics"][0]]]}
    ) == [log]
    assert client.call("eth_getLogs", {**everything, "address": "0x" + "33" * 20}) == []
    assert client.call("eth_getLogs", {**everything, "topics": [f"0x{8:064x}"]}) == []
    assert client.call("eth_getLogs", {**everything, "topics": [None, None]}) == []
    assert client.call("eth_getLogs", {"blockHash": receipt["blockHash"]}) == [log]


def test_an_estimate_suffices_and_is_close(client: Client) -> None:
    contract = client.deploy(STORE_AND_LOG)
    fields = {"to": contract, "data": "0x" + f"{1:064x}"}
    estimate = int(client.call("eth_estimateGas", {"from": client.account.address, **fields}), 16)
    receipt = client.call("eth_getTransactionReceipt", client.send(**fields, gas=estimate))
    assert receipt["status"] == "0x1"
    assert estimate < 1.25 * int(receipt["gasUsed"], 16)


def test_calls_see_the_block_that_they_name(client: Client) -> None:
    contract = client.deploy(STORE_AND_LOG)
    before = client.call("eth_blockNumber")
    client.send(to=contract, data="0x" + f"{1:064x}")
    zero = f"0x{0:064x}"
    assert client.call("eth_getStorageAt", contract, "0x0", before) == zero
    assert client.call("eth_getStorageAt", contract, "0x0", {"blockNumber": before}) == zero
    assert client.call("eth_getCode", contract, "earliest") == "0x"
    with pytest.raises(RpcFailure, match="header not found"):
        client.call("eth_getCode", contract, "0xffff")


@pytest.mark.parametrize("tag", ["latest", "safe", "finalized"])
def test_every_tag_of_the_head_is_the_head(client: Client, tag: str) -> None:
    head = client.call("eth_getBlockByNumber", tag, False)
    assert head["number"] == client.call("eth_blockNumber")
    assert client.call("eth_getBlockByHash", head["hash"], False) == head


def test_the_pending_block_follows_the_head(client: Client) -> None:
    head = client.call("eth_getBlockByNumber", "latest", False)
    pending = client.call("eth_getBlockByNumber", "pending", False)
    assert int(pending["number"], 16) == int(head["number"], 16) + 1
    assert pending["parentHash"] == head["hash"]
    assert pending["hash"] is None


def test_missing_things_are_null(client: Client) -> None:
    assert client.call("eth_getTransactionReceipt", "0x" + "00" * 32) is None
    assert client.call("eth_getTransactionByHash", "0x" + "00" * 32) is None
    assert client.call("eth_getBlockByHash", "0x" + "00" * 32, True) is None
    assert client.call("eth_getBlockByNumber", "0xffff", True) is None


def test_full_blocks_hold_their_transactions(client: Client) -> None:
    sent = client.send()
    block = client.call("eth_getBlockByNumber", "latest", True)
    assert block["transactions"] == [client.call("eth_getTransactionByHash", sent)]


def test_blocks_carry_the_time_of_the_clock_and_never_go_back(client: Client) -> None:
    times = []
    for _ in range(3):
        client.send()
        times.append(int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16))
    assert times == sorted(set(times))
    client.clock.now = START + 1000
    client.send()
    assert int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) == START + 1000
    client.clock.now = START
    client.send()
    assert int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) == START + 1001


def test_the_clock_can_be_set_forward(client: Client) -> None:
    client.call("evm_increaseTime", 3600)
    assert client.call("evm_mine") == "0x0"
    assert int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) >= START + 3600


def test_time_is_added_to_the_head_even_when_that_runs_ahead(client: Client) -> None:
    client.call("evm_mine", 50)
    head = int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    assert head > client.clock.now
    client.call("evm_increaseTime", 3600)
    client.call("evm_mine")
    assert int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) == head + 3600


def test_whoever_looks_sees_a_young_head(open_client: Callable[..., Client]) -> None:
    client = open_client(block_interval=12)
    assert client.call("eth_blockNumber") == "0x0"
    client.clock.now += 11
    assert client.call("eth_blockNumber") == "0x0"
    client.clock.now += 1
    assert client.call("eth_blockNumber") == "0x1"
    assert int(client.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) == START + 12


def test_fees_are_quoted(client: Client) -> None:
    client.call("evm_mine", 5)
    history = client.call("eth_feeHistory", "0x3", "latest", [50])
    assert (len(history["baseFeePerGas"]), len(history["gasUsedRatio"]), len(history["reward"])) == (4, 3, 3)
    assert int(client.call("eth_gasPrice"), 16) > int(client.call("eth_maxPriorityFeePerGas"), 16)
    head = client.call("eth_getBlockByNumber", "latest", False)
    assert history["baseFeePerGas"][2] == head["baseFeePerGas"]


def test_anybody_can_be_funded(client: Client) -> None:
    stranger = Account.from_key(b"\x77" * 32).address
    client.call("devnet_fund", stranger)
    assert int(client.call("eth_getBalance", stranger, "latest"), 16) == 100 * 10**18
    client.call("devnet_fund", stranger, hex(7))
    assert int(client.call("eth_getBalance", stranger, "latest"), 16) == 100 * 10**18 + 7


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_call", []),
        ("eth_call", [{"to": "0x12"}]),
        ("eth_call", [{"to": "0x" + "22" * 20, "data": "0x1"}]),
        ("eth_call", [{"to": "0x" + "22" * 20, "data": "0x00", "input": "0x01"}]),
        ("eth_call", [{"colour": "0x1"}]),
        ("eth_call", [{"data": "0x" + "00" * 200_000}]),
        ("eth_getBalance", ["0x" + "22" * 20, "newest"]),
        ("eth_getBalance", ["0x" + "22" * 20, "0x01"]),
        ("eth_getBlockByNumber", [1, False]),
        ("eth_getBlockByNumber", ["0x1", "yes"]),
        ("eth_getBlockByNumber", [None, False]),
        ("eth_getLogs", [{"fromBlock": "0x2", "toBlock": "0x1"}]),
        ("eth_getLogs", [{"topics": ["0x12"]}]),
        ("eth_getLogs", [{"topics": [None] * 5}]),
        ("eth_sendRawTransaction", ["0xzz"]),
        ("eth_sendRawTransaction", [7]),
        ("eth_getTransactionReceipt", ["0x12"]),
        ("eth_chainId", [1]),
        ("evm_increaseTime", [-1]),
        ("evm_mine", [10**9]),
        ("devnet_fund", ["0x" + "22" * 20, hex(10**30)]),
    ],
)
def test_malformed_parameters_are_named(client: Client, method: str, params: list[Any]) -> None:
    client.call("evm_mine", 3)
    with pytest.raises(RpcFailure) as refusal:
        client.call(method, *params)
    assert refusal.value.code == -32602


def test_unknown_methods_have_their_own_code(client: Client) -> None:
    with pytest.raises(RpcFailure, match="eth_sign ") as refusal:
        client.call("eth_sign", "0x00")
    assert refusal.value.code == -32601


@pytest.mark.parametrize(
    "request_object",
    [
        7,
        "text",
        {},
        {"method": 5, "id": 1},
        {"method": "eth_chainId", "params": {}, "id": 1},
        [],
        [1] * (MAX_BATCH + 1),
    ],
)
def test_what_is_no_request_gets_an_error(client: Client, request_object: Any) -> None:
    answer = client.endpoint.handle(request_object)
    assert answer is None or "error" in answer


def test_a_batch_is_answered_in_order_without_its_notifications(client: Client) -> None:
    answer = client.endpoint.handle(
        [
            {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"},
            {"jsonrpc": "2.0", "method": "eth_chainId"},
            {"jsonrpc": "2.0", "id": "b", "method": "nope"},
        ]
    )
    assert isinstance(answer, list)
    assert [one["id"] for one in answer] == [1, "b"]
    assert "result" in answer[0]
    assert "error" in answer[1]


@given(raw=st.binary(max_size=300))
def test_no_bytes_break_the_decoder(shared_client: Client, raw: bytes) -> None:
    with pytest.raises(RpcFailure):
        shared_client.call("eth_sendRawTransaction", "0x" + raw.hex())
    json.dumps(shared_client.call("eth_blockNumber"))


@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_changed_byte_never_moves_somebody_elses_money(
    shared_client: Client, place: int, value: int
) -> None:
    raw = bytearray.fromhex(shared_client.sign(value=1)[2:])
    place %= len(raw)
    if raw[place] == value:
        return
    raw[place] = value
    nonce = shared_client.call("eth_getTransactionCount", shared_client.account.address, "latest")
    with contextlib.suppress(RpcFailure):
        shared_client.call("eth_sendRawTransaction", "0x" + raw.hex())
    assert shared_client.call("eth_getTransactionCount", shared_client.account.address, "latest") == nonce
