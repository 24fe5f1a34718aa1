"""``awskms:`` URIs: the ARN of a key or alias, a key id, or an alias.

``awskms:arn:aws:kms:REGION:ACCOUNT:key/ID``, ``awskms:arn:aws:kms:REGION:ACCOUNT:alias/NAME``,
``awskms:ID`` and ``awskms:alias/NAME``; the last two are looked up in the region and account of this
machine's credentials.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sovbank.errors.keys import MalformedKeyUri

_ID = r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_ALIAS = r"alias/(?!aws/)[A-Za-z0-9/_-]{1,250}"
_ARN = re.compile(
    rf"arn:aws(?:-[a-z]+)*:kms:([a-z0-9-]{{1,32}}):([0-9]{{12}}):(?:key/{_ID}|{_ALIAS})", re.ASCII
)
_SHORT = re.compile(rf"{_ID}|{_ALIAS}", re.ASCII)
_KEY_ARN = re.compile(rf"arn:aws(?:-[a-z]+)*:kms:([a-z0-9-]{{1,32}}):([0-9]{{12}}):key/{_ID}", re.ASCII)


@dataclass(frozen=True)
class KmsUri:
    """The KeyId as KMS takes it, and the region when the URI says it."""

    key_id: str
    region: str | None


def parse_kms_key(text: str) -> KmsUri:
    """Return what an ``awskms:`` URI names.

    Raises
    ------
    MalformedKeyUri
    """
    scheme, _, rest = text.partition(":")
    arn = _ARN.fullmatch(rest)
    if scheme != "awskms" or not (arn or _SHORT.fullmatch(rest)):
        raise MalformedKeyUri(
            f"not a KMS key: {text[:300]!r}",
            next_step="Write awskms: and a key ARN, an alias ARN, a key id or alias/NAME.",
        )
    return KmsUri(rest, arn[1] if arn else None)


def is_key_arn(text: object) -> bool:
    """Say whether KMS answered with the ARN of a key (not of an alias)."""
    return isinstance(text, str) and _KEY_ARN.fullmatch(text) is not None
