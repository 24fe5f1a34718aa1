"""The reader over answers of a real server, as they were and altered."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sovbank.errors.base import SovbankError
from sovbank.errors.xrpl import (
    AccountMissing,
    AmendmentBlocked,
    NodeAnswerMalformed,
    NodeBehind,
    NodeContradiction,
    NodeError,
    NodeGap,
    WrongNetwork,
)
from sovbank.xrpl.client import NodeClient
from sovbank.xrpl.port import TokenAmount
from sovbank.xrpl.reader import NodeReader
from sovbank.xrpl.session import NodeSession, complete_ranges, covers
from sovbank.xrpl.validated import validated_transaction

FTHUSD = "4654485553440000000000000000000000000000"
ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
CUSTOMER = "rQK56pVuNrP5aDzhnWUiB744SDPgxKH9gD"

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def info(server_answers: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(server_answers["answers"]["server_info"]["result"])
    result["info"]["complete_ledgers"] = "2-18"
    result["info"]["validated_ledger"]["seq"] = 18
    return result


@pytest.fixture
def reading(info: dict[str, Any]) -> Callable[..., NodeReader]:
    """Return a reader of a node that gives the named answers."""

    def make(*, network_id: int = 0, **answers: Answer) -> NodeReader:
        given: dict[str, Answer] = {"server_info": info, **answers}

        def respond(request: httpx.Request) -> httpx.Response:
            body = json.loads(request.content)
            answer = given[body["method"]]
            result = answer(body["params"][0]) if callable(answer) else answer
            return httpx.Response(200, json={"result": result})

        client = NodeClient("http://node.test/", transport=httpx.MockTransport(respond))
        return NodeReader(NodeSession(client, network_id=network_id))

    return make


def real(server_answers: dict[str, Any], name: str) -> dict[str, Any]:
    return copy.deepcopy(server_answers["answers"][name]["result"])


def test_the_state_of_a_server(reading: Any) -> None:
    state = reading().server_state()
    assert (state.network_id, state.validated_ledger, state.build_version) == (0, 18, "3.2.0")
    assert (state.base_fee, state.reserve_base, state.reserve_increment) == (10, 1_000_000, 200_000)


def test_the_network_is_pinned(reading: Any, server_answers: dict[str, Any]) -> None:
    other = real(server_answers, "server_info_21338")
    assert reading(network_id=21338, server_info=other).server_state().network_id == 21338
    with pytest.raises(WrongNetwork):
        reading(server_info=other).server_state()
    with pytest.raises(WrongNetwork):
        reading(network_id=1).account(ISSUER)


def test_a_node_that_the_network_left_behind_is_refused(reading: Any, info: dict[str, Any]) -> None:
    info["info"]["amendment_blocked"] = True
    with pytest.raises(AmendmentBlocked):
        reading().server_state()


def test_the_validated_ledger_never_goes_back(
    reading: Any, info: dict[str, Any], server_answers: dict[str, Any]
) -> None:
    reader = reading(account_info=real(server_answers, "account_info"))
    reader.server_state()
    assert reader.account(ISSUER).ledger_index == 18
    info["info"]["validated_ledger"]["seq"] = 17
    with pytest.raises(NodeBehind):
        reader.server_state()


def test_a_node_without_a_validated_ledger_is_refused(reading: Any, info: dict[str, Any]) -> None:
    del info["info"]["validated_ledger"]
    with pytest.raises(NodeGap):
        reading().server_state()


def test_an_account_with_its_signer_list(reading: Any, server_answers: dict[str, Any]) -> None:
    state = reading(account_info=real(server_answers, "account_info")).account(ISSUER)
    assert state.balance == 999_999_700
    assert state.domain == "fthus.bank"
    assert state.signer_list.quorum == 3
    assert len(state.signer_list.entries) == 5
    assert {entry.weight for entry in state.signer_list.entries} == {1}


def test_an_account_that_is_not_there(reading: Any, server_answers: dict[str, Any]) -> None:
    missing = real(server_answers, "account_missing")
    assert reading(account_info=missing).account(CUSTOMER) is None
    with pytest.raises(AccountMissing):
        reading(account_lines=missing).trust_lines(CUSTOMER)
    refused = {"error": "invalidParams", "error_message": "Missing field 'account'."}
    with pytest.raises(NodeError):
        reading(account_info=refused).account(CUSTOMER)


@pytest.mark.parametrize(
    "change",
    [
        {"validated": False},
        {"validated": None},
        {"ledger_index": "18"},
        {"ledger_index": True},
        {"account_data": None},
        {"account_data": {"Account": CUSTOMER}},
        {"account_data": {"Balance": 5}},
        {"account_data": {"Balance": "-5"}},
        {"account_data": {"Sequence": -1}},
        {"account_data": {"Sequence": 1.5}},
        {"account_data": {"Flags": 2**32}},
        {"account_data": {"Domain": "zz"}},
        {"account_data": {"RegularKey": "rNotAnAddress"}},
        {"account_data": {"signer_lists": None}},
        {"account_data": {"signer_lists": [{"SignerQuorum": 1}]}},
        {"account_data": {"signer_lists": [{}, {}]}},
    ],
)
def test_an_account_of_the_wrong_shape_is_refused(
    reading: Any, server_answers: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = real(server_answers, "account_info")
    for name, value in change.items():
        if isinstance(value, dict):
            answer[name] |= value
        else:
            answer[name] = value
    with pytest.raises((NodeAnswerMalformed, NodeContradiction)):
        reading(account_info=answer).account(ISSUER)


def test_trust_lines_as_the_server_writes_them(reading: Any, server_answers: dict[str, Any]) -> None:
    lines = reading(account_lines=real(server_answers, "account_lines")).trust_lines(ISSUER)
    assert len(lines) == 5
    assert sum(line.balance for line in lines) == Decimal("-4979999.5")
    assert [line.authorized for line in lines] == [True, False, True, True, True]
    assert {line.currency for line in lines} == {FTHUSD}
    one = reading(account_lines=real(server_answers, "account_lines")).trust_lines(ISSUER, peer=CUSTOMER)
    assert [line.peer for line in one] == [CUSTOMER]


def test_frozen_lines(reading: Any, server_answers: dict[str, Any]) -> None:
    answer = real(server_answers, "account_lines_frozen")
    lines = reading(account_lines=answer).trust_lines(answer["account"])
    assert [line.freeze for line in lines] == [item.get("freeze", False) for item in answer["lines"]]
    assert any(line.freeze for line in lines)


def test_every_page_of_a_list_comes_from_one_ledger(reading: Any, server_answers: dict[str, Any]) -> None:
    whole = real(server_answers, "account_lines")
    asked = []

    def pages(params: dict[str, Any]) -> dict[str, Any]:
        asked.append((params["ledger_index"], params.get("marker")))
        start = int(params.get("marker") or 0)
        page = copy.deepcopy(whole) | {"lines": whole["lines"][start : start + 2]}
        if start + 2 < len(whole["lines"]):
            page["marker"] = str(start + 2)
        return page

    assert len(reading(account_lines=pages).trust_lines(ISSUER)) == 5
    assert asked == [("validated", None), (18, "2"), (18, "4")]

    def moving(params: dict[str, Any]) -> dict[str, Any]:
        return pages(params) | {"ledger_index": 18 if "marker" not in params else 19}

    with pytest.raises(NodeContradiction):
        reading(account_lines=moving).trust_lines(ISSUER)

    def endless(params: dict[str, Any]) -> dict[str, Any]:
        return copy.deepcopy(whole) | {"marker": "again"}

    with pytest.raises(NodeContradiction):
        reading(account_lines=endless).trust_lines(ISSUER)


@pytest.mark.parametrize(
    "change",
    [
        {"balance": 5},
        {"balance": "NaN"},
        {"balance": "1e999"},
        {"currency": "\u202eUSD"},
        {"currency": "US"},
        {"account": "nobody"},
        {"authorized": 1},
        {"limit": None},
    ],
)
def test_a_malformed_line_is_refused(
    reading: Any, server_answers: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = real(server_answers, "account_lines")
    answer["lines"][2] |= change
    with pytest.raises(NodeAnswerMalformed):
        reading(account_lines=answer).trust_lines(ISSUER)


def test_an_answer_for_another_account_is_refused(reading: Any, server_answers: dict[str, Any]) -> None:
    with pytest.raises(NodeContradiction):
        reading(account_lines=real(server_answers, "account_lines")).trust_lines(CUSTOMER)


def test_tickets_and_owned_objects(
    reading: Any, info: dict[str, Any], server_answers: dict[str, Any]
) -> None:
    answer = real(server_answers, "tickets")
    info["info"]["validated_ledger"]["seq"] = answer["ledger_index"]
    tickets = reading(account_objects=answer).tickets(answer["account"])
    held = [item for item in answer["account_objects"] if item["LedgerEntryType"] == "Ticket"]
    assert tickets == sorted(item["TicketSequence"] for item in held)
    assert tickets
    objects = reading(account_objects=real(server_answers, "account_objects")).owned_objects(ISSUER)
    assert {item["LedgerEntryType"] for item in objects} == {"RippleState", "SignerList"}


def test_every_kind_of_transaction_of_a_real_server_hashes_to_its_id(server_answers: dict[str, Any]) -> None:
    assert len(server_answers["tx"]) > 50
    for answer in server_answers["tx"]:
        found = validated_transaction(answer, answer["meta"])
        assert found.tx_hash == answer["hash"]
        assert found.result == answer["meta"]["TransactionResult"]
        assert found.ledger_index == answer["ledger_index"]
        # 848614401 on the ledger's clock is 2026-11-21 22:13:21 UTC.
        assert found.close_time == answer["date"] + 946_684_800


def test_the_delivered_amount_is_the_metadatas_and_never_the_asked_one(
    server_answers: dict[str, Any],
) -> None:
    for answer in server_answers["tx"]:
        found = validated_transaction(answer, answer["meta"])
        told = answer["meta"].get("delivered_amount")
        if answer["TransactionType"] != "Payment" or found.result != "tesSUCCESS":
            assert found.delivered is None
        elif isinstance(told, str):
            assert found.delivered == int(told)
        elif "issuer" in told:
            assert found.delivered == TokenAmount(Decimal(told["value"]), told["currency"], told["issuer"])


def test_a_partial_payment_delivers_less_than_its_amount(server_answers: dict[str, Any]) -> None:
    partial = [
        validated_transaction(answer, answer["meta"])
        for answer in server_answers["tx"]
        if answer["TransactionType"] == "Payment"
        and answer["Flags"] & 0x20000
        and answer["meta"]["TransactionResult"] == "tesSUCCESS"
    ]
    assert partial
    for found in partial:
        assert isinstance(found.delivered, TokenAmount)
        assert found.delivered.value < Decimal(found.tx["Amount"]["value"])


def _payment(server_answers: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(
        next(
            answer
            for answer in server_answers["tx"]
            if answer["TransactionType"] == "Payment"
            and isinstance(answer["Amount"], dict)
            and answer["meta"]["TransactionResult"] == "tesSUCCESS"
        )
    )


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("Amount", "value"), "999999"),
        (("Fee",), "11"),
        (("Destination",), ISSUER),
        (("Sequence",), 1),
        (("TxnSignature",), "3045"),
        (("Flags",), 131072),
        (("InvoiceID",), "AB" * 32),
        (("hash",), "AB" * 32),
        (("hash",), "zz"),
        (("ledger_index",), None),
        (("date",), "yesterday"),
        (("NoSuchField",), 1),
        (("Fee",), 1.5),
        (("meta", "TransactionResult"), "tefALREADY"),
        (("meta", "TransactionResult"), None),
        (("meta", "delivered_amount"), None),
        (("meta", "delivered_amount"), "unavailable"),
        (("meta", "delivered_amount"), {"value": "5"}),
        (("meta", "delivered_amount"), 5),
    ],
)
def test_an_altered_transaction_is_refused(
    server_answers: dict[str, Any], place: tuple[str, ...], value: object
) -> None:
    answer = _payment(server_answers)
    target = answer
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    with pytest.raises((NodeAnswerMalformed, NodeContradiction)):
        validated_transaction(answer, answer["meta"])


def test_another_transaction_than_the_one_asked_for_is_refused(
    reading: Any, server_answers: dict[str, Any]
) -> None:
    answer = _payment(server_answers)
    assert reading(tx=answer).transaction(answer["hash"]).tx_hash == answer["hash"]
    with pytest.raises(NodeContradiction):
        reading(tx=answer).transaction("AB" * 32)
    assert reading(tx=answer | {"validated": False}).transaction(answer["hash"]) is None
    assert reading(tx=real(server_answers, "tx_missing")).transaction("AB" * 32) is None


def test_the_history_of_an_account(reading: Any, server_answers: dict[str, Any]) -> None:
    answer = real(server_answers, "account_tx")
    account = answer["account"]
    found = reading(account_tx=answer).transactions(account)
    assert [item.tx_hash for item in found] == [item["tx"]["hash"] for item in answer["transactions"]]
    entries = reading(account_tx=answer).history(account)
    own = [entry for entry in entries if entry.transaction.tx["Account"] == account]
    assert own
    for entry in own:
        assert entry.sequence_before == entry.transaction.tx["Sequence"]
        assert entry.sequence_after == entry.transaction.tx["Sequence"] + 1


def test_the_history_is_asked_forward_in_a_fixed_range(reading: Any, server_answers: dict[str, Any]) -> None:
    asked = []

    def respond(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        return real(server_answers, "account_tx") | {"transactions": []}

    account = real(server_answers, "account_tx")["account"]
    reading(account_tx=respond).transactions(account, first_ledger=5, last_ledger=9)
    assert asked[0] | {"limit": 0} == {
        "account": account,
        "ledger_index_min": 5,
        "ledger_index_max": 9,
        "forward": True,
        "limit": 0,
    }


@pytest.mark.parametrize(("first", "last"), [(1, 10), (2, 19), (5, 30)])
def test_a_gap_in_the_range_is_refused(
    reading: Any, server_answers: dict[str, Any], first: int, last: int
) -> None:
    answer = real(server_answers, "account_tx")
    with pytest.raises(NodeGap):
        reading(account_tx=answer).transactions(answer["account"], first_ledger=first, last_ledger=last)


def _spoil(answer: dict[str, Any], how: str) -> None:
    items = answer["transactions"]
    if how == "narrow":
        answer["ledger_index_max"] = 17
    elif how == "late":
        answer["ledger_index_min"] = 3
    elif how == "unvalidated":
        answer["validated"] = False
    elif how == "unvalidated item":
        items[0]["validated"] = False
    elif how == "order":
        items.reverse()
    elif how == "twice":
        items.append(copy.deepcopy(items[-1]))
    elif how == "altered":
        items[0]["tx"]["Fee"] = "12"
    elif how == "other account":
        answer["account"] = ISSUER
    elif how == "endless":
        answer["marker"] = {"ledger": 5, "seq": 0}


@pytest.mark.parametrize(
    "how",
    [
        "narrow",
        "late",
        "unvalidated",
        "unvalidated item",
        "order",
        "twice",
        "altered",
        "other account",
        "endless",
    ],
)
def test_a_history_that_cannot_be_true_is_refused(
    reading: Any, server_answers: dict[str, Any], how: str
) -> None:
    answer = real(server_answers, "account_tx")
    account = answer["account"]
    _spoil(answer, how)
    with pytest.raises((NodeContradiction, NodeGap)):
        reading(account_tx=answer).transactions(account, first_ledger=2, last_ledger=18)


def test_a_simulation(reading: Any, server_answers: dict[str, Any]) -> None:
    kept = server_answers["answers"]["simulate"]
    asked = []

    def respond(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        return kept["result"]

    tx = kept["params"]["tx_json"]
    result, meta = reading(simulate=respond).simulate(tx | {"SigningPubKey": ""})
    assert result == "tesSUCCESS"
    assert meta["TransactionResult"] == "tesSUCCESS"
    assert asked == [{"tx_json": tx}]
    with pytest.raises(NodeError, match="transactionSigned"):
        reading(simulate=real(server_answers, "simulate_signed")).simulate(tx)
    with pytest.raises(NodeContradiction):
        reading(simulate=kept["result"] | {"applied": True}).simulate(tx)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("empty", ()),
        ("2", ((2, 2),)),
        ("2-18", ((2, 18),)),
        ("20-30,2-9,15", ((2, 9), (15, 15), (20, 30))),
    ],
)
def test_complete_ledgers(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert complete_ranges(text) == ranges


@pytest.mark.parametrize("text", ["", "2-", "-5", "1..5", "2 - 9", "2-9,", "all", "٢-٩"])
def test_complete_ledgers_of_another_shape(text: str) -> None:
    with pytest.raises(SovbankError):
        complete_ranges(text)


def test_a_range_is_covered_only_without_a_gap() -> None:
    ranges = ((2, 9), (11, 20))
    assert covers(ranges, 11, 20)
    assert covers(ranges, 2, 2)
    assert not covers(ranges, 9, 11)
    assert not covers(ranges, 1, 5)
    assert not covers((), 1, 1)
