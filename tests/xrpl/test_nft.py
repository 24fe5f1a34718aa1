"""Membership transactions, and the index of an offer against those that the real server gave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sovbank.errors.xrpl import TransactionRefused
from sovbank.wire.addresses import encode_address
from sovbank.wire.codec import decode_tx, encode_tx
from sovbank.xrpl.envelope import Anchor, Envelope
from sovbank.xrpl.nft import acceptance, membership_burn, membership_mint, offer_index

ISSUER, HOLDER = encode_address(b"\x01" * 20), encode_address(b"\x02" * 20)
TOKEN = "0001000022B67B60A89E26A4E1969ACBE7916413E49E781644B17C9E00000003"
URI = "https://bank.example/membership/pro.json#sha256=" + "ab" * 32
ENVELOPE = Envelope(account=ISSUER, network_id=21338, last_ledger=120, fee=60, multisigned=True, ticket=41)
TRANSCRIPT = Path(__file__).parents[1] / "transcripts" / "nfts.json"


def _offers_made() -> Iterator[tuple[dict[str, Any], str]]:
    """Every validated transaction whose metadata names the offer that it made."""
    for step in json.loads(TRANSCRIPT.read_text())["steps"]:
        result = step["response"].get("result", {})
        offer_id = result.get("meta", {}).get("offer_id") if isinstance(result.get("meta"), dict) else None
        if offer_id is not None:
            yield result.get("tx_json", result), offer_id


def test_the_index_of_an_offer_is_the_server_s() -> None:
    made = list(_offers_made())
    assert {tx["TransactionType"] for tx, _ in made} >= {"NFTokenCreateOffer"}
    for tx, offer_id in made:
        slot = tx.get("TicketSequence") or tx["Sequence"]
        assert offer_index(tx["Account"], slot) == offer_id


def test_a_membership_is_minted_and_offered_in_one_transaction() -> None:
    tx = membership_mint(ENVELOPE, holder=HOLDER, taxon=2, uri=URI, anchor=Anchor(3, "cd" * 32))
    assert decode_tx(encode_tx(tx)) == tx
    assert {name: tx[name] for name in ("TransactionType", "Flags", "Amount", "Destination")} == {
        "TransactionType": "NFTokenMint",
        "Flags": 1,
        "Amount": "0",
        "Destination": HOLDER,
    }
    assert bytes.fromhex(tx["URI"]) == URI.encode()
    assert tx["NFTokenTaxon"] == 2


@pytest.mark.parametrize("uri", ["", "x" * 257, "https://b\u00e4nk.example"])
def test_a_uri_that_does_not_fit_is_refused(uri: str) -> None:
    with pytest.raises(TransactionRefused):
        membership_mint(ENVELOPE, holder=HOLDER, taxon=2, uri=uri)


@pytest.mark.parametrize("holder", ["", "nobody", ISSUER])
def test_a_holder_is_another_account(holder: str) -> None:
    with pytest.raises(TransactionRefused):
        membership_mint(ENVELOPE, holder=holder, taxon=2, uri=URI)


@pytest.mark.parametrize(("owner", "named"), [(HOLDER, HOLDER), (None, None), (ISSUER, None)])
def test_a_burn_names_the_owner_unless_it_is_the_issuer(owner: str | None, named: str | None) -> None:
    tx = membership_burn(ENVELOPE, nftoken_id=TOKEN, owner=owner)
    assert decode_tx(encode_tx(tx)) == tx
    assert (tx["NFTokenID"], tx.get("Owner"), tx["Flags"]) == (TOKEN, named, 0)


@pytest.mark.parametrize(("network", "named"), [(21338, 21338), (1025, 1025), (1024, None), (0, None)])
def test_the_acceptance_is_bound_to_the_network(network: int, named: int | None) -> None:
    payload = acceptance(holder=HOLDER, offer_id="AB" * 32, network_id=network)
    assert payload.get("NetworkID") == named
    assert payload["TransactionType"] == "NFTokenAcceptOffer"
    assert (payload["Account"], payload["NFTokenSellOffer"]) == (HOLDER, "AB" * 32)
