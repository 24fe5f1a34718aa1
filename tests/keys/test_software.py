"""Signers in memory, addresses and control-plane signatures, against other implementations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from eth_account import Account
from eth_keys import keys
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.errors.keys import (
    MalformedPublicKey,
    PayloadRefused,
    SignatureInvalid,
    WrongKeyScheme,
)
from sovbank.evm.port import ChainSigner
from sovbank.keys.addresses import evm_address, keccak256, xrpl_address
from sovbank.keys.evm import EvmSigner
from sovbank.keys.port import PublicKey, Scheme, Signer, Takes
from sovbank.keys.secret import Secret
from sovbank.keys.software import public_key_of, software_signer
from sovbank.keys.verification import normalise, require_valid
from sovbank.wire.signatures import SECP256K1_ORDER, encode_der, parse_der

PRIVATES = st.integers(1, SECP256K1_ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
# RFC 6979 deterministic signatures on secp256k1 over SHA-256 (Trezor's and Haskoin's published vectors).
RFC6979 = {
    "satoshi": (
        1,
        b"Satoshi Nakamoto",
        0x934B1EA10A4B3C1757E2B0C017D0B6143CE3C9A7E6A4A49860D7A6AB210EE3D8,
        0x2442CE9D2B916064108014783E923EC36B49743E2FFA1C4496F01A512AAFD9E5,
    ),
    "tears in rain": (
        1,
        b"All those moments will be lost in time, like tears in rain. Time to die...",
        0x8600DBD41E348FE5C9465AB92D23E3DB8B98B873BEECD930736488696438CB6B,
        0x547FE64427496DB33BF66019DACBF0039C04199ABB0122918601DB38A72CFC21,
    ),
    "largest key": (
        SECP256K1_ORDER - 1,
        b"Satoshi Nakamoto",
        0xFD567D121DB66E382991534ADA77A6BD3106F0A1098C231E47993447CD6AF2D0,
        0x6B39CD0EB1BC8603E159EF5C20A5C8AD685A45B06CE9BEBED3F153D10D93BED5,
    ),
}
# RFC 8032, section 7.1, tests 1 to 3.
RFC8032 = {
    "empty": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "one byte": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "two bytes": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
}


def signer_of(scheme: Scheme, private: bytes) -> Signer:
    secret = Secret(private)
    return software_signer("keystore:test", public_key_of(scheme, secret), secret)


@pytest.mark.parametrize("name", RFC6979)
def test_secp256k1_known_answers(name: str) -> None:
    number, message, r, s = RFC6979[name]
    signer = signer_of(Scheme.SECP256K1, number.to_bytes(32, "big"))
    assert signer.takes is Takes.DIGEST
    assert parse_der(signer.sign(hashlib.sha256(message).digest())) == (r, s)


@pytest.mark.parametrize("name", RFC8032)
def test_ed25519_known_answers(name: str) -> None:
    private, public, message, signature = (bytes.fromhex(text) for text in RFC8032[name])
    signer = signer_of(Scheme.ED25519, private)
    assert signer.takes is Takes.MESSAGE
    assert signer.public_key.data == b"\xed" + public
    assert signer.sign(message) == signature


@settings(max_examples=60, deadline=None)
@given(private=PRIVATES, digest=st.binary(min_size=32, max_size=32))
def test_secp256k1_signatures_hold_for_other_libraries(private: bytes, digest: bytes) -> None:
    from ecpy.curves import Curve, Point
    from ecpy.ecdsa import ECDSA
    from ecpy.keys import ECPublicKey

    signer = signer_of(Scheme.SECP256K1, private)
    signature = signer.sign(digest)
    _, s = parse_der(signature) or (0, 0)
    assert s <= SECP256K1_ORDER // 2
    curve = Curve.get_curve("secp256k1")
    point: Point = curve.decode_point(signer.public_key.data)
    assert ECDSA().verify(digest, signature, ECPublicKey(point))


@settings(max_examples=20, deadline=None)
@given(private=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_ed25519_signatures_hold_for_xrpl_py(private: bytes, message: bytes) -> None:
    from xrpl.core.keypairs import is_valid_message

    signer = signer_of(Scheme.ED25519, private)
    assert is_valid_message(message, signer.sign(message), signer.public_key.data.hex().upper())


def test_only_digests_are_signed_with_secp256k1(new_signer: Callable[..., Signer]) -> None:
    for payload in (b"", b"x" * 31, b"x" * 33, b"STX\0 a whole message"):
        with pytest.raises(PayloadRefused):
            new_signer().sign(payload)


def test_a_signer_of_another_key_is_noticed(new_signer: Callable[..., Signer]) -> None:
    for scheme in Scheme:
        private = Secret(b"\x01" * 32)
        spoilt = software_signer("keystore:test", new_signer(scheme).public_key, private)
        with pytest.raises(SignatureInvalid):
            spoilt.sign(b"\x02" * 32)


def test_a_high_s_is_normalised_and_never_accepted_as_it_is(new_signer: Callable[..., Signer]) -> None:
    signer = new_signer()
    digest = b"\x07" * 32
    low = signer.sign(digest)
    r, s = parse_der(low) or (0, 0)
    high = encode_der(r, SECP256K1_ORDER - s)
    assert normalise(high) == normalise(low) == low
    with pytest.raises(SignatureInvalid):
        require_valid(signer.public_key, digest, high)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_no_signature(data: bytes) -> None:
    signer = signer_of(Scheme.SECP256K1, b"\x01" * 32)
    for signature in (data, encode_der(int.from_bytes(data, "big") | 1, SECP256K1_ORDER + 5)):
        with pytest.raises(SignatureInvalid):
            require_valid(signer.public_key, b"\x02" * 32, signature)
    edwards = signer_of(Scheme.ED25519, b"\x01" * 32)
    with pytest.raises(SignatureInvalid):
        require_valid(edwards.public_key, b"\x02" * 32, data)


@pytest.mark.parametrize("values", [(0, 1), (1, 0), (SECP256K1_ORDER, 1), (1, SECP256K1_ORDER), (1, 2**263)])
def test_values_outside_the_group_are_not_normalised(values: tuple[int, int]) -> None:
    with pytest.raises(SignatureInvalid):
        normalise(encode_der(*values))


@settings(max_examples=40, deadline=None)
@given(private=PRIVATES, digest=st.binary(min_size=32, max_size=32))
def test_control_plane_signatures_recover_to_the_address(private: bytes, digest: bytes) -> None:
    signer: ChainSigner = EvmSigner(signer_of(Scheme.SECP256K1, private))
    assert signer.address == Account.from_key(private).address
    r, s, parity = signer.sign_digest(digest)
    assert parity in (0, 1)
    assert 0 < s <= SECP256K1_ORDER // 2
    recovered = keys.Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    assert recovered.to_checksum_address() == signer.address


def test_known_control_plane_address() -> None:
    """The first account of anvil and hardhat, from their published mnemonic."""
    private = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    assert evm_address(signer_of(Scheme.SECP256K1, private).public_key) == (
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    )
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_ed25519_keys_have_no_place_on_the_control_plane(new_signer: Callable[..., Signer]) -> None:
    signer = new_signer(Scheme.ED25519)
    assert xrpl_address(signer.public_key).startswith("r")
    with pytest.raises(WrongKeyScheme):
        EvmSigner(signer)
    with pytest.raises(WrongKeyScheme):
        evm_address(signer.public_key)


def test_bytes_that_are_no_point_have_no_address() -> None:
    with pytest.raises(MalformedPublicKey):
        evm_address(PublicKey(Scheme.SECP256K1, b"\x02" + b"\xff" * 32))


def test_a_control_plane_signature_of_another_key_is_refused(new_signer: Callable[..., Signer]) -> None:
    first, second = new_signer(), new_signer()

    class Swapped:
        uri = "pkcs11:token=swapped"
        public_key = first.public_key
        device = first.device
        takes = Takes.DIGEST

        def sign(self, payload: bytes) -> bytes:
            return second.sign(payload)

    with pytest.raises(SignatureInvalid):
        EvmSigner(Swapped()).sign_digest(b"\x01" * 32)
