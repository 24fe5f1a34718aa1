"""One run of the program: its options, its output and, on first use, its wiring.

A command takes ``ctx: typer.Context`` and asks for the run::

    run = current(ctx)
    run.wiring.reader ...        # ports, each built when first asked for
    run.out.result(...)          # see cli.render
    run.prompt.confirm(...)      # see cli.prompt
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import typer

    from sovbank.cli.prompt import Prompt
    from sovbank.cli.render import Output
    from sovbank.cli.wiring import Wiring

_ON = frozenset({"1", "true", "yes", "on"})


def _switch(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in _ON


def _setting(name: str) -> str | None:
    return os.environ.get(name) or None


@dataclass
class Options:
    """The global options; a flag on the command line replaces what a SOVBANK_* variable set."""

    profile: str | None = field(default_factory=lambda: _setting("SOVBANK_PROFILE"))
    json: bool = field(default_factory=lambda: _switch("SOVBANK_JSON"))
    no_input: bool = field(default_factory=lambda: _switch("SOVBANK_NO_INPUT"))
    passphrase_file: str | None = field(default_factory=lambda: _setting("SOVBANK_PASSPHRASE_FILE"))
    passphrase_fd: int | None = None
    pin_file: str | None = field(default_factory=lambda: _setting("SOVBANK_PIN_FILE"))
    pin_fd: int | None = None
    yes: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False


class Run:
    """What every command of one run shares."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()

    @cached_property
    def out(self) -> Output:
        """The output layer."""
        from sovbank.cli.render import Output

        return Output(self.options)

    @cached_property
    def prompt(self) -> Prompt:
        """Questions on the terminal."""
        from sovbank.cli.prompt import Prompt

        return Prompt(self.options, self.out)

    @cached_property
    def wiring(self) -> Wiring:
        """The ports of the chosen profile."""
        from sovbank.cli.wiring import Wiring

        return Wiring(self.options, before_question=self.out.clear)

    def close(self) -> None:
        """Close what the run opened."""
        if "wiring" in self.__dict__:
            self.wiring.close()


def current(ctx: typer.Context) -> Run:
    """Return the run that a command belongs to."""
    return cast(Run, ctx.obj)
