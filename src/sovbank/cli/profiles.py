"""Finding and reading profiles: by name in the configuration directory, or by path."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sovbank.cli.paths import Paths
from sovbank.errors.cli import FileRefused
from sovbank.errors.core import ProfileMissing

if TYPE_CHECKING:
    from sovbank.core.profile import Profile

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_SUFFIX = ".toml"


def profile_names(paths: Paths) -> list[str]:
    """Return the names of the profiles in the configuration directory."""
    if not paths.profiles.is_dir():
        return []
    return sorted(path.stem for path in paths.profiles.glob(f"*{_SUFFIX}") if _NAME.fullmatch(path.stem))


def find_profile(chosen: str | None, paths: Paths) -> Path:
    """Return the file of the chosen profile; when none is chosen, of the only one there is.

    A name is looked up in the configuration directory only, never in the working directory. What holds a
    slash or ends in .toml is a path.

    Raises
    ------
    ProfileMissing
    """
    if chosen is None:
        names = profile_names(paths)
        if len(names) == 1:
            return paths.profiles / f"{names[0]}{_SUFFIX}"
        listed = f": {', '.join(names)}" if names else ""
        raise ProfileMissing(
            f"no profile was chosen, and there are {len(names)} in {paths.profiles}{listed}",
            next_step="Name one with --profile or SOVBANK_PROFILE." if names else None,
        )
    if "/" in chosen or chosen.endswith(_SUFFIX):
        path = Path(chosen).expanduser()
    elif _NAME.fullmatch(chosen):
        path = paths.profiles / f"{chosen}{_SUFFIX}"
    else:
        raise ProfileMissing(f"not the name of a profile: {chosen!r}")
    if not path.is_file():
        raise ProfileMissing(f"there is no profile {path}")
    return path


def read_profile(path: Path) -> Profile:
    """Return the profile in the file, parsed strictly; its cross-checks are not run here.

    Raises
    ------
    FileRefused, ProfileMalformed, ProfileUnknownKey
    """
    from sovbank.core.profile import MAX_PROFILE_BYTES, parse_profile

    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_PROFILE_BYTES + 1)
        text = data.decode()
    except OSError as error:
        raise FileRefused(f"cannot read the profile {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileRefused(f"the profile {path} is not UTF-8 text") from error
    return parse_profile(text, source=str(path))
