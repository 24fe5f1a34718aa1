"""Questions to the officer, on the terminal itself and never on stdout or stdin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from sovbank.cli.escape import escape
from sovbank.cli.layout import fitted
from sovbank.errors.cli import AnswerNeeded, Declined, YesNotAllowed

if TYPE_CHECKING:
    from sovbank.cli.context import Options
    from sovbank.cli.render import Output
    from sovbank.operations.agreement import Agreement

_TERMINAL = "/dev/tty"
_ANSWER = "Yes"
_BY_ANSWER = "Yes at the terminal"
_BY_FLAG = "--yes"
_MAX_ANSWER_BYTES = 256
_NARROWEST = 40


class Prompt:
    """Asks an officer on the terminal. Passphrases are asked for by ``keys.passphrase``."""

    def __init__(self, options: Options, out: Output) -> None:
        self._options = options
        self._out = out
        self._agreed: tuple[str, Sequence[str]] | None = None

    @property
    def agreement(self) -> Agreement:
        """Who is at the terminal, and what they agreed to last in this run."""
        from sovbank.cli.login import login_name
        from sovbank.operations.agreement import Agreement, screen_sha256

        if self._agreed is None:
            return Agreement(login_name())
        how, shown = self._agreed
        lines = [escape(text) for text in shown]
        return Agreement(login_name(), how, screen_sha256(lines) if lines else None)

    def confirm(self, about: Sequence[str], *, question: str, yes_allowed: bool = True) -> None:
        """Show what is about to happen and go on only after an exact "Yes".

        ``about`` are lines shown before the question. ``yes_allowed`` is False where policy wants a person
        (``wiring.yes_allowed`` for mint, burn and issuer commands). The lines and the question are what the
        officer ``agreed`` to.

        Raises
        ------
        YesNotAllowed
            --yes was given and policy wants a person.
        AnswerNeeded
            --no-input was given, or there is no terminal.
        Declined
            Any other answer.
        """
        if self._options.yes:
            if not yes_allowed:
                raise YesNotAllowed("a production profile asks an officer here; --yes does not count")
            self.agreed(_BY_FLAG, ())
            return
        with self._terminal("--yes" if yes_allowed else "none; an officer must answer") as terminal:
            width = _width(terminal)
            for line in (part for text in about for part in fitted(escape(text), width)):
                terminal.write((line + "\n").encode())
            terminal.write(f'{escape(question)} Type "{_ANSWER}" to go on: '.encode())
            answer = terminal.readline(_MAX_ANSWER_BYTES).decode(errors="replace").rstrip("\r\n")
        if answer != _ANSWER:
            raise Declined('the answer was not "Yes"')
        self.agreed(_BY_ANSWER, [*about, question])

    def agreed(self, how: str, shown: Sequence[str]) -> None:
        """Note that the officer agreed: how, and to which lines (none: nothing was shown)."""
        self._agreed = (how, tuple(shown))

    def _terminal(self, flag: str) -> IO[bytes]:
        if self._options.no_input:
            raise AnswerNeeded(f"a question had to be asked; --no-input was given (flag: {flag})")
        try:
            terminal = open(_TERMINAL, "r+b", buffering=0)  # noqa: SIM115 - the caller closes it
        except OSError as error:
            raise AnswerNeeded(f"a question had to be asked; there is no terminal (flag: {flag})") from error
        self._out.clear()
        return terminal


def _width(terminal: IO[bytes]) -> int | None:
    try:
        return max(_NARROWEST, os.get_terminal_size(terminal.fileno()).columns)
    except OSError:
        return None
