"""`sovbank mint`: request, approve, execute and confirm, or all steps at once; extend and cancel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import Run, current

if TYPE_CHECKING:
    from sovbank.journal.port import OperationRow
    from sovbank.operations.mint import MintOrder

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Asset = Annotated[str, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")]
Amount = Annotated[str, typer.Option("--amount", help="Plain digits, for example 1000000.00.")]
Deposit = Annotated[str, typer.Option("--deposit", help="Bank reference of the deposit that backs it.")]
To = Annotated[str | None, typer.Option("--to", help="Customer's address, where the profile mints directly.")]
Officer = Annotated[str | None, typer.Option("--officer", help="Who acts, where several could.")]
Subject = Annotated[str, typer.Argument(help="Operation id (8 or more digits), or an exported file.")]


@app.command()
def request(
    ctx: typer.Context,
    asset: Asset,
    amount: Amount,
    deposit: Deposit,
    to: To = None,
    officer: Officer = None,
) -> None:
    """Have MintGuard hold an amount against a booked deposit. Nothing is minted yet."""
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint

    run = current(ctx)
    order = _order(run, asset, amount, deposit, to)
    if run.options.dry_run:
        _give_check(run, order)
        return
    with run.out.step("asking MintGuard to hold the amount") as step:
        operation = mint.request(house_of(run), order, officer=officer)
        step.done(f"{_shown(operation)} is {operation.state.value}")
    give_operation(run, operation)


@app.command()
def approve(ctx: typer.Context, subject: Subject, officer: Officer = None) -> None:
    """Approve a held mint as another officer. Give its id, or the file that the requester exported."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint
    from sovbank.operations.mint_record import review

    run = current(ctx)
    house = house_of(run)
    refuse_dry_run(run, "an approval")
    operation = review(house, _subject(run, subject))
    if mint.awaits_approval(house, operation):
        _confirm(run, operation, "Approve this mint?")
    with run.out.step("approving the mint on MintGuard") as step:
        operation = mint.approve(house, operation.id, officer=officer)
        step.done(f"the mint is {operation.state.value}")
    give_operation(run, operation)


@app.command()
def execute(ctx: typer.Context, subject: Subject) -> None:
    """Sign and submit the payment of an approved mint. Waits for its validation."""
    from sovbank.cli.dry_run import give_preview
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint_execution
    from sovbank.operations.mint_record import review

    run = current(ctx)
    house = house_of(run)
    if run.options.dry_run:
        give_preview(run, mint_execution.preview(house, subject))
        return
    operation = review(house, _subject(run, subject))
    if mint_execution.is_due(operation):
        _confirm(run, operation, "Sign this mint with the keys on this machine?")
    with run.out.step("minting on the XRP Ledger") as step:
        operation = mint_execution.execute(house, operation.id)
        step.done(f"minted in validated ledger {operation.facts.get('validated_ledger', '')}")
    give_operation(run, operation)


@app.command()
def confirm(ctx: typer.Context, subject: Subject, officer: Officer = None) -> None:
    """Record on MintGuard that the payment is final, and post the mint."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint_closing

    run = current(ctx)
    refuse_dry_run(run, "a confirmation")
    with run.out.step("confirming the mint on MintGuard") as step:
        operation = mint_closing.confirm(house_of(run), _subject(run, subject), officer=officer)
        step.done(f"the mint is {operation.state.value}")
    give_operation(run, operation)


@app.command()
def extend(ctx: typer.Context, subject: Subject, officer: Officer = None) -> None:
    """Give a mint a later expiry, as an approver. It may have expired already."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint
    from sovbank.operations.mint_record import review

    run = current(ctx)
    house = house_of(run)
    refuse_dry_run(run, "an extension")
    operation = review(house, _subject(run, subject))
    _confirm(run, operation, "Extend this mint?")
    with run.out.step("extending the request on MintGuard") as step:
        operation = mint.extend(house, operation.id, officer=officer)
        step.done(f"the request has a new expiry, the mint is {operation.state.value}")
    give_operation(run, operation)


@app.command()
def cancel(ctx: typer.Context, subject: Subject, officer: Officer = None) -> None:
    """Give up a mint that was not paid, and release its hold. Its deposit can back no other."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint_closing
    from sovbank.operations.mint_record import review

    run = current(ctx)
    house = house_of(run)
    refuse_dry_run(run, "a cancellation")
    operation = review(house, _subject(run, subject))
    _confirm(run, operation, "Cancel this mint for good?")
    with run.out.step("cancelling the mint on MintGuard") as step:
        operation = mint_closing.cancel(house, operation.id, officer=officer)
        step.done("the mint is cancelled; its deposit can back no other")
    give_operation(run, operation)


@app.command("run")
def run_all(
    ctx: typer.Context,
    asset: Asset,
    amount: Amount,
    deposit: Deposit,
    to: To = None,
    officer: Officer = None,
) -> None:
    """Take a mint through every step that the keys here allow."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint
    from sovbank.operations.resume import run_mint

    run = current(ctx)
    house = house_of(run)
    refuse_dry_run(run, "a whole mint")
    order = _order(run, asset, amount, deposit, to)
    where = f" to {to}" if to else ""
    _confirm_text(run, [f"Mint {amount} {asset}{where} against deposit {deposit}."], "Go on?")
    with run.out.step("minting") as step:
        operation = mint.request(house, order, officer=officer)
        operation = run_mint(house, operation.id)
        step.done(f"the mint of {_shown(operation)} is {operation.state.value}")
    give_operation(run, operation)


def _give_check(run: Run, order: MintOrder) -> None:
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import mint

    mint.refuse_unless_backed(house_of(run), order)
    run.out.result(
        result={"dry_run": True, "asset": order.asset, "amount": order.amount},
        human=lambda out: out.paragraph("Nothing was requested. MintGuard would hold this amount now."),
    )


def _order(run: Run, asset: str, amount: str, deposit: str, to: str | None) -> MintOrder:
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.ids import check_reference
    from sovbank.core.money import parse_amount
    from sovbank.operations.mint import MintOrder

    house_of(run).asset(asset)
    return MintOrder(asset, parse_amount(amount), check_reference(deposit), to)


def _subject(run: Run, subject: str) -> str:
    """Return the operation id; a file is imported first, which compares it with MintGuard."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.ids import is_operation_prefix

    if is_operation_prefix(subject):
        return subject
    from sovbank.operations.exchange import import_operation

    return import_operation(house_of(run), Path(subject)).id


def _confirm(run: Run, operation: OperationRow, question: str) -> None:
    about = [
        f"mint {_shown(operation)} to {operation.parameters['destination']}",
        f"against deposit {operation.reference}",
        f"operation {operation.id}",
    ]
    _confirm_text(run, about, question)


def _shown(operation: OperationRow) -> str:
    from sovbank.core.money import format_amount, parse_amount

    amount = format_amount(parse_amount(operation.parameters["amount"]))
    return f"{amount} {operation.parameters['asset']}"


def _confirm_text(run: Run, about: list[str], question: str) -> None:
    run.prompt.confirm(about, question=question, yes_allowed=run.wiring.yes_allowed)
