"""Canonical JSON (RFC 8785) and the digests over it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import rfc8785


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a record; floats and integers beyond 2^53 are refused by the library."""
    return rfc8785.dumps(cast(Any, value))


def digest(domain: str, value: Mapping[str, Any]) -> str:
    """Return SHA-256 in hex over a domain tag, a zero byte and the canonical JSON of the record."""
    return hashlib.sha256(domain.encode("ascii") + b"\0" + canonical_json(value)).hexdigest()
