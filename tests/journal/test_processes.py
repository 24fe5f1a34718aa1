"""Several processes at one journal, and processes that are killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

from journal_samples import event, new_operation

from sovbank.core.machine import Kind
from sovbank.journal.port import LogKind
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.store import open_store
from sovbank.journal.verify import verify_journal

LONGEST_WAIT_SECONDS = 5.0
Reopen = Callable[[str], SqlJournal]
_FORK = multiprocessing.get_context("fork")


def _open(url: str, start: Any, answers: Any) -> None:
    journal = SqlJournal(open_store(url))
    start.wait()
    row, made = journal.open_operation(new_operation("RACE"), event(LogKind.INTENT))
    answers.put((row.id, made))


def _append(url: str, start: Any, answers: Any) -> None:
    journal = SqlJournal(open_store(url))
    start.wait()
    for number in range(50):
        begun = time.monotonic()
        seq = journal.note(event(result=str(number)))
        answers.put((seq, time.monotonic() - begun))


def _append_for_ever(url: str, pipe: int) -> None:
    journal = SqlJournal(open_store(url))
    while True:
        os.write(pipe, b"%d\n" % journal.note(event()))


def _race(url: str, target: Callable[..., None], processes: int, answers: int) -> list[Any]:
    """Let the processes go at the same moment and return what they say."""
    start, queue = _FORK.Barrier(processes), _FORK.Queue()
    workers = [_FORK.Process(target=target, args=(url, start, queue)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    try:
        found = [queue.get(timeout=120) for _ in range(answers)]
        for worker in workers:
            worker.join(timeout=60)
        assert [worker.exitcode for worker in workers] == [0] * processes
    finally:
        for worker in workers:
            worker.kill()
    return found


def test_32_processes_open_one_operation(url: str, reopen: Reopen) -> None:
    answers = _race(url, _open, 32, 32)
    assert len({operation for operation, _ in answers}) == 1
    assert sorted(made for _, made in answers) == [False] * 31 + [True]
    journal = reopen(url)
    assert len(journal.operations(kind=Kind.FUND)) == 1
    assert journal.head().seq == 2
    verify_journal(url)


def test_8_processes_append_without_a_fork(url: str) -> None:
    answers = _race(url, _append, 8, 400)
    assert sorted(seq for seq, _ in answers) == list(range(2, 402))
    assert max(wait for _, wait in answers) < LONGEST_WAIT_SECONDS
    assert verify_journal(url).head.seq == 401


def _killed_after(url: str, seconds: float) -> int | None:
    """Return the last row that a process acknowledged before it was killed."""
    read, write = os.pipe()
    worker = _FORK.Process(target=_append_for_ever, args=(url, write))
    worker.start()
    os.close(write)
    with open(read, "rb") as pipe:
        first = pipe.readline()
        time.sleep(seconds)
        os.kill(worker.pid or 0, signal.SIGKILL)
        lines = [line for line in [first, *pipe] if line.endswith(b"\n")]
    worker.join(timeout=60)
    return int(lines[-1]) if lines else None


def test_a_killed_writer_leaves_a_log_that_verifies_and_goes_on(url: str, reopen: Reopen) -> None:
    chance = random.Random(7)
    journal = reopen(url)
    for _ in range(12):
        acknowledged = _killed_after(url, chance.uniform(0, 0.05))
        assert acknowledged is not None
        head = verify_journal(url).head
        assert acknowledged <= head.seq <= acknowledged + 1
        assert journal.note(event(LogKind.ADMIN)) == head.seq + 1
    verify_journal(url)
