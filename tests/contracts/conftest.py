"""The Solidity side: node, npm and the locked packages of contracts/."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"


class Run(Protocol):
    """Runs a command in contracts/ and returns what it did."""

    def __call__(self, *command: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Commands in contracts/, its locked packages installed; skipped where node or npm is missing."""
    for program, package in (("node", "nodejs"), ("npm", "npm")):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: install the Debian package {package}")
    with (tmp_path_factory.getbasetemp().parent / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (CONTRACTS / "node_modules" / ".bin" / "forge").exists():
            installed = _run("npm", "ci")
            assert installed.returncode == 0, installed.stderr
    if not (CONTRACTS / "node_modules" / ".bin" / "forge").exists():
        pytest.skip(
            "needs forge: the locked npm package @foundry-rs/forge-linux-amd64 is for Linux on x86-64"
        )
    return _run


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=CONTRACTS, capture_output=True, text=True, timeout=600, check=False)
