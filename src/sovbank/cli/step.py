"""One step of a longer command, and the spinner that turns while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from sovbank.errors.base import SovbankError


class Step:
    """What a step came to; the output layer shows it when the step ends."""

    def __init__(self, title: str) -> None:
        self.text = title
        self.word = "ok"
        self.error: SovbankError | None = None

    def done(self, text: str) -> None:
        """Say what happened, in one line."""
        self.text = text

    def skip(self, text: str) -> None:
        """Say that everything was as it should be already."""
        self.text = text
        self.word = "same"

    def refused(self, error: SovbankError) -> None:
        """Show a refusal that the step expected."""
        self.word = "refused"
        self.error = error

    def fail(self) -> None:
        """Mark the step as failed; the error itself is shown where the run ends."""
        self.word = "failed"


def spinner(stream: TextIO, title: str) -> Callable[[], None]:
    """Turn a spinner beside the title on a terminal; return what stops it and clears its line."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    status = console.status(Text(title, no_wrap=True, overflow="ellipsis"), spinner="line")
    status.start()
    return status.stop
