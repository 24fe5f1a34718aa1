"""`sovbank demo`: a whole regulated issuance on a devnet of its own, from an empty directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current

if TYPE_CHECKING:
    from sovbank.cli.demo.stage import Stage
    from sovbank.cli.render import Output

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def demo(
    ctx: typer.Context,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Play in this new directory and leave everything there.")
    ] = None,
) -> None:
    """Rehearse a whole issuance: set up, mint, distribute, redeem, burn, reconcile."""
    from sovbank.cli.demo.stage import set_stage
    from sovbank.cli.demo.story import Story
    from sovbank.cli.reconcile import result_data, show_results

    run = current(ctx)
    with run.out.working("starting a devnet"), set_stage(run, keep=keep) as stage:
        story = Story(stage, run.out)
        closing = story.tell()
        run.out.result(
            result={
                "steps": story.record.steps,
                "refusals": story.record.refusals,
                "reconciliation": result_data(closing),
                "kept": str(stage.home) if keep is not None else None,
            },
            human=lambda out: show_results(out, [closing]),
        )
        if keep is not None and not run.out.json:
            _say_how(run.out, stage)


def _say_how(out: Output, stage: Stage) -> None:
    out.line("")
    out.heading("The devnet still runs. To look around:")
    for text in (
        f"export SOVBANK_HOME={stage.home} SOVBANK_PROFILE=demo",
        f"export SOVBANK_PASSPHRASE_FILE={stage.passphrase_file}",
        "sovbank treasury balances",
        "sovbank ops list",
        "sovbank devnet down",
    ):
        out.line(f"  {text}")
