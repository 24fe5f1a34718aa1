"""Signing for the control plane with any secp256k1 key: the recovery bit is found from the signature."""

from __future__ import annotations

from sovbank.errors.keys import SignatureInvalid, WrongKeyScheme
from sovbank.keys.addresses import evm_address
from sovbank.keys.port import Scheme, Signer
from sovbank.keys.verification import require_valid
from sovbank.wire.signatures import parse_der


class EvmSigner:
    """A secp256k1 key as EVM chains use it.

    Raises
    ------
    WrongKeyScheme
        The key is an Ed25519 key.
    """

    def __init__(self, signer: Signer) -> None:
        if signer.public_key.scheme is not Scheme.SECP256K1:
            raise WrongKeyScheme(f"{signer.uri} is an Ed25519 key and cannot sign for an EVM chain")
        self._signer = signer
        self._address = evm_address(signer.public_key)

    @property
    def address(self) -> str:
        """The checksummed 0x address."""
        return self._address

    @property
    def uri(self) -> str:
        """The key URI that selected the key."""
        return self._signer.uri

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        """Return (r, s, y_parity) over a 32-byte digest, s in the lower half of the order.

        Raises
        ------
        SignatureInvalid
            Neither recovery bit leads back to this key. Errors of the key itself pass through.
        """
        signature = self._signer.sign(digest)
        require_valid(self._signer.public_key, digest, signature)
        r, s = parse_der(signature) or (0, 0)
        for parity in (0, 1):
            if self._recovers(r, s, parity, digest):
                return r, s, parity
        raise SignatureInvalid(f"{self.uri} returned a signature of another key")

    def _recovers(self, r: int, s: int, parity: int, digest: bytes) -> bool:
        import coincurve

        compact = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
        try:
            found = coincurve.PublicKey.from_signature_and_message(compact, digest, hasher=None)
        except ValueError:
            return False
        return found.format() == self._signer.public_key.data
