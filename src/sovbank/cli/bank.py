"""`sovbank bank`: book the entries of statements and list them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sovbank.cli.render import Output
    from sovbank.journal.books import BankEntry

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("import")
def import_statement(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The statement, as the bank gave it.")],
    format_name: Annotated[str, typer.Option("--format", help="Format of the file: csv.")] = "csv",
) -> None:
    """Book every entry of a statement, or none. A statement imported twice changes nothing."""
    from sovbank.bank.readers import statement_reader
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import bank

    run = current(ctx)
    refuse_dry_run(run, "an import")
    with run.out.step("reading the statement") as step:
        done = bank.import_statement(
            house_of(run), statement_reader(format_name), bank.read_file(file), source=file.name, actor="bank"
        )
        step.done(f"{done.outcome.new} new entries, {done.outcome.known} known already")
    run.out.result(
        result={"sha256": done.outcome.sha256, "new": done.outcome.new, "known": done.outcome.known},
        human=lambda out: _show(out, done.entries),
    )


@app.command()
def entries(ctx: typer.Context) -> None:
    """List the booked entries."""
    from sovbank.cli.wiring.house import house_of

    run = current(ctx)
    rows = house_of(run).books.bank_entries()
    run.out.result(result={"entries": [_data(row) for row in rows]}, human=lambda out: _show(out, rows))


def _data(row: BankEntry) -> dict[str, object]:
    from sovbank.core.money import from_micro

    return {
        "reference": row.reference,
        "account": row.account,
        "booked_on": row.booked_on,
        "direction": row.direction.value,
        "amount": from_micro(row.amount_micro),
        "currency": row.currency,
        "counterparty": row.counterparty,
        "remittance": row.remittance,
    }


def _show(out: Output, rows: Sequence[BankEntry]) -> None:
    from sovbank.cli.render import Column
    from sovbank.core.money import format_amount, from_micro

    if not rows:
        out.line("No entries are booked.")
        return
    table = [
        [
            row.booked_on,
            row.reference,
            row.direction.value,
            format_amount(from_micro(row.amount_micro)),
            row.currency,
            row.counterparty,
        ]
        for row in rows
    ]
    columns: list[Column | str] = [
        "booked",
        "reference",
        "direction",
        Column("amount", right=True),
        "currency",
        "counterparty",
    ]
    out.table(columns, table)
