"""What an officer was shown before they agreed, and how: the log keeps it with what follows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """Who is logged in, how they agreed to what (None: nobody was asked), and the digest of the screen.

    The digest is None where nothing was shown.
    """

    login: str | None = None
    how: str | None = None
    screen_sha256: str | None = None


def screen_sha256(lines: Sequence[str]) -> str:
    """Return SHA-256 over a screen: its lines as they were shown, before they were fitted to a terminal.

    The lines are joined by one line feed, with none at the end, and written as UTF-8. Source of the rule:
    docs/audit-log.md.
    """
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def particulars_of(agreement: Agreement) -> Mapping[str, str]:
    """Return what a log row says of who acted and what they agreed to."""
    said = {
        "login": agreement.login,
        "agreed": agreement.how,
        "screen_sha256": agreement.screen_sha256,
    }
    return {name: text for name, text in said.items() if text is not None}
