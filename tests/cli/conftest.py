"""A home of its own for every command test, and a way to run the program in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PASSPHRASE = "correct horse battery"


@dataclass(frozen=True)
class Ran:
    """What one run of the program left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (line,) = self.out.splitlines()
        return dict(json.loads(line))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; variables of the caller's environment do not leak in."""
    for name in ("PROFILE", "JSON", "NO_INPUT", "JOURNAL"):
        monkeypatch.delenv(f"SOVBANK_{name}", raising=False)
    monkeypatch.setenv("SOVBANK_HOME", str(tmp_path / "home"))
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    passphrase.chmod(0o600)
    monkeypatch.setenv("SOVBANK_PASSPHRASE_FILE", str(passphrase))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command line in process."""
    from sovbank.cli.app import run_command

    def call(*arguments: str) -> Ran:
        status = run_command(list(arguments))
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return call
