"""Send recorded requests to a server over HTTP, and compare its answers with the recorded ones.

    fidelity.py [--url URL [--before COMMAND]] [--show N] [FILE_OR_DIRECTORY ...]

A transcript is a JSON file: ``network``, and ``steps``, each with ``request``, ``response`` and maybe
``note``. Every transcript begins on a fresh ledger. Without ``--url`` a fresh devnet is started for each;
with it, ``--before`` restarts the server before each (``{network}`` in it stands for the network id).

Exit status: 0 everything agrees; 1 something differs; 2 the transcripts or the server cannot be used.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from agreement import Difference, compare
from throwaway_devnet import NotStarted, devnet

RECORDED: Final = Path(__file__).resolve().parents[1] / "tests" / "transcripts"
ANSWER_SECONDS: Final = 30.0
FIRST_OPEN_LEDGER: Final = 3


class Unusable(Exception):
    """A transcript cannot be read, or there is no server to send it to."""


class Client:
    """One connection to a server's JSON-RPC endpoint."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unusable(f"{url} is not the address of an HTTP server")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=ANSWER_SECONDS)
        self._path = parts.path or "/"

    def post(self, request: Any) -> dict[str, Any]:
        """Return the ``result`` of a request; ValueError when the answer has none, OSError without one."""
        body = json.dumps(request).encode()
        try:
            self._connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            text = response.read()
        except http.client.HTTPException as error:
            raise OSError(f"the connection broke: {error!r}") from error
        if response.status != http.client.OK:
            raise ValueError(f"HTTP {response.status}: {text[:60].decode('utf-8', 'replace').strip()}")
        answer = json.loads(text)
        result = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(result, dict):
            raise ValueError("an answer without a result")
        return result

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass
class Verdict:
    """What a transcript came to: how many steps it has, and the differences of each step that has any."""

    name: str
    steps: int
    seconds: float = 0.0
    metadata: int = 0
    wrong: list[tuple[str, list[Difference]]] = field(default_factory=list)


def replay(name: str, steps: list[dict[str, Any]], url: str) -> Verdict:
    """Send every request of a transcript and compare; without a server the rest counts as different."""
    verdict = Verdict(name, len(steps))
    begun = time.perf_counter()
    client = Client(url)
    gone = ""
    for number, step in enumerate(steps):
        method, recorded = step["request"]["method"], step["response"]
        found = [Difference("", recorded["result"], gone)] if gone else []
        if not gone:
            try:
                result = client.post(step["request"])
                partial = bool(recorded.get("partial"))
                found = compare(method, recorded["result"], result, partial=partial)
            except OSError as error:
                gone = f"no answer ({error})"
                found = [Difference("", recorded["result"], gone)]
            except ValueError as error:
                found = [Difference("", recorded["result"], str(error))]
        verdict.metadata += "meta" in recorded["result"]
        if found:
            note = f" ({step['note']})" if step.get("note") else ""
            verdict.wrong.append((f"step {number}, {method}{note}", found))
    client.close()
    verdict.seconds = time.perf_counter() - begun
    return verdict


@contextmanager
def fresh_devnet(network_id: int) -> Iterator[str]:
    """Serve a devnet from a process of its own; give its address."""
    try:
        with devnet(network_id) as running:
            yield running.url
    except NotStarted as error:
        raise Unusable(f"no devnet starts: {error}") from error


@contextmanager
def given_server(url: str, before: str | None, network_id: int) -> Iterator[str]:
    """Give the address of a server that others run, made fresh by a command if there is one."""
    if before is not None:
        ran = subprocess.run(before.replace("{network}", str(network_id)), shell=True, check=False)
        if ran.returncode:
            raise Unusable(f"the command before a transcript ended in {ran.returncode}")
    client = Client(url)
    try:
        index = client.post({"method": "ledger_current", "params": [{}]}).get("ledger_current_index")
    except (OSError, ValueError) as error:
        raise Unusable(f"{url} does not answer: {error}") from error
    finally:
        client.close()
    if index != FIRST_OPEN_LEDGER:
        sys.stderr.write(f"{url} is not fresh: ledger {index} is open, not {FIRST_OPEN_LEDGER}\n")
    yield url


def read(path: Path) -> tuple[int, list[dict[str, Any]]]:
    """Return network id and steps of a transcript."""
    try:
        recorded = json.loads(path.read_bytes())
        network, steps = recorded.get("network", 0), recorded["steps"]
        for step in steps:
            if not isinstance(step["request"]["method"], str) or not isinstance(
                step["response"]["result"], dict
            ):
                raise TypeError("a step without method or result")
        return int(network), steps
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{path} is not a transcript: {error!r}") from error


def files_of(paths: list[Path]) -> list[Path]:
    """Return the transcripts that paths name, those of a directory by name."""
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    if not files:
        raise Unusable(f"no transcripts in {', '.join(map(str, paths))}")
    return files


def table(verdicts: list[Verdict]) -> str:
    """Return the table of verdicts, a line each and one for all."""
    width = max(10, *(len(verdict.name) for verdict in verdicts))
    lines = [f"{'transcript':{width}} {'steps':>7} {'agreed':>7} {'differences':>12} {'seconds':>8}"]
    rows = [(one.name, one.steps, len(one.wrong), one.seconds) for one in verdicts]
    steps, wrong = sum(row[1] for row in rows), sum(row[2] for row in rows)
    for name, count, bad, seconds in [*rows, ("all", steps, wrong, sum(row[3] for row in rows))]:
        lines.append(f"{name:{width}} {count:7d} {count - bad:7d} {bad:12d} {seconds:8.2f}")
    lines.append(f"{sum(one.metadata for one in verdicts)} answers with metadata compared")
    return "\n".join(lines) + "\n"


def differences(verdict: Verdict, show: int) -> str:
    """Return the first steps of a transcript that differ, and the first differences of each."""
    lines = []
    for where, found in verdict.wrong[:show]:
        lines += [f"{verdict.name}, {where}", *(f"    {one}" for one in found[:show])]
        lines += [f"    and {len(found) - show} more"] if len(found) > show else []
    if len(verdict.wrong) > show:
        lines.append(f"{verdict.name}: and {len(verdict.wrong) - show} more steps")
    return "".join(f"{line}\n" for line in lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the program; give its exit status."""
    parser = argparse.ArgumentParser(description="Compare a server's answers with recorded ones.")
    parser.add_argument("paths", nargs="*", type=Path, default=[RECORDED], metavar="FILE_OR_DIRECTORY")
    parser.add_argument("--url", help="send to this server instead of a fresh devnet for each transcript")
    parser.add_argument("--before", help="shell command that makes the server fresh before each transcript")
    parser.add_argument("--show", type=int, default=3, help="differing steps to show of each transcript")
    options = parser.parse_args(arguments)
    verdicts: list[Verdict] = []
    try:
        for path in files_of(options.paths):
            network, steps = read(path)
            server = (
                given_server(options.url, options.before, network) if options.url else fresh_devnet(network)
            )
            with server as url:
                verdicts.append(replay(path.stem, steps, url))
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(table(verdicts))
    for verdict in verdicts:
        sys.stdout.write(differences(verdict, options.show))
    return 1 if any(verdict.wrong for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
