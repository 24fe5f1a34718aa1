"""Keys of transactions: which account a public key stands for."""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=65_536)
def account_of_key(public_key: bytes) -> bytes:
    """Give the account id (20 bytes) of a public key: RIPEMD-160 of its SHA-256."""
    return hashlib.new("ripemd160", hashlib.sha256(public_key).digest()).digest()
