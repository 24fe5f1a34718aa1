"""NFTs: ids, pages, offers, brokers and fees."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.transactions import nft_pages, nft_rules

XRP = 1_000_000
OK = TER.tesSUCCESS
BURNABLE, ONLY_XRP, TRANSFERABLE, MUTABLE = 1, 2, 8, 16
SELL = 1


def mint(bench: Any, who: str = "issuer", flags: int = TRANSFERABLE, fee: int = 0, **fields: Any) -> bytes:
    root = bench.root(who)
    first = root.get("FirstNFTokenSequence", root["Sequence"])
    number = first + root.get("MintedNFTokens", 0)
    if fee:
        fields["TransferFee"] = fee
    taxon = fields.pop("taxon", 0)
    assert bench.send(who, "NFTokenMint", NFTokenTaxon=taxon, Flags=flags, **fields) is OK
    return nft_rules.token_id_of(flags, fee, bench.id(who), taxon, number)


def offer(bench: Any, who: str, token: bytes, amount: Any, **fields: Any) -> bytes:
    key = keylets.nftoken_offer(bench.id(who), bench.root(who)["Sequence"])
    assert bench.send(who, "NFTokenCreateOffer", NFTokenID=token, Amount=amount, **fields) is OK
    return key


def owner(bench: Any, token: bytes, *names: str) -> str:
    (found,) = [name for name in names if nft_pages.find(bench.view, bench.id(name), token) is not None]
    return found


@pytest.fixture
def people(bench: Any) -> Any:
    bench.fund("issuer", "alice", "bob", "broker")
    return bench


def test_an_id_as_the_server_makes_it() -> None:
    issuer = bytes.fromhex("BE6C4A3E8E8B5D7C6F1B9A0D2E3F4A5B6C7D8E9F")
    token = nft_rules.token_id_of(8, 314, issuer, 1337, 12)
    assert token.hex().upper().startswith("0008013A" + issuer.hex().upper())
    assert token[24:28] == (1337 ^ (384_160_001 * 12 + 2459) % 2**32).to_bytes(4, "big")
    assert (nft_rules.flags_of(token), nft_rules.fee_of(token), nft_rules.issuer_of(token)) == (
        8,
        314,
        issuer,
    )


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"TransferFee": 50_001, "Flags": 8}, TER.temBAD_NFTOKEN_TRANSFER_FEE),
        ({"TransferFee": 1}, TER.temMALFORMED),
        ({"URI": b""}, TER.temMALFORMED),
        ({"URI": b"u" * 257}, TER.temMALFORMED),
        ({"Flags": 4}, TER.temINVALID_FLAG),
        ({"Destination": b"\5" * 20}, TER.temMALFORMED),
        ({"Amount": 0, "Expiration": 0}, TER.temBAD_EXPIRATION),
        ({"Amount": 0, "Expiration": 1000}, TER.tecEXPIRED),
        ({"Amount": 0, "Destination": b"\5" * 20}, TER.tecNO_DST),
        ({"Amount": 5, "Expiration": 1001}, OK),
        ({"Issuer": b"\5" * 20}, TER.tecNO_ISSUER),
    ],
)
def test_minting(people: Any, fields: dict[str, Any], wanted: TER) -> None:
    assert people.send("issuer", "NFTokenMint", NFTokenTaxon=0, **fields) is wanted


def test_minting_for_another(people: Any) -> None:
    fields = {"NFTokenTaxon": 0, "Issuer": people.id("issuer")}
    assert people.send("alice", "NFTokenMint", **fields) is TER.tecNO_PERMISSION
    assert people.send("issuer", "AccountSet", SetFlag=10, NFTokenMinter=people.id("alice")) is OK
    assert people.send("issuer", "NFTokenMint", **fields) is TER.temMALFORMED
    assert people.send("alice", "NFTokenMint", **fields) is OK
    assert people.root("issuer")["MintedNFTokens"] == 1
    assert people.root("issuer")["FirstNFTokenSequence"] == people.root("issuer")["Sequence"]
    assert people.root("alice")["OwnerCount"] == 1


def test_the_first_page_needs_a_reserve(bench: Any) -> None:
    bench.fund("poor", drops=1_199_999)
    assert bench.send("poor", "NFTokenMint", NFTokenTaxon=0) is TER.tecINSUFFICIENT_RESERVE


def pages(bench: Any, who: str) -> list[Any]:
    owner_id = bench.id(who)
    found, key = [], keylets.nftoken_page_max(owner_id)
    while key is not None:
        page = bench.view.read(key)
        if page is None:
            break
        found.insert(0, page)
        key = page.get("PreviousPageMin")
    return found


def check_pages(bench: Any, who: str, tokens: set[bytes]) -> None:
    found = pages(bench, who)
    assert bench.root(who)["OwnerCount"] == len(found)
    for before, after in itertools.pairwise(found):
        assert before["NextPageMin"] == after.key
    if found:
        assert "NextPageMin" not in found[-1]
    ids = [token["NFTokenID"] for page in found for token in nft_pages.tokens_of(page)]
    assert ids == sorted(ids, key=lambda token: (token[20:], token))
    assert set(ids) == tokens
    assert len(ids) == len(tokens)
    for page in found:
        assert 1 <= len(page["NFTokens"]) <= nft_pages.PAGE_TOKENS
        assert all(token["NFTokenID"][20:] < page.key[20:] for token in nft_pages.tokens_of(page))


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_pages_hold_whatever_is_minted_and_burned(new_bench: Any, data: st.DataObject) -> None:
    bench = new_bench()
    bench.fund("issuer")
    tokens: set[bytes] = set()
    count = data.draw(st.integers(1, 90))
    spread = data.draw(st.sampled_from([1, 3, 1000]))
    for number in range(count):
        tokens.add(mint(bench, taxon=number % spread))
    check_pages(bench, "issuer", tokens)
    for token in data.draw(st.permutations(sorted(tokens)))[: data.draw(st.integers(0, count))]:
        assert bench.send("issuer", "NFTokenBurn", NFTokenID=token) is OK
        tokens.discard(token)
    check_pages(bench, "issuer", tokens)
    assert bench.root("issuer").get("BurnedNFTokens", 0) == count - len(tokens)


def test_equal_low_bits_stay_on_one_page(bench: Any) -> None:
    bench.fund("alice")
    alice = bench.id("alice")
    low = b"\x50" * 12
    for number in range(nft_pages.PAGE_TOKENS):
        token = {"NFTokenID": number.to_bytes(20, "big") + low}
        assert nft_pages.insert(bench.view, alice, token) is OK
    full = {"NFTokenID": b"\xff" * 20 + low}
    assert nft_pages.insert(bench.view, alice, full) is TER.tecNO_SUITABLE_NFTOKEN_PAGE
    for neighbour in (b"\x4f" * 12, b"\x51" * 12):
        assert nft_pages.insert(bench.view, alice, {"NFTokenID": bytes(20) + neighbour}) is OK
    sizes = [len(page["NFTokens"]) for page in pages(bench, "alice")]
    assert sizes == [1, 32, 1]


def test_burning(people: Any) -> None:
    plain, burnable = mint(people), mint(people, flags=BURNABLE | TRANSFERABLE)
    for token in (plain, burnable):
        ask = offer(people, "issuer", token, 0, Flags=SELL)
        assert people.send("alice", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is OK
    alice = {"Owner": people.id("alice")}
    assert people.send("issuer", "NFTokenBurn", NFTokenID=plain) is TER.tecNO_ENTRY
    assert people.send("issuer", "NFTokenBurn", NFTokenID=plain, **alice) is TER.tecNO_PERMISSION
    assert people.send("bob", "NFTokenBurn", NFTokenID=burnable, **alice) is TER.tecNO_PERMISSION
    offer(people, "bob", burnable, 5, **alice)
    offer(people, "alice", burnable, 5, Flags=SELL)
    assert people.send("issuer", "NFTokenBurn", NFTokenID=burnable, **alice) is OK
    assert people.root("bob")["OwnerCount"] == 0
    assert people.root("issuer")["BurnedNFTokens"] == 1
    assert people.send("alice", "NFTokenBurn", NFTokenID=plain) is OK
    assert people.root("alice")["OwnerCount"] == 0


def test_modifying(people: Any) -> None:
    fixed, mutable = mint(people), mint(people, flags=MUTABLE, URI=b"old")
    assert people.send("issuer", "NFTokenModify", NFTokenID=fixed, URI=b"new") is TER.tecNO_PERMISSION
    assert people.send("issuer", "NFTokenModify", NFTokenID=mutable, URI=b"") is TER.temMALFORMED
    assert (
        people.send("issuer", "NFTokenModify", NFTokenID=mutable, Owner=people.id("issuer"))
        is TER.temMALFORMED
    )
    assert people.send("issuer", "NFTokenModify", NFTokenID=mutable, URI=b"new") is OK
    assert nft_pages.find(people.view, people.id("issuer"), mutable) == {"NFTokenID": mutable, "URI": b"new"}
    assert people.send("issuer", "NFTokenModify", NFTokenID=mutable) is OK
    assert nft_pages.find(people.view, people.id("issuer"), mutable) == {"NFTokenID": mutable}


class TestOffers:
    """Making and cancelling offers."""

    def test_refusals(self, people: Any) -> None:
        token = mint(people)
        for who, fields, wanted in (
            ("issuer", {"Amount": 0}, TER.temBAD_AMOUNT),
            ("issuer", {"Amount": 5}, TER.temMALFORMED),
            ("issuer", {"Amount": 5, "Flags": SELL, "Owner": people.id("alice")}, TER.temMALFORMED),
            ("alice", {"Amount": 5, "Owner": people.id("alice")}, TER.temMALFORMED),
            ("issuer", {"Amount": 5, "Flags": SELL, "Destination": people.id("issuer")}, TER.temMALFORMED),
            ("issuer", {"Amount": people.token("bob", 0), "Flags": SELL}, TER.temBAD_AMOUNT),
            ("issuer", {"Amount": 5, "Flags": SELL, "Expiration": 1000}, TER.tecEXPIRED),
            ("alice", {"Amount": 5, "Flags": SELL}, TER.tecNO_ENTRY),
            ("alice", {"Amount": 5, "Owner": people.id("bob")}, TER.tecNO_ENTRY),
            ("issuer", {"Amount": 5, "Flags": SELL, "Destination": b"\5" * 20}, TER.tecNO_DST),
            (
                "alice",
                {"Amount": people.token("bob", 5), "Owner": people.id("issuer")},
                TER.tecUNFUNDED_OFFER,
            ),
        ):
            assert people.send(who, "NFTokenCreateOffer", NFTokenID=token, **fields) is wanted, fields

    def test_a_token_that_stays_with_its_holder(self, people: Any) -> None:
        token = mint(people, flags=0)
        ask = offer(people, "issuer", token, 0, Flags=SELL)
        assert people.send("alice", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is OK
        fields = {"NFTokenID": token, "Amount": 5}
        result = people.send("alice", "NFTokenCreateOffer", Flags=SELL, **fields)
        assert result is TER.tefNFTOKEN_IS_NOT_TRANSFERABLE
        bid = offer(people, "issuer", token, 5, Owner=people.id("alice"))
        assert people.send("alice", "NFTokenAcceptOffer", NFTokenBuyOffer=bid) is OK

    def test_only_xrp(self, people: Any) -> None:
        token = mint(people, flags=ONLY_XRP)
        fields = {"NFTokenID": token, "Amount": people.token("bob", 5), "Flags": SELL}
        assert people.send("issuer", "NFTokenCreateOffer", **fields) is TER.temBAD_AMOUNT

    def test_offers_may_be_unwelcome(self, people: Any) -> None:
        token = mint(people)
        people.set("issuer", 12)
        fields = {"NFTokenID": token, "Amount": 5, "Owner": people.id("issuer")}
        assert people.send("alice", "NFTokenCreateOffer", **fields) is TER.tecNO_PERMISSION

    def test_cancelling(self, people: Any) -> None:
        token = mint(people)
        ask = offer(people, "issuer", token, 5, Flags=SELL, Destination=people.id("alice"), Expiration=1500)

        def cancel(who: str, *keys: bytes) -> TER:
            result: TER = people.send(who, "NFTokenCancelOffer", NFTokenOffers=keys)
            return result

        assert cancel("bob") is TER.temMALFORMED
        assert cancel("bob", ask, ask) is TER.temMALFORMED
        assert cancel("bob", bytes(32)) is TER.temMALFORMED
        assert cancel("bob", ask) is TER.tecNO_PERMISSION
        assert cancel("bob", keylets.account(people.id("bob"))) is TER.tecNO_PERMISSION
        assert cancel("bob", b"\1" * 32) is OK
        assert cancel("alice", ask) is OK
        assert not people.view.exists(keylets.nftoken_sell_offers(token))
        ask = offer(people, "issuer", token, 5, Flags=SELL, Expiration=1500)
        people.at(now=1500)
        assert cancel("bob", ask) is OK
        assert people.root("issuer")["OwnerCount"] == 1


class TestSales:
    """Taking offers."""

    def test_refusals(self, people: Any) -> None:
        token = mint(people)
        ask = offer(people, "issuer", token, 5, Flags=SELL, Destination=people.id("bob"))
        bid = offer(people, "alice", token, 5, Owner=people.id("issuer"))
        for who, fields, wanted in (
            ("alice", {}, TER.temMALFORMED),
            ("alice", {"NFTokenSellOffer": ask, "NFTokenBrokerFee": 1}, TER.temMALFORMED),
            ("alice", {"NFTokenSellOffer": b"\1" * 32}, TER.tecOBJECT_NOT_FOUND),
            ("alice", {"NFTokenSellOffer": ask}, TER.tecNO_PERMISSION),
            ("issuer", {"NFTokenSellOffer": ask}, TER.tecCANT_ACCEPT_OWN_NFTOKEN_OFFER),
            ("bob", {"NFTokenSellOffer": bid}, TER.tecNFTOKEN_OFFER_TYPE_MISMATCH),
            ("bob", {"NFTokenBuyOffer": bid}, TER.tecNO_PERMISSION),
            ("broker", {"NFTokenBuyOffer": bid, "NFTokenSellOffer": ask}, TER.tecNO_PERMISSION),
            ("bob", {"NFTokenSellOffer": ask}, OK),
        ):
            assert people.send(who, "NFTokenAcceptOffer", **fields) is wanted, fields

    def test_expired_offers_are_deleted_by_the_attempt(self, people: Any) -> None:
        token = mint(people)
        ask = offer(people, "issuer", token, 5, Flags=SELL, Expiration=1500)
        people.at(now=1500)
        assert people.send("alice", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is TER.tecEXPIRED
        assert not people.view.exists(ask)
        assert people.root("issuer")["OwnerCount"] == 1

    def test_a_fee_goes_to_the_issuer(self, people: Any) -> None:
        token = mint(people, fee=10_000)
        ask = offer(people, "issuer", token, 100, Flags=SELL)
        before = people.root("issuer")["Balance"]
        people.send("alice", "NFTokenAcceptOffer", NFTokenSellOffer=ask)
        assert people.root("issuer")["Balance"] == before + 100
        ask = offer(people, "alice", token, 1000, Flags=SELL)
        mine, issuers = people.root("alice")["Balance"], people.root("issuer")["Balance"]
        assert people.send("bob", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is OK
        assert people.root("issuer")["Balance"] == issuers + 100
        assert people.root("alice")["Balance"] == mine + 900
        assert owner(people, token, "issuer", "alice", "bob") == "bob"

    def test_a_broker_takes_its_fee_first(self, people: Any) -> None:
        token = mint(people, fee=10_000)
        ask = offer(people, "issuer", token, 0, Flags=SELL)
        people.send("alice", "NFTokenAcceptOffer", NFTokenSellOffer=ask)
        ask = offer(people, "alice", token, 800, Flags=SELL)
        bid = offer(people, "bob", token, 1000, Owner=people.id("alice"))
        both = {"NFTokenSellOffer": ask, "NFTokenBuyOffer": bid}
        for fee, wanted in ((1000, TER.tecINSUFFICIENT_PAYMENT), (201, TER.tecINSUFFICIENT_PAYMENT)):
            assert people.send("broker", "NFTokenAcceptOffer", NFTokenBrokerFee=fee, **both) is wanted
        before = {name: people.root(name)["Balance"] for name in ("issuer", "alice", "bob", "broker")}
        assert people.send("broker", "NFTokenAcceptOffer", NFTokenBrokerFee=200, **both) is OK
        after = {name: people.root(name)["Balance"] - before[name] for name in before}
        assert after == {"issuer": 80, "alice": 720, "bob": -1000, "broker": 190}
        assert owner(people, token, "issuer", "alice", "bob") == "bob"

    def test_a_bid_below_the_ask(self, people: Any) -> None:
        token, other = mint(people), mint(people)
        ask = offer(people, "issuer", token, 800, Flags=SELL)
        for wanted_token, amount, result in (
            (token, 799, TER.tecINSUFFICIENT_PAYMENT),
            (other, 800, TER.tecNFTOKEN_BUY_SELL_MISMATCH),
            (token, 800, OK),
        ):
            bid = offer(people, "bob", wanted_token, amount, Owner=people.id("issuer"))
            both = {"NFTokenSellOffer": ask, "NFTokenBuyOffer": bid}
            assert people.send("broker", "NFTokenAcceptOffer", **both) is result

    def test_paying_in_tokens(self, people: Any) -> None:
        people.fund("gw")
        people.set("gw", 8)
        people.send("gw", "AccountSet", TransferRate=1_250_000_000)
        for name in ("issuer", "alice", "bob"):
            people.trust(name, "gw", 1000)
        people.pay("gw", "bob", people.token("gw", 100))
        token = mint(people, fee=10_000)
        ask = offer(people, "issuer", token, 0, Flags=SELL)
        people.send("alice", "NFTokenAcceptOffer", NFTokenSellOffer=ask)
        ask = offer(people, "alice", token, people.token("gw", 80), Flags=SELL)
        assert people.send("bob", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is OK
        assert people.holds("issuer", "gw") == Value(8)
        assert people.holds("alice", "gw") == Value(72)
        assert people.holds("bob", "gw") == Value(0)

    def test_a_fee_on_top_that_the_buyer_cannot_pay(self, people: Any) -> None:
        people.fund("gw")
        people.set("gw", 8)
        people.send("gw", "AccountSet", TransferRate=1_250_000_000)
        for name in ("issuer", "bob"):
            people.trust(name, "gw", 1000)
        people.pay("gw", "bob", people.token("gw", 100))
        token = mint(people)
        ask = offer(people, "issuer", token, people.token("gw", 100), Flags=SELL)
        assert people.send("bob", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is TER.tecINSUFFICIENT_FUNDS

    def test_the_new_owner_needs_a_reserve_for_its_page(self, people: Any) -> None:
        people.fund("poor", drops=1_200_005)
        token = mint(people)
        ask = offer(people, "issuer", token, 0, Flags=SELL)
        assert people.send("poor", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is TER.tecINSUFFICIENT_RESERVE
        people.pay("alice", "poor", 100)
        assert people.send("poor", "NFTokenAcceptOffer", NFTokenSellOffer=ask) is OK
