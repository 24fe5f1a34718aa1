"""What `sovbank multisig` writes: bundles line by line, what was collected, and the open ceremonies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.cli.render import Output
    from sovbank.operations.house import House
    from sovbank.operations.multisig.collecting import Collected
    from sovbank.operations.multisig.submission import Ceremony


def show_lines(out: Output, lines: list[str]) -> None:
    """Write the lines of a screen as the result."""
    for text in lines:
        out.line(text)


def say_lines(run: Run, lines: list[str]) -> None:
    """Write the lines of a screen as messages."""
    for text in lines:
        run.out.say(text)


def tell_collected(run: Run, house: House, collected: Collected) -> None:
    """Say what was collected and what is missing."""
    from sovbank.cli.bundle_view import bundle_lines
    from sovbank.cli.freeze_view import complete_line
    from sovbank.operations.issuer.freeze_order import is_prepared

    say_lines(run, bundle_lines(house, collected.bundle, drift=collected.drift))
    for text in collected.left_out:
        run.out.warn(f"left out: {text}")
    if collected.is_complete:
        first = collected.bundle.purpose.operations[0]
        ready = f"Complete. Submit it with: sovbank multisig submit {first.id[:16]}"
        run.out.say(complete_line(first.id) if is_prepared(first) else ready)


def show_ceremonies(run: Run, found: list[Ceremony]) -> None:
    """Write the open ceremonies as a table."""
    from sovbank.cli.freeze_view import drawer_lines
    from sovbank.cli.render import Column
    from sovbank.operations.issuer.freeze_order import kind_of

    if not found:
        run.out.line("Nothing waits for signatures.")
        return
    rows = [
        [
            one.operation.id[:16],
            kind_of(one.operation),
            one.operation.reference,
            f"{one.weight} of {one.quorum}",
            ", ".join(one.missing),
            max(one.ledgers_left, 0),
        ]
        for one in found
    ]
    columns: list[Column | str] = ["operation", "kind", "reference", "weight"]
    more = [Column("can still sign", wrap=True), Column("ledgers left", right=True)]
    run.out.table([*columns, *more], rows)
    for text in drawer_lines(found):
        run.out.line(text)
