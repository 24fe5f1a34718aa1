"""Tiers and their metadata, and NFTokenIDs against those that the real server gave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.core.membership import (
    MAX_URI_BYTES,
    TIERS,
    metadata,
    metadata_uri,
    read_nftoken_id,
    taxon_of,
)
from sovbank.errors.core import MalformedNFTokenId, TierUnknown
from sovbank.wire.addresses import decode_address

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
BASE = "https://bank.example/membership"


def _held_tokens(value: Any) -> Iterator[dict[str, Any]]:
    """Every entry of every account_nfts answer: the server's own reading of its ids."""
    if isinstance(value, dict):
        if "nft_serial" in value:
            yield value
        for inner in value.values():
            yield from _held_tokens(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _held_tokens(inner)


def _recorded(name: str) -> list[dict[str, Any]]:
    return list(_held_tokens(json.loads((TRANSCRIPTS / f"{name}.json").read_text())))


@pytest.mark.parametrize(("name", "at_least"), [("nfts", 5), ("nft_pages", 50)])
def test_the_parts_of_an_id_are_those_that_the_server_names(name: str, at_least: int) -> None:
    tokens = _recorded(name)
    assert len({token["NFTokenID"] for token in tokens}) >= at_least
    for token in tokens:
        parts = read_nftoken_id(token["NFTokenID"])
        assert parts.flags == token["Flags"]
        assert parts.taxon == token["NFTokenTaxon"]
        assert parts.serial == token["nft_serial"]
        assert parts.issuer == decode_address(token["Issuer"])
        assert parts.transfer_fee == token.get("TransferFee", 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00" * 31,
        "00" * 33,
        "ab" * 32,
        "0x" + "00" * 31,
        "G" * 64,
        "00" * 31 + "\uff10\uff10",
        "00" * 32 + "\n",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(MalformedNFTokenId):
        read_nftoken_id(text)


def test_each_tier_has_a_taxon_of_its_own_and_others_have_none() -> None:
    assert [taxon_of(tier) for tier in ("basic", "pro", "otc", "internal")] == [1, 2, 3, 4]
    for name in ("", "gold", "Pro", "none"):
        with pytest.raises(TierUnknown):
            taxon_of(name)


def test_the_metadata_of_a_tier_has_one_spelling() -> None:
    expected = b'{"domain":"bank.example","schema":"sovbank.membership/v1","tier":"pro"}'
    assert metadata(domain="bank.example", tier="pro") == expected
    with pytest.raises(TierUnknown):
        metadata(domain="bank.example", tier="gold")


@pytest.mark.parametrize("base", [BASE, BASE + "/"])
def test_the_uri_names_the_file_and_its_hash(base: str) -> None:
    for tier in TIERS:
        place, _, digest = metadata_uri(base, domain="bank.example", tier=tier).partition("#sha256=")
        assert place == f"{BASE}/{tier}.json"
        assert digest == hashlib.sha256(metadata(domain="bank.example", tier=tier)).hexdigest()


@given(st.sampled_from(sorted(TIERS)), st.sampled_from(["a.example", "b.example"]))
def test_another_domain_or_tier_has_another_uri(tier: str, domain: str) -> None:
    every = {metadata_uri(BASE, domain=d, tier=t) for d in ("a.example", "b.example") for t in TIERS}
    assert len(every) == 2 * len(TIERS)
    uri = metadata_uri(BASE, domain=domain, tier=tier)
    assert uri in every
    assert len(uri) <= MAX_URI_BYTES
