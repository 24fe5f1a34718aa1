"""From a profile to its ports. The only module that names adapters; each port is built on first use."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sovbank.cli.paths import Paths, find_paths, private_directory
from sovbank.cli.profiles import find_profile, read_profile

if TYPE_CHECKING:
    from sovbank.cli.context import Options
    from sovbank.core.profile import Profile


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


class Wiring:
    """The ports of the chosen profile.

    ``progress`` is told what is being waited for.
    """

    def __init__(self, options: Options, *, progress: Callable[[str], None]) -> None:
        self._options = options
        self._progress = progress

    @cached_property
    def paths(self) -> Paths:
        """The program's directories."""
        return find_paths()

    @cached_property
    def profile_path(self) -> Path:
        """The file of the chosen profile."""
        return find_profile(self._options.profile, self.paths)

    @cached_property
    def profile(self) -> Profile:
        """The chosen profile, parsed and cross-checked."""
        return read_profile(self.profile_path)

    @property
    def yes_allowed(self) -> bool:
        """Whether --yes counts for mint, burn and issuer commands: not in production."""
        return not self.profile.production

    @cached_property
    def journal_url(self) -> str:
        """The journal's URL: SOVBANK_JOURNAL, the profile's, or a SQLite file in the state directory."""
        chosen = os.environ.get("SOVBANK_JOURNAL") or self.profile.journal.url
        if chosen:
            return chosen
        directory = private_directory(self.paths.profile_state(self.profile.name))
        return f"sqlite:///{directory / 'journal.sqlite'}"

    @cached_property
    def clock(self) -> SystemClock:
        """The wall clock."""
        return SystemClock()
