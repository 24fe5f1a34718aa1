"""A group of commands that end in every way a command can."""

from __future__ import annotations

from decimal import Decimal

import typer

from sovbank.cli.context import current
from sovbank.errors.base import PolicyRefused, Waiting

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class NoReserves(PolicyRefused):
    """There are no reserves."""

    code = "test.no-reserves"
    default_next_step = "Attest the reserves."


class NobodyApproved(Waiting):
    """Nobody has approved."""

    code = "test.waiting"
    default_next_step = "Let an approver act."


@app.command()
def done(ctx: typer.Context, note: str = "") -> None:
    """Finish."""
    run = current(ctx)
    run.out.say("a message")
    run.out.detail("a particular")
    run.out.result(
        operation={"id": "ab" * 32},
        result={"amount": Decimal("1000000.50"), "note": note},
        human=lambda out: out.panel("Done", [("amount", Decimal("1000000.5")), ("note", note)]),
    )


@app.command()
def quiet(ctx: typer.Context) -> None:
    """Finish without a result."""
    assert current(ctx).options is not None


@app.command()
def refuse(ctx: typer.Context, text: str = "there are none") -> None:
    """Refuse."""
    raise NoReserves(text, details={"asset": "FTHUSD"})


@app.command()
def wait(ctx: typer.Context) -> None:
    """Have a result, and wait."""
    current(ctx).out.result(result={"id": "1"}, human=lambda out: out.line("held"))
    raise NobodyApproved("nobody has approved", waiting_for="approver")


@app.command()
def crash(ctx: typer.Context) -> None:
    """Fail unforeseen."""
    raise KeyError("sEcReT-canary")


@app.command()
def stop(ctx: typer.Context) -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


@app.command()
def ask(ctx: typer.Context, person: bool = False) -> None:
    """Ask."""
    run = current(ctx)
    run.prompt.confirm(
        ["1,000,000.00 FTHUSD to \u202ethe treasury"], question="Sign?", yes_allowed=not person
    )
    agreed = run.prompt.agreement
    data = {"signed": True, "how": agreed.how, "screen_sha256": agreed.screen_sha256, "login": agreed.login}
    run.out.result(result=data, human=lambda out: out.line("signed"))


@app.command()
def options(ctx: typer.Context) -> None:
    """Show the options of the run."""
    chosen = current(ctx).options
    current(ctx).out.result(
        result={
            "profile": chosen.profile,
            "yes": chosen.yes,
            "dry_run": chosen.dry_run,
            "quiet": chosen.quiet,
        }
    )
