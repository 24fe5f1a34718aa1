"""Making and verifying the journal of a profile."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.journal.port import LogHead
    from sovbank.journal.verify import Verified


def init_journal(run: Run, *, actor: str) -> tuple[LogHead, bool]:
    """Make the journal of the run's profile; False when it was there before."""
    from sovbank.journal.create import create_journal

    return create_journal(
        run.wiring.journal_url, actor=actor, host=socket.gethostname(), clock=run.wiring.clock.now
    )


def verify_log(run: Run) -> Verified:
    """Verify the journal of the run's profile; the failures carry exit statuses 10 to 13."""
    from sovbank.journal.verify import verify_journal

    return verify_journal(run.wiring.journal_url)
