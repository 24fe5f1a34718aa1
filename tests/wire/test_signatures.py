"""Verification against a real server's transactions, xrpl-py, and every way to write a signature wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xrpl.constants import CryptoAlgorithm
from xrpl.core import keypairs
from xrpl.core.addresscodec import encode_seed

from sovbank.wire.codec import decode_tx, encode_for_multisigning, encode_for_signing
from sovbank.wire.hashes import sha512_half, transaction_id
from sovbank.wire.seeds import FamilySeed, KeyPair
from sovbank.wire.signatures import (
    SECP256K1_ORDER,
    encode_der,
    is_ed25519,
    is_low_s,
    is_public_key,
    parse_der,
    verify,
    verify_digest,
)

MESSAGE = b"STX\0 a message"
SEEDS = st.binary(min_size=16, max_size=16).map(FamilySeed)
BROKEN = {"fails local checks: Invalid signature."}


def test_every_signature_that_the_server_accepted_verifies(submitted: Any) -> None:
    counted = {"single": 0, "multi": 0}
    for item in submitted:
        if item.tx_json is None or item.result.get("engine_result", "").startswith("tem"):
            continue
        tx = decode_tx(item.blob)
        if tx["SigningPubKey"]:
            key, signature = (bytes.fromhex(tx[name]) for name in ("SigningPubKey", "TxnSignature"))
            assert verify(key, encode_for_signing(tx), signature)
            counted["single"] += 1
        for entry in tx.get("Signers", ()):
            signer = entry["Signer"]
            key, signature = (bytes.fromhex(signer[name]) for name in ("SigningPubKey", "TxnSignature"))
            assert verify(key, encode_for_multisigning(tx, signer["Account"]), signature)
            counted["multi"] += 1
    assert counted["single"] > 300
    assert counted["multi"] > 20


def test_the_signature_that_the_server_refused_does_not() -> None:
    path = Path(__file__).parents[1] / "transcripts" / "xrp_payments.json"
    refused = 0
    for step in json.loads(path.read_text())["steps"]:
        if step["response"].get("result", {}).get("error_exception") in BROKEN:
            tx = decode_tx(bytes.fromhex(step["request"]["params"][0]["tx_blob"]))
            key, signature = (bytes.fromhex(tx[name]) for name in ("SigningPubKey", "TxnSignature"))
            assert not verify(key, encode_for_signing(tx), signature)
            refused += 1
    assert refused


def _sign(pair: KeyPair, message: bytes) -> bytes:
    """Sign with xrpl-py, whose keys carry a prefix byte of their own."""
    prefix = b"\xed" if is_ed25519(pair.public) else b"\0"
    return bytes.fromhex(keypairs.sign(message, (prefix + pair.private).hex().upper()))


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, message=st.binary(max_size=100))
def test_signatures_of_xrpl_py_verify_and_change_with_everything(seed: FamilySeed, message: bytes) -> None:
    for pair in (seed.secp256k1(), seed.ed25519()):
        signature = _sign(pair, message)
        assert verify(pair.public, message, signature)
        assert not verify(pair.public, message + b"\0", signature)
        assert not verify(pair.public, message, signature[:-1] + bytes([signature[-1] ^ 1]))
        for other in (FamilySeed(seed.entropy[::-1] + b"x").secp256k1(), seed.secp256k1(), seed.ed25519()):
            assert verify(other.public, message, signature) == (other == pair)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_seeds_derive_as_in_xrpl_py(seed: FamilySeed) -> None:
    for pair, algorithm in (
        (seed.secp256k1(), CryptoAlgorithm.SECP256K1),
        (seed.ed25519(), CryptoAlgorithm.ED25519),
    ):
        text = encode_seed(seed.entropy, algorithm)
        public, private = keypairs.derive_keypair(text, algorithm=algorithm)
        assert pair.public.hex().upper() == public
        assert pair.private.hex().upper() == private[-64:]


def test_the_genesis_keys() -> None:
    seed = FamilySeed.from_passphrase("masterpassphrase")
    assert seed.entropy.hex().upper() == "DEDCE9CE67B451D852FD4E846FCDE31C"
    assert seed.secp256k1().public.hex().upper() == (
        "0330E7FC9D56BB25D6893BA3F317AE5BCF33B3291BD63DB32654A313222F7FD020"
    )
    assert "entropy" not in repr(seed)
    assert seed.secp256k1().private.hex() not in repr(seed.secp256k1())


PAIR = FamilySeed.from_passphrase("masterpassphrase").secp256k1()
EDWARDS = FamilySeed.from_passphrase("masterpassphrase").ed25519()
GOOD = _sign(PAIR, MESSAGE)
R, S = parse_der(GOOD) or (0, 0)


def _der(r: bytes, s: bytes) -> bytes:
    body = b"\x02" + bytes([len(r)]) + r + b"\x02" + bytes([len(s)]) + s
    return b"\x30" + bytes([len(body)]) + body


def _minimal(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


WRONG_DER = {
    "empty": b"",
    "raw r and s": R.to_bytes(32, "big") + S.to_bytes(32, "big"),
    "trailing byte": GOOD + b"\0",
    "trailing byte inside": bytes([0x30, len(GOOD) - 1]) + GOOD[2:] + b"\0",
    "cut": GOOD[:-1],
    "wrong tag": b"\x31" + GOOD[1:],
    "long form length": b"\x30\x81" + GOOD[1:],
    "padded r": _der(b"\0" + _minimal(R), _minimal(S)),
    "padded s": _der(_minimal(R), b"\0" + _minimal(S)),
    "negative r": _der(b"\x80" + bytes(31), _minimal(S)),
    "empty r": _der(b"", _minimal(S)),
    "zero r": _der(b"\0", _minimal(S)),
    "zero s": _der(_minimal(R), b"\0"),
    "r beyond the order": _der(_minimal(R + SECP256K1_ORDER), _minimal(S)),
    "s beyond the order": _der(_minimal(R), _minimal(S + SECP256K1_ORDER)),
    "wrong inner tag": GOOD[:2] + b"\x03" + GOOD[3:],
    "r runs over": GOOD[:3] + b"\x7f" + GOOD[4:],
}


@pytest.mark.parametrize("name", WRONG_DER)
def test_wrong_der(name: str) -> None:
    for canonical in (True, False):
        assert not verify(PAIR.public, MESSAGE, WRONG_DER[name], must_be_canonical=canonical)


def test_a_high_s_verifies_only_where_it_may() -> None:
    high = encode_der(R, SECP256K1_ORDER - S)
    assert is_low_s(S)
    assert not is_low_s(SECP256K1_ORDER - S)
    assert not verify(PAIR.public, MESSAGE, high)
    assert verify(PAIR.public, MESSAGE, high, must_be_canonical=False)
    assert verify_digest(PAIR.public, sha512_half(MESSAGE), GOOD)
    assert not verify_digest(PAIR.public, sha512_half(MESSAGE)[:-1], GOOD)


def test_an_ed25519_signature_beyond_the_order_is_refused() -> None:
    good = _sign(EDWARDS, MESSAGE)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(good[32:], "little") + order
    assert verify(EDWARDS.public, MESSAGE, good)
    assert not verify(EDWARDS.public, MESSAGE, good[:32] + s.to_bytes(32, "little"))
    assert not verify(EDWARDS.public, MESSAGE, good + b"\0")
    assert not verify(EDWARDS.public, MESSAGE, b"")


KEYS = {
    "empty": b"",
    "short": PAIR.public[:-1],
    "long": PAIR.public + b"\0",
    "uncompressed": b"\x04" + bytes(64),
    "unknown prefix": b"\x05" + PAIR.public[1:],
    "no point": b"\x02" + b"\xff" * 32,
    "no point of the other curve": b"\xed" + b"\xff" * 32,
    "zero": bytes(33),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_verify_nothing(name: str) -> None:
    assert not verify(KEYS[name], MESSAGE, GOOD)
    assert not verify(KEYS[name], MESSAGE, _sign(EDWARDS, MESSAGE))
    assert is_public_key(PAIR.public)
    assert is_public_key(EDWARDS.public)
    assert not is_public_key(b"\x04" + bytes(32))


@given(st.binary(max_size=80))
def test_what_is_parsed_is_the_one_way_to_write_it(data: bytes) -> None:
    pair = parse_der(data)
    if pair is not None:
        assert encode_der(*pair) == data


@given(st.integers(1, SECP256K1_ORDER - 1), st.integers(1, SECP256K1_ORDER - 1))
def test_der_round_trip(r: int, s: int) -> None:
    assert parse_der(encode_der(r, s)) == (r, s)


@settings(max_examples=200, deadline=None)
@given(key=st.binary(max_size=40), message=st.binary(max_size=40), signature=st.binary(max_size=80))
def test_any_bytes_are_answered(key: bytes, message: bytes, signature: bytes) -> None:
    assert verify(key, message, signature) is False


def test_hashes() -> None:
    import hashlib

    assert sha512_half(b"ab", b"c") == hashlib.sha512(b"abc").digest()[:32]
    assert transaction_id(b"") == hashlib.sha512(b"TXN\0").hexdigest()[:64].upper()
