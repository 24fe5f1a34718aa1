"""Requests in forms that no recorded one has: wrong kinds, other names, stale markers, and which error wins.

What the answers must be follows from the source of xrpld 3.2.0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.values import TokenAmount
from sovbank.devnet.rpc.coercion import as_text, is_convertible_to_unsigned
from sovbank.errors.devnet import RequestRefused

GENESIS = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
NOBODY = "rrrrrrrrrrrrrrrrrrrrrhoLvTp"
USD = bytes(12) + b"USD" + bytes(5)
HASH = "A" * 64
ZEROS = "0" * 64


@pytest.fixture
def town(chain: Any, signer: Callable[[str], Any]) -> Any:
    """Give a chain where alice holds 40 tickets and a line to the issuer, and bob nothing."""
    alice, bob, issuer = signer("alice"), signer("bob"), signer("issuer")
    chain.fund(alice, bob, issuer)
    limit = TokenAmount(USD, issuer.account, 10**15, -12)
    assert chain.submit(alice, TransactionType="TrustSet", LimitAmount=limit)["engine_result"] == "tesSUCCESS"
    ticketed = chain.submit(alice, TransactionType="TicketCreate", TicketCount=40)
    assert ticketed["engine_result"] == "tesSUCCESS"
    chain.close()
    return chain


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"account": NOBODY}, "malformedAddress"),
        ({"account_root": 1}, "malformedAddress"),
        ({"did": "x"}, "malformedAddress"),
        ({"did": GENESIS}, "entryNotFound"),
        ({"index": "0"}, "entryNotFound"),
        ({"index": {}}, "malformedRequest"),
        ({"check": {}}, "malformedRequest"),
        ({"amendments": 1}, "malformedRequest"),
        ({"fee": False}, "invalidParams"),
        ({"nunl": True}, "entryNotFound"),
        ({"hashes": 70000}, "entryNotFound"),
        ({"hashes": -1}, "internal"),
        ({"hashes": False}, "invalidParams"),
        ({"state": HASH}, "entryNotFound"),
        ({"ripple_state": 1}, "malformedRequest"),
        ({"ripple_state": {"currency": "USD"}}, "malformedRequest"),
        ({"ripple_state": {"currency": "USD", "accounts": [GENESIS]}}, "malformedRequest"),
        ({"ripple_state": {"currency": "USD", "accounts": [GENESIS, NOBODY]}}, "malformedAddress"),
        ({"ripple_state": {"currency": "USD", "accounts": [GENESIS, GENESIS]}}, "malformedRequest"),
        ({"ripple_state": {"currency": "", "accounts": ["ALICE", GENESIS]}}, "malformedCurrency"),
        ({"ripple_state": {"currency": 5, "accounts": ["ALICE", GENESIS]}}, "malformedCurrency"),
        ({"ripple_state": {"currency": "XRP", "accounts": ["ALICE", GENESIS]}}, "entryNotFound"),
        ({"ripple_state": {"currency": "US", "accounts": ["ALICE", GENESIS]}}, "malformedCurrency"),
        ({"directory": {"owner": NOBODY}}, "malformedAddress"),
        ({"directory": {"owner": None}}, "malformedAddress"),
        ({"directory": {"dir_root": "x"}}, "malformedDirRoot"),
        ({"directory": {"dir_root": HASH, "owner": GENESIS}}, "malformedRequest"),
        ({"directory": {"sub_index": "1", "owner": NOBODY}}, "malformedRequest"),
        ({"directory": {"sub_index": True, "owner": NOBODY}}, "malformedRequest"),
        ({"directory": {"sub_index": 1.0, "owner": "ALICE"}}, None),
        ({"directory": {"sub_index": None, "owner": "ALICE"}}, None),
        ({"directory": {"sub_index": 7, "owner": "ALICE"}}, "entryNotFound"),
        ({"escrow": {"seq": 1}}, "malformedRequest"),
        ({"escrow": {"owner": "x", "seq": 1}}, "malformedOwner"),
        ({"escrow": {"owner": GENESIS, "seq": -1}}, "malformedSeq"),
        ({"ticket": {"account": GENESIS, "ticket_seq": True}}, "malformedRequest"),
        ({"ticket": {"account": GENESIS, "ticket_seq": "+4"}}, "entryNotFound"),
        ({"offer": {"account": 1, "seq": 1}}, "malformedAddress"),
        ({"permissioned_domain": 1}, "malformedRequest"),
        ({"permissioned_domain": {"account": "x", "seq": 1}}, "malformedAddress"),
        ({"credential": {"subject": GENESIS, "issuer": GENESIS, "credential_type": ""}}, "malformedRequest"),
        ({"mpt_issuance": HASH}, "malformedMPTokenIssuance"),
        ({"mptoken": {"mpt_issuance_id": 1, "account": GENESIS}}, "malformedMPTIssuanceID"),
        ({"mptoken": {"mpt_issuance_id": "0", "account": 1}}, "malformedAccount"),
        ({"deposit_preauth": {"owner": GENESIS}}, "malformedRequest"),
        ({"deposit_preauth": {"authorized": GENESIS}}, "malformedRequest"),
        ({"deposit_preauth": {"owner": "x", "authorized": "x"}}, "malformedOwner"),
        ({"deposit_preauth": {"owner": GENESIS, "authorized": None}}, "malformedAuthorized"),
        ({"vault": {"owner": "x", "seq": 1}}, "malformedOwner"),
        ({"vault": {"owner": GENESIS, "seq": 1}}, "entryNotFound"),
        ({"loan_broker": {"owner": GENESIS, "seq": "x"}}, "malformedSeq"),
        ({"loan": {"loan_broker_id": "x", "loan_seq": 1}}, "malformedBroker"),
        ({"oracle": {"account": "x", "oracle_document_id": 1}}, "malformedAccount"),
        ({"oracle": {"account": GENESIS, "oracle_document_id": "x"}}, "malformedDocumentID"),
        ({"delegate": {"account": GENESIS, "authorize": 1}}, "malformedAddress"),
        ({"amm": {"asset": {"currency": "XRP"}}}, "malformedRequest"),
        ({"amm": {"asset": {"currency": "XRP"}, "asset2": {"currency": "USD"}}}, "malformedRequest"),
        (
            {"amm": {"asset": {"currency": "XRP"}, "asset2": {"currency": "USD", "issuer": GENESIS}}},
            "entryNotFound",
        ),
        ({"bridge": HASH}, "malformedRequest"),
        ({"xchain_owned_claim_id": {}}, "malformedRequest"),
        ({"account": GENESIS, "vault": HASH}, "invalidParams"),
    ],
)
def test_entries_that_are_not_found_or_not_named(
    town: Any, signer: Callable[[str], Any], params: dict[str, Any], error: str | None
) -> None:
    """``ALICE`` stands for alice's address."""
    params = _named(params, signer("alice").address)
    answer = town.call("ledger_entry", ledger_index="validated", **params)
    assert answer.get("error") == error, answer
    if error == "entryNotFound":
        assert len(answer["index"]) == 64


def _named(value: Any, alice: str) -> Any:
    if isinstance(value, dict):
        return {name: _named(inner, alice) for name, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner, alice) for inner in value]
    return alice if value == "ALICE" else value


@pytest.mark.parametrize(
    "listed",
    [
        None,
        "x",
        [],
        [{"issuer": GENESIS, "credential_type": "AB"}] * 9,
        [{"issuer": GENESIS, "credential_type": "AB"}] * 2,
        ["x"],
        [{"credential_type": "AB"}],
        [{"issuer": GENESIS}],
        [{"issuer": "x", "credential_type": "AB"}],
        [{"issuer": GENESIS, "credential_type": "zz"}],
        [{"issuer": GENESIS, "credential_type": "AB" * 65}],
    ],
)
def test_a_preauthorisation_by_bad_credentials_has_one_error(chain: Any, listed: Any) -> None:
    preauth = {"owner": GENESIS, "authorized_credentials": listed}
    assert chain.call("ledger_entry", deposit_preauth=preauth)["error"] == "malformedAuthorizedCredentials"


def test_a_line_is_found_by_its_key(town: Any, signer: Callable[[str], Any]) -> None:
    key = keylets.trust_line(signer("alice").account, signer("issuer").account, USD).hex()
    for field in ("state", "ripple_state", "index"):
        assert town.call("ledger_entry", **{field: key})["node"]["LedgerEntryType"] == "RippleState"


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("account_info", {"account": GENESIS, "ledger_index": "+3"}, None),
        ("account_info", {"account": GENESIS, "ledger_index": "00000000003"}, None),
        ("account_info", {"account": GENESIS, "ledger_index": "-0"}, "invalidParams"),
        ("account_info", {"account": GENESIS, "ledger_index": None}, "invalidParams"),
        ("account_info", {"account": GENESIS, "ledger_hash": "0"}, "lgrNotFound"),
        ("account_info", {"account": GENESIS, "method": "account_info"}, None),
        ("account_currencies", {"ident": GENESIS}, None),
        ("account_currencies", {"ident": 1}, "invalidParams"),
        ("account_currencies", {}, "invalidParams"),
        ("account_lines", {"account": GENESIS, "peer": 5}, "actMalformed"),
        ("account_lines", {"account": GENESIS, "peer": ""}, None),
        ("account_lines", {"account": GENESIS, "peer": []}, "internal"),
        ("account_lines", {"account": GENESIS, "marker": None}, "invalidParams"),
        ("account_objects", {"account": GENESIS, "marker": None}, "invalidParams"),
        ("account_objects", {"account": GENESIS, "marker": "0,0"}, None),
        ("account_objects", {"account": GENESIS, "marker": f"{HASH},{ZEROS}"}, "invalidParams"),
        ("account_objects", {"account": GENESIS, "type": "vault"}, None),
        ("account_objects", {"account": GENESIS, "type": "DID"}, None),
        ("account_objects", {"account": GENESIS, "type": "oRaClE"}, None),
        ("account_objects", {"account": GENESIS, "type": "nunl"}, "invalidParams"),
        ("account_objects", {"account": GENESIS, "type": "VAULTS"}, "invalidParams"),
        ("account_nfts", {"account": GENESIS, "marker": "0"}, "invalidParams"),
        ("account_offers", {"account": GENESIS}, None),
        ("account_offers", {"account": GENESIS, "marker": "x"}, "invalidParams"),
        ("account_channels", {"account": GENESIS, "destination_account": "x"}, "actMalformed"),
        ("account_channels", {"account": GENESIS, "destination_account": 1}, "invalidParams"),
        ("account_tx", {"account": GENESIS, "ledger_index_min": "2"}, None),
        ("account_tx", {"account": GENESIS, "ledger_index_min": "x"}, "internal"),
        ("account_tx", {"account": GENESIS, "ledger_index_min": 2**31}, "internal"),
        ("account_tx", {"account": GENESIS, "ledger_index_max": None}, "lgrIdxsInvalid"),
        ("account_tx", {"account": GENESIS, "ledger_index_min": 99, "marker": 1}, "invalidParams"),
        ("account_tx", {"account": GENESIS, "ledger_index": "2"}, "invalidParams"),
        ("account_tx", {"account": GENESIS, "ledger_index": 2}, None),
        ("account_tx", {"account": GENESIS, "ledger_index": 3}, "lgrNotValidated"),
        ("account_tx", {"account": GENESIS, "ledger_index": 77}, "lgrNotFound"),
        ("account_tx", {"account": GENESIS, "ledger_index": None}, "lgrNotValidated"),
        ("account_tx", {"account": GENESIS, "ledger_index": 2, "ledger_index_min": 99}, "lgrIdxsInvalid"),
        ("account_tx", {"account": GENESIS, "ledger_index": 2, "ledger_hash": HASH}, "lgrNotFound"),
        ("account_tx", {"account": GENESIS, "ledger_hash": 1}, "invalidParams"),
        ("gateway_balances", {"account": None}, "actMalformed"),
        ("gateway_balances", {"account": []}, "internal"),
        ("gateway_balances", {"ident": GENESIS}, None),
        ("gateway_balances", {"account": GENESIS, "hotwallet": {}}, "invalidHotWallet"),
        ("gateway_balances", {"account": GENESIS, "hotwallet": None}, None),
        ("gateway_balances", {"account": GENESIS, "hotwallet": 1, "api_version": 2}, "invalidParams"),
        ("noripple_check", {"account": GENESIS, "role": []}, "internal"),
        ("noripple_check", {"account": GENESIS, "role": 1}, "invalidParams"),
        ("tx", {"transaction": "0"}, "txnNotFound"),
        ("tx", {"transaction": 5}, "notImpl"),
        ("tx", {"transaction": {}}, "internal"),
        ("tx", {"ctid": 5}, "invalidParams"),
        ("tx", {"ctid": "c000000300000000"}, "txnNotFound"),
        ("tx", {"transaction": HASH, "min_ledger": "x", "max_ledger": 5}, "invalidLgrRange"),
        ("tx", {"transaction": HASH, "min_ledger": [], "max_ledger": 5}, "invalidLgrRange"),
        ("tx", {"transaction": HASH, "min_ledger": "1", "max_ledger": "5"}, "txnNotFound"),
        ("transaction_entry", {}, "fieldNotFoundTransaction"),
        ("transaction_entry", {"tx_hash": HASH}, "notYetImplemented"),
        ("transaction_entry", {"tx_hash": "x", "ledger_index": "closed"}, "malformedRequest"),
        ("transaction_entry", {"tx_hash": HASH, "ledger_index": "closed"}, "transactionNotFound"),
        ("transaction_entry", {"tx_hash": HASH, "ledger_index": 99}, "lgrNotFound"),
        ("tx_history", {}, "invalidParams"),
        ("tx_history", {"start": 0, "api_version": 2}, "unknownCmd"),
        ("tx_history", {"start": 0}, None),
        ("ledger_header", {"ledger_index": "closed"}, None),
        ("ledger_header", {"api_version": 2}, "unknownCmd"),
        ("ledger", {"ledger_index": "closed", "full": True}, None),
        ("ledger", {"ledger_index": "closed", "queue": True}, "invalidParams"),
        ("ledger_data", {"limit": "x"}, "invalidParams"),
        ("ledger_data", {"limit": 2**31}, "internal"),
        ("ledger_data", {"marker": "x", "binary": 1}, "invalidParams"),
        ("ledger_data", {"type": "no"}, "invalidParams"),
        ("nft_buy_offers", {"nft_id": "0"}, "objectNotFound"),
        ("nft_buy_offers", {"nft_id": 5}, "invalidParams"),
        ("nft_buy_offers", {"nft_id": []}, "internal"),
        ("feature", {"feature": 5}, "invalidParams"),
        ("feature", {"feature": HASH}, "badFeature"),
        ("server_definitions", {"hash": 1}, "invalidParams"),
        ("submit", {"tx_blob": 1234}, "invalidTransaction"),
        ("submit", {"tx_blob": []}, "internal"),
        ("submit", {"tx_blob": None}, "invalidParams"),
        ("simulate", {"tx_json": {"TransactionType": "Batch", "Account": GENESIS}}, "notImpl"),
        ("simulate", {"tx_json": {"TransactionType": "AccountSet", "Account": 5}}, "invalidParams"),
        ("simulate", {"tx_json": {"TransactionType": "Payment", "Account": GENESIS}}, "invalidTransaction"),
        ("simulate", {"tx_json": {"TransactionType": "AccountSet", "Account": GENESIS}}, None),
    ],
)
def test_parameters_of_another(chain: Any, method: str, params: dict[str, Any], error: str | None) -> None:
    answer = _ask(chain, method, params)
    assert answer.get("error") == error, answer


def _ask(chain: Any, method: str, params: dict[str, Any]) -> dict[str, Any]:
    from sovbank.devnet.rpc.dispatch import answer

    result: dict[str, Any] = answer(chain.node, {"method": method, "params": [params]})["result"]
    return result


def test_a_method_may_not_be_named_twice_differently(chain: Any) -> None:
    assert _ask(chain, "ping", {"method": "random"})["error"] == "unknownCmd"
    assert _ask(chain, "ping", {"method": "ping"})["status"] == "success"


def test_a_version_is_a_whole_number(chain: Any) -> None:
    from sovbank.devnet.rpc.dispatch import Unparsable

    for version in (1.0, True, "1", 0, 3, None):
        with pytest.raises(Unparsable):
            _ask(chain, "ping", {"api_version": version})


def test_numbers_and_booleans_read_as_text() -> None:
    assert [as_text(value) for value in (None, True, False, 7, -7, 1.5, "x")] == [
        *("", "true", "false", "7", "-7", "1.500000", "x")
    ]
    with pytest.raises(RequestRefused):
        as_text({})
    assert not is_convertible_to_unsigned("5")
    assert not is_convertible_to_unsigned(1.5)
    assert not is_convertible_to_unsigned(-1)
    assert is_convertible_to_unsigned(None)


def test_a_search_in_other_ledgers_still_finds_a_transaction(town: Any, signer: Callable[[str], Any]) -> None:
    paid = town.submit(
        signer("alice"), TransactionType="Payment", Destination=signer("bob").account, Amount=1
    )
    tx_hash = paid["tx_json"]["hash"]
    assert town.call("tx", transaction=tx_hash, min_ledger=2, max_ledger=3)["validated"] is False
    town.close()
    found = town.call("tx", transaction=tx_hash.lower(), min_ledger=2, max_ledger=2)
    assert found["hash"] == tx_hash
    last = found["ledger_index"]
    # A ledger counts as searched when it has transactions: 2 has none, those of the fixture have.
    searched = town.call("tx", transaction=HASH, min_ledger=last, max_ledger=last)
    assert searched["searched_all"] is True
    assert town.call("tx", transaction=HASH, min_ledger=2, max_ledger=last)["searched_all"] is False


def test_a_transaction_of_a_ledger(town: Any, signer: Callable[[str], Any]) -> None:
    paid = town.submit(
        signer("alice"), TransactionType="Payment", Destination=signer("bob").account, Amount=9
    )
    tx_hash = paid["tx_json"]["hash"]
    town.close()
    one = town.call("transaction_entry", tx_hash=tx_hash, ledger_index="validated")
    assert one["tx_json"]["DeliverMax"] == one["tx_json"]["Amount"] == "9"
    assert one["metadata"]["TransactionResult"] == "tesSUCCESS"
    assert "delivered_amount" not in one["metadata"]
    two = town.call("transaction_entry", tx_hash=tx_hash, ledger_index="validated", api_version=2)
    assert two["hash"] == tx_hash
    assert two["meta"] == one["metadata"]
    assert "Amount" not in two["tx_json"]
    latest = town.call("tx_history", start=0)["txs"]
    assert latest[0]["hash"] == tx_hash
    assert town.call("tx_history", start=1)["txs"][0]["hash"] == latest[1]["hash"]


def test_a_stale_place_in_the_history_finds_nothing(town: Any, signer: Callable[[str], Any]) -> None:
    account = signer("alice").address
    newest = town.call("account_tx", account=account)["transactions"]
    last = newest[0]["tx"]["ledger_index"]
    for forward in (True, False):
        for place in ({"ledger": last, "seq": 99}, {"ledger": 0, "seq": 0}, {"ledger": None, "seq": None}):
            answer = town.call("account_tx", account=account, marker=place, forward=forward)
            assert answer["transactions"] == [], place
            assert "marker" not in answer
    # The place itself is looked up even where the ledgers asked for leave it out.
    place = {"ledger": last, "seq": newest[0]["meta"]["TransactionIndex"]}
    answer = town.call("account_tx", account=account, marker=place, ledger_index_max=last - 1)
    assert answer["transactions"][0] == newest[0]
    assert len(answer["transactions"]) == len(newest)


def test_a_marker_of_lines_tells_what_the_entry_says(town: Any, signer: Callable[[str], Any]) -> None:
    """A credential has no OwnerNode, so the page told is 0 wherever it lies."""
    alice, bob = signer("alice"), signer("bob")
    for number in range(3):
        made = town.submit(
            alice, TransactionType="CredentialCreate", Subject=bob.account, CredentialType=bytes([number + 1])
        )
        assert made["engine_result"] == "tesSUCCESS"
    town.close()
    keys = {
        item["index"]: item["LedgerEntryType"]
        for item in town.call("account_objects", account=alice.address)["account_objects"]
    }
    told = {}
    for limit in range(1, len(keys)):
        marker = town.call("account_lines", account=alice.address, limit=limit)["marker"]
        key, page = marker.split(",")
        told.setdefault(keys[key], set()).add(page)
        again = town.call("account_lines", account=alice.address, marker=f"{key},{page},more")
        related = keys[key] != "Credential"
        assert again["status"] == ("success" if related else "error")
    assert told["Ticket"] == {"0", "1"}
    assert told["Credential"] == {"0"}


def test_a_directory_of_another_is_walked_as_well(town: Any, signer: Callable[[str], Any]) -> None:
    alice, bob = signer("alice"), signer("bob")
    objects = town.call("account_objects", account=alice.address)["account_objects"]
    root = keylets.owner_directory(alice.account).hex().upper()
    marker = f"{root},{objects[3]['index']}"
    answer = town.call("account_objects", account=bob.address, marker=marker, limit=2)
    assert answer["account_objects"] == objects[3:5]
    unknown = town.call("account_objects", account=alice.address, marker=f"{objects[0]['index']},{ZEROS}")
    assert unknown["error"] == "invalidParams"


def test_what_keeps_an_account_is_named_briefly(town: Any, signer: Callable[[str], Any]) -> None:
    ask = {"account": signer("alice").address, "deletion_blockers_only": True}
    lines = town.call("account_objects", **ask)["account_objects"]
    assert [line["LedgerEntryType"] for line in lines] == ["RippleState"]
    assert town.call("account_objects", **ask, type="state")["account_objects"] == lines
    for other in ("RippleState", "ticket", "nonsense", 5, None):
        assert town.call("account_objects", **ask, type=other)["account_objects"] == []


def test_pages_of_offers_and_channels_count_every_entry(town: Any, signer: Callable[[str], Any]) -> None:
    account = signer("alice").address
    for method, field in (("account_offers", "offers"), ("account_channels", "channels")):
        first = town.call(method, account=account, limit=30)
        assert first[field] == []
        assert first["limit"] == 30
        rest = town.call(method, account=account, marker=first["marker"])
        assert rest["account"] == account
        assert "marker" not in rest


def test_the_marker_of_a_ledgers_entries_lies_just_below_the_next(town: Any) -> None:
    whole = town.call("ledger_data", ledger_index="validated")["state"]
    nothing = town.call("ledger_data", ledger_index="validated", limit=0)
    assert nothing["state"] == []
    assert int(nothing["marker"], 16) == int(whole[0]["index"], 16) - 1
    first = town.call("ledger_data", ledger_index="validated", limit=5, type="ticket")
    assert int(first["marker"], 16) == int(whole[5]["index"], 16) - 1
    assert {entry["LedgerEntryType"] for entry in first["state"]} <= {"Ticket"}
    current = town.call("ledger_data", binary=True, limit=1)
    assert current["ledger"] == {"closed": False}
    assert current["ledger_index"] == current["ledger_current_index"]
    assert set(current["state"][0]) == {"data", "index"}


def test_a_ledger_with_its_entries(town: Any) -> None:
    ask = {"ledger_index": "validated", "accounts": True}
    keys = town.call("ledger", **ask)["ledger"]["accountState"]
    expanded = town.call("ledger", **ask, expand=True)["ledger"]["accountState"]
    assert [entry["index"] for entry in expanded] == keys
    assert len(keys) == len(town.node.ledger.closed)
    binary = town.call("ledger", **ask, binary=True)["ledger"]
    assert [entry["hash"] for entry in binary["accountState"]] == keys
    full = town.call("ledger", ledger_index="validated", full=True)["ledger"]
    assert full["accountState"] == expanded
    assert {"metaData", "hash"} <= set(full["transactions"][0])


def test_the_open_ledger_lists_its_transactions(town: Any, signer: Callable[[str], Any]) -> None:
    paid = town.submit(
        signer("alice"), TransactionType="Payment", Destination=signer("bob").account, Amount=9
    )
    ask = {"ledger_index": "current", "transactions": True}
    assert town.call("ledger", **ask)["ledger"]["transactions"] == [paid["tx_json"]["hash"]]
    binary = town.call("ledger", **ask, expand=True, binary=True)["ledger"]
    assert binary["closed"] is False
    assert binary["transactions"] == [{"tx_blob": paid["tx_blob"]}]
    two = town.call("ledger", **ask, expand=True, api_version=2)["ledger"]["transactions"][0]
    assert two["hash"] == paid["tx_json"]["hash"]
    assert two["validated"] is False


def test_an_email_has_its_picture(town: Any, signer: Callable[[str], Any]) -> None:
    alice = signer("alice")
    town.submit(alice, TransactionType="AccountSet", EmailHash=bytes(range(16)))
    data = town.call("account_info", account=alice.address)["account_data"]
    assert data["urlgravatar"] == f"https://www.gravatar.com/avatar/{bytes(range(16)).hex()}"


def test_definitions_are_known_by_their_hash(chain: Any) -> None:
    whole = chain.call("server_definitions")
    assert whole["TRANSACTION_TYPES"]["Payment"] == 0
    assert whole["TRANSACTION_RESULTS"]["tecPATH_DRY"] == 128
    assert whole["LEDGER_ENTRY_TYPES"]["AccountRoot"] == 0x61
    fields = dict(whole["FIELDS"])
    assert fields["TxnSignature"]["isSigningField"] is False
    assert fields["Account"] == {
        "isSerialized": True,
        "isSigningField": True,
        "isVLEncoded": True,
        "nth": 1,
        "type": "AccountID",
    }
    known = chain.call("server_definitions", hash=whole["hash"])
    assert set(known) == {"hash", "status"}


def test_the_versions_of_the_interface(chain: Any) -> None:
    assert chain.call("version")["version"] == {"first": "1.0.0", "good": "1.0.0", "last": "1.0.0"}
    assert chain.call("version", api_version=2)["version"] == {"first": 1, "last": 2}
