"""Signatures come together in any order, any number of times, to the same bundle."""

from __future__ import annotations

import itertools
from functools import cache, reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import CEO, CFO, CISO, COO, HEAD, PEOPLE, REGULAR, STRANGER, bundle, person, signature

from sovbank.ceremony.combine import combine, combine_all
from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle, Signature
from sovbank.ceremony.signing import add_signatures
from sovbank.errors.ceremony import (
    BundleDiffers,
    BundleInconsistent,
    KeyNotOfSigner,
    SignatureWrong,
    StrangerSigned,
)
from sovbank.wire.signatures import SECP256K1_ORDER, encode_der, parse_der

TWO = bundle(2)


@cache
def pool() -> tuple[Signature, ...]:
    """Valid signatures of everybody over both transactions, several of those whose scheme allows it."""
    made = [
        signature(TWO, account, place, nonce=nonce, unchecked=unchecked)
        for account, place, nonce, unchecked in itertools.product(
            PEOPLE, (0, 1), (0, 1, 2), ((), ("live-signer-list",))
        )
    ]
    regular = [signature(TWO, CISO.address, place, by=REGULAR) for place in (0, 1)]
    return tuple(dict.fromkeys([*made, *regular]))


bundles = st.lists(st.integers(0, len(pool()) - 1), max_size=8).map(
    lambda places: add_signatures(TWO, [pool()[place] for place in places])
)


@settings(max_examples=40, deadline=None)
@given(bundles, bundles)
def test_combining_is_commutative(one: Bundle, other: Bundle) -> None:
    assert combine(one, other) == combine(other, one)


@settings(max_examples=30, deadline=None)
@given(bundles, bundles, bundles)
def test_combining_is_associative(one: Bundle, two: Bundle, three: Bundle) -> None:
    assert combine(combine(one, two), three) == combine(one, combine(two, three))


@settings(max_examples=40, deadline=None)
@given(bundles, bundles)
def test_the_same_again_changes_nothing(one: Bundle, other: Bundle) -> None:
    both = combine(one, other)
    assert combine(one, one) == one
    assert combine(both, one) == both
    assert combine(both, TWO) == both


@settings(max_examples=40, deadline=None)
@given(bundles, bundles)
def test_what_is_combined_can_be_written_and_read(one: Bundle, other: Bundle) -> None:
    both = combine(one, other)
    assert parse_bundle(to_bytes(both)) == both
    assert {s.signer for s in both.signatures} == {s.signer for s in one.signatures + other.signatures}


def test_five_files_in_every_order_give_the_same_bytes() -> None:
    one = bundle()
    files = [add_signatures(one, [signature(one, account)]) for account in PEOPLE]
    results = {to_bytes(reduce(combine, order)) for order in itertools.permutations(files)}
    assert len(results) == 1
    assert results == {to_bytes(combine_all(one, files))}


def test_of_two_valid_signatures_the_smaller_stays() -> None:
    several = sorted(signature(TWO, CEO.address, nonce=nonce).signature for nonce in range(4))
    assert len(set(several)) == 4
    one = add_signatures(TWO, [signature(TWO, CEO.address, nonce=nonce) for nonce in (3, 1, 0, 2)])
    assert [s.signature for s in one.signatures] == several[:1]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"words": "Mint 250,000.51 FTHUSD"}, "purpose.words"),
        ({"production": True}, "production"),
        ({"ledger_index": 401}, "expiry.time"),
        ({"quorum": 2}, "signer_list.quorum"),
        ({"effects": None}, "effects"),
    ],
)
def test_other_content_is_refused_and_the_difference_named(change: dict[str, object], path: str) -> None:
    other = bundle(2, **change)
    with pytest.raises(BundleDiffers) as caught:
        combine(TWO, other)
    assert caught.value.details["path"] == path
    with pytest.raises(BundleDiffers):
        combine(other, TWO)


def test_one_transaction_more_is_a_difference() -> None:
    with pytest.raises(BundleDiffers) as caught:
        combine(bundle(2), bundle(3))
    assert caught.value.details == {
        "path": "effects.2",
        "expected": "(absent)",
        "found": caught.value.details["found"],
    }


def _high_s(good: Signature) -> Signature:
    pair = parse_der(bytes.fromhex(good.signature))
    assert pair is not None
    high = encode_der(pair[0], SECP256K1_ORDER - pair[1])
    return good.model_copy(update={"signature": high.hex().upper()})


def bad_signatures() -> list[tuple[Signature, type[Exception], str]]:
    good = signature(TWO, COO.address)
    ed25519 = signature(TWO, CFO.address)
    return [
        (signature(TWO, STRANGER.address, by=STRANGER), StrangerSigned, STRANGER.address),
        (signature(TWO, COO.address, by=STRANGER), KeyNotOfSigner, COO.address),
        (signature(TWO, COO.address, by=REGULAR), KeyNotOfSigner, COO.address),
        (signature(TWO, HEAD.address, by=person("head")), KeyNotOfSigner, HEAD.address),
        (good.model_copy(update={"transaction": 1}), SignatureWrong, "over transaction 1"),
        (good.model_copy(update={"signature": "30" + good.signature[4:]}), SignatureWrong, COO.address),
        (_high_s(good), SignatureWrong, COO.address),
        (
            ed25519.model_copy(update={"signature": ed25519.signature[:-2] + "00"}),
            SignatureWrong,
            CFO.address,
        ),
        (signature(TWO, CEO.address, 1, transaction=0), SignatureWrong, CEO.address),
        (good.model_copy(update={"transaction": 2}), BundleInconsistent, "no transaction 2"),
    ]


@pytest.mark.parametrize(("bad", "refusal", "named"), bad_signatures())
def test_a_signature_that_would_not_count_is_refused_and_named(
    bad: Signature, refusal: type[Exception], named: str
) -> None:
    with pytest.raises(refusal, match=named):
        add_signatures(TWO, [bad])
    with pytest.raises(refusal, match=named):
        combine(TWO, TWO.model_copy(update={"signatures": (bad,)}))
    if refusal is not BundleInconsistent:
        with pytest.raises(refusal, match=named):
            combine(TWO.model_copy(update={"signatures": (bad,)}), TWO)
