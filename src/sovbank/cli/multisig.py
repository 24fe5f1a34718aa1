"""`sovbank multisig`: bundles that officers on other machines look at, sign and send back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sovbank.cli.ceremony_steps import (
    ask_to_sign,
    blobs_apart,
    compare_checkpoints,
    form_of,
    hand_out,
    one_bundle,
    raw_blobs,
    show_and_write,
)
from sovbank.cli.ceremony_view import show_ceremonies, show_lines, tell_collected
from sovbank.cli.context import current

app = typer.Typer(add_completion=False, rich_markup_mode=None)

OneFile = Annotated[
    list[str], typer.Argument(metavar="FILE", help="A bundle, or - for stdin; with --from-qr its pictures.")
]
Files = Annotated[list[str], typer.Argument(help="Bundles and raw blobs, - for stdin; or pictures.")]
Target = Annotated[str, typer.Option("--output", "-o", help="File to write; - for stdout.")]
Qr = Annotated[bool, typer.Option("--qr", help="Also draw numbered QR codes in the terminal.")]
QrFolder = Annotated[Path | None, typer.Option("--qr-png", help="Also write QR codes as PNG into a folder.")]
FromQr = Annotated[bool, typer.Option("--from-qr", help="The files are pictures of QR codes, in any order.")]
Digest = Annotated[
    str | None, typer.Option("--expect-digest", help="Refuse any other digest (hex or its words).")
]
Offline = Annotated[bool, typer.Option("--offline", help="Without a network; what is not checked is listed.")]
Ledgers = Annotated[
    int, typer.Option("--ledgers", min=10, max=200_000, help="How many ledgers the ceremony may last.")
]
Subject = Annotated[str, typer.Argument(help="Operation id (8 or more digits).")]


@app.command()
def new(
    ctx: typer.Context,
    operations: Annotated[
        list[str],
        typer.Argument(metavar="OPERATION...", help="Operation ids (8 or more digits), of one account."),
    ],
    output: Target = "-",
    ledgers: Ledgers = 900,
    top_up: Annotated[
        bool, typer.Option("--top-up/--no-top-up", help="Also fill the account's tickets when half are used.")
    ] = True,
    qr: Qr = False,
    qr_png: QrFolder = None,
) -> None:
    """Write the bundle of one or more operations of an account. Nobody signs yet."""
    from sovbank.cli.bundle_view import bundle_data
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.multisig.proposing import propose

    run = current(ctx)
    refuse_dry_run(run, "a bundle")
    house = house_of(run)
    with run.out.step("binding tickets and asking a node what would change") as step:
        made = propose(house, operations, window=ledgers, top_up=top_up)
        bundle = hand_out(run, house, made)
        step.done(f"the bundle expires with ledger {bundle.expiry.ledger_index}, about {bundle.expiry.time}")
    show_and_write(run, house, bundle, output, qr=qr, qr_png=qr_png)
    run.out.result(result=bundle_data(bundle))


@app.command()
def inspect(
    ctx: typer.Context,
    file: OneFile,
    expect_digest: Digest = None,
    offline: Offline = False,
    from_qr: FromQr = False,
) -> None:
    """Show what a bundle does, its signers and its digest. All that can be checked is checked."""
    from sovbank.cli.bundle_view import bundle_data, bundle_lines
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.multisig.assumptions import assumed_house, unchecked_without_network
    from sovbank.operations.multisig.inspection import check_bundle, drift_of

    run = current(ctx)
    bundle = one_bundle(file, from_qr=from_qr, expect_digest=expect_digest)
    house = house_of(run)
    check_bundle(assumed_house(house, bundle)[0] if offline else house, bundle)
    compare_checkpoints(house, bundle)
    drift = [] if offline else drift_of(house, bundle)
    unchecked = unchecked_without_network(bundle) if offline else ()
    lines = bundle_lines(house, bundle, drift=drift, unchecked=unchecked)
    run.out.result(
        result={**bundle_data(bundle), "drift": drift, "unchecked": list(unchecked)},
        human=lambda out: show_lines(out, lines),
    )


@app.command()
def sign(
    ctx: typer.Context,
    file: OneFile,
    output: Target = "-",
    officer: Annotated[
        str | None, typer.Option("--officer", help="Sign with this officer's key alone.")
    ] = None,
    expect_digest: Digest = None,
    offline: Offline = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write signed tx_blobs, one a line, instead of the bundle.")
    ] = False,
    from_qr: FromQr = False,
    qr: Qr = False,
    qr_png: QrFolder = None,
) -> None:
    """Sign a bundle with the keys on this machine. It takes an exact "Yes" or --expect-digest."""
    from sovbank.ceremony.digest import to_bytes
    from sovbank.cli.bundle_view import bundle_data
    from sovbank.cli.bundles import Kept, draw, give_piece
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.multisig.cosigning import cosign

    run = current(ctx)
    refuse_dry_run(run, "a signature (`sovbank multisig inspect` shows the bundle)")
    bundle = one_bundle(file, from_qr=from_qr, expect_digest=expect_digest)
    house, kept = house_of(run), Kept(run)
    known = kept.like(bundle)
    if known is not None:
        from sovbank.ceremony.difference import require_same

        require_same(known, bundle)
    drift = ask_to_sign(run, house, bundle, expect_digest=expect_digest, offline=offline)
    with run.out.step("signing with the keys on this machine") as step:
        signed = cosign(house, bundle, officer=officer, offline=offline, drift=drift)
        step.done(f"signed by {', '.join(signed.officers)}")
    kept.keep(signed.bundle)
    piece = "\n".join(raw_blobs(house, signed)).encode() if raw else to_bytes(signed.bundle)
    give_piece(run, piece, output)
    draw(run, to_bytes(signed.bundle), in_terminal=qr, folder=qr_png)
    data = {**bundle_data(signed.bundle), "officers": signed.officers, "unchecked": signed.unchecked}
    run.out.result(result={**data, "raw": raw_blobs(house, signed)})


@app.command()
def collect(
    ctx: typer.Context,
    files: Files,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Also write the combined bundle.")
    ] = None,
    expect_digest: Digest = None,
    from_qr: FromQr = False,
) -> None:
    """Take in signed bundles and raw blobs. Every signature is verified; what is missing is said."""
    from sovbank.ceremony.difference import require_digest
    from sovbank.ceremony.digest import to_bytes
    from sovbank.ceremony.words import parse_digest
    from sovbank.cli.bundle_view import bundle_data
    from sovbank.cli.bundles import Kept, give_piece, read_pieces
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.wiring.house import house_of
    from sovbank.errors.ceremony import CosignersMissing
    from sovbank.operations.multisig.collecting import collect as collect_bundle
    from sovbank.operations.multisig.collecting import gather

    run = current(ctx)
    refuse_dry_run(run, "the collection of signatures")
    house, kept = house_of(run), Kept(run)
    pieces = read_pieces(files, from_qr=from_qr)
    lines = [line for piece in pieces for line in blobs_apart(piece)]
    bundle = gather(lines, expected=kept.for_pieces(lines))
    if expect_digest is not None:
        require_digest(bundle, parse_digest(expect_digest))
    with run.out.step("comparing with the ledger and recording the signatures") as step:
        collected = collect_bundle(house, bundle, form=form_of(lines, from_qr=from_qr))
        step.done(f"{collected.stored} new signatures recorded")
    kept.keep(bundle)
    if output is not None:
        give_piece(run, to_bytes(bundle), output)
    more = {"drift": collected.drift, "left_out": collected.left_out, "complete": collected.is_complete}
    run.out.result(result={**bundle_data(bundle), **more, "stored": collected.stored})
    tell_collected(run, house, collected)
    if not collected.is_complete:
        weights = "; ".join(f"{one.weight} of {one.quorum}" for one in collected.standings)
        raise CosignersMissing(f"the signatures weigh {weights}", waiting_for="co-signers")


@app.command()
def submit(ctx: typer.Context, operation: Subject) -> None:
    """Submit what a quorum has signed, the whole ceremony. Exactly a quorum is attached."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.freeze_view import ask_to_fire
    from sovbank.cli.membership_view import say_acceptances
    from sovbank.cli.operation_view import give_operation, operation_data
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.multisig.submission import submit_all

    run = current(ctx)
    refuse_dry_run(run, "a submission")
    house = house_of(run)
    ask_to_fire(run, house, operation)
    with run.out.step("submitting to the XRP Ledger") as step:
        rows = submit_all(house, operation)
        last = rows[-1].facts.get("validated_ledger", "")
        what = f"the {rows[0].kind.value} is" if len(rows) == 1 else f"all {len(rows)} transactions are"
        step.done(f"{what} final in validated ledger {last}")
    for row in rows[1:]:
        run.out.say(f"also final: {row.kind.value} {row.id}, ledger {row.facts.get('validated_ledger', '')}")
    say_acceptances(run, house, rows)
    give_operation(run, rows[0], result={"operations": [operation_data(row) for row in rows]})


@app.command()
def cancel(
    ctx: typer.Context,
    operation: Subject,
    output: Target = "-",
    ledgers: Ledgers = 900,
    qr: Qr = False,
    qr_png: QrFolder = None,
) -> None:
    """Write the bundle that uses up an operation's ticket, or say that nothing is left to cancel."""
    from sovbank.cli.bundle_view import bundle_data
    from sovbank.cli.cancel_view import cancelling_data, next_lines, show_nothing_left
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.multisig.cancelling import cancel as cancel_ceremony

    run = current(ctx)
    refuse_dry_run(run, "a cancellation")
    house = house_of(run)
    with run.out.step("looking at validated ledgers for what can still apply") as step:
        done = cancel_ceremony(house, operation, window=ledgers)
        step.done("nothing can apply" if done.bundle is None else "it can still apply: a no-op rules it out")
    data = cancelling_data(done)
    if done.bundle is None:
        run.out.result(result=data, human=lambda out: show_nothing_left(out, done))
        return
    bundle = hand_out(run, house, done.bundle)
    show_and_write(run, house, bundle, output, more=["", *next_lines(done)], qr=qr, qr_png=qr_png)
    run.out.result(result={**data, **bundle_data(bundle)})


@app.command()
def status(
    ctx: typer.Context,
    operation: Annotated[str | None, typer.Argument(help="Only this operation.")] = None,
) -> None:
    """List the ceremonies that wait for signatures, and prepared freezes."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.issuer.freeze_order import is_prepared
    from sovbank.operations.multisig.submission import open_ceremonies

    run = current(ctx)
    found = open_ceremonies(house_of(run), operation)
    data = [
        {
            "operation": one.operation.id,
            "kind": one.operation.kind.value,
            "prepared": is_prepared(one.operation),
            "reference": one.operation.reference,
            "attempt": one.attempt.number,
            "signed": one.signed,
            "missing": one.missing,
            "weight": one.weight,
            "quorum": one.quorum,
            "last_ledger": one.attempt.last_ledger,
            "ledgers_left": one.ledgers_left,
        }
        for one in found
    ]
    run.out.result(result={"ceremonies": data}, human=lambda _: show_ceremonies(run, found))
