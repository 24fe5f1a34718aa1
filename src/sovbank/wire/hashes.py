"""The hash functions of the XRP Ledger."""

from __future__ import annotations

import hashlib

PREFIX_TRANSACTION_ID = b"TXN\0"
PREFIX_TRANSACTION_NODE = b"SND\0"
PREFIX_LEAF_NODE = b"MLN\0"
PREFIX_INNER_NODE = b"MIN\0"
PREFIX_LEDGER = b"LWR\0"


def sha512_half(*parts: bytes) -> bytes:
    """Return the first 32 bytes of SHA-512 over the concatenated parts (SHA-512Half, xrpl.org: Hashes)."""
    digest = hashlib.sha512()
    for part in parts:
        digest.update(part)
    return digest.digest()[:32]


def transaction_id(blob: bytes) -> str:
    """Return the identifying hash of a signed transaction blob as 64 upper-case hex digits."""
    return sha512_half(PREFIX_TRANSACTION_ID, blob).hex().upper()
