"""A devnet as a process of its own: started in the background, found again, stopped.

The state directory says all: its lock is held while a devnet runs, and ``devnet.json`` says where.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sovbank.devnet.client import DevnetClient
from sovbank.devnet.server import EVM_JOURNAL, LOCK_FILE, RUNNING_FILE, XRPL_JOURNAL, DevnetConfig
from sovbank.errors.devnet import DevnetRunning, StateUnusable
from sovbank.errors.devnet_control import (
    DevnetNotRunning,
    DevnetNotStarted,
    DevnetNotStopped,
    DevnetUnreachable,
)

LOG_FILE: Final = "devnet.log"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.05
_LOG_TAIL_BYTES: Final = 2000
_STARTED: Final[list[subprocess.Popen[bytes]]] = []
"""Devnets of this process; they outlive it, and are reaped if they end before it does."""
_REFUSAL = re.compile(r"([a-z]+\.[a-z-]+): (.+)")


@dataclass(frozen=True)
class Running:
    """A devnet that runs: its process, network and ports."""

    pid: int
    network_id: int
    xrpl_port: int
    evm_port: int | None
    manual_close: bool
    state: Path

    @property
    def client(self) -> DevnetClient:
        """Its remote control."""
        return DevnetClient(
            xrpl_port=self.xrpl_port,
            evm_port=self.evm_port,
            network_id=self.network_id,
            manual_close=self.manual_close,
        )


def find_running(state: Path) -> Running | None:
    """Return the devnet that runs on a state directory, or None. A stale announcement is not believed."""
    if not _is_locked(state):
        return None
    try:
        facts = json.loads((state / RUNNING_FILE).read_text(encoding="utf-8"))
        return Running(
            pid=int(facts["pid"]),
            network_id=int(facts["network_id"]),
            xrpl_port=int(facts["xrpl_port"]),
            evm_port=None if facts["evm_port"] is None else int(facts["evm_port"]),
            manual_close=bool(facts["manual_close"]),
            state=state,
        )
    except (OSError, ValueError, KeyError, TypeError):
        # It holds the lock and has not announced itself yet.
        return None


def running(state: Path) -> Running:
    """Return the devnet that runs on a state directory.

    Raises
    ------
    DevnetNotRunning
    """
    found = find_running(state)
    if found is None:
        raise DevnetNotRunning(f"no devnet runs on {state}")
    return found


def start(config: DevnetConfig) -> Running:
    """Start a devnet in the background and wait until both endpoints answer.

    Raises
    ------
    DevnetRunning, StateUnusable, DevnetNotStarted
    """
    _reap()
    if _is_locked(config.state):
        raise DevnetRunning(f"a devnet is running on {config.state}")
    log = config.state / LOG_FILE
    try:
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateUnusable(f"{config.state}: {error.strerror or error}") from error
    with os.fdopen(descriptor, "wb") as stream:
        child = subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
            _command(config), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
        )
    _STARTED.append(child)
    try:
        return _wait_until_it_answers(config.state, child, log)
    except BaseException:
        child.terminate()
        raise


def stop(state: Path) -> Running | None:
    """Stop the devnet of a state directory and wait until it has let go; None when there is none.

    Raises
    ------
    DevnetNotStopped
    """
    found = find_running(state)
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while _is_locked(state):
        if time.monotonic() > end:
            raise DevnetNotStopped(f"process {found.pid} did not end within {STOP_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)
    _reap(found.pid)
    return found


def erase(state: Path) -> None:
    """Remove the ledger and the chain of a devnet that does not run.

    Raises
    ------
    DevnetRunning, StateUnusable
    """
    if _is_locked(state):
        raise DevnetRunning(f"a devnet is running on {state}")
    try:
        for name in (XRPL_JOURNAL, EVM_JOURNAL):
            (state / name).unlink(missing_ok=True)
    except OSError as error:
        raise StateUnusable(f"{state}: {error.strerror or error}") from error


def _reap(pid: int | None = None) -> None:
    """Let go of devnets of this process that have ended; wait for the one that is about to."""
    for child in list(_STARTED):
        if child.pid == pid:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)
        if child.poll() is not None:
            _STARTED.remove(child)


def _command(config: DevnetConfig) -> list[str]:
    command = [sys.executable, "-m", "sovbank.devnet", "up", "--state", str(config.state)]
    command += ["--network-id", str(config.network_id), "--xrpl-port", str(config.xrpl_port)]
    command += ["--close-seconds", str(config.close_seconds)]
    command += ["--no-evm"] if config.evm_port is None else ["--evm-port", str(config.evm_port)]
    if config.fresh:
        command.append("--fresh")
    if config.manual_close:
        command.append("--manual-close")
    return command


def _wait_until_it_answers(state: Path, child: subprocess.Popen[bytes], log: Path) -> Running:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            raise _not_started(log)
        found = find_running(state)
        if found is not None and found.pid == child.pid:
            try:
                found.client.validated_ledger()
                found.client.block_number()
            except DevnetUnreachable:
                pass
            else:
                return found
        time.sleep(_POLL_SECONDS)
    raise DevnetNotStarted(f"the devnet did not answer within {START_SECONDS:.0f} s; its log is {log}")


def _not_started(log: Path) -> DevnetNotStarted:
    """Return the error that the devnet wrote last, as ``code: message`` and a next step on two lines."""
    lines = log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip().split("\n")
    match = _REFUSAL.fullmatch(lines[-2]) if len(lines) > 1 else None
    if match is None:
        return DevnetNotStarted(f"the devnet ended at once: {lines[-1] or 'no word'}; its log is {log}")
    return DevnetNotStarted(match[2], next_step=lines[-1], details={"code": match[1]})


def _is_locked(state: Path) -> bool:
    try:
        descriptor = os.open(state / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
