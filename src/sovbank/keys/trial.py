"""A trial signature: it shows that a key can be used, over a message that no ledger would take.

The message starts with a label of its own. A transaction's payload starts with STX or SMT and a control-plane
digest is Keccak-256, so the signature is worth nothing anywhere else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sovbank.errors.keys import SignatureInvalid
from sovbank.keys.port import Signer, Takes
from sovbank.keys.verification import require_valid
from sovbank.wire import signatures
from sovbank.wire.hashes import sha512_half

LABEL = b"sovbank key test\0"
_NONCE_BYTES = 32


@dataclass(frozen=True)
class Trial:
    """A message that was signed, and its signature, which two libraries verified."""

    message: bytes
    signature: bytes


def try_key(signer: Signer) -> Trial:
    """Sign a fresh labelled message and verify the signature as the ledger would.

    Raises
    ------
    SignatureInvalid
        And whatever the key refuses.
    """
    fingerprint = bytes.fromhex(signer.public_key.fingerprint)
    return sign_labelled(signer, LABEL + fingerprint + secrets.token_bytes(_NONCE_BYTES))


def sign_labelled(signer: Signer, message: bytes) -> Trial:
    """Sign a message that starts with a label of its own, and verify the signature as the ledger would.

    Raises
    ------
    SignatureInvalid
        And whatever the key refuses.
    """
    handed = sha512_half(message) if signer.takes is Takes.DIGEST else message
    signature = signer.sign(handed)
    require_valid(signer.public_key, handed, signature)
    if not signatures.verify(signer.public_key.data, message, signature):
        raise SignatureInvalid(f"{signer.uri} returned a signature that the ledger would refuse")
    return Trial(message, signature)
