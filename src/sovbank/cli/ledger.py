"""`sovbank ledger`: the journal's audit log. Make it, read it, verify it, hand it to an auditor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sovbank.cli.context import Run, current

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.journal.verify import Anchor, Verified

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_PAGE = 1000


@app.command()
def init(
    ctx: typer.Context,
    actor: Annotated[str | None, typer.Option(help="Who makes it; the login name by default.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Postgres role that may add to the log and not change it.")
    ] = None,
) -> None:
    """Make the journal of the profile. One that is there already stays as it is."""
    from sovbank.cli.login import login_name
    from sovbank.cli.wiring.ledger import init_journal

    run = current(ctx)
    head, made = init_journal(run, actor=actor or login_name(), role=role)
    data = {"made": made, "log_id": head.log_id, "rows": head.seq, "head": head.hash}
    pairs = [("journal", "made" if made else "was there already"), *_position(data)]
    run.out.result(result=data, human=lambda out: out.panel("Audit log", pairs))


@app.command()
def log(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many rows.")] = 20,
    operation: Annotated[
        str | None, typer.Option("--operation", "-o", help="Only rows of this operation (8 or more digits).")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="One by one, with all that each row says.")] = False,
) -> None:
    """Show the newest rows of the audit log, oldest first."""
    from sovbank.cli.log_view import log_row, show_log, show_rows
    from sovbank.cli.wiring.ledger import journal_reader
    from sovbank.journal import readings

    run = current(ctx)
    with journal_reader(run) as reader, reader.snapshot() as query:
        wanted = readings.operation(query, operation).id if operation is not None else None
        found = readings.newest_log_rows(query, limit=limit, operation_id=wanted)
    rows = [log_row(*one) for one in found]

    def human(out: Output) -> None:
        if full:
            show_rows(out, rows)
        else:
            show_log(out, rows, of_one=operation is not None)

    run.out.result(result={"rows": rows}, human=human)


@app.command()
def verify(
    ctx: typer.Context,
    anchor: Annotated[
        list[str] | None,
        typer.Option("--anchor", help="A position known from elsewhere, as ROW:HASH; can be repeated."),
    ] = None,
    most_tail: Annotated[
        int | None, typer.Option("--most-tail", min=0, help="How many rows may follow the last anchor.")
    ] = None,
) -> None:
    """Verify the audit log and every record that it vouches for. Exit status 10 to 13 says what is wrong."""
    from sovbank.cli.wiring.ledger import verify_log

    run = current(ctx)
    anchors = [_anchor(text) for text in anchor or ()]
    with run.out.step("verifying the audit log") as step:
        verified = verify_log(run, anchors=anchors, most_tail=most_tail)
        step.done(f"all {verified.head.seq} rows are as they were written")
    _give_verified(run, verified)


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="File to write, or - for stdout.")],
) -> None:
    """Write the rows of the audit log. One a line, as they are stored, for an auditor's verifier."""
    from sovbank.cli.wiring.ledger import journal_reader

    run = current(ctx)
    with journal_reader(run) as reader:
        if file == "-":
            last = {"rows": _copy(reader, lambda row: run.out.piece(row.decode()))}
        else:
            from sovbank.cli.files import new_private_file

            with new_private_file(Path(file)) as target:
                last = {"rows": _copy(reader, lambda row: target.write(row + b"\n"))}
    run.out.result(result={"file": file, **last})
    run.out.say(
        f"{last['rows']} rows written. Compare the head that a verifier prints with one noted elsewhere."
    )


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Bring a journal's tables up to date. They get this program's version."""
    from sovbank.cli.wiring.ledger import migrate_journal

    run = current(ctx)
    with run.out.step("bringing the tables up to date") as step:
        migrate_journal(run)
        step.done("the tables are of this program's version")
    run.out.result(result={"migrated": True})


def _give_verified(run: Run, verified: Verified) -> None:
    head = verified.head
    data = {
        "log_id": head.log_id,
        "rows": head.seq,
        "head": head.hash,
        "rows_after_last_anchor": verified.tail,
        "records": verified.records,
        "erased_bodies": verified.erased,
    }
    pairs = [
        *_position(data),
        ("after the last anchor", f"{verified.tail} rows"),
        ("records vouched for", verified.records),
        ("erased bodies", verified.erased),
    ]
    run.out.result(result=data, human=lambda out: out.panel("Audit log", pairs))


def _position(data: dict[str, Any]) -> list[tuple[str, Any]]:
    return [("log", data["log_id"]), ("rows", data["rows"]), ("head", data["head"])]


def _anchor(text: str) -> Anchor:
    from sovbank.errors.cli import CommandLineWrong
    from sovbank.journal.verify import Anchor

    row, _, digest = text.partition(":")
    if not (row.isascii() and row.isdigit() and len(row) < 16 and len(digest) == 64):
        raise CommandLineWrong(f"not an anchor: {text[:100]!r}", next_step="Write it as ROW:HASH.")
    return Anchor(int(row), digest.lower())


def _copy(reader: Any, write: Any) -> int:
    """Hand every row to ``write``, a page at a time; return how many there were."""
    from sovbank.journal import readings

    last = 0
    while True:
        with reader.snapshot() as query:
            page = readings.log_rows(query, after=last, limit=_PAGE)
        for seq, _, data in page:
            write(data)
            last = seq
        if len(page) < _PAGE:
            return last
