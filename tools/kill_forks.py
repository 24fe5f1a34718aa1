"""The program with its start done once: each command line runs in a child forked from a loaded process.

``Forks.start`` gives what ``subprocess.Popen`` would. A child is a process of its own, killed like any other;
what it saves is the loading of the libraries, which takes longer than most commands and writes nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

_LOAD = tuple(
    f"sovbank.{name}"
    for name in (
        "cli.app",
        "cli.wiring.house",
        "operations.resume",
        "operations.kyc",
        "operations.reserves",
        "operations.issuer.setup",
        "operations.trustlines",
        "evm.control_plane",
        "journal.sql_journal",
        "xrpl.submission",
    )
)
_POLL_SECONDS = 0.01


class Child:
    """One forked command, as far as the campaign needs a ``subprocess.Popen``."""

    def __init__(self, forks: Forks, pid: int, directory: Path) -> None:
        self._forks = forks
        self._directory = directory
        self.pid = pid
        self.returncode: int | None = None

    def kill(self) -> None:
        """Send SIGKILL; the child stays a zombie until it is asked for, so the pid is its own."""
        self._forks.ask({"kill": self.pid})

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end and return what was written.

        Raises
        ------
        subprocess.TimeoutExpired
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self._forks.ask({"wait": self.pid})) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("sovbank", timeout or 0)
            time.sleep(_POLL_SECONDS)
        self.returncode = status
        return (self._directory / "out").read_text(), (self._directory / "err").read_text()


class Forks:
    """The loaded process, and the children that it forks."""

    def __init__(self) -> None:
        self._home = TemporaryDirectory(prefix="forks-")
        self._count = 0
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Fork a child that runs the command line."""
        self._count += 1
        directory = Path(self._home.name) / str(self._count)
        directory.mkdir()
        pid = self.ask({"run": list(arguments), "environment": dict(environment), "to": str(directory)})
        if pid is None:
            raise OSError("nothing was forked")
        return Child(self, pid, directory)

    def ask(self, request: Mapping[str, object]) -> int | None:
        """Have the loaded process answer one request."""
        if self._server.stdin is None or self._server.stdout is None:
            raise OSError("the loaded process has no pipes")
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer: int | None = json.loads(self._server.stdout.readline())
        return answer

    def close(self) -> None:
        """End the loaded process."""
        if self._server.stdin is not None:
            self._server.stdin.close()
        self._server.wait()
        self._home.cleanup()


def _serve() -> None:
    from importlib import import_module

    for name in _LOAD:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        if "run" in request:
            answer: int | None = _fork(request["run"], request["environment"], Path(request["to"]))
        elif "kill" in request:
            os.kill(request["kill"], 9)
            answer = None
        else:
            answer = _ended(request["wait"])
        print(json.dumps(answer), flush=True)


def _fork(arguments: list[str], environment: dict[str, str], directory: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.environ.clear()
        os.environ.update(environment)
        _redirect(directory)
        from sovbank.cli.app import run_command

        status = run_command(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _redirect(directory: Path) -> None:
    for target, name in ((1, "out"), (2, "err")):
        handle = os.open(directory / name, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(handle, target)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


if __name__ == "__main__":
    _serve()
