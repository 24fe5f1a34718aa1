"""`sovbank burn`: open a redemption, find the holder's payment, burn the tokens and record it."""

from __future__ import annotations

from typing import Annotated

import typer

from sovbank.cli.context import current

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Asset = Annotated[str, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")]
Amount = Annotated[str, typer.Option("--amount", help="Plain digits, for example 20000.00.")]
Subject = Annotated[str, typer.Argument(help="Operation id; 8 or more digits of it are enough.")]


@app.command()
def request(
    ctx: typer.Context,
    asset: Asset,
    amount: Amount,
    holder: Annotated[str, typer.Option("--holder", help="Address that will pay the tokens back.")],
    reference: Annotated[str, typer.Option("--reference", help="Your reference; one redemption each.")],
) -> None:
    """Open a redemption: the account and tag to which the holder pays."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.ids import check_reference
    from sovbank.core.money import parse_amount
    from sovbank.operations import burn
    from sovbank.wire.addresses import decode_address

    run = current(ctx)
    refuse_dry_run(run, "a redemption")
    decode_address(holder)
    house = house_of(run)
    order = burn.Redemption(asset, parse_amount(amount), holder, check_reference(reference))
    operation = burn.request(house, order)
    pay_to = house.redemption_of(asset).address
    give_operation(run, operation, result={"pay_to": pay_to}, more=[("pay to", pay_to)])


@app.command()
def receive(ctx: typer.Context, subject: Subject) -> None:
    """Find the holder's payment; exit 15 while it has not arrived."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import burn

    run = current(ctx)
    refuse_dry_run(run, "a receipt")
    with run.out.step("looking for the holder's payment") as step:
        operation = burn.receive(house_of(run), subject)
        step.done(f"received in transaction {operation.facts['receipt_tx']}")
    give_operation(run, operation)


@app.command()
def execute(ctx: typer.Context, subject: Subject) -> None:
    """Pay the tokens back to the issuer and record the burn."""
    from sovbank.cli.dry_run import give_preview
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.money import format_amount, parse_amount
    from sovbank.operations import burn

    run = current(ctx)
    house = house_of(run)
    if run.options.dry_run:
        give_preview(run, burn.preview(house, subject))
        return
    operation = burn.find_burn(house, subject)
    burn.refuse_unreceived(operation)
    amount = format_amount(parse_amount(operation.parameters["amount"]))
    run.prompt.confirm(
        [
            f"burn {amount} {operation.parameters['asset']}",
            f"received from {operation.parameters['holder']}",
            f"operation {operation.id}",
        ],
        question=f"Sign this on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    with run.out.step("burning") as step:
        operation = burn.execute(house, operation.id)
        step.done(f"the redemption is {operation.state.value}")
    give_operation(run, operation)


@app.command("run")
def run_all(ctx: typer.Context, subject: Subject) -> None:
    """Receive, burn and record, as far as the keys here allow."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import burn

    run = current(ctx)
    refuse_dry_run(run, "a whole redemption")
    with run.out.step("looking for the holder's payment") as step:
        operation = burn.receive(house_of(run), subject)
        step.done(f"received in transaction {operation.facts['receipt_tx']}")
    execute(ctx, operation.id)
