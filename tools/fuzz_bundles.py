"""Mutate bundles, raw blobs and QR frames, and see that each is taken or refused by a typed error, cheaply.

    python tools/fuzz_bundles.py 1000000 --state /tmp/fuzz.json     # goes on where the state file ended

Case n is made from the seed n alone, so a failure is made again with ``--first n 1``. A case fails when an
error outside the error tree comes out, when what was read does not write back to the same bytes, or when it
takes more than 100 ms of processor time; the run fails when the process grows by more than 64 MB.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sovbank.ceremony.blobs import add_blobs
from sovbank.ceremony.combine import combine
from sovbank.ceremony.describe import describe
from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.finalise import standing_of
from sovbank.ceremony.frames import from_frames, to_frames
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle
from sovbank.core.canonical import canonical_json
from sovbank.errors.base import SovbankError

MOST_SECONDS = 0.1
MOST_BYTES = 64 * 1024 * 1024
_SLICE = 5000
_CEREMONY = Path(__file__).resolve().parents[1] / "tests" / "ceremony"
_INTERESTING = b'"\\{}[],:0123456789-+.eE \t\n\x00\x1f\x7f\x80\xc0\xff\xed\xa0\x80'

# A busy machine can make one measurement longer than the work: the shortest of a few counts.
_LOOKS_AGAIN = 3


@dataclass(frozen=True)
class Case:
    """One mutated input: what it is meant to be, and the input itself."""

    kind: str
    data: Any


@dataclass
class Report:
    """What a run of cases came to."""

    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    slowest_case: int = -1
    grown_bytes: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether no case failed and none cost too much."""
        return not self.failures and self.grown_bytes <= MOST_BYTES


def make_case(seed: int) -> Case:
    """Return the case of a seed."""
    chance = random.Random(seed)
    return chance.choices(_MAKERS, weights=(4, 4, 3, 2, 1))[0](chance)


def try_case(case: Case) -> str:
    """Return what became of a case: ``accepted``, or the code of the refusal."""
    try:
        _TRIALS[case.kind](case.data)
    except SovbankError as refusal:
        return refusal.code
    return "accepted"


def run(first: int, count: int) -> Report:
    """Run the cases with the seeds from ``first`` on."""
    for name in _names():
        try_case(Case("bundle", _sample(name)))
    before = _peak()
    report = Report()
    for seed in range(first, first + count):
        case = make_case(seed)
        outcome, took, failure = _timed(case)
        if failure is not None:
            report.failures.append(f"case {seed} ({case.kind}): {failure}")
        for _ in range(_LOOKS_AGAIN):
            if took > MOST_SECONDS:
                took = min(took, _timed(case)[1])
        report.cases += 1
        report.outcomes[f"{case.kind}: {outcome}"] += 1
        if took > report.slowest_seconds:
            report.slowest_seconds, report.slowest_case = took, seed
        if took > MOST_SECONDS:
            report.failures.append(f"case {seed} ({case.kind}): {took * 1000:.0f} ms")
    report.grown_bytes = max(0, _peak() - before)
    return report


def _timed(case: Case) -> tuple[str, float, str | None]:
    """Return the outcome, the processor time in seconds, and what is wrong where the error has no type."""
    started = time.process_time()
    failure = None
    try:
        outcome = try_case(case)
    except Exception as error:  # noqa: BLE001 - finding these is the purpose
        outcome = f"UNTYPED {type(error).__name__}"
        failure = f"{type(error).__name__}: {str(error)[:200]}"
    return outcome, time.process_time() - started, failure


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (_CEREMONY / "data").glob("*.json")))


@cache
def _sample(name: str) -> bytes:
    return (_CEREMONY / "data" / f"{name}.json").read_bytes()


@cache
def _bundle(name: str) -> Bundle:
    return parse_bundle(_sample(name))


@cache
def _blobs() -> tuple[bytes, ...]:
    made = json.loads((_CEREMONY / "xrpljs" / "blobs.json").read_text())["made"]
    texts = [one["combined"] for one in made] + [signed["blob"] for one in made for signed in one["signed"]]
    return tuple(bytes.fromhex(text) for text in texts)


@cache
def _frames() -> tuple[str, ...]:
    return tuple(to_frames(_sample("signed"), characters=300))


def _try_bundle(data: bytes) -> None:
    bundle = parse_bundle(data)
    if to_bytes(bundle) != data:
        raise AssertionError("what was read is not what was written")
    standing_of(bundle)
    describe(bundle, {})
    expected = next(
        (name for name in _names() if len(_bundle(name).transactions) == len(bundle.transactions)), "kinds"
    )
    combine(bundle, bundle)
    combine(_bundle(expected), bundle)


def _try_blob(data: bytes) -> None:
    add_blobs(_bundle("kinds"), [data.hex()])


def _try_frames(texts: list[str]) -> None:
    parse_bundle(from_frames(texts))


_TRIALS: dict[str, Callable[[Any], None]] = {"bundle": _try_bundle, "blob": _try_blob, "frames": _try_frames}


def _mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    mutant = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(mutant) + 1)
        length = chance.choice((1, 1, 2, 4, 16, 200))
        change = chance.randrange(6)
        if change == 0 and at < len(mutant):
            mutant[at] ^= 1 << chance.randrange(8)
        elif change == 1 and at < len(mutant):
            mutant[at] = chance.choice(_INTERESTING)
        elif change == 2:
            del mutant[at : at + length]
        elif change == 3:
            mutant[at:at] = chance.randbytes(length)
        elif change == 4:
            mutant[at:at] = mutant[chance.randrange(len(mutant) + 1) :][:length]
        else:
            mutant[at:at] = bytes([chance.choice(_INTERESTING)]) * chance.choice((1, 3, 40, 4000))
        if not mutant:
            return b""
    return bytes(mutant)


def _bytes_of_bundle(chance: random.Random) -> Case:
    return Case("bundle", _mutated_bytes(chance, _sample(chance.choice(_names()))))


def _values_of_bundle(chance: random.Random) -> Case:
    """Change values and write canonical bytes, so that the later steps of reading are reached."""
    values = json.loads(_sample(chance.choice(_names())))
    for _ in range(chance.choice((1, 1, 2, 3))):
        _change_value(chance, values)
    try:
        return Case("bundle", canonical_json(values))
    except ValueError:
        return Case(
            "bundle", json.dumps(values, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")
        )


def _change_value(chance: random.Random, values: Any) -> None:
    holder = values
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = holder[key]
        if not isinstance(inner, dict | list) or chance.random() < 0.15:
            break
        holder = inner
    change = chance.randrange(8)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
    elif change == 1:
        holder[_hostile_name(chance)] = copy.deepcopy(holder[key])
    elif change == 2 and isinstance(holder[key], str):
        holder[key] = _near_text(chance, holder[key])
    elif change == 2 and isinstance(holder[key], int):
        holder[key] += chance.choice((-1, 1, 2**31, -(2**31), 2**53))
    else:
        holder[key] = _hostile_value(chance)


def _near_text(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    piece = chance.choice(("", "0", "F", "z", " ", "\u202e", "\u0660", "\x00", "-", ".", text))
    return text[:at] + piece + text[at + chance.randrange(3) :]


def _hostile_name(chance: random.Random) -> str:
    return chance.choice(
        ("Memos", "Signers", "Paths", "SendMax", "Flags", "hash", "__proto__", "", "x" * 5000, "\u202e")
    )


def _hostile_value(chance: random.Random) -> Any:
    nested: Any = 0
    for _ in range(chance.choice((3, 8, 20))):
        nested = [nested] if chance.random() < 0.5 else {"Memo": nested}
    return chance.choice(
        (
            *(None, True, False, 0, -1, 2**32, 2**53, 2**64, 10**400, 1.5, "", "0", "-1", "1e80", "1e-200"),
            *("9" * 400, "NaN", "A" * 70_000, "\ud800", "\x00", {}, [], [[]], [None], nested),
            *(
                {"currency": "USD", "issuer": "x", "value": "1e9999"},
                {"value": "1"},
                {"mpt_issuance_id": "00"},
            ),
            *([{"Memo": {"MemoData": "FF" * 900}}], [{"Signer": {}}], [[{"account": "r"}]]),
            "".join(chance.choices("0123456789ABCDEF", k=chance.choice((2, 64, 66, 140)))),
        )
    )


def _blob(chance: random.Random) -> Case:
    if chance.random() < 0.02:
        return Case("blob", chance.randbytes(chance.choice((1, 100, 16_384))))
    return Case("blob", _mutated_bytes(chance, chance.choice(_blobs())))


def _some_frames(chance: random.Random) -> Case:
    frames = list(_frames())
    chance.shuffle(frames)
    at = chance.randrange(len(frames))
    change = chance.randrange(4)
    if change == 0:
        del frames[at]
    elif change == 1:
        frames.append(frames[at])
    else:
        frames[at] = _mutated_bytes(chance, frames[at].encode()).decode("latin1")
    return Case("frames", frames)


def _large(chance: random.Random) -> Case:
    """Inputs at the size limits, which cost the most where a limit is missing."""
    if chance.random() < 0.8:
        return _bytes_of_bundle(chance)
    size = chance.choice((100_000, 1_048_576, 1_100_000))
    unit = chance.choice(
        (
            b"[",
            b'{"a":',
            b'{"a":1,',
            b'"',
            b'\\"',
            b"9",
            b"[],",
            b'"a",',
            b" ",
            b"\xff",
            b'{"":[',
            b"-",
            b"0.1,",
        )
    )
    head = chance.choice((b"", b'{"transactions":[', b'{"purpose":{"words":"', b'{"signatures":[{', b"["))
    return Case("bundle", head + unit * (size // len(unit)))


_MAKERS = (_bytes_of_bundle, _values_of_bundle, _blob, _some_frames, _large)


def main() -> int:
    """Run the campaign in slices, saving how far it came."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, help="how many cases in all")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument("--state", type=Path, help="file that says how far an earlier run came")
    options = parser.parse_args()
    done, outcomes = 0, Counter[str]()
    if options.state is not None and options.state.exists():
        saved = json.loads(options.state.read_text())
        done, outcomes = saved["done"], Counter(saved["outcomes"])
    starts = range(options.first + done, options.first + options.count, _SLICE)
    sizes = [min(_SLICE, options.first + options.count - start) for start in starts]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for report in pool.map(run, starts, sizes):
            if not report.is_good:
                print("\n".join(report.failures) or f"grown by {report.grown_bytes} bytes", file=sys.stderr)
                pool.shutdown(cancel_futures=True)
                return 1
            done += report.cases
            outcomes += report.outcomes
            if options.state is not None:
                options.state.write_text(json.dumps({"done": done, "outcomes": outcomes}))
            slowest = f"slowest {report.slowest_seconds * 1000:.0f} ms (case {report.slowest_case})"
            print(
                f"{done} of {options.count}: {slowest}, grown {report.grown_bytes // 1024} KiB",
                file=sys.stderr,
            )
    for outcome, number in outcomes.most_common():
        print(f"{number:9} {outcome}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
