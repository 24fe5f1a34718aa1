"""Membership tokens: a taxon for each tier, metadata with one spelling, and the parts of an NFTokenID.

The id of an NFToken carries its flags, transfer fee, issuer, scrambled taxon and serial number
(xrpl.org: NFToken; xrpld: nft.h), so that a token can be judged by its id alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sovbank.core.canonical import canonical_json
from sovbank.errors.core import MalformedNFTokenId, TierUnknown

TIERS: Mapping[str, int] = {"basic": 1, "pro": 2, "otc": 3, "internal": 4}
TF_BURNABLE = 0x0001
MAX_URI_BYTES = 256
_METADATA_SCHEMA = "sovbank.membership/v1"
_ID = re.compile(r"[0-9A-F]{64}", re.ASCII)


@dataclass(frozen=True)
class NFTokenParts:
    """What an NFTokenID says of its token. ``issuer`` is the 20-byte AccountID."""

    flags: int
    transfer_fee: int
    issuer: bytes
    taxon: int
    serial: int


def taxon_of(tier: str) -> int:
    """Return the taxon of a tier.

    Raises
    ------
    TierUnknown
    """
    taxon = TIERS.get(tier)
    if taxon is None:
        raise TierUnknown(f"there is no tier {tier[:40]!r}; there are {', '.join(TIERS)}")
    return taxon


def metadata(*, domain: str, tier: str) -> bytes:
    """Return the metadata file of a tier: canonical JSON, the same bytes for all of its members."""
    taxon_of(tier)
    return canonical_json({"domain": domain, "schema": _METADATA_SCHEMA, "tier": tier})


def metadata_uri(base: str, *, domain: str, tier: str) -> str:
    """Return where the metadata lies and what it hashes to: ``BASE/TIER.json#sha256=HEX``."""
    digest = hashlib.sha256(metadata(domain=domain, tier=tier)).hexdigest()
    return f"{base.rstrip('/')}/{tier}.json#sha256={digest}"


def is_nftoken_id(text: str) -> bool:
    """Say whether a text has the form of an NFTokenID: 64 upper-case hex digits."""
    return _ID.fullmatch(text) is not None


def read_nftoken_id(text: str) -> NFTokenParts:
    """Return the parts of an NFTokenID.

    Raises
    ------
    MalformedNFTokenId
        Not 64 upper-case hex digits.
    """
    if not _ID.fullmatch(text):
        raise MalformedNFTokenId(f"not an NFTokenID: {text[:80]!r}")
    data = bytes.fromhex(text)
    serial = int.from_bytes(data[28:32], "big")
    scrambled = int.from_bytes(data[24:28], "big")
    return NFTokenParts(
        flags=int.from_bytes(data[0:2], "big"),
        transfer_fee=int.from_bytes(data[2:4], "big"),
        issuer=data[4:24],
        taxon=scrambled ^ _scramble(serial),
        serial=serial,
    )


def _scramble(serial: int) -> int:
    """The ledger hides the taxon behind a linear congruential step of the serial number."""
    return (384160001 * serial + 2459) % 2**32
