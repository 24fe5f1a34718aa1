"""Homes that share only files with the desk: an officer's keystore and a journal of its own in each."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from pathlib import Path
from typing import Any

from bank_machine import Bank, Ran

from sovbank.cli.app import run_command


def call(bank: Bank, *arguments: str, home: Path | None = None, expect: int = 0) -> Ran:
    """Run one command line in this process, in a home."""
    out, err = io.StringIO(), io.StringIO()
    before = dict(os.environ)
    os.environ.update(bank.environment(home))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_command(["--json", "--yes", "--no-input", *arguments])
    finally:
        os.environ.clear()
        os.environ.update(before)
    ran = Ran(status, out.getvalue(), err.getvalue())
    assert ran.status == expect, f"{arguments}: {ran}"
    return ran


def keystore_home(bank: Bank, home: Path, officer: str) -> Path:
    """Make a home with the bank's profile and one officer's key."""
    for folder in ("config/profiles", "data/keys/demo"):
        for place in (home / folder, *(home / folder).parents):
            if place != home and home in place.parents:
                place.mkdir(parents=True, exist_ok=True)
                place.chmod(0o700)
    shutil.copy(bank.stage.run.wiring.profile_path, home / "config" / "profiles")
    for name in ("keystore.json", f"{officer}.key"):
        shutil.copy(bank.stage.home / "data" / "keys" / "demo" / name, home / "data" / "keys" / "demo")
    shutil.copy(bank.stage.passphrase_file, home)
    call(bank, "ledger", "init", home=home)
    return home


def sign_bundle(bank: Bank, home: Path, file: Path, target: Path, digest: str, *more: str) -> dict[str, Any]:
    """Sign a bundle of the expected digest in a home, and return the result."""
    arguments = ("multisig", "sign", str(file), "-o", str(target), "--expect-digest", digest, *more)
    return dict(call(bank, *arguments, home=home).data["result"])
