"""`sovbank reserves`: attest reserves on the control plane and see what is minted against them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current

if TYPE_CHECKING:
    from datetime import datetime

    from sovbank.cli.render import Output
    from sovbank.operations.reserves import ReserveStatus

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Asset = Annotated[str, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")]


@app.command()
def attest(
    ctx: typer.Context,
    asset: Asset,
    total: Annotated[str, typer.Option("--total", help="Reserves in USD, plain digits.")],
    document: Annotated[Path, typer.Option("--document", help="The statement or report that shows them.")],
    encumbered: Annotated[
        str, typer.Option("--encumbered", help="What of it is owed already: redemptions payable, returns.")
    ] = "0",
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="2026-11-21T12:00:00Z; now if left out.")
    ] = None,
) -> None:
    """Sign and submit an attestation with the reporters' keys here."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.money import parse_amount, parse_amount_or_zero
    from sovbank.operations import reserves
    from sovbank.operations.bank import read_file

    run = current(ctx)
    refuse_dry_run(run, "an attestation")
    house = house_of(run)
    attestation = reserves.Attestation(
        asset=asset,
        total=parse_amount(total),
        encumbered=parse_amount_or_zero(encumbered),
        as_of=_moment(as_of) if as_of else reserves.newest_moment(house),
        document=read_file(document),
    )
    with run.out.step("attesting the reserves") as step:
        operation = reserves.attest(house, attestation)
        step.done(f"{total} USD attested for {asset}")
    give_operation(run, operation)


@app.command()
def status(ctx: typer.Context, asset: Asset) -> None:
    """Show the last attestation and what can be minted against it."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import reserves

    run = current(ctx)
    with run.out.working("reading the control plane"):
        found = reserves.status(house_of(run), asset)
    run.out.result(
        result={"asset": asset, **_data(found)},
        human=lambda out: _show(out, found),
    )


def _moment(text: str) -> datetime:
    from datetime import UTC, datetime

    from sovbank.errors.cli import CommandLineWrong

    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise CommandLineWrong(f"--as-of is not a UTC time like 2026-11-21T12:00:00Z: {text!r}") from error


def _data(found: ReserveStatus) -> dict[str, object]:
    """Return the figures for ``--json``: amounts in units of the asset, times in UTC."""
    from datetime import UTC, datetime

    from sovbank.core.money import from_micro

    reserves, totals, latest = found.reserves, found.totals, found.latest
    return {
        "reserves": {
            "total": from_micro(reserves.total_micro),
            "encumbered": from_micro(reserves.encumbered_micro),
            "capacity": from_micro(reserves.capacity_micro),
            "as_of": datetime.fromtimestamp(reserves.as_of, UTC) if reserves.as_of else None,
            "max_age_seconds": reserves.max_age_seconds,
            "fresh": reserves.fresh,
        },
        "totals": {
            name: from_micro(getattr(totals, name))
            for name in ("confirmed", "held", "burned", "supply", "global_cap", "capacity", "available_now")
        },
        "latest": None
        if latest is None
        else {
            "total": from_micro(latest.total_micro),
            "encumbered": from_micro(latest.encumbered_micro),
            "as_of": latest.as_of,
            "document_sha256": latest.document_sha256,
            "tx_hash": latest.tx_hash,
        },
    }


def _show(out: Output, found: ReserveStatus) -> None:
    from datetime import UTC, datetime

    from sovbank.core.money import format_amount, from_micro

    reserves, totals = found.reserves, found.totals
    as_of = datetime.fromtimestamp(reserves.as_of, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    def usd(micro: int) -> str:
        return f"{format_amount(from_micro(micro))} USD"

    def token(micro: int) -> str:
        return f"{format_amount(from_micro(micro))} {found.asset}"

    freshness = "fresh" if reserves.fresh else "TOO OLD: it gives no capacity"
    out.panel(
        f"Reserves of {found.asset}",
        [
            ("attested", usd(reserves.total_micro)),
            ("of it owed", usd(reserves.encumbered_micro)),
            ("as of", f"{as_of}, {freshness}" if reserves.as_of else "never attested"),
            ("capacity", usd(totals.capacity)),
            ("supply", token(totals.supply)),
            ("held", token(totals.held)),
            ("can be minted now", token(totals.available_now)),
        ],
    )
