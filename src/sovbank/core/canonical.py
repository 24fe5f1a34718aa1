"""Canonical JSON (RFC 8785) and the digests over it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import rfc8785


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a record.

    Raises
    ------
    rfc8785.CanonicalizationError
        A float (RFC 8785 would write 1.0 and 1 alike), an integer beyond 2^53, a name that is no text, a
        lone surrogate, or a type that JSON does not have. It is a ValueError.
    """
    _refuse_floats(value)
    return rfc8785.dumps(cast(Any, value))


def digest(domain: str, value: Mapping[str, Any]) -> str:
    """Return SHA-256 in hex over a domain tag, a zero byte and the canonical JSON of the record."""
    return hashlib.sha256(domain.encode("ascii") + b"\0" + canonical_json(value)).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise rfc8785.FloatDomainError(value)
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
