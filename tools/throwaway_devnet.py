"""A fresh devnet in a process of its own, gone when it is left."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

START_SECONDS: Final = 60.0


class NotStarted(Exception):
    """The devnet ended, or did not answer in time; the message is what it said."""


class Devnet(NamedTuple):
    """Where a devnet answers, and the process that does."""

    url: str
    pid: int


@contextmanager
def devnet(network_id: int = 0) -> Iterator[Devnet]:
    """Serve a ledger without an EVM, closed on request alone.

    Raises
    ------
    NotStarted
    """
    with tempfile.TemporaryDirectory(prefix="devnet-") as directory:
        state = Path(directory)
        command = [sys.executable, "-m", "sovbank.devnet", "up", "--fresh", "--manual-close", "--no-evm"]
        command += ["--network-id", str(network_id), "--xrpl-port", "0", "--state", directory]
        with (state / "log").open("wb") as log:
            program = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield Devnet(f"http://127.0.0.1:{_port(program, state)}/", program.pid)
        finally:
            program.terminate()
            try:
                program.wait(START_SECONDS)
            finally:
                program.kill()


def _port(program: subprocess.Popen[bytes], state: Path) -> int:
    end = time.monotonic() + START_SECONDS
    while not (state / "devnet.json").exists():
        if program.poll() is not None or time.monotonic() > end:
            raise NotStarted((state / "log").read_text(errors="replace").strip())
        time.sleep(0.01)
    port: int = json.loads((state / "devnet.json").read_text())["xrpl_port"]
    return port
