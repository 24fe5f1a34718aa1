"""Making a profile from a shipped template."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sovbank.cli.context import Run
from sovbank.cli.paths import private_directory
from sovbank.core.profile import Profile, parse_profile
from sovbank.core.profile_fill import fill_profile
from sovbank.core.profile_rules import check_profile
from sovbank.core.profile_writer import render_profile
from sovbank.errors.cli import FileExists, FileRefused
from sovbank.errors.core import NotInProfile

_FILES = {
    "devnet": "devnet.toml",
    "standalone": "standalone.toml",
    "testnet": "testnet.toml",
    "mainnet": "mainnet.example.toml",
}


@dataclass(frozen=True)
class Made:
    """A profile that was written, the names of the keys made for it, and what comes next."""

    profile: Profile
    path: Path
    keys_made: tuple[str, ...]
    next_step: str


def load_template(name: str) -> Profile:
    """Return a shipped template.

    Raises
    ------
    NotInProfile
        There is no template of that name.
    """
    if name not in _FILES:
        raise NotInProfile(
            f"there is no template {name!r}", next_step=f"The templates are {', '.join(_FILES)}."
        )
    from importlib.resources import files

    text = (files("sovbank.templates") / _FILES[name]).read_text(encoding="utf-8")
    return parse_profile(text, source=_FILES[name])


def make_profile(run: Run, *, template: str, name: str | None) -> Made:
    """Write a profile into the configuration directory, with fresh keys unless it is for production.

    Raises
    ------
    NotInProfile, FileExists, FileRefused
        And what the keystore refuses.
    """
    start = load_template(template)
    name = name or start.name
    profile = parse_profile(
        render_profile(start.model_copy(update={"name": name})), source=f"the new profile {name!r}"
    )
    path = run.wiring.paths.profiles / f"{name}.toml"
    if path.exists():
        raise FileExists(f"there is a profile {path}")
    private_directory(path.parent)
    made: list[str] = []
    if not profile.production:
        from sovbank.cli.wiring.keys import make_identities

        with run.out.step(f"Making the keys of profile {name}") as step:
            keystore = run.wiring.keystore_of(name)
            officers, accounts = make_identities(profile, keystore, made=made.append)
            step.done(f"{len(made)} keys made in {run.wiring.paths.keystore(name)}")
        profile = fill_profile(profile, name=name, officers=officers, accounts=accounts)
    write_profile(path, check_profile(profile))
    return Made(profile, path, tuple(made), _next_step(profile, path))


def write_profile(path: Path, profile: Profile) -> None:
    """Write a new profile file of mode 0600, whole or not at all.

    Raises
    ------
    FileExists, FileRefused
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(render_profile(profile))
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise FileExists(f"there is a profile {path}") from error
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileRefused(f"cannot write the profile {path}: {error.strerror}") from error


def _next_step(profile: Profile, path: Path) -> str:
    if profile.production:
        return f"Next: put your own officers, keys and endpoints into {path}, then `sovbank profile check`."
    if profile.network.name == "devnet":
        return "Next: `sovbank devnet up`, then `sovbank profile check`."
    return f"Next: put your own endpoints into {path}, then `sovbank profile check`."
