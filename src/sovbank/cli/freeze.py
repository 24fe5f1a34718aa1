"""`sovbank issuer freeze`, `unfreeze` and `sign-off`: the global freeze, now or for the drawer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current
from sovbank.cli.proposed_view import Propose

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.core.permits import Measure
    from sovbank.journal.port import OperationRow
    from sovbank.operations.house import House
    from sovbank.operations.issuer.freeze_order import FreezeOrder
    from sovbank.operations.issuer.signoffs import SignOff

AssetName = Annotated[str, typer.Option("--asset", "-a", help="Symbol of the token, for example FTHUSD.")]
CaseName = Annotated[str, typer.Option("--case", help="Reference of the compliance case.")]
SignOffs = Annotated[
    list[str] | None, typer.Option("--sign-off", help="Another officer's sign-off (`sign-off`); - for stdin.")
]
_STDOUT = "-"


def freeze(
    ctx: typer.Context,
    asset: AssetName,
    case: CaseName,
    sign_off: SignOffs = None,
    propose: Propose = False,
    prepare: Annotated[
        bool,
        typer.Option("--prepare", help="Write a bundle for the drawer: signed now, fired in an emergency."),
    ] = False,
    ledgers: Annotated[
        int | None,
        typer.Option(
            "--ledgers", min=1000, max=16_000_000, help="How long it lasts; about 182 days if not given."
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="File for the prepared bundle; - for stdout.")
    ] = None,
) -> None:
    """Freeze all of an issuer's tokens. Two people sign off the case, a quorum signs."""
    from sovbank.core.permits import Measure
    from sovbank.errors.cli import CommandLineWrong

    if propose and prepare:
        raise CommandLineWrong("give either --propose or --prepare")
    if not prepare and (ledgers is not None or output is not None):
        raise CommandLineWrong("--ledgers and --output belong to --prepare")
    run = current(ctx)
    ordered = _ordered(run, asset, Measure.GLOBAL_FREEZE, case, sign_off or [], prepared=prepare)
    if prepare:
        _prepare(run, ordered, ledgers, output or _STDOUT)
    else:
        _run(run, ordered, propose=propose)


def unfreeze(
    ctx: typer.Context,
    asset: AssetName,
    case: CaseName,
    sign_off: SignOffs = None,
    propose: Propose = False,
) -> None:
    """Lift the freeze of an issuer's tokens. It takes the same people as the freeze."""
    from sovbank.core.permits import Measure

    run = current(ctx)
    ordered = _ordered(run, asset, Measure.GLOBAL_UNFREEZE, case, sign_off or [])
    _run(run, ordered, propose=propose)


def sign_off(
    ctx: typer.Context,
    asset: AssetName,
    case: CaseName,
    officer: Annotated[str, typer.Option("--officer", help="Who signs off; their key is here.")],
    measure: Annotated[
        str, typer.Option("--measure", help="What is signed off: freeze or unfreeze.")
    ] = "freeze",
) -> None:
    """Sign off a compliance case with an officer's key. The file is for whoever freezes."""
    from sovbank.cli.dry_run import refuse_dry_run
    from sovbank.cli.freeze_view import order_lines
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.permits import Measure
    from sovbank.errors.cli import CommandLineWrong
    from sovbank.operations.issuer.freeze_order import order_for
    from sovbank.operations.issuer.signoffs import make_sign_off

    if measure not in ("freeze", "unfreeze"):
        raise CommandLineWrong("--measure is freeze or unfreeze")
    run = current(ctx)
    refuse_dry_run(run, "a sign-off")
    house = house_of(run)
    order = order_for(house, house.asset(asset).issuer, Measure(f"global-{measure}"), case)
    run.prompt.confirm(
        [
            *order_lines(house, order),
            f"Case {case}. This moves nothing yet: a second person and a quorum follow.",
        ],
        question=f"Does {officer} sign off case {case}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    made = make_sign_off(house, order.signed_off, officer)
    run.out.piece(made.model_dump_json())
    run.out.result(result={"sign_off": made.model_dump(), "fingerprint": made.fingerprint})


@dataclass
class _Ordered:
    """An order with the sign-offs handed in, who signs off on the spot, and the row that is open already."""

    house: House
    order: FreezeOrder
    given: list[SignOff]
    signing: list[str]
    known: OperationRow | None
    people: tuple[str, ...]


def _ordered(
    run: Run, asset: str, measure: Measure, case: str, files: list[str], *, prepared: bool = False
) -> _Ordered:
    from sovbank.cli.bundles import read_pieces
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations.issuer import freeze as freezes
    from sovbank.operations.issuer.freeze_order import order_for
    from sovbank.operations.issuer.signoffs import (
        PEOPLE_NEEDED,
        parse_sign_off,
        people_of,
        require_valid,
    )
    from sovbank.operations.people import signers_here

    house = house_of(run)
    order = order_for(house, house.asset(asset).issuer, measure, case, prepared=prepared)
    given = [parse_sign_off(piece) for piece in read_pieces(files, from_qr=False)]
    with run.out.working("reading the issuer"):
        require_valid(house, order.signed_off, given)
        if not run.options.dry_run:
            freezes.close_shown_freezes(house)
        known = freezes.find_open(house, order)
        people = freezes.signed_off_by(house, known) if known else people_of(house, order.signed_off, given)
        here = [] if known else [name for name in signers_here(house, order.account) if name not in people]
    return _Ordered(house, order, given, here[: max(0, PEOPLE_NEEDED - len(people))], known, people)


def _run(run: Run, ordered: _Ordered, *, propose: bool) -> None:
    from sovbank.cli.freeze_view import ready_lines
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.proposed_view import give_proposed
    from sovbank.operations.issuer import freeze as freezes
    from sovbank.operations.issuer.freeze_order import is_needed

    house, order = ordered.house, ordered.order
    if not is_needed(house, order):
        state = "frozen" if order.measure.value == "global-freeze" else "not frozen"
        run.out.result(
            result={"account": order.account.address, "state": state, "changed": False},
            human=lambda out: out.line(f"{order.name} is {state} already: there is nothing to do."),
        )
        return
    quicker = [] if propose else ready_lines(house, order)
    if not _confirmed(run, ordered, quicker, "Propose this" if propose else "Do this now"):
        return
    row = _recorded(ordered)
    if propose:
        give_proposed(run, [row])
        return
    with run.out.step(order.title) as step:
        row = freezes.run_freeze(house, row)
        step.done(f"{order.title}: final in ledger {row.facts['validated_ledger']}")
    give_operation(run, row)


def _prepare(run: Run, ordered: _Ordered, ledgers: int | None, output: str) -> None:
    from sovbank.cli.bundle_view import bundle_data
    from sovbank.cli.ceremony_steps import hand_out, show_and_write
    from sovbank.cli.freeze_view import prepared_lines
    from sovbank.operations.issuer import drawer

    window = ledgers or drawer.HALF_A_YEAR
    if not _confirmed(run, ordered, prepared_lines(window), "Prepare this for the drawer"):
        return
    drawer.retire_over(ordered.house)
    row = _recorded(ordered)
    with run.out.step("binding a ticket for the prepared freeze") as step:
        made = drawer.put_into_drawer(ordered.house, row, window=window)
        bundle = hand_out(run, ordered.house, made)
        step.done(f"good until ledger {bundle.expiry.ledger_index}, about {bundle.expiry.time}")
    show_and_write(run, ordered.house, bundle, output)
    run.out.say(
        "Now the officers sign it, and `sovbank multisig collect` gives the complete bundle for the drawer."
    )
    left = bundle.expiry.ledger_index - bundle.signer_list.ledger_index
    run.out.result(result={**bundle_data(bundle), "operation": row.id, "days": drawer.days_of(left)})


def _confirmed(run: Run, ordered: _Ordered, more: list[str], question: str) -> bool:
    """Ask, after showing what happens and who answers for it; with --dry-run show it, and say False."""
    from sovbank.cli.dry_run import give_preview
    from sovbank.cli.freeze_view import order_lines
    from sovbank.operations.execution import preview_movement
    from sovbank.operations.issuer.freeze import preview_of

    house, order = ordered.house, ordered.order
    _refuse_too_few(ordered)
    people = ", ".join([*ordered.people, *(f"{name} (here, with this answer)" for name in ordered.signing)])
    lines = [*order_lines(house, order), *more, f"  Case {order.case}, signed off by {people}"]
    if run.options.dry_run:
        for text in lines:
            run.out.say(text)
        give_preview(run, preview_movement(house, preview_of(order)))
        return False
    run.prompt.confirm(
        lines,
        question=f"{question}, on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    return True


def _refuse_too_few(ordered: _Ordered) -> None:
    from sovbank.errors.freeze import SignOffsMissing
    from sovbank.operations.issuer.signoffs import PEOPLE_NEEDED

    count = len(ordered.people) + len(ordered.signing)
    if count < PEOPLE_NEEDED:
        who = f": {', '.join(ordered.people)}" if ordered.people else ""
        raise SignOffsMissing(
            f"{len(ordered.people)} of {PEOPLE_NEEDED} people signed off case {ordered.order.case}{who};"
            f" {len(ordered.signing)} more could here",
            waiting_for="co-signers",
        )


def _recorded(ordered: _Ordered) -> OperationRow:
    """Return the recorded order; the officers here sign it off first, and what was handed in is logged."""
    from sovbank.operations.issuer.freeze import open_freeze
    from sovbank.operations.issuer.signoffs import log_handed_in, make_sign_off

    if ordered.known is not None:
        return ordered.known
    house, case = ordered.house, ordered.order.signed_off
    for one in ordered.given:
        log_handed_in(house, case, one)
    made = [make_sign_off(house, case, name) for name in ordered.signing]
    return open_freeze(house, ordered.order, [*ordered.given, *made])
