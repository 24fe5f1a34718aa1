"""What a membership's holder signs to take it, said where a ceremony has made the offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.journal.port import OperationRow
    from sovbank.operations.house import House

_SHORT = 16


def say_acceptances(run: Run, house: House, rows: Sequence[OperationRow]) -> None:
    """Say of each membership that waits for its holder what they sign, and how it goes on from there."""
    from sovbank.core.canonical import canonical_json
    from sovbank.core.machine import Kind, State
    from sovbank.operations.membership import acceptance_of

    for row in rows:
        if row.kind is Kind.MEMBERSHIP and row.state is State.FINAL:
            acceptance = canonical_json(acceptance_of(house, row)).decode()
            run.out.say(f"{row.parameters['holder']} signs: {acceptance}")
            run.out.say(f"then: sovbank ops resume {row.id[:_SHORT]}")
