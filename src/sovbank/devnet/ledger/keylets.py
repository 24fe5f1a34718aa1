"""Keys of ledger entries: SHA-512Half of a two-byte name space and what identifies the entry.

Every function takes 20-byte account ids, 20-byte currencies and integers, and gives 32 bytes. The rule
is the protocol's ("Ledger Object IDs" in the XRP Ledger's documentation).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_CACHED: Final = 65_536


def sha512_half(data: bytes) -> bytes:
    """Hash with SHA-512 and keep the first 32 bytes."""
    return hashlib.sha512(data).digest()[:32]


def _key(space: str, *parts: bytes) -> bytes:
    return hashlib.sha512(b"\0" + space.encode() + b"".join(parts)).digest()[:32]


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


@lru_cache(maxsize=_CACHED)
def account(account_id: bytes) -> bytes:
    """Key of an AccountRoot."""
    return _key("a", account_id)


@lru_cache(maxsize=_CACHED)
def owner_directory(account_id: bytes) -> bytes:
    """Key of the first page of an account's owner directory."""
    return _key("O", account_id)


def page(root: bytes, number: int) -> bytes:
    """Key of a page of a directory; page 0 is the root itself."""
    return root if number == 0 else _key("d", root, number.to_bytes(8, "big"))


@lru_cache(maxsize=_CACHED)
def trust_line(one: bytes, other: bytes, currency: bytes) -> bytes:
    """Key of the RippleState between two accounts, whichever is named first."""
    low, high = (one, other) if one <= other else (other, one)
    return _key("r", low, high, currency)


def offer(account_id: bytes, sequence: int) -> bytes:
    """Key of an Offer by its owner and the sequence or ticket that made it."""
    return _key("o", account_id, _u32(sequence))


def signer_list(account_id: bytes) -> bytes:
    """Key of an account's SignerList."""
    return _key("S", account_id, _u32(0))


def ticket(account_id: bytes, sequence: int) -> bytes:
    """Key of a Ticket."""
    return _key("T", account_id, _u32(sequence))


def deposit_preauth(owner: bytes, preauthorized: bytes) -> bytes:
    """Key of a DepositPreauth for one account."""
    return _key("p", owner, preauthorized)


def deposit_preauth_credentials(owner: bytes, credentials: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Key of a DepositPreauth for a set of credentials, each (issuer, type); their number is hashed too."""
    hashes = [sha512_half(issuer + kind) for issuer, kind in sorted(credentials)]
    return _key("P", owner, *hashes, len(hashes).to_bytes(8, "big"))


def escrow(account_id: bytes, sequence: int) -> bytes:
    """Key of an Escrow."""
    return _key("u", account_id, _u32(sequence))


def nftoken_page_min(owner: bytes) -> bytes:
    """Lowest key an NFTokenPage of the owner could have."""
    return owner + bytes(12)


def nftoken_page_max(owner: bytes) -> bytes:
    """Key of the owner's last NFTokenPage."""
    return owner + b"\xff" * 12


def nftoken_page(owner: bytes, token: bytes) -> bytes:
    """Lowest key of a page of the owner that could hold the token."""
    return owner + token[20:]


def nftoken_offer(owner: bytes, sequence: int) -> bytes:
    """Key of an NFTokenOffer."""
    return _key("q", owner, _u32(sequence))


def nftoken_buy_offers(token: bytes) -> bytes:
    """Key of the directory of offers to buy a token."""
    return _key("h", token)


def nftoken_sell_offers(token: bytes) -> bytes:
    """Key of the directory of offers to sell a token."""
    return _key("i", token)


def mpt_id(sequence: int, issuer: bytes) -> bytes:
    """Issuance id (24 bytes) of a multi-purpose token."""
    return _u32(sequence) + issuer


def mptoken_issuance(issuance: bytes) -> bytes:
    """Key of an MPTokenIssuance by its 24-byte id."""
    return _key("~", issuance)


def mptoken(issuance: bytes, holder: bytes) -> bytes:
    """Key of an MPToken by issuance id and holder."""
    return _key("t", mptoken_issuance(issuance), holder)


def credential(subject: bytes, issuer: bytes, kind: bytes) -> bytes:
    """Key of a Credential."""
    return _key("D", subject, issuer, kind)


def permissioned_domain(owner: bytes, sequence: int) -> bytes:
    """Key of a PermissionedDomain."""
    return _key("m", owner, _u32(sequence))


AMENDMENTS: Final = _key("f")
FEE_SETTINGS: Final = _key("e")
SKIP_LIST: Final = _key("s")
"""Key of the LedgerHashes that hold the last 256 ledgers."""


def skip_list(ledger_index: int) -> bytes:
    """Key of the LedgerHashes that hold every 256th ledger of a stretch of 65,536."""
    return _key("s", _u32(ledger_index >> 16))
