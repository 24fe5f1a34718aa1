"""Making, migrating, reading and verifying the journal of a profile."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.journal.port import LogHead
    from sovbank.journal.reader import Reader
    from sovbank.journal.verify import Anchor, Verified


def init_journal(run: Run, *, actor: str, role: str | None = None) -> tuple[LogHead, bool]:
    """Make the journal of the run's profile; False when it was there before."""
    from sovbank.journal.create import create_journal

    return create_journal(
        run.wiring.journal_url,
        actor=actor,
        host=socket.gethostname(),
        clock=run.wiring.clock.now,
        role=role,
    )


def migrate_journal(run: Run) -> None:
    """Bring the tables of the run's journal to this program's version."""
    from sovbank.journal import create

    create.migrate_journal(run.wiring.journal_url)


def journal_reader(run: Run) -> AbstractContextManager[Reader]:
    """Open the run's journal for reading alone, with a bare driver."""
    from sovbank.journal.reader import open_reader

    return open_reader(run.wiring.journal_url)


def verify_log(run: Run, *, anchors: Sequence[Anchor] = (), most_tail: int | None = None) -> Verified:
    """Verify the journal of the run's profile; the failures carry exit statuses 10 to 13."""
    from sovbank.journal.verify import verify_journal

    return verify_journal(run.wiring.journal_url, anchors=anchors, most_tail=most_tail)
