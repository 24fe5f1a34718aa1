"""What a command shows: data on stdout, messages on stderr, one JSON object with --json.

Command authors use the ``Output`` of the run and nothing else; no other module writes to a stream::

    run = current(ctx)
    with run.out.step("Mint requested", explain="MintGuard now holds the amount.") as step:
        row = operations.mint.request(...)
        step.done(f"1,000,000.00 FTHUSD, operation {row.id[:16]}")
    run.out.result(
        operation={"id": row.id, "kind": row.kind, "state": row.state},
        result={"amount": row.amount},                     # Decimal becomes a string; a float is refused
        human=lambda out: out.panel("Mint", [("amount", "1,000,000.00"), ("operation", row.id)]),
    )
    raise NobodyApproved(...)                              # afterwards, when the exit status is not 0

``result`` is called at most once. ``human`` runs only without --json and writes to stdout through
``panel``, ``table`` and ``line``. ``piece`` hands on a blob or bundle for the next program in a pipe.
``say``, ``warn`` and ``detail`` (-v) are for people, on stderr. Everything is escaped here (cli.escape);
authors pass raw text. Exceptions become messages in ``cli.app`` alone: commands raise and never print them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from sovbank.cli.escape import escape
from sovbank.cli.layout import Column, columns_of, fitted, panel_lines, table_lines, wrap
from sovbank.cli.step import Spinner, Step
from sovbank.errors.base import (
    DriftFound,
    LedgerRejected,
    OutcomeUnknown,
    PolicyRefused,
    QuorumIncomplete,
    SovbankError,
    Waiting,
)

if TYPE_CHECKING:
    from sovbank.cli.context import Options

__all__ = ["Column", "Output", "Step"]

_BOLD, _RED, _YELLOW, _GREEN, _DIM = "1", "1;31", "1;33", "32", "2"
_STEP_COLOURS = {"ok": _GREEN, "same": _DIM, "waiting": _YELLOW, "failed": _RED, "refused": _RED}
_WORDS: tuple[tuple[type[SovbankError], str, str], ...] = (
    (PolicyRefused, "REFUSED", _RED),
    (QuorumIncomplete, "QUORUM", _YELLOW),
    (LedgerRejected, "REJECTED", _RED),
    (OutcomeUnknown, "UNKNOWN", _YELLOW),
    (DriftFound, "DIFFERS", _YELLOW),
    (Waiting, "WAITING", _YELLOW),
)
_FALLBACK_WIDTH = 100


class Output:
    """The output of one run. The streams are those of the process unless given."""

    def __init__(
        self, options: Options, *, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self._options = options
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        self._result: dict[str, Any] | None = None
        self._spinner: Spinner | None = None

    @property
    def json(self) -> bool:
        """Whether the run prints one JSON object."""
        return self._options.json

    def result(
        self,
        *,
        operation: Mapping[str, Any] | None = None,
        result: Mapping[str, Any] | None = None,
        human: Callable[[Output], None] | None = None,
    ) -> None:
        """Give the outcome of the command: data for programs, and how to show it to a person."""
        if self._result is not None:
            raise RuntimeError("a command gives one result")
        self._result = {"operation": operation, "result": result or {}}
        if human is not None and not self.json:
            human(self)

    def finish(self) -> None:
        """Write the JSON object of a command that succeeded. Called by ``cli.app`` alone."""
        if self.json:
            self._write_json({"ok": True, **(self._result or {"operation": None, "result": {}})})

    def failure(self, error: SovbankError) -> int:
        """Write what went wrong and return the exit status. Called by ``cli.app`` alone."""
        if self.json:
            self._write_json(_failure(error, self._result))
        else:
            self._complain(error)
        return int(error.exit_status)

    def interrupted(self) -> None:
        """Say that the officer stopped the run."""
        self._tell("Interrupted. `sovbank ops list` shows what was under way; resume it from there.")

    def line(self, text: str = "") -> None:
        """Write one line of human output to stdout; on a terminal it is fitted to the width."""
        for part in fitted(escape(text), self._width(self._stdout)):
            self._stdout.write(part + "\n")

    def heading(self, text: str) -> None:
        """Write a heading to stdout."""
        self._stdout.write(self._paint(escape(text), _BOLD, self._stdout) + "\n")

    def paragraph(self, text: str, *, indent: int = 0) -> None:
        """Write text to stdout, wrapped at words; a word longer than the line stays whole."""
        for part in wrap(escape(text), self._width(self._stdout), indent):
            self._stdout.write(part + "\n")

    def panel(self, title: str | None, pairs: Sequence[tuple[str, Any]]) -> None:
        """Write names and values to stdout, one pair a line; nothing is cut."""
        if title:
            self.heading(title)
        for text in panel_lines(pairs, self._width(self._stdout)):
            self._stdout.write(text + "\n")

    def table(
        self, columns: Sequence[Column | str], rows: Sequence[Sequence[Any]], *, title: str | None = None
    ) -> None:
        """Write a table to stdout; when it does not fit, each row becomes a block. Nothing is cut."""
        if title:
            self.heading(title)
        for text, is_head in table_lines(columns_of(columns), rows, self._width(self._stdout)):
            self._stdout.write((self._paint(text, _BOLD, self._stdout) if is_head else text) + "\n")

    def piece(self, text: str) -> None:
        """Write the piece that is handed on (a blob, a bundle) to stdout, exactly; not with --json."""
        if not self.json:
            self._stdout.write(text if text.endswith("\n") else text + "\n")

    def say(self, text: str) -> None:
        """Tell the person something, on stderr; silent with -q."""
        if not self._options.quiet:
            self._tell(text)

    def detail(self, text: str) -> None:
        """Tell a particular, on stderr; only with -v."""
        if self._options.verbose:
            self._tell(text)

    def progress(self, text: str) -> None:
        """Tell what is being waited for: beside the spinner, or with -v on a line of its own."""
        if self._options.verbose:
            self.line_to_stderr(text)
        elif self._spinner is not None:
            self._spinner.tell(escape(text))

    def warn(self, text: str) -> None:
        """Warn the person, on stderr, even with -q."""
        self._message("WARNING", _YELLOW, text, self._stderr)

    def line_to_stderr(self, text: str) -> None:
        """Write one line to stderr exactly as it is, such as a row of a QR code."""
        self._write_messages([escape(text)])

    def refused(self, error: SovbankError, *, on_stdout: bool = False) -> None:
        """Show a refusal that was expected or does not end the command: word, reason, code, next step."""
        if self.json or (self._options.quiet and not on_stdout):
            return
        self._complain(error, self._stdout if on_stdout else self._stderr)

    @contextmanager
    def step(self, title: str, *, explain: str | None = None, on_stdout: bool = False) -> Iterator[Step]:
        """Show one step: a spinner on a terminal while it runs, then one line that says what happened.

        ``step.done(text)`` replaces the title, ``step.skip(text)`` says that nothing was to be done,
        ``step.refused(error)`` shows a refusal that the step was there to show. Silent with --json; steps on
        stderr are silent with -q.
        """
        stream = self._stdout if on_stdout else self._stderr
        step = Step(title)
        try:
            with self.working(title):
                yield step
        except BaseException as error:
            step.fail(error)
            raise
        finally:
            if not self.json and (on_stdout or not self._options.quiet):
                self._show_step(step, explain, stream)

    @contextmanager
    def working(self, title: str) -> Iterator[None]:
        """Turn a spinner on a terminal while something runs, and leave no trace of it."""
        if not self.json and not self._options.quiet and self._is_terminal(self._stderr):
            self._clear()
            self._spinner = Spinner(self._stderr, escape(title))
        try:
            yield
        finally:
            self._clear()

    def clear(self) -> None:
        """Stop the spinner, before a question is asked."""
        self._clear()

    def _tell(self, text: str) -> None:
        self._write_messages(fitted(escape(text), self._width(self._stderr)))

    def _write_messages(self, lines: Sequence[str]) -> None:
        self._clear()
        for line in lines:
            self._stderr.write(line + "\n")
        self._stderr.flush()

    def _clear(self) -> None:
        if self._spinner is not None:
            turning, self._spinner = self._spinner, None
            turning.stop()

    def _show_step(self, step: Step, explain: str | None, stream: TextIO) -> None:
        colour = _STEP_COLOURS[step.word]
        width = self._width(stream)
        first, *more = wrap(escape(step.text), width, 9)
        stream.write(f"{self._paint(f'{step.word:>7}', colour, stream)}  {first.lstrip()}\n")
        for text in more:
            stream.write(text + "\n")
        if step.error is not None:
            for text in _refusal_lines(step.error, width, 9):
                stream.write(text + "\n")
        if explain is not None:
            for text in wrap(escape(explain), width, 9):
                stream.write(self._paint(text, _DIM, stream) + "\n")
        stream.flush()

    def _complain(self, error: SovbankError, stream: TextIO | None = None) -> None:
        word, colour = next(((w, c) for kind, w, c in _WORDS if isinstance(error, kind)), ("ERROR", _RED))
        stream = stream or self._stderr
        self._message(word, colour, error.message, stream)
        indent = len(word) + 2
        for text in _refusal_lines(error, self._width(stream), indent, message=False):
            stream.write(text + "\n")
        stream.flush()

    def _message(self, word: str, colour: str, text: str, stream: TextIO) -> None:
        self._clear()
        indent = len(word) + 2
        first, *more = wrap(escape(text), self._width(stream), indent)
        stream.write(f"{self._paint(word, colour, stream)}  {first.lstrip()}\n")
        for line in more:
            stream.write(line + "\n")

    def _write_json(self, body: Mapping[str, Any]) -> None:
        from sovbank.cli.envelope import envelope

        self._stdout.write(envelope(body) + "\n")

    def _paint(self, text: str, colour: str, stream: TextIO) -> str:
        if os.environ.get("NO_COLOR") or not self._is_terminal(stream):
            return text
        return f"\x1b[{colour}m{text}\x1b[0m"

    @staticmethod
    def _is_terminal(stream: TextIO) -> bool:
        return stream.isatty() and os.environ.get("TERM") != "dumb"

    def _width(self, stream: TextIO) -> int | None:
        """Return the width of the terminal, or None where lines need not fit one."""
        if not stream.isatty():
            return None
        try:
            return max(40, os.get_terminal_size(stream.fileno()).columns)
        except (OSError, ValueError):
            return _FALLBACK_WIDTH


def _refusal_lines(
    error: SovbankError, width: int | None, indent: int, *, message: bool = True
) -> Iterator[str]:
    if message:
        yield from wrap(escape(error.message), width, indent)
    yield " " * indent + escape(f"code {error.code}, exit {int(error.exit_status)}")
    if isinstance(error, Waiting):
        yield " " * indent + escape(f"waiting for: {error.waiting_for}")
    if error.next_step:
        yield from wrap(escape(f"next: {error.next_step}"), width, indent)


def _failure(error: SovbankError, result: Mapping[str, Any] | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "ok": False,
        "error": {
            "code": error.code,
            "message": error.message,
            "next": error.next_step,
            "details": error.details,
        },
        **(result or {}),
    }
    if isinstance(error, Waiting):
        body["waiting_for"] = error.waiting_for
    return body
