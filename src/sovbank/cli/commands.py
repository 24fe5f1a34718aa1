"""The commands that exist: name, module and one line of help. Nothing here is imported until it is used.

A module enters its table when it exists; a test imports every one of them.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {}

GROUPS: dict[str, tuple[str, str]] = {
    "profile": ("sovbank.cli.profile", "Profiles: make one, list, show and check them."),
}
