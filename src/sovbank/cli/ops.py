"""`sovbank ops`: operations of every kind. List them, look at one, take one up again, hand one on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sovbank.cli.ceremony_view import show_lines
from sovbank.cli.context import Run, current

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.journal.port import AttemptRow, OperationRow

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Subject = Annotated[str, typer.Argument(help="Operation id (8 or more digits).")]


@app.command("list")
def list_operations(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option("--kind", help="Only this kind, for example mint.")] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", "-u", help="Only what is neither posted nor cancelled.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many.")] = 50,
) -> None:
    """List operations, newest first."""
    from sovbank.cli.operation_view import operation_data
    from sovbank.cli.wiring.ledger import journal_reader
    from sovbank.journal import readings

    run = current(ctx)
    wanted = _kind(kind)
    with journal_reader(run) as reader, reader.snapshot() as query:
        rows = readings.operations(query, kind=wanted, unfinished=unfinished, limit=limit)
    run.out.result(
        result={"operations": [operation_data(row) for row in rows]}, human=lambda out: _show_list(out, rows)
    )


@app.command()
def show(
    ctx: typer.Context,
    operation: Subject,
    report: Annotated[
        bool, typer.Option("--report", help="The whole transcript for an auditor; the log is verified.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="With --report: a file to write it to.")
    ] = None,
) -> None:
    """Show one operation with its attempts, signatures and log rows."""
    from sovbank.cli.log_view import log_row, show_log
    from sovbank.cli.operation_view import operation_data, show_operation
    from sovbank.cli.wiring.ledger import journal_reader
    from sovbank.journal import readings

    run = current(ctx)
    if report or output is not None:
        _give_report(run, operation, output, report=report)
        return
    with journal_reader(run) as reader, reader.snapshot() as query:
        row = readings.operation(query, operation)
        attempts = readings.attempts(query, row.id)
        signers = {
            attempt.number: [one.signer for one in readings.signatures(query, row.id, attempt.number)]
            for attempt in attempts
        }
        found = readings.newest_log_rows(query, limit=1000, operation_id=row.id)
    log = [log_row(*one) for one in found]

    def human(out: Output) -> None:
        show_operation(out, row, more=[("created by", row.created_by), ("created", row.created_at)])
        _show_attempts(out, attempts, signers)
        out.line()
        show_log(out, log, of_one=True)

    data = [_attempt_data(attempt, signers[attempt.number]) for attempt in attempts]
    run.out.result(operation=operation_data(row), result={"attempts": data, "log": log}, human=human)


@app.command()
def resume(ctx: typer.Context, operation: Subject) -> None:
    """Take an operation as far as the keys here allow. What was signed already is sent again unchanged."""
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import resume as steps

    run = current(ctx)
    with run.out.step("taking the operation up again") as step:
        row = steps.resume(house_of(run), operation)
        step.done(f"the {row.kind.value} is {row.state.value}")
    give_operation(run, row)


@app.command()
def cancel(ctx: typer.Context, operation: Subject) -> None:
    """Give an operation up for good, once validated ledgers prove that nothing of it can apply."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.multisig.abandoning import abandon

    run = current(ctx)
    refuse_dry_run(run, "a cancellation")
    with run.out.step("looking at validated ledgers for what can still apply") as step:
        row = abandon(house_of(run), operation)
        step.done(f"the {row.kind.value} is {row.state.value}; its reference is used up")
    give_operation(run, row)


@app.command()
def export(
    ctx: typer.Context,
    operation: Subject,
    file: Annotated[str, typer.Argument(help="File to write; stdout by default.")] = "-",
) -> None:
    """Write an operation as a file for another officer's machine."""
    from sovbank.cli.operation_view import operation_data
    from sovbank.cli.wiring.ledger import journal_reader
    from sovbank.journal import readings
    from sovbank.journal.exchange import export_operation

    run = current(ctx)
    with journal_reader(run) as reader, reader.snapshot() as query:
        row = readings.operation(query, operation)
        data = export_operation(row, log=readings.head(query))
    if file == "-":
        run.out.piece(data.decode())
    else:
        from sovbank.cli.files import new_private_file

        with new_private_file(Path(file)) as target:
            target.write(data)
        run.out.say(f"{row.kind.value} {row.id} written to {file}")
    run.out.result(operation=operation_data(row), result={"file": file, "export": data.decode().rstrip("\n")})


@app.command("import")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `sovbank ops export` wrote on the other machine.")],
) -> None:
    """Take over an operation from another's file. It is compared with the control plane first."""
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.exchange import import_operation

    run = current(ctx)
    with run.out.step("comparing the file with the control plane") as step:
        row = import_operation(house_of(run), file)
        step.done(f"the {row.kind.value} is {row.state.value}")
    give_operation(run, row)


def _give_report(run: Run, operation: str, output: Path | None, *, report: bool) -> None:
    from sovbank.cli.files import new_private_file
    from sovbank.cli.report import read_transcript, transcript_data
    from sovbank.cli.report_view import report_lines
    from sovbank.errors.cli import CommandLineWrong

    if not report:
        raise CommandLineWrong("--output goes with --report")
    told, fault = read_transcript(run, operation)
    lines = report_lines(told)
    if output is not None:
        with new_private_file(output) as target:
            target.write("".join(f"{line}\n" for line in lines).encode())
        run.out.say(f"the transcript of {told.title} is in {output}")
    run.out.result(
        result={**transcript_data(told), "report": "\n".join(lines)},
        human=lambda out: show_lines(out, [] if output is not None else lines),
    )
    if fault is not None:
        raise fault


def _kind(name: str | None) -> Any:
    from sovbank.core.machine import Kind
    from sovbank.errors.cli import CommandLineWrong

    if name is None:
        return None
    try:
        return Kind(name)
    except ValueError as error:
        known = ", ".join(kind.value for kind in Kind)
        raise CommandLineWrong(
            f"no kind of operation is called {name[:40]!r} (there are: {known})"
        ) from error


def _show_list(out: Output, rows: list[OperationRow]) -> None:
    from sovbank.cli.render import Column

    if not rows:
        out.line("There are no such operations.")
        return
    table = [
        [
            row.id[:16],
            row.kind.value,
            row.state.value,
            _amount(row),
            row.reference,
            row.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        ]
        for row in rows
    ]
    columns: list[Column | str] = ["operation", "kind", "state", Column("amount", right=True), "reference"]
    out.table([*columns, "created (UTC)"], table)


def _amount(row: OperationRow) -> str:
    from sovbank.core.money import format_amount, parse_amount

    amount = row.parameters.get("amount")
    if amount is None:
        return ""
    return f"{format_amount(parse_amount(amount))} {row.parameters.get('asset', '')}".rstrip()


def _show_attempts(out: Output, attempts: list[AttemptRow], signers: dict[int, list[str]]) -> None:
    for attempt in attempts:
        slot = f"ticket {attempt.ticket}" if attempt.ticket is not None else f"sequence {attempt.sequence}"
        pairs: list[tuple[str, Any]] = [
            ("state", attempt.state.value),
            ("account", f"{attempt.account}, {slot}"),
            ("ledgers", f"{attempt.first_ledger} to {attempt.last_ledger}"),
            ("signed by", ", ".join(signers[attempt.number]) or "nobody yet"),
        ]
        if attempt.tx_hash is not None:
            pairs.append(("transaction", attempt.tx_hash))
        if attempt.result is not None:
            pairs.append(("result", f"{attempt.result}, known at ledger {attempt.validated_ledger}"))
        out.line()
        out.panel(f"Attempt {attempt.number}", pairs)


def _attempt_data(attempt: AttemptRow, signers: list[str]) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "state": attempt.state.value,
        "account": attempt.account,
        "ticket": attempt.ticket,
        "sequence": attempt.sequence,
        "first_ledger": attempt.first_ledger,
        "last_ledger": attempt.last_ledger,
        "unsigned": attempt.unsigned,
        "blob": attempt.blob,
        "tx_hash": attempt.tx_hash,
        "result": attempt.result,
        "validated_ledger": attempt.validated_ledger,
        "signers": signers,
    }
