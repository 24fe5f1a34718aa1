"""`sovbank treasury`: pay customers from the treasury, and see what the bank's accounts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current
from sovbank.cli.proposed_view import Propose, give_recorded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from sovbank.cli.render import Output
    from sovbank.operations.treasury import AccountBalances

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def distribute(
    ctx: typer.Context,
    asset: Annotated[str, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")],
    amount: Annotated[str, typer.Option("--amount", help="Plain digits, for example 125000.50.")],
    to: Annotated[str, typer.Option("--to", help="Address of the whitelisted customer.")],
    deposit: Annotated[str, typer.Option("--deposit", help="Bank reference of the deposit it comes from.")],
    reference: Annotated[str, typer.Option("--reference", help="Your reference; one payment each.")],
    tag: Annotated[
        int | None, typer.Option("--tag", help="Destination tag, if the customer wants one.")
    ] = None,
    propose: Propose = False,
) -> None:
    """Pay a customer against what is left of a booked deposit."""
    from sovbank.cli.dry_run import give_preview
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.ids import check_reference
    from sovbank.core.money import format_amount, parse_amount
    from sovbank.operations import treasury
    from sovbank.wire.addresses import decode_address

    run = current(ctx)
    decode_address(to)
    order = treasury.Distribution(
        asset=asset,
        amount=parse_amount(amount),
        destination=to,
        deposit=check_reference(deposit),
        reference=check_reference(reference),
        destination_tag=tag,
    )
    if run.options.dry_run:
        give_preview(run, treasury.preview(house_of(run), order))
        return
    named, verb = f"{format_amount(order.amount)} {asset}", "Propose" if propose else "Sign"
    run.prompt.confirm(
        [f"{named} from the treasury to {to}", f"against deposit {deposit}, reference {reference}"],
        question=f"{verb} this payment on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    if propose:
        give_recorded(run, treasury.propose(house_of(run), order))
        return
    with run.out.step("paying the customer") as step:
        operation = treasury.distribute(house_of(run), order)
        step.done(f"{named} paid in ledger {operation.facts['validated_ledger']}")
    give_operation(run, operation)


@app.command()
def balances(ctx: typer.Context) -> None:
    """Show tokens, XRP and tickets of the bank's accounts."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import treasury

    run = current(ctx)
    with run.out.working("reading the accounts"):
        rows = treasury.balances(house_of(run))
    run.out.result(result={"accounts": list(rows)}, human=lambda out: _show(out, rows))


def _show(out: Output, rows: Sequence[AccountBalances]) -> None:
    from decimal import Decimal

    from sovbank.cli.render import Column
    from sovbank.core.money import format_amount

    table = []
    for row in rows:
        tokens = ", ".join(_holding(asset, amount) for asset, amount in row.tokens) or "none"
        xrp, reserve = (
            format_amount(Decimal(drops).scaleb(-6)) for drops in (row.xrp_drops, row.reserve_drops)
        )
        table.append([row.name, row.address, tokens, xrp, reserve, row.tickets])
    columns: list[Column | str] = [
        "account",
        "address",
        Column("tokens", right=True),
        Column("XRP", right=True),
        Column("of it reserve", right=True),
        Column("tickets", right=True),
    ]
    out.table(columns, table)


def _holding(asset: str, amount: Decimal) -> str:
    from sovbank.operations.reconcile import exact

    return f"owes {exact(-amount)} {asset}" if amount < 0 else f"{exact(amount)} {asset}"
