"""The signer port: what the house needs from a key, wherever it lives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Scheme(StrEnum):
    """Signature schemes that both ledgers' accounts can use."""

    SECP256K1 = "secp256k1"
    ED25519 = "ed25519"


class Takes(StrEnum):
    """What a signer is handed: the whole message, or its 32-byte digest."""

    MESSAGE = "message"
    DIGEST = "digest"


@dataclass(frozen=True)
class PublicKey:
    """A public key in the ledger's form: 33 bytes, compressed secp256k1 or ED and an Ed25519 key."""

    scheme: Scheme
    data: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the 33 bytes, in hex; names the key in logs and on screens."""
        import hashlib

        return hashlib.sha256(self.data).hexdigest()


class Signer(Protocol):
    """One key that can sign. Every signature it returns has been verified by another library."""

    @property
    def uri(self) -> str:
        """The key URI that selected this key."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The key's public half."""
        ...

    @property
    def device(self) -> str:
        """What holds the private half, for the record: a token with serial number and model, an ARN."""
        ...

    @property
    def takes(self) -> Takes:
        """What ``sign`` is handed: a 32-byte digest for secp256k1, the message for Ed25519."""
        ...

    def sign(self, payload: bytes) -> bytes:
        """Return the signature: strict DER with a low S for secp256k1, 64 bytes for Ed25519.

        Only errors of the KeyRefused family come out.
        """
        ...


class KeyStore(Protocol):
    """A place that holds keys, selected by the scheme of a key URI."""

    def open(self, uri: str) -> Signer:
        """Return the one key that the URI names; none or several is refused."""
        ...
