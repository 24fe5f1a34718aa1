"""The ports as operations take them; each is built when something is first asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.operations.house import House


class _Later:
    """Stands for a port until something is asked of it, so that a command loads only what it uses."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._built: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._built is None:
            self._built = self._build()
        return getattr(self._built, name)


def house_of(run: Run) -> House:
    """Return the house of a run's profile: the treasury node, the journal, the control plane and the keys."""
    from sovbank.operations.house import House

    wiring = run.wiring
    return House(
        profile=wiring.profile,
        journal=_later(lambda: wiring.journal),
        books=_later(lambda: wiring.books),
        ledger=_later(lambda: wiring.treasury_reader),
        submitter=_later(lambda: wiring.submitter),
        control=_later(lambda: wiring.control),
        keys=_later(lambda: wiring.keys),
        clock=wiring.clock,
        progress=run.out.progress,
        agreement=lambda: run.prompt.agreement,
    )


def _later(build: Callable[[], Any]) -> Any:
    return cast(Any, _Later(build))
