"""Where the program keeps its files: the XDG directories, or the one named by SOVBANK_HOME; all mode 0700."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from sovbank.errors.cli import StateDirectoryUnsafe

_PRIVATE = 0o700
_OTHERS = 0o077


@dataclass(frozen=True)
class Paths:
    """The three roots. Nothing is created until a private directory is asked for."""

    config: Path
    state: Path
    data: Path

    @property
    def profiles(self) -> Path:
        """Where profiles are looked for by name."""
        return self.config / "profiles"

    def profile_state(self, name: str) -> Path:
        """Return where the journal of a profile lives."""
        return self.state / "profiles" / name

    def keystore(self, name: str) -> Path:
        """Return the keystore that belongs to a profile."""
        return self.data / "keys" / name

    @property
    def devnet(self) -> Path:
        """Where the devnet keeps its state unless told otherwise."""
        return self.state / "devnet"


def find_paths() -> Paths:
    """Return the directories of this user, or those under SOVBANK_HOME."""
    home = os.environ.get("SOVBANK_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        return Paths(root / "config", root / "state", root / "data")
    import platformdirs

    directories = platformdirs.PlatformDirs("sovbank", appauthor=False)
    return Paths(directories.user_config_path, directories.user_state_path, directories.user_data_path)


def private_directory(path: Path) -> Path:
    """Return the directory, made with mode 0700 when it is not there.

    Raises
    ------
    StateDirectoryUnsafe
        It cannot be made, is not a directory, belongs to somebody else, or is open to other users.
    """
    try:
        _make(path)
        status = path.stat()
    except OSError as error:
        raise StateDirectoryUnsafe(f"cannot make {path}: {error.strerror}") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise StateDirectoryUnsafe(f"{path} is not a directory of yours")
    if status.st_mode & _OTHERS:
        raise StateDirectoryUnsafe(f"{path} is open to other users")
    return path


def _make(path: Path) -> None:
    if path.is_dir():
        return
    if not path.parent.exists():
        _make(path.parent)
    path.mkdir(mode=_PRIVATE, exist_ok=True)
