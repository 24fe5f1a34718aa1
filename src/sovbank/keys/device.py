"""What the adapters of HSMs and key services share: points of the curve in, checked signatures out."""

from __future__ import annotations

from typing import Protocol

from sovbank.errors.keys import MalformedPublicKey, PayloadRefused, SignatureInvalid
from sovbank.keys.port import PublicKey, Scheme, Signer
from sovbank.keys.verification import normalise, require_valid
from sovbank.wire import signatures

DIGEST_BYTES = 32
_COORDINATE_BYTES = 32
_ED25519_PREFIX = b"\xed"


class DeviceStore(Protocol):
    """A key store whose public halves can be read without a PIN."""

    def open(self, uri: str) -> Signer:
        """Return the one key that the URI names; none or several is refused."""
        ...

    def public_key(self, uri: str) -> PublicKey | None:
        """Return the public half, or None when the key cannot be reached from this machine."""
        ...


def secp256k1_key(point: bytes) -> PublicKey:
    """Return the key of an uncompressed point: 04, x, y, 65 bytes (SEC 1, section 2.3.3).

    Raises
    ------
    MalformedPublicKey
        Not uncompressed, or no point of secp256k1.
    """
    import coincurve

    if len(point) != 1 + 2 * _COORDINATE_BYTES or point[0] != 0x04:
        raise _no_point()
    try:
        return PublicKey(Scheme.SECP256K1, coincurve.PublicKey(point).format(compressed=True))
    except ValueError as error:
        raise _no_point() from error


def ed25519_key(point: bytes) -> PublicKey:
    """Return the key of an Ed25519 public key of 32 bytes (RFC 8032, section 5.1.5)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(point)
    except ValueError as error:
        raise _no_point() from error
    return PublicKey(Scheme.ED25519, _ED25519_PREFIX + point)


def require_digest(uri: str, payload: bytes) -> None:
    """Refuse what is not a 32-byte digest: a device would cut it short or hash it again."""
    if len(payload) != DIGEST_BYTES:
        raise PayloadRefused(f"{uri} signs 32-byte digests, not {len(payload)} bytes")


def der_of_pair(raw: bytes) -> bytes:
    """Return the strict DER form of a signature that a token returned as r and s, 32 bytes each.

    Raises
    ------
    SignatureInvalid
        Another length.
    """
    if len(raw) != 2 * _COORDINATE_BYTES:
        raise SignatureInvalid(f"a token returned a signature of {len(raw)} bytes, not of 64")
    return signatures.encode_der(
        int.from_bytes(raw[:_COORDINATE_BYTES], "big"), int.from_bytes(raw[_COORDINATE_BYTES:], "big")
    )


def checked_secp256k1(key: PublicKey, digest: bytes, der: bytes) -> bytes:
    """Return a device's signature with a low S, after OpenSSL and libsecp256k1 accepted it.

    Raises
    ------
    SignatureInvalid
        Not DER, values outside the group, or not this key's signature over the digest.
    """
    signature = normalise(der)
    require_valid(key, digest, signature)
    if not signatures.verify_digest(key.data, digest, signature):
        raise SignatureInvalid(f"key {key.fingerprint[:16]} returned a signature that does not verify")
    return signature


def checked_ed25519(key: PublicKey, message: bytes, signature: bytes) -> bytes:
    """Return a device's signature after pycryptodome and OpenSSL accepted it.

    Raises
    ------
    SignatureInvalid
    """
    require_valid(key, message, signature)
    if not signatures.verify(key.data, message, signature):
        raise SignatureInvalid(f"key {key.fingerprint[:16]} returned a signature that does not verify")
    return signature


def _no_point() -> MalformedPublicKey:
    return MalformedPublicKey(
        "the public key that the device shows is no point of its curve",
        next_step="Do not use this key; make another one inside the device.",
    )
