"""One suite over every implementation of the signer port: keystore, HSM and KMS alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from sovbank.errors.base import ExitStatus
from sovbank.errors.devices import MalformedPkcs11Uri
from sovbank.errors.keys import MalformedKeyUri, NoSuchKey, PayloadRefused, WrongKeyScheme
from sovbank.evm.port import ChainSigner
from sovbank.keys.addresses import evm_address, keccak256, xrpl_address
from sovbank.keys.evm import EvmSigner
from sovbank.keys.keystore import KeystoreBackend
from sovbank.keys.kms import KmsBackend
from sovbank.keys.pkcs11 import Pkcs11Backend
from sovbank.keys.port import KeyStore, Scheme, Signer, Takes
from sovbank.keys.trial import LABEL, try_key
from sovbank.keys.uri import KeyStores
from sovbank.wire.hashes import sha512_half
from sovbank.wire.signatures import SECP256K1_ORDER, parse_der

# The ordinary suite makes 1,000 with each device; `make signatures` makes as many as release campaigns want.
SIGNATURES = int(os.environ.get("SOVBANK_SIGNATURES", "1000"))
THREADS = 4
MESSAGES = [b"", b"\0", b"STX\0" + bytes(100), bytes(range(256)) * 8]


@dataclass(frozen=True)
class Backend:
    """One implementation: its store, the URI of a key in it, and URIs that name nothing or nonsense."""

    store: KeyStore
    uri: str
    scheme: Scheme
    missing: str
    malformed: str


def keystore(request: pytest.FixtureRequest, name: str, scheme: Scheme) -> Backend:
    directory = request.getfixturevalue("keystore")
    store = KeystoreBackend(directory.path, passphrase=request.getfixturevalue("asked"))
    return Backend(store, f"keystore:{name}", scheme, "keystore:nobody", "keystore:../x")


def softhsm(request: pytest.FixtureRequest, name: str, scheme: Scheme) -> Backend:
    module = request.getfixturevalue("softhsm").module
    store = Pkcs11Backend(module, pin=request.getfixturevalue("pin"))
    token = "pkcs11:token=officers"
    return Backend(store, f"{token};object={name}", scheme, f"{token};object=nobody", "pkcs11:token=officers")


def kms(request: pytest.FixtureRequest, name: str, scheme: Scheme) -> Backend:
    server = request.getfixturevalue("kms")
    arn = server.create()
    return Backend(KmsBackend(), f"awskms:{arn}", scheme, f"awskms:{name}", "awskms:nobody")


BACKENDS: dict[str, tuple[Callable[..., Backend], str, Scheme]] = {
    "keystore, secp256k1": (keystore, "warm", Scheme.SECP256K1),
    "keystore, Ed25519": (keystore, "cold", Scheme.ED25519),
    "SoftHSM, secp256k1": (softhsm, "ceo", Scheme.SECP256K1),
    "SoftHSM, Ed25519": (softhsm, "cold", Scheme.ED25519),
    "KMS, secp256k1": (kms, "alias/nobody", Scheme.SECP256K1),
}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    make, name, scheme = BACKENDS[request.param]
    return make(request, name, scheme)


@pytest.fixture
def signer(backend: Backend) -> Signer:
    return backend.store.open(backend.uri)


def handed(signer: Signer, message: bytes) -> bytes:
    return sha512_half(message) if signer.takes is Takes.DIGEST else message


def test_it_says_what_it_is(backend: Backend, signer: Signer) -> None:
    assert signer.uri == backend.uri
    assert signer.public_key.scheme is backend.scheme
    assert len(signer.public_key.data) == 33
    assert (signer.public_key.data[0] == 0xED) == (backend.scheme is Scheme.ED25519)
    assert signer.takes is (Takes.DIGEST if backend.scheme is Scheme.SECP256K1 else Takes.MESSAGE)
    assert backend.store.open(backend.uri).public_key == signer.public_key
    public_key = backend.store.public_key  # type: ignore[attr-defined]
    assert public_key(backend.uri) == signer.public_key


def test_xrpl_py_accepts_its_signatures(signer: Signer) -> None:
    from xrpl.core.keypairs import derive_classic_address, is_valid_message

    public = signer.public_key.data.hex().upper()
    assert derive_classic_address(public) == xrpl_address(signer.public_key)
    for message in MESSAGES:
        signature = signer.sign(handed(signer, message))
        assert is_valid_message(message, signature, public)
        assert not is_valid_message(message + b"!", signature, public)


def test_its_trial_holds(signer: Signer) -> None:
    trial = try_key(signer)
    assert trial.message.startswith(LABEL)
    assert bytes.fromhex(signer.public_key.fingerprint) in trial.message


def test_a_digest_has_32_bytes(signer: Signer) -> None:
    if signer.takes is Takes.MESSAGE:
        assert len(signer.sign(bytes(31))) == 64
        return
    for payload in (b"", bytes(31), bytes(33), bytes(64)):
        with pytest.raises(PayloadRefused) as caught:
            signer.sign(payload)
        assert caught.value.exit_status is ExitStatus.KEY


def test_what_is_missing_or_malformed_exits_4(backend: Backend) -> None:
    with pytest.raises(NoSuchKey) as missing:
        backend.store.open(backend.missing)
    assert (missing.value.exit_status, missing.value.code) == (ExitStatus.KEY, "key.no-such-key")
    with pytest.raises((MalformedKeyUri, MalformedPkcs11Uri)) as malformed:
        backend.store.open(backend.malformed)
    assert malformed.value.exit_status is ExitStatus.KEY


def test_it_is_found_by_the_scheme_of_its_uri(backend: Backend) -> None:
    scheme = backend.uri.partition(":")[0]
    stores = KeyStores({scheme: lambda: backend.store})
    assert stores.open(backend.uri).public_key == backend.store.open(backend.uri).public_key


def test_it_signs_from_several_threads(signer: Signer) -> None:
    from sovbank.wire.signatures import verify

    def work(number: int) -> bool:
        message = b"thread %d" % number
        return verify(signer.public_key.data, message, signer.sign(handed(signer, message)))

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(24)))


def test_control_plane_signatures_recover_to_its_address(signer: Signer) -> None:
    from eth_keys import keys

    if signer.public_key.scheme is Scheme.ED25519:
        with pytest.raises(WrongKeyScheme):
            EvmSigner(signer)
        return
    chain: ChainSigner = EvmSigner(signer)
    assert chain.address == evm_address(signer.public_key)
    seen = set()
    for number in range(60):
        digest = keccak256(b"digest %d" % number)
        r, s, parity = chain.sign_digest(digest)
        assert s <= SECP256K1_ORDER // 2
        recovered = keys.Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
        assert recovered.to_checksum_address() == chain.address
        seen.add(parity)
    assert seen == {0, 1}


def test_eip_1559_transactions_carry_its_address(signer: Signer) -> None:
    from eth_account import Account

    from sovbank.evm.transactions import Draft, Fees, sign

    if signer.public_key.scheme is Scheme.ED25519:
        return
    chain = EvmSigner(signer)
    draft = Draft(21338, 7, "0x" + "11" * 20, b"\x01\x02", 100_000, Fees(2_000_000_000, 1_000_000_000))
    signed = sign(draft, chain)
    assert signed.raw[0] == 2
    assert Account.recover_transaction(signed.raw) == chain.address


def test_eip_155_transactions_carry_its_address(signer: Signer) -> None:
    import rlp
    from eth_account import Account

    if signer.public_key.scheme is Scheme.ED25519:
        return
    chain = EvmSigner(signer)
    to, chain_id = b"\x11" * 20, 21338
    unsigned = [7, 2_000_000_000, 100_000, to, 0, b"\x01\x02"]
    r, s, parity = chain.sign_digest(keccak256(rlp.encode([*unsigned, chain_id, 0, 0])))
    raw = rlp.encode([*unsigned, chain_id * 2 + 35 + parity, r, s])
    assert Account.recover_transaction(raw) == chain.address


def test_eip_712_messages_carry_its_address(signer: Signer) -> None:
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    from sovbank.evm.reports import sign_report_digest

    if signer.public_key.scheme is Scheme.ED25519:
        return
    chain = EvmSigner(signer)
    domain = {"name": "sovbank", "version": "1", "chainId": 21338, "verifyingContract": "0x" + "22" * 20}
    types = {"Report": [{"name": "asset", "type": "string"}, {"name": "total", "type": "uint256"}]}
    message = encode_typed_data(domain, types, {"asset": "FTHUSD", "total": 125_000_500_000})
    digest = keccak256(b"\x19" + message.version + message.header + message.body)
    assert Account.recover_message(message, signature=sign_report_digest(digest, chain)) == chain.address


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SoftHSM, secp256k1", "KMS, secp256k1"])
def test_a_thousand_signatures_all_low_all_verified(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By cryptography from the hexadecimal digits of the key up; the device's own S was high in many."""
    raw: list[int] = []
    _watch(monkeypatch, raw)
    make, key, scheme = BACKENDS[name]
    backend = make(request, key, scheme)
    signer = backend.store.open(backend.uri)

    def work(numbers: Sequence[int]) -> list[tuple[bytes, bytes]]:
        digests = [sha512_half(b"signature %d" % number) for number in numbers]
        return [(digest, signer.sign(digest)) for digest in digests]

    with ThreadPoolExecutor(THREADS) as pool:
        made = [pair for pairs in pool.map(work, _parts(SIGNATURES, 50)) for pair in pairs]
    assert len({signature for _, signature in made}) == SIGNATURES
    _verify(signer.public_key.data, made)
    high = sum(s > SECP256K1_ORDER // 2 for s in raw)
    assert len(raw) == SIGNATURES
    assert 0.3 < high / SIGNATURES < 0.7


def _parts(total: int, size: int) -> list[range]:
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def _watch(monkeypatch: pytest.MonkeyPatch, raw: list[int]) -> None:
    """Note the S of every signature as the device returned it."""
    from sovbank.keys import device

    normalise = device.normalise

    def watch(der: bytes) -> bytes:
        raw.append((parse_der(der) or (0, 0))[1])
        return normalise(der)

    monkeypatch.setattr(device, "normalise", watch)


def _verify(public_key: bytes, made: Sequence[tuple[bytes, bytes]]) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    key: Any = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), public_key)
    for digest, signature in made:
        r, s = utils.decode_dss_signature(signature)
        assert 0 < s <= SECP256K1_ORDER // 2
        assert utils.encode_dss_signature(r, s) == signature
        key.verify(signature, digest, ec.ECDSA(utils.Prehashed(SHA256())))
