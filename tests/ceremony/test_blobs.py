"""Blobs of other wallets. ``xrpljs/blobs.json`` was made by xrpl.js from ``xrpljs/unsigned.json``."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_unsigned import SIGNING, other_kinds
from samples import CFO, COO, HEAD, REGULAR, STRANGER, bundle, payment, signature

from sovbank.ceremony.blobs import RAW_WALLET, add_blobs, blob_of, signatures_of_blob
from sovbank.ceremony.finalise import finalise
from sovbank.ceremony.signing import add_signatures
from sovbank.errors.base import SovbankError
from sovbank.errors.ceremony import (
    BlobMatchesNothing,
    BlobNotMultisigned,
    SignatureWrong,
    StrangerSigned,
)
from sovbank.errors.wire import BlobTooLarge, MalformedBlob
from sovbank.wire.codec import decode_hex, encode_tx

HERE = Path(__file__).parent / "xrpljs"
MADE: list[dict[str, Any]] = json.loads((HERE / "blobs.json").read_text())["made"]
THREE = other_kinds()
SIGNERS = [account for account, _ in SIGNING]
OURS = add_signatures(
    THREE, [signature(THREE, account, place, by=who) for account, who in SIGNING for place in range(3)]
)


def test_the_other_implementation_signed_these_very_transactions() -> None:
    assert json.loads((HERE / "unsigned.json").read_text())["transactions"] == list(THREE.transactions)
    assert len(MADE) == 3


@pytest.mark.parametrize("place", range(3))
def test_a_wallets_blob_becomes_a_signature(place: int) -> None:
    for signed in MADE[place]["signed"]:
        (found,) = signatures_of_blob(THREE, signed["blob"])
        assert (found.transaction, found.signer, found.unchecked) == (place, signed["account"], (RAW_WALLET,))
        assert add_blobs(THREE, [signed["blob"]]).signatures == (found,)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_blobs_come_in_any_order_and_make_the_blob_that_xrpljs_makes(order: tuple[int, ...]) -> None:
    everything = [signed["blob"] for made in MADE for signed in made["signed"]]
    shuffled = [everything[3 * which + place] for place in range(3) for which in order]
    full = add_blobs(THREE, shuffled)
    for place, made in enumerate(MADE):
        chosen = [COO.address, CFO.address]
        blob = finalise(full, place, chosen).hex().upper()
        theirs = decode_hex(made["combined"])[1]
        theirs["Signers"] = [entry for entry in theirs["Signers"] if entry["Signer"]["Account"] in chosen]
        assert blob == encode_tx(theirs).hex().upper()


@pytest.mark.parametrize("place", range(3))
def test_a_combined_blob_carries_all_its_signatures(place: int) -> None:
    found = signatures_of_blob(THREE, MADE[place]["combined"])
    assert {one.signer for one in found} == set(SIGNERS)
    assert add_signatures(THREE, found).signatures == found


@pytest.mark.parametrize("place", range(3))
def test_both_implementations_make_the_same_signatures(place: int) -> None:
    theirs = {
        (one.transaction, one.signer): one.signature
        for one in signatures_of_blob(THREE, MADE[place]["combined"])
    }
    ours = {
        (one.transaction, one.signer): one.signature for one in OURS.signatures if one.transaction == place
    }
    assert ours == theirs


def test_a_signature_made_with_the_bundle_in_sight_stays_over_the_same_from_a_blob() -> None:
    blob = MADE[0]["combined"]
    both = add_blobs(OURS, [blob])
    assert both == OURS
    assert add_signatures(add_blobs(THREE, [blob]), OURS.signatures) == OURS


@pytest.mark.parametrize("place", range(3))
def test_the_blobs_emitted_are_those_that_xrpljs_makes(place: int) -> None:
    for signed in MADE[place]["signed"]:
        assert blob_of(OURS, place, [signed["account"]]) == signed["blob"]
    assert blob_of(OURS, place, SIGNERS) == MADE[place]["combined"]


def signed_blob(tx: dict[str, Any], *signers: dict[str, str]) -> str:
    return encode_tx({**tx, "Signers": [{"Signer": entry} for entry in signers]}).hex().upper()


def entry(of: Any = THREE, by: Any = REGULAR, account: str = HEAD.address) -> dict[str, str]:
    made = signature(of, account, by=by)
    return {"Account": account, "SigningPubKey": made.public_key, "TxnSignature": made.signature}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Fee": "121"}, "transactions.0.Fee"),
        ({"Amount": "5"}, "transactions.0.Amount"),
        ({"Destination": STRANGER.address}, "transactions.0.Destination"),
        ({"TicketSequence": 11}, "transactions.1."),
        ({"NetworkID": None}, "transactions.0.NetworkID"),
    ],
)
def test_a_blob_over_another_transaction_is_refused_and_the_difference_named(
    change: dict[str, Any], path: str
) -> None:
    tx = {**dict(THREE.transactions[0]), **change}
    other = {name: value for name, value in tx.items() if value is not None}
    with pytest.raises(BlobMatchesNothing) as caught:
        signatures_of_blob(THREE, signed_blob(other, entry()))
    assert path in caught.value.message
    assert caught.value.details["path"].startswith(path)


def test_the_signature_of_a_blob_is_verified() -> None:
    tx = dict(THREE.transactions[0])
    other = bundle(transactions=[payment(Fee="121")])
    with pytest.raises(SignatureWrong, match=HEAD.address):
        add_blobs(THREE, [signed_blob(tx, entry(of=other))])
    with pytest.raises(StrangerSigned, match=STRANGER.address):
        add_blobs(THREE, [signed_blob(tx, entry(by=STRANGER, account=STRANGER.address))])


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", MalformedBlob),
        ("zz", MalformedBlob),
        ("00" * 20_000, BlobTooLarge),
        (encode_tx(dict(THREE.transactions[0])).hex(), BlobNotMultisigned),
        (encode_tx({**THREE.transactions[0], "TxnSignature": "AB"}).hex(), BlobNotMultisigned),
        (signed_blob(dict(THREE.transactions[0]), {"Account": HEAD.address}), BlobNotMultisigned),
        (signed_blob(dict(THREE.transactions[0]), {**entry(), "SigningPubKey": ""}), BlobNotMultisigned),
        (signed_blob(dict(THREE.transactions[0]), {**entry(), "TxnSignature": ""}), BlobNotMultisigned),
    ],
)
def test_what_is_no_multisigned_blob_is_refused(text: str, refusal: type[SovbankError]) -> None:
    with pytest.raises(refusal):
        add_blobs(THREE, [text])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_of_a_blob_is_refused(place: int, at: int, change: int) -> None:
    blob = bytearray.fromhex(MADE[place]["signed"][1]["blob"])
    blob[at % len(blob)] ^= change
    with pytest.raises(SovbankError):
        add_blobs(THREE, [blob.hex()])
