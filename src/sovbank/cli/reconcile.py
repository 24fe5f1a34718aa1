"""`sovbank reconcile`: bank, control plane, XRP Ledger and journal side by side; exit 14 on a break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sovbank.cli.context import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sovbank.cli.render import Output
    from sovbank.operations.reconcile import AssetReconciliation

_STALE = {True: "", False: ", for want of a fresh attestation"}

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def reconcile(ctx: typer.Context) -> None:
    """Compare bank, control plane, XRP Ledger and journal, per asset; exit 14 on a break."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import reconcile as reconciliation

    run = current(ctx)
    with run.out.working("reading all four sides"):
        results = reconciliation.reconcile(house_of(run))
    run.out.result(
        result={"assets": [result_data(result) for result in results]},
        human=lambda out: show_results(out, results),
    )
    reconciliation.refuse_breaks(results)


def result_data(result: AssetReconciliation) -> dict[str, object]:
    """Return one asset's reconciliation for ``--json``."""
    from dataclasses import asdict

    sums = {
        "in_treasury": result.in_treasury,
        "in_redemption": result.in_redemption,
        "redeemable": result.redeemable,
    }
    return {**asdict(result), **sums, "balanced": not result.breaks}


def show_results(out: Output, results: Sequence[AssetReconciliation]) -> None:
    """Write the four sides of every asset, then who holds what."""
    for result in results:
        _show_asset(out, result)


def _show_asset(out: Output, result: AssetReconciliation) -> None:
    from sovbank.cli.render import Column
    from sovbank.operations.reconcile import exact

    sides = [
        ["bank", "deposits behind mints, less redemptions", exact(result.bank)],
        ["control plane", "MintGuard's confirmed mints, less burns", exact(result.control_plane)],
        ["XRP Ledger", "what the issuer's trust lines owe", exact(result.ledger)],
        ["journal", "final mints, less final burns", exact(result.journal)],
    ]
    verdict = "balanced" if not result.breaks else "DOES NOT BALANCE"
    out.table(
        ["side", "counted from", Column(result.asset, right=True)],
        sides,
        title=f"{result.asset}: {verdict}",
    )
    out.line("")
    holders = [[holding.holder, holding.account, exact(holding.amount)] for holding in result.holdings]
    out.table(["holder", "account", Column("holds", right=True)], holders)
    out.line("")
    out.panel(
        None,
        [
            ("redeemable by customers", exact(result.redeemable)),
            ("in the treasury", f"{exact(result.in_treasury)}, minted and not redeemable"),
            ("being redeemed", exact(result.in_redemption)),
            ("attested capacity", exact(result.capacity) + _STALE[result.attestation_fresh]),
            ("not yet on MintGuard", exact(result.under_way)),
        ],
    )
    for text in result.breaks:
        out.paragraph(f"BREAK  {text}")
