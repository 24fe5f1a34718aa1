"""One step of a longer command, and the spinner that turns while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from sovbank.errors.base import PolicyRefused, SovbankError, Waiting

if TYPE_CHECKING:
    from rich.text import Text


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

    def fail(self, error: BaseException) -> None:
        """Mark how the step ended; the error itself is shown where the run ends."""
        if isinstance(error, Waiting):
            self.word = "waiting"
        elif isinstance(error, PolicyRefused):
            self.word = "refused"
        else:
            self.word = "failed"


class Spinner:
    """What turns beside a title on a terminal while something runs; stopping it clears its line."""

    def __init__(self, stream: TextIO, title: str) -> None:
        from rich.console import Console

        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._title = title
        self._status = console.status(_one_line(title), spinner="line")
        self._status.start()

    def tell(self, text: str) -> None:
        """Show what is being waited for beside the title."""
        self._status.update(_one_line(f"{self._title}: {text}"))

    def stop(self) -> None:
        """Clear the line."""
        self._status.stop()


def _one_line(text: str) -> Text:
    from rich.text import Text

    return Text(text, no_wrap=True, overflow="ellipsis")
