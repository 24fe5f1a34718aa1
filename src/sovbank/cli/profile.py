"""`sovbank profile`: make profiles, list them, show one, and check everything that one names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current

if TYPE_CHECKING:
    from sovbank.cli.render import Output

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_TEMPLATES = "devnet, standalone, testnet or mainnet"


@app.command()
def init(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Name of the new profile; the template's by default.")
    ] = None,
    template: Annotated[str, typer.Option("--template", "-t", help=f"Start from {_TEMPLATES}.")] = "devnet",
) -> None:
    """Make a profile from a template. On test networks its keys are made too, in a keystore of its own."""
    from sovbank.cli.profile_init import make_profile

    run = current(ctx)
    made = make_profile(run, template=template, name=name)
    run.out.result(
        result={"profile": made.profile.name, "path": str(made.path), "keys_made": made.keys_made},
        human=lambda out: out.panel(
            "Profile",
            [
                ("name", made.profile.name),
                ("file", made.path),
                ("network", f"{made.profile.network.name}, id {made.profile.network.id}"),
                ("officers", len(made.profile.officers)),
                ("keys made", len(made.keys_made)),
            ],
        ),
    )
    run.out.say(made.next_step)


@app.command("list")
def list_profiles(ctx: typer.Context) -> None:
    """List the profiles of this user."""
    from sovbank.cli.profiles import profile_names, read_profile
    from sovbank.errors.base import SovbankError

    run = current(ctx)
    rows: list[dict[str, object]] = []
    for name in profile_names(run.wiring.paths):
        path = run.wiring.paths.profiles / f"{name}.toml"
        try:
            profile = read_profile(path)
        except SovbankError as error:
            rows.append({"profile": name, "network": None, "production": None, "problem": error.message})
            continue
        network = f"{profile.network.name}, id {profile.network.id}"
        rows.append({"profile": name, "network": network, "production": profile.production, "problem": None})
    run.out.result(
        result={"directory": str(run.wiring.paths.profiles), "profiles": rows},
        human=lambda out: _show_list(out, rows, str(run.wiring.paths.profiles)),
    )


@app.command()
def show(ctx: typer.Context) -> None:
    """Show what a profile names."""
    from sovbank.cli.profile_show import as_data, show_profile

    run = current(ctx)
    profile = run.wiring.parsed
    run.out.result(
        result={"path": str(run.wiring.profile_path), "profile": as_data(profile)},
        human=lambda out: show_profile(out, profile, run.wiring.profile_path),
    )


@app.command()
def check(ctx: typer.Context) -> None:
    """Reach everything that the profile names. It says what is right and what is wrong."""
    from sovbank.cli.profile_check import Finding, check_everything, show_findings
    from sovbank.errors.cli import ProfileCheckFailed

    run = current(ctx)
    findings = check_everything(run)
    run.out.result(
        result={
            "profile": run.wiring.profile_path.stem,
            "checks": [{"state": one.state, "what": one.what, "detail": one.detail} for one in findings],
        },
        human=lambda out: show_findings(out, findings),
    )
    wrong = [one for one in findings if one.state == Finding.WRONG]
    if wrong:
        raise ProfileCheckFailed(f"{len(wrong)} of {len(findings)} checks failed; the first: {wrong[0].what}")


def _show_list(out: Output, rows: list[dict[str, object]], directory: str) -> None:
    from sovbank.cli.render import Column

    if not rows:
        out.line(f"No profiles in {directory}.")
        return
    out.table(
        ["profile", "network", "production", Column("problem", wrap=True)],
        [[row["profile"], row["network"], row["production"], row["problem"]] for row in rows],
    )
