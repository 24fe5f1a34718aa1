"""Deposits with credentials, advice on ripple flags, pages of offers for tokens, the shape of requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sovbank.devnet.ledger.values import TokenAmount
from sovbank.devnet.rpc.dispatch import Unparsable, answer

USD = bytes(12) + b"USD" + bytes(5)
KIND = b"\x4b\x59\x43"


@pytest.fixture
def bank(chain: Any, signer: Callable[[str], Any]) -> Any:
    """Give a chain where bob takes deposits of those with the issuer's credential, and alice has it."""
    alice, bob, issuer = signer("alice"), signer("bob"), signer("issuer")
    chain.fund(alice, bob, issuer)
    listed = ({"Credential": {"Issuer": issuer.account, "CredentialType": KIND}},)
    for who, fields in (
        (bob, {"TransactionType": "AccountSet", "SetFlag": 9}),
        (bob, {"TransactionType": "DepositPreauth", "AuthorizeCredentials": listed}),
        (
            issuer,
            {
                "TransactionType": "CredentialCreate",
                "Subject": alice.account,
                "CredentialType": KIND,
                "Expiration": chain.now + 100,
            },
        ),
    ):
        assert chain.submit(who, **fields)["engine_result"] == "tesSUCCESS"
    chain.close()
    return chain


def credential(chain: Any, who: Any) -> str:
    """Give the key of an account's only credential."""
    (found,) = chain.call("account_objects", account=who.address, type="credential")["account_objects"]
    key: str = found["index"]
    return key


def test_credentials_open_the_door(bank: Any, signer: Callable[[str], Any]) -> None:
    alice, bob, issuer = signer("alice"), signer("bob"), signer("issuer")
    key = credential(bank, alice)
    ask = {"source_account": alice.address, "destination_account": bob.address, "credentials": [key]}
    waiting = bank.call("deposit_authorized", **ask)
    assert waiting["error"] == "badCredentials"
    assert waiting["error_message"] == "credentials aren't accepted"
    accepted = bank.submit(
        alice, TransactionType="CredentialAccept", Issuer=issuer.account, CredentialType=KIND
    )
    assert accepted["engine_result"] == "tesSUCCESS"
    bank.close()
    assert bank.call("deposit_authorized", **ask)["deposit_authorized"] is True
    assert bank.call("deposit_authorized", **ask)["credentials"] == [key]
    bare = {name: value for name, value in ask.items() if name != "credentials"}
    assert bank.call("deposit_authorized", **bare)["deposit_authorized"] is False
    stranger = bank.call("deposit_authorized", **ask | {"source_account": issuer.address})
    assert stranger["error_message"] == "credentials doesn't belong to the root account"
    twice = bank.call("deposit_authorized", **ask | {"credentials": [key, key]})
    assert twice["error_message"] == "duplicates in credentials"
    for unknown in ("0", "A" * 64):
        none = bank.call("deposit_authorized", **ask | {"credentials": [unknown]})
        assert none["error_message"] == "credentials don't exist"
    for wrong in (None, [], "x", [key] * 9, [1], ["x"]):
        assert bank.call("deposit_authorized", **ask | {"credentials": wrong})["error"] == "invalidParams"
    bank.now += 200
    bank.close()
    bank.close()
    late = bank.call("deposit_authorized", **ask)
    assert late["error_message"] == "credentials are expired"


def test_who_is_asked_about_is_looked_at_in_turn(bank: Any, signer: Callable[[str], Any]) -> None:
    alice, bob, nobody = signer("alice").address, signer("bob").address, signer("nobody").address

    def told(source: Any, destination: Any, **more: Any) -> Any:
        ask = {"source_account": source, "destination_account": destination, **more}
        return bank.call("deposit_authorized", **ask).get("error")

    assert told("x", 1) == "actMalformed"
    assert told(alice, 1) == "invalidParams"
    assert told(alice, "x", ledger_index=99) == "actMalformed"
    assert told(nobody, nobody, ledger_index=99) == "lgrNotFound"
    assert told(nobody, nobody, credentials=1) == "srcActNotFound"
    assert told(alice, nobody, credentials=1) == "dstActNotFound"
    assert told(bob, bob) is None


def test_advice_on_ripple_flags(bank: Any, signer: Callable[[str], Any]) -> None:
    alice, issuer = signer("alice"), signer("issuer")
    limit = TokenAmount(USD, issuer.account, 10**15, -12)
    bank.submit(alice, TransactionType="TrustSet", LimitAmount=limit)
    bank.close()
    sequence = bank.sequence(issuer)
    ask = {"account": issuer.address, "ledger_index": "validated"}
    advice = bank.call("noripple_check", **ask, role="gateway", transactions=True)
    line = f"You should clear the no ripple flag on your USD line to {alice.address}"
    assert advice["problems"] == ["You should immediately set your default ripple flag", line]
    common = {"Account": issuer.address, "Fee": 10}
    amount = {"currency": "USD", "issuer": alice.address, "value": "0"}
    assert advice["transactions"] == [
        common | {"Sequence": sequence, "SetFlag": 8, "TransactionType": "AccountSet"},
        common
        | {
            "Flags": 0x00040000,
            "LimitAmount": amount,
            "Sequence": sequence + 1,
            "TransactionType": "TrustSet",
        },
    ]
    assert "transactions" not in bank.call("noripple_check", **ask, role="gateway")
    user = bank.call("noripple_check", account=alice.address, role="user", transactions=True)
    assert user["transactions"][0]["Flags"] == 0x00020000
    assert user["transactions"][0]["LimitAmount"]["value"] == "1000"
    wrong = bank.call("noripple_check", account="x", role="user", transactions=1, api_version=2)
    assert wrong["error"] == "invalidParams"
    assert bank.call("noripple_check", account="x", role="user")["error"] == "actMalformed"


def test_offers_for_a_token_in_pages(bank: Any, signer: Callable[[str], Any]) -> None:
    alice, bob = signer("alice"), signer("bob")
    bank.submit(alice, TransactionType="NFTokenMint", NFTokenTaxon=0, Flags=8)
    bank.close()
    token = bank.call("account_nfts", account=alice.address)["account_nfts"][0]["NFTokenID"]
    fields = {"TransactionType": "NFTokenCreateOffer", "NFTokenID": bytes.fromhex(token), "Amount": 7}
    for _ in range(5):
        assert bank.submit(bob, **fields, Owner=alice.account)["engine_result"] == "tesSUCCESS"
    assert bank.submit(alice, **fields, Flags=1)["engine_result"] == "tesSUCCESS"
    bank.close()
    whole = bank.call("nft_buy_offers", nft_id=token)["offers"]
    assert len(whole) == 5
    for limit in (1, 2, 5, 6):
        found, marker = [], {}
        for _ in range(6):
            page = bank.call("nft_buy_offers", nft_id=token.lower(), limit=limit, **marker)
            found += page["offers"]
            assert len(page["offers"]) <= limit
            if "marker" not in page:
                break
            marker = {"marker": page["marker"]}
        assert found == whole
    sale = bank.call("nft_sell_offers", nft_id=token)["offers"][0]["nft_offer_index"]
    for stale in (sale, "A" * 64, "x", 1, None):
        assert bank.call("nft_buy_offers", nft_id=token, marker=stale)["error"] == "invalidParams"


def test_a_client_may_ask_for_errors_of_their_own(chain: Any) -> None:
    def asked(**params: Any) -> dict[str, Any]:
        return answer(chain.node, {"method": "account_info", "params": [params], "id": 1})

    assert set(asked()) == {"result"}
    plain = asked(id=7, jsonrpc="2.0", ripplerpc="1.0")
    assert plain["id"] == 7
    assert plain["result"]["error"] == "invalidParams"
    other = asked(id=7, ripplerpc="2.0")
    assert set(other) == {"error", "id", "ripplerpc"}
    assert other["error"]["code"] == other["error"]["error_code"] == 31
    assert other["error"]["message"] == "Missing field 'account'."
    assert "error_message" not in other["error"]
    assert "result" in asked(account="rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", ripplerpc="2.0")
    with pytest.raises(Unparsable):
        asked(ripplerpc=2)


def test_parameters_of_the_wrong_shape(chain: Any) -> None:
    for empty in (None, "", [], {}, [None], [{}]):
        assert answer(chain.node, {"method": "ping", "params": empty})["result"]["role"] == "admin"
    for wrong in (0, False, "x", [1], [{}, {}], {"a": 1}):
        with pytest.raises(Unparsable):
            answer(chain.node, {"method": "ping", "params": wrong})
