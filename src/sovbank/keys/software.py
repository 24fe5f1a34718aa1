"""Signers whose private half is in this process's memory: keys of test networks."""

from __future__ import annotations

from dataclasses import dataclass, field

from sovbank.errors.keys import PayloadRefused
from sovbank.keys.port import PublicKey, Scheme, Signer, Takes
from sovbank.keys.secret import Secret
from sovbank.keys.verification import normalise, require_valid

DIGEST_BYTES = 32
PRIVATE_BYTES = 32
_DEVICE = "keystore"


@dataclass(frozen=True)
class Secp256k1Signer:
    """A secp256k1 key. coincurve signs with the nonce of RFC 6979, cryptography verifies."""

    uri: str
    public_key: PublicKey
    private: Secret = field(repr=False)

    @property
    def device(self) -> str:
        """A file of this machine, not a device."""
        return _DEVICE

    @property
    def takes(self) -> Takes:
        """A 32-byte digest."""
        return Takes.DIGEST

    def sign(self, payload: bytes) -> bytes:
        """Return the strict DER signature, low S, over a 32-byte digest.

        Raises
        ------
        PayloadRefused, SignatureInvalid
        """
        import coincurve

        if len(payload) != DIGEST_BYTES:
            raise PayloadRefused(f"{self.uri} signs 32-byte digests, not {len(payload)} bytes")
        key = coincurve.PrivateKey(bytes(self.private.reveal()))
        signature = normalise(key.sign(payload, hasher=None))
        require_valid(self.public_key, payload, signature)
        return signature


@dataclass(frozen=True)
class Ed25519Signer:
    """An Ed25519 key. cryptography signs, pycryptodome verifies."""

    uri: str
    public_key: PublicKey
    private: Secret = field(repr=False)

    @property
    def device(self) -> str:
        """A file of this machine, not a device."""
        return _DEVICE

    @property
    def takes(self) -> Takes:
        """The whole message."""
        return Takes.MESSAGE

    def sign(self, payload: bytes) -> bytes:
        """Return the 64-byte signature over a message.

        Raises
        ------
        SignatureInvalid
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        signature = Ed25519PrivateKey.from_private_bytes(bytes(self.private.reveal())).sign(payload)
        require_valid(self.public_key, payload, signature)
        return signature


def new_private(scheme: Scheme) -> Secret:
    """Return a random private half: 32 bytes from the operating system, a valid scalar for secp256k1."""
    import secrets

    from sovbank.wire.signatures import SECP256K1_ORDER

    if scheme is Scheme.ED25519:
        return Secret(secrets.token_bytes(PRIVATE_BYTES))
    return Secret((1 + secrets.randbelow(SECP256K1_ORDER - 1)).to_bytes(PRIVATE_BYTES, "big"))


def public_key_of(scheme: Scheme, private: Secret) -> PublicKey:
    """Return the public half of a private one.

    Raises
    ------
    PayloadRefused
        Not 32 bytes, or not a scalar of the curve.
    """
    try:
        if len(private) != PRIVATE_BYTES:  # coincurve would pad a shorter one
            raise ValueError
        return _public_key_of(scheme, private)
    except ValueError:
        # The cause may show the bytes.
        raise PayloadRefused(f"not the private half of a {scheme.value} key") from None


def _public_key_of(scheme: Scheme, private: Secret) -> PublicKey:
    if scheme is Scheme.ED25519:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(bytes(private.reveal())).public_key()
        return PublicKey(scheme, b"\xed" + key.public_bytes_raw())
    import coincurve

    return PublicKey(scheme, coincurve.PrivateKey(bytes(private.reveal())).public_key.format())


def software_signer(uri: str, public_key: PublicKey, private: Secret) -> Signer:
    """Return the signer of a private half in memory."""
    if public_key.scheme is Scheme.ED25519:
        return Ed25519Signer(uri, public_key, private)
    return Secp256k1Signer(uri, public_key, private)
