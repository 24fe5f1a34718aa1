"""Verification of XRP Ledger signatures, with libraries that had no part in making them.

secp256k1 signs SHA-512Half of the message as strict DER with a low S; Ed25519 signs the raw message and its
public key carries the prefix ED (xrpl.org: Cryptographic Keys; xrpld: PublicKey.cpp).
"""

from __future__ import annotations

from sovbank.wire.hashes import sha512_half

PUBLIC_KEY_BYTES = 33
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_ED25519_PREFIX = 0xED
_ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
_DER_SHORTEST, _DER_LONGEST = 8, 72


def is_ed25519(public_key: bytes) -> bool:
    """Say whether the 33-byte key is an Ed25519 key (prefix ED)."""
    return len(public_key) == PUBLIC_KEY_BYTES and public_key[0] == _ED25519_PREFIX


def is_public_key(public_key: bytes) -> bool:
    """Say whether the bytes have the form of a compressed secp256k1 key or an ED-prefixed Ed25519 key."""
    return len(public_key) == PUBLIC_KEY_BYTES and public_key[0] in (2, 3, _ED25519_PREFIX)


def parse_der(signature: bytes) -> tuple[int, int] | None:
    """Return (r, s) of a strict DER signature, or None when the encoding is not the one canonical form."""
    if not _DER_SHORTEST <= len(signature) <= _DER_LONGEST:
        return None
    if signature[0] != 0x30 or signature[1] != len(signature) - 2:
        return None
    first = _parse_integer(signature, 2)
    if first is None:
        return None
    r, at = first
    second = _parse_integer(signature, at)
    if second is None or second[1] != len(signature):
        return None
    return r, second[0]


def encode_der(r: int, s: int) -> bytes:
    """Return the strict DER form of a signature."""
    body = _encode_integer(r) + _encode_integer(s)
    return bytes([0x30, len(body)]) + body


def is_low_s(s: int) -> bool:
    """Say whether s is in the lower half of the group order, as the ledger requires."""
    return 0 < s <= SECP256K1_ORDER // 2


def verify(public_key: bytes, message: bytes, signature: bytes, *, must_be_canonical: bool = True) -> bool:
    """Say whether the signature over the message was made with the key's private half.

    Parameters
    ----------
    public_key
        33 bytes: compressed secp256k1, or ED followed by an Ed25519 key.
    message
        The signing payload, prefix included; secp256k1 hashes it with SHA-512Half.
    signature
        DER for secp256k1, 64 bytes for Ed25519.
    must_be_canonical
        Refuse a high S, as the ledger does.
    """
    if not is_public_key(public_key):
        return False
    if is_ed25519(public_key):
        return _verify_ed25519(public_key[1:], message, signature)
    return verify_digest(public_key, sha512_half(message), signature, must_be_canonical=must_be_canonical)


def verify_digest(
    public_key: bytes, digest: bytes, signature: bytes, *, must_be_canonical: bool = True
) -> bool:
    """Say whether a DER signature over a 32-byte digest was made with the secp256k1 key."""
    import coincurve

    pair = parse_der(signature)
    if pair is None or not all(0 < value < SECP256K1_ORDER for value in pair):
        return False
    r, s = pair
    if must_be_canonical and not is_low_s(s):
        return False
    # libsecp256k1 verifies only the low form: both forms are valid over the same key.
    normal = encode_der(r, min(s, SECP256K1_ORDER - s))
    try:
        return bool(coincurve.PublicKey(public_key).verify(normal, digest, hasher=None))
    except ValueError:
        return False


def _verify_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _ED25519_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _parse_integer(data: bytes, at: int) -> tuple[int, int] | None:
    if len(data) < at + 3 or data[at] != 0x02:
        return None
    length = data[at + 1]
    value = data[at + 2 : at + 2 + length]
    if not 1 <= length <= 33 or len(value) != length or value[0] & 0x80:
        return None
    if length > 1 and value[0] == 0 and not value[1] & 0x80:
        return None
    return int.from_bytes(value, "big"), at + 2 + length


def _encode_integer(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([0x02, len(data)]) + data
