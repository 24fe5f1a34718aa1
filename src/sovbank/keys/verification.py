"""Verification of our own signatures by a library that had no part in making them.

| scheme | made with (keystore) | verified with |
|---|---|---|
| secp256k1 | coincurve (libsecp256k1) | cryptography (OpenSSL) |
| Ed25519 | cryptography (OpenSSL) | pycryptodome |

``sovbank.wire.signatures`` verifies with the same libraries the other way round and adds the ledger's own
rules, so a signature that passed both was accepted by two implementations.
"""

from __future__ import annotations

from sovbank.errors.keys import SignatureInvalid
from sovbank.keys.port import PublicKey, Scheme
from sovbank.wire.signatures import SECP256K1_ORDER, encode_der, is_low_s, parse_der


def require_valid(public_key: PublicKey, payload: bytes, signature: bytes) -> None:
    """Refuse a signature that is not valid and canonical.

    ``payload`` is what the signer was handed: a 32-byte digest for secp256k1, the message for Ed25519.

    Raises
    ------
    SignatureInvalid
    """
    check = _ed25519 if public_key.scheme is Scheme.ED25519 else _secp256k1
    if not check(public_key.data, payload, signature):
        raise SignatureInvalid(f"key {public_key.fingerprint[:16]} returned a signature that does not verify")


def normalise(signature: bytes) -> bytes:
    """Return a secp256k1 signature as strict DER with a low S.

    Raises
    ------
    SignatureInvalid
        Not strict DER, or values outside the group order.
    """
    pair = parse_der(signature)
    if pair is None or not all(0 < value < SECP256K1_ORDER for value in pair):
        raise SignatureInvalid("a key returned a signature that is not strict DER")
    r, s = pair
    return encode_der(r, min(s, SECP256K1_ORDER - s))


def _secp256k1(key: bytes, digest: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    pair = parse_der(signature)
    if pair is None or not is_low_s(pair[1]):
        return False
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), key)
        public.verify(signature, digest, ec.ECDSA(utils.Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True


def _ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    from Crypto.PublicKey import ECC
    from Crypto.Signature import eddsa

    try:
        eddsa.new(eddsa.import_public_key(key[1:]), "rfc8032").verify(message, signature)
    except (ValueError, ECC.UnsupportedEccFeature):
        return False
    return True
