"""`sovbank trustlines`: the bank's own lines, authorisation by the issuer, and what the ledger shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import Run, current
from sovbank.cli.proposed_view import Propose, give_proposed

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.core.machine import Kind
    from sovbank.operations.planned import Plan
    from sovbank.operations.trustlines import LineView

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Asset = Annotated[str, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")]


@app.command("set")
def set_limit(
    ctx: typer.Context,
    asset: Asset,
    account: Annotated[str, typer.Option("--account", help="Name of the bank's account in the profile.")],
    limit: Annotated[str, typer.Option("--limit", help="The most that the account will hold.")],
    propose: Propose = False,
) -> None:
    """Open or change the trust line of one of the bank's accounts."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.machine import Kind
    from sovbank.core.money import parse_amount
    from sovbank.operations import trustlines

    run = current(ctx)
    made = trustlines.plan_limit(house_of(run), asset, account, parse_amount(limit))
    already = f"The trust limit of {account} is {limit} {asset} already."
    _apply(run, made, Kind.TRUST_LINE, already=already, propose=propose)


@app.command()
def authorize(
    ctx: typer.Context,
    asset: Asset,
    holder: Annotated[str, typer.Option("--holder", help="Address of the whitelisted holder.")],
    propose: Propose = False,
) -> None:
    """Authorise a holder's trust line, before or after it is opened."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.machine import Kind
    from sovbank.operations import trustlines

    run = current(ctx)
    made = trustlines.plan_authorization(house_of(run), asset, holder)
    already = f"The trust line of {holder} is authorised already."
    _apply(run, made, Kind.AUTHORIZE, already=already, propose=propose)


@app.command("list")
def list_lines(ctx: typer.Context, asset: Asset) -> None:
    """List the trust lines of the asset's issuer. The largest holder comes first."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import trustlines

    run = current(ctx)
    with run.out.working("reading the trust lines"):
        lines = trustlines.lines_of(house_of(run), asset)
    run.out.result(result={"asset": asset, "lines": list(lines)}, human=lambda out: _show(out, asset, lines))


def _apply(run: Run, made: Plan | None, kind: Kind, *, already: str, propose: bool) -> None:
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import trustlines
    from sovbank.operations.shown import close_shown

    if made is None:
        if not run.options.dry_run:
            close_shown(house_of(run), kind)
        run.out.result(result={"changed": False}, human=lambda out: out.line(already))
        return
    step = made.steps[0]
    if run.options.dry_run:
        text = f"Nothing was signed or sent. It would {step.title}."
        run.out.result(result={"dry_run": True, "step": step.title}, human=lambda out: out.paragraph(text))
        return
    if propose:
        give_proposed(run, trustlines.propose(house_of(run), made, kind), result={"changed": False})
        return
    run.prompt.confirm(
        [f"{step.account}: {step.title}", f"plan {made.digest}"],
        question=f"Sign this on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    with run.out.step(step.title) as shown:
        operation = trustlines.apply(house_of(run), made, kind)
        shown.done(f"{step.title}, ledger {operation.facts['validated_ledger']}")
    give_operation(run, operation, result={"changed": True})


def _show(out: Output, asset: str, lines: tuple[LineView, ...]) -> None:
    from sovbank.cli.render import Column
    from sovbank.operations.reconcile import exact

    if not lines:
        out.line(f"Nobody has a trust line for {asset}.")
        return
    rows = []
    for line in lines:
        rows.append([line.name, line.holder, exact(line.balance), _state(line)])
    columns: list[Column | str] = ["name", "holder", Column("balance", right=True), "state"]
    out.table(columns, rows, title=f"Trust lines of {asset}")


def _state(line: LineView) -> str:
    if line.deep_frozen:
        return "deep frozen"
    if line.frozen:
        return "frozen"
    return "authorised" if line.authorized else "NOT authorised"
