"""The bytes of a bundle and the digest over its content.

The content is everything but the signatures. Its digest is what officers compare, so it never changes while
signatures come in.
"""

from __future__ import annotations

from typing import Any

from sovbank.ceremony.records import FORMAT, Bundle
from sovbank.core.canonical import canonical_json, digest


def to_bytes(bundle: Bundle) -> bytes:
    """Return the bundle as its one canonical file: RFC 8785 JSON, without a line end."""
    return canonical_json(bundle.model_dump())


def content_of(bundle: Bundle) -> dict[str, Any]:
    """Return the content of a bundle as plain JSON values: all but the signatures."""
    return bundle.model_dump(exclude={"signatures"})


def digest_of(bundle: Bundle) -> str:
    """Return SHA-256 over the format's name, a zero byte and the canonical JSON of the content, in hex."""
    return digest(FORMAT, content_of(bundle))
