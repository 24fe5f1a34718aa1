"""What an officer was shown before they agreed, and how: the log keeps it with what follows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """How somebody agreed, under which login name, and the digest of the screen (None: nothing was shown)."""

    how: str
    login: str
    screen_sha256: str | None


def screen_sha256(lines: Sequence[str]) -> str:
    """Return SHA-256 over a screen: its lines as they were shown, before they were fitted to a terminal.

    The lines are joined by one line feed, with none at the end, and written as UTF-8. Source of the rule:
    docs/audit-log.md.
    """
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def particulars_of(agreement: Agreement | None) -> Mapping[str, str]:
    """Return what a log row says of an agreement; nothing where nobody was asked."""
    if agreement is None:
        return {}
    said = {"agreed": agreement.how, "login": agreement.login}
    return said if agreement.screen_sha256 is None else {**said, "screen_sha256": agreement.screen_sha256}
