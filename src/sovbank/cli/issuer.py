"""`sovbank issuer`: plan the set-up of an asset's accounts or another's, apply it, and find drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli import freeze as freezing
from sovbank.cli.context import current
from sovbank.cli.proposed_view import Propose, give_proposed

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.operations.house import House
    from sovbank.operations.planned import Plan

app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(freezing.freeze)
app.command()(freezing.unfreeze)
app.command("sign-off")(freezing.sign_off)

Asset = Annotated[str | None, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")]
Account = Annotated[
    str | None,
    typer.Option("--account", help="An account beside the tokens instead, for example membership."),
]


@app.command()
def plan(ctx: typer.Context, asset: Asset = None, account: Account = None) -> None:
    """Show the steps that are missing. They lead from the ledger to the profile."""
    from sovbank.cli.wiring.house import house_of

    run = current(ctx)
    with run.out.working("reading the accounts"):
        made = _planned(house_of(run), asset, account)
    run.out.result(result=_data(made), human=lambda out: _show(out, made))


@app.command()
def setup(ctx: typer.Context, asset: Asset = None, account: Account = None, propose: Propose = False) -> None:
    """Apply the plan, step by step. A step that was applied already is never repeated."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.issuer import setup as issuer_setup

    run = current(ctx)
    house = house_of(run)
    with run.out.working("reading the accounts"):
        made = _planned(house, asset, account)
    if run.options.dry_run:
        run.out.result(result={**_data(made), "dry_run": True}, human=lambda out: _show(out, made))
        return
    if propose:
        give_proposed(run, issuer_setup.propose(house, made), result=_data(made))
        return
    if made.steps:
        run.prompt.confirm(
            [f"{number}. {step.account}: {step.title}" for number, step in enumerate(made.steps, start=1)]
            + [f"plan {made.digest}"],
            question=f"Apply {_steps(len(made.steps))} to network {run.wiring.profile.network.name}?",
            yes_allowed=run.wiring.yes_allowed,
        )
    done = []
    applying = issuer_setup.apply(house, made)
    for planned in made.steps:
        with run.out.step(f"{planned.account}: {planned.title}") as shown:
            _, operation = next(applying)
            shown.done(f"{planned.account}: {planned.title}, ledger {operation.facts['validated_ledger']}")
        done.append({"operation": operation.id, "account": planned.account, "title": planned.title})
    run.out.result(
        result={"asset": made.subject, "plan": made.digest, "applied": done},
        human=lambda out: out.line(
            f"{made.subject}: {_steps(len(done))} applied."
            if done
            else f"{made.subject} is set up as the profile says."
        ),
    )


@app.command()
def status(ctx: typer.Context, asset: Asset = None, account: Account = None) -> None:
    """Compare the accounts with the profile. Exit 14 when they differ."""
    from sovbank.cli.freeze_view import freeze_state
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.issuer import setup as issuer_setup

    run = current(ctx)
    house = house_of(run)
    with run.out.working("reading the accounts"):
        outstanding = _planned(house, asset, account)
        frozen = freeze_state(house, asset)
    run.out.result(result={**_data(outstanding), **frozen.data}, human=lambda out: _show(out, outstanding))
    frozen.tell(run)
    issuer_setup.refuse_drift(outstanding)


@app.command("rotate-signers")
def rotate_signers(
    ctx: typer.Context,
    account: Annotated[str, typer.Option("--account", help="The account whose signers change.")],
    spoil: Annotated[
        list[str] | None, typer.Option("--spoil", help="Give up this open operation (8 or more digits).")
    ] = None,
    proof: Annotated[
        list[str] | None, typer.Option("--proof", help="A new signer's proof (`prove-key`); - for stdin.")
    ] = None,
    propose: Propose = False,
) -> None:
    """Change an account's signer list. The old quorum signs; every new key is proved."""
    from sovbank.cli.bundles import read_pieces
    from sovbank.cli.rotation_view import rotation_data, rotation_lines, show_rotation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.issuer import rotation as rotations
    from sovbank.operations.issuer import setup as issuer_setup
    from sovbank.operations.issuer.proofs import parse_proof

    run = current(ctx)
    house = house_of(run)
    proofs = [parse_proof(piece) for piece in read_pieces(proof or (), from_qr=False)]
    with run.out.working("reading the account"):
        if not run.options.dry_run:
            rotations.take_up(house, account)
        found = rotations.read_rotation(house, account)
    if propose and not run.options.dry_run:
        rows = rotations.propose(house, found, spoil=spoil or (), proofs=proofs)
        give_proposed(run, rows, result=rotation_data(found))
        return
    if not run.options.dry_run and found.plan.steps:
        rotations.refuse_rotation(house, found, spoil=spoil or (), proofs=proofs)
        run.prompt.confirm(
            rotation_lines(found),
            question=f"Change the signers on network {run.wiring.profile.network.name}?",
            yes_allowed=run.wiring.yes_allowed,
        )
        applying = rotations.rotate(house, found, spoil=spoil or (), proofs=proofs)
        for planned in found.plan.steps:
            with run.out.step(planned.title) as shown:
                _, operation = next(applying)
                shown.done(f"{planned.title}, ledger {operation.facts['validated_ledger']}")
        issuer_setup.refuse_drift(rotations.read_rotation(house, account).plan)
    run.out.result(
        result={**rotation_data(found), "dry_run": run.options.dry_run},
        human=lambda out: show_rotation(out, found, done=not run.options.dry_run),
    )


@app.command("prove-key")
def prove_key(
    ctx: typer.Context,
    account: Annotated[str, typer.Option("--account", help="The account whose signers change.")],
    officer: Annotated[str, typer.Option("--officer", help="The new signer, whose key is here.")],
) -> None:
    """Write a new signer's proof of their key. It is over the account's list in the profile."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.issuer.proofs import make_proof

    run = current(ctx)
    made = make_proof(house_of(run), account, officer)
    run.out.piece(made.model_dump_json())
    run.out.result(result={"proof": made.model_dump(), "fingerprint": made.fingerprint})


def _planned(house: House, asset: str | None, account: str | None) -> Plan:
    from sovbank.errors.cli import CommandLineWrong
    from sovbank.operations.issuer import setup as issuer_setup

    if asset is not None and account is None:
        return issuer_setup.plan(house, asset)
    if account is not None and asset is None:
        return issuer_setup.plan_alone(house, account)
    raise CommandLineWrong("give either --asset SYMBOL or --account NAME")


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _data(made: Plan) -> dict[str, object]:
    return {
        "asset": made.subject,
        "plan": made.digest if made.steps else None,
        "steps": [{"account": step.account, "title": step.title, "key": step.key} for step in made.steps],
    }


def _show(out: Output, made: Plan) -> None:
    if not made.steps:
        out.line(f"{made.subject}: the ledger is as the profile says.")
        return
    rows = [[number, step.account, step.title] for number, step in enumerate(made.steps, start=1)]
    out.table(["step", "account", "what"], rows, title=f"{made.subject}: {_steps(len(rows))} to be done")
    out.line(f"plan {made.digest}")
