"""Starts the real program and kills it with SIGKILL, at a moment or at a system call, chosen by a seed."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kill_forks import Child, Forks

# The calls by which anything becomes durable, leaves the machine or is locked.
CALLS = ("pwrite64", "fdatasync", "fsync", "unlink", "sendto", "recvfrom", "flock", "connect")
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
_LONGEST_SECONDS = 150.0
_FIRST_GUESS_SECONDS = 4.0
_FIRST_GUESS_CALLS = 60


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended, and at which moment or call it was to be killed."""

    killed: bool
    status: int
    out: str
    err: str
    aim: str


@dataclass
class Measures:
    """What uninterrupted runs of a command were measured to take, for choosing where to kill the next."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def moment(self, name: str, chance: random.Random) -> float:
        """Return a moment of the command's run, in seconds."""
        return chance.uniform(0, self.seconds.get(name, _FIRST_GUESS_SECONDS))

    def call(self, name: str, chance: random.Random) -> tuple[str, int]:
        """Return a system call of the command's run, and which one of its kind."""
        call = chance.choice(CALLS)
        return call, chance.randint(1, max(1, self.calls.get(f"{name}/{call}", _FIRST_GUESS_CALLS)))


class Killer:
    """Runs command lines of one machine.

    Parameters
    ----------
    program
        The program with its global flags.
    environment
        The machine's environment.
    by_calls
        Kill at system calls, by strace, instead of at moments.
    forks
        Run the command lines in forks of a loaded program instead of starting it; not by calls.
    """

    def __init__(
        self,
        program: Sequence[str],
        environment: Callable[[], Mapping[str, str]],
        *,
        measures: Measures,
        by_calls: bool = False,
        forks: Forks | None = None,
    ) -> None:
        self._program = tuple(program)
        self._environment = environment
        self._measures = measures
        self._by_calls = by_calls
        self._forks = forks

    def run(self, arguments: tuple[str, ...]) -> Ended:
        """Run a command line to its end."""
        process = self._start(arguments)
        out, err = process.communicate(timeout=_LONGEST_SECONDS)
        return Ended(False, _status(process), out, err, "to the end")

    def strike(self, name: str, arguments: tuple[str, ...], chance: random.Random) -> Ended:
        """Run a command line and kill it; it may be over before that, which is measured."""
        return (self._at_call if self._by_calls else self._at_moment)(name, arguments, chance)

    def _at_moment(self, name: str, arguments: tuple[str, ...], chance: random.Random) -> Ended:
        moment = self._measures.moment(name, chance)
        began = time.monotonic()
        process = self._start(arguments)
        try:
            out, err = process.communicate(timeout=moment)
            self._measures.seconds[name] = time.monotonic() - began
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return _ended(process, out, err, f"after {moment:.3f} s")

    def _at_call(self, name: str, arguments: tuple[str, ...], chance: random.Random) -> Ended:
        call, place = self._measures.call(name, chance)
        with tempfile.NamedTemporaryFile(prefix="calls-") as trace:
            tracer = ["strace", "-f", "-qq", "-o", trace.name, "-e", f"trace={call}"]
            tracer += ["-e", f"inject={call}:signal=SIGKILL:when={place}"]
            process = self._start(arguments, tracer)
            out, err = process.communicate(timeout=_LONGEST_SECONDS)
            ended = _ended(process, out, err, f"at {call} number {place}")
            if not ended.killed:
                lines = Path(trace.name).read_text(errors="replace").splitlines()
                self._measures.calls[f"{name}/{call}"] = sum(f" {call}(" in line for line in lines)
        return ended

    def _start(self, arguments: tuple[str, ...], tracer: Sequence[str] = ()) -> subprocess.Popen[str] | Child:
        if self._forks is not None and not tracer:
            return self._forks.start([*self._program[1:], *arguments], self._environment())
        return subprocess.Popen(
            [*tracer, *self._program, *arguments],
            env=dict(self._environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _ended(process: subprocess.Popen[str] | Child, out: str, err: str, aim: str) -> Ended:
    status = _status(process)
    return Ended(status in _KILLED, status, out, err, aim)


def _status(process: subprocess.Popen[str] | Child) -> int:
    if process.returncode is None:
        raise ChildProcessError("the program was not waited for")
    return process.returncode
