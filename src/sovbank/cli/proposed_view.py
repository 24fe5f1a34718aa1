"""What a command says that recorded operations for a ceremony and signed nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.journal.port import OperationRow

Propose = Annotated[
    bool, typer.Option("--propose", help="Record it and stop; `sovbank multisig new` makes the bundle.")
]
_SHORT = 16


def give_recorded(run: Run, row: OperationRow) -> None:
    """Give one recorded operation as the outcome, with the command that makes its bundle if it needs one."""
    from sovbank.cli.operation_view import give_operation
    from sovbank.core.machine import OPERATIONS

    if not OPERATIONS[row.kind].is_terminal(row.state):
        run.out.say(f"next: sovbank multisig new {row.id[:_SHORT]} -o FILE")
    give_operation(run, row)


def give_proposed(run: Run, rows: Sequence[OperationRow], *, result: Mapping[str, Any] | None = None) -> None:
    """Give recorded operations as the outcome, with the command that makes each account's bundle."""
    from sovbank.ceremony.limits import MAX_TRANSACTIONS
    from sovbank.cli.operation_view import operation_data

    commands: list[list[str]] = []
    for account in dict.fromkeys(row.parameters["account"] for row in rows):
        ids = [row.id for row in rows if row.parameters["account"] == account]
        commands += [ids[at : at + MAX_TRANSACTIONS] for at in range(0, len(ids), MAX_TRANSACTIONS)]
    if not rows:
        run.out.say("Nothing is left to do: the ledger is as the profile says.")
    for row in rows:
        run.out.say(f"recorded: {row.parameters['account']}: {row.facts.get('title', row.kind.value)}")
    for ids in commands:
        run.out.say(f"next: sovbank multisig new {' '.join(one[:_SHORT] for one in ids)} -o FILE")
    run.out.result(
        result={
            **(result or {}),
            "proposed": [operation_data(row) for row in rows],
            "ceremonies": commands,
        }
    )
