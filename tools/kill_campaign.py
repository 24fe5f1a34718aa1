"""Kill the real program while it mints, pays, redeems and admits, and check that nothing doubles or is lost.

    python tools/kill_campaign.py --cycles 200 --forks --state .build/kill.json     # goes on from there
    python tools/kill_campaign.py --cycles 50 --calls                # at system calls instead of moments

Each cycle runs one operation by its commands on a bank with a devnet of its own, kills them with SIGKILL, and
takes them up by the same command or `ops resume`, killing again, until they end by themselves; then it holds
the ledgers and the journal against each other (tools/kill_checks.py). Cycle n draws everything from seed and
n, so a failure is tried again with ``--first n --cycles 1``; what the scheduler does in between is its own.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "operations"))

from bank_machine import PROGRAM, Bank  # noqa: E402 - needs the path above
from bank_opening import open_bank  # noqa: E402

from kill_checks import Failure  # noqa: E402
from kill_cycles import Campaign  # noqa: E402
from kill_forks import Forks  # noqa: E402
from kill_program import Killer, Measures  # noqa: E402
from sovbank.errors.base import SovbankError  # noqa: E402


@dataclass
class Tally:
    """What a campaign came to, over all its runs."""

    cycles: int = 0
    kills: int = 0
    seconds: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)
    measures: Measures = field(default_factory=Measures)


def campaign_on(
    bank: Bank,
    *,
    measures: Measures,
    by_calls: bool = False,
    forks: Forks | None = None,
    verbose: bool = False,
) -> Campaign:
    """Return a campaign on an open bank."""
    program = (str(PROGRAM), "--json", "--yes", "--no-input")
    killer = Killer(program, bank.environment, measures=measures, by_calls=by_calls, forks=forks)
    return Campaign(bank, killer, log=print if verbose else lambda _: None)


def chance_of(seed: int, number: int) -> random.Random:
    """Return what cycle ``number`` of a seed draws from."""
    return random.Random(f"{seed}/{number}")


def main() -> int:
    """Run the cycles and say what they came to."""
    wanted = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tally = _read(wanted.state)
    first = wanted.first if wanted.first is not None else tally.cycles
    with open_bank() as bank, _forks(wanted) as forks:
        campaign = campaign_on(
            bank,
            measures=tally.measures,
            by_calls=wanted.calls,
            forks=forks,
            verbose=wanted.verbose,
        )
        for number in range(first, first + wanted.cycles):
            began, kills = time.monotonic(), campaign.kills
            try:
                name = campaign.cycle(chance_of(wanted.seed, number))
            except (Failure, SovbankError) as failure:
                print(
                    f"FAILED --seed {wanted.seed} --first {number}: {type(failure).__name__}: {failure}",
                    flush=True,
                )
                if wanted.keep_going:
                    continue
                return 1
            took = time.monotonic() - began
            tally.cycles, tally.kills = tally.cycles + 1, tally.kills + campaign.kills - kills
            tally.seconds += took
            tally.kinds[name] = tally.kinds.get(name, 0) + 1
            _write(wanted.state, tally)
            print(f"{number}: {name}, {campaign.kills - kills} kills, {took:.1f} s", flush=True)
    _show(tally)
    return 0


@contextmanager
def _forks(wanted: argparse.Namespace) -> Iterator[Forks | None]:
    forks = Forks() if wanted.forks else None
    try:
        yield forks
    finally:
        if forks is not None:
            forks.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, help="the first cycle; where the state file stands if left out")
    parser.add_argument("--state", type=Path, help="a file from which a later run goes on")
    parser.add_argument("--calls", action="store_true", help="kill at system calls (needs strace)")
    parser.add_argument("--forks", action="store_true", help="load the program once and fork: much faster")
    parser.add_argument("--keep-going", action="store_true", help="report a failure and go on")
    parser.add_argument("--verbose", action="store_true", help="show every command")
    return parser.parse_args()


def _read(state: Path | None) -> Tally:
    if state is None or not state.exists():
        return Tally()
    values = json.loads(state.read_text())
    return Tally(**{**values, "measures": Measures(**values["measures"])})


def _write(state: Path | None, tally: Tally) -> None:
    if state is not None:
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps(asdict(tally)))


def _show(tally: Tally) -> None:
    kinds = ", ".join(f"{count} {name}" for name, count in Counter(tally.kinds).most_common())
    print(f"{tally.cycles} cycles, {tally.kills} kills, {tally.seconds:.0f} s: {kinds}")


if __name__ == "__main__":
    sys.exit(main())
