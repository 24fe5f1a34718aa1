"""Derivation of key pairs from 16-byte family seeds (xrpl.org: Key Derivation).

Used for the genesis account of a standalone ledger, whose passphrase is public knowledge, and for keys of
test networks. Production keys are made inside an HSM and never pass through here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sovbank.wire.hashes import sha512_half
from sovbank.wire.signatures import SECP256K1_ORDER

SEED_BYTES = 16


@dataclass(frozen=True)
class KeyPair:
    """A 33-byte public key and its 32-byte private scalar (secp256k1) or seed (Ed25519)."""

    public: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class FamilySeed:
    """Sixteen bytes from which the ledger's tools derive an account's keys."""

    entropy: bytes = field(repr=False)

    @classmethod
    def from_passphrase(cls, passphrase: str) -> FamilySeed:
        """Return the seed of a passphrase: the first 16 bytes of its SHA-512."""
        return cls(hashlib.sha512(passphrase.encode()).digest()[:SEED_BYTES])

    def secp256k1(self) -> KeyPair:
        """Return the secp256k1 pair of account 0 of the family."""
        import coincurve

        root = _scalar(self.entropy)
        root_public = coincurve.PrivateKey(root.to_bytes(32, "big")).public_key.format()
        child = _scalar(root_public + bytes(4))
        private = ((root + child) % SECP256K1_ORDER).to_bytes(32, "big")
        return KeyPair(coincurve.PrivateKey(private).public_key.format(), private)

    def ed25519(self) -> KeyPair:
        """Return the Ed25519 pair of the family."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = sha512_half(self.entropy)
        public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        return KeyPair(b"\xed" + public, private)


def _scalar(data: bytes) -> int:
    counter = 0
    while True:
        candidate = int.from_bytes(sha512_half(data, counter.to_bytes(4, "big")), "big")
        if 0 < candidate < SECP256K1_ORDER:
            return candidate
        counter += 1
