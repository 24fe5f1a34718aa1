"""`sovbank kyc`: admit customers, and see what both sides say of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current

if TYPE_CHECKING:
    from datetime import date

    from sovbank.cli.render import Output
    from sovbank.operations.kyc import Standing

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def whitelist(
    ctx: typer.Context,
    kyc_id: Annotated[str, typer.Option("--kyc-id", help="The case at the KYC provider.")],
    name: Annotated[str, typer.Option("--name", help="The customer's name.")],
    account: Annotated[str, typer.Option("--account", help="The customer's XRP Ledger address.")],
    expires: Annotated[str, typer.Option("--expires", help="Last day of validity, 2027-11-21.")],
    tier: Annotated[str, typer.Option("--tier", help="low, medium or high; internal for the bank.")] = "low",
    officer: Annotated[str | None, typer.Option("--officer", help="Who acts, where several could.")] = None,
) -> None:
    """Whitelist a customer's account and keep the record."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.ids import check_reference
    from sovbank.operations import kyc

    run = current(ctx)
    refuse_dry_run(run, "an admission")
    admission = kyc.Admission(check_reference(kyc_id), name, tier, _day(expires), account)
    with run.out.step("whitelisting the customer") as step:
        operation = kyc.whitelist(house_of(run), admission, officer=officer)
        step.done(f"{name} is whitelisted until {admission.expires_on}")
    give_operation(run, operation)


@app.command()
def show(ctx: typer.Context, customer: Annotated[str, typer.Argument(help="KYC case or address.")]) -> None:
    """Show what the books and the control plane say of a customer."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import kyc

    run = current(ctx)
    with run.out.working("reading the control plane"):
        found = kyc.standing(house_of(run), customer)
    run.out.result(result={"standing": found}, human=lambda out: _show(out, found))


def _day(text: str) -> date:
    from datetime import date

    from sovbank.errors.cli import CommandLineWrong

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandLineWrong(f"not a day like 2027-11-21: {text!r}") from error


def _show(out: Output, found: Standing) -> None:
    pairs: list[tuple[str, object]] = [("account", found.account)]
    if found.customer is not None:
        pairs += [
            ("name", found.customer.name),
            ("KYC case", found.customer.kyc_id),
            ("valid until", found.customer.expires_on),
        ]
    pairs += [("whitelisted", "yes" if found.whitelisted else "NO"), ("tier", found.tier)]
    out.panel("Customer", pairs)
