"""`sovbank nft`: memberships as tokens on the XRP Ledger, recorded on MembershipRegistry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import current
from sovbank.cli.proposed_view import Propose, give_recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sovbank.cli.render import Output
    from sovbank.operations.membership_check import Listed, Verified

app = typer.Typer(add_completion=False, rich_markup_mode=None)
membership = typer.Typer(add_completion=False, rich_markup_mode=None)
app.add_typer(membership, name="membership", help="Issue, withdraw, revoke, list and verify memberships.")

Holder = Annotated[str, typer.Argument(help="The member's XRP Ledger address.")]
Officer = Annotated[str | None, typer.Option("--officer", help="Who acts, where several could.")]


@app.callback()
def group() -> None:
    """Tokens that are held one by one: memberships."""


@membership.command()
def issue(
    ctx: typer.Context,
    holder: Annotated[str, typer.Option("--holder", help="Address of the whitelisted customer.")],
    tier: Annotated[str, typer.Option("--tier", help="basic, pro or otc; internal for the bank's own.")],
    reference: Annotated[str, typer.Option("--reference", help="Your reference; one membership each.")],
    officer: Officer = None,
    propose: Propose = False,
) -> None:
    """Mint and offer a membership; exit 15 until its holder accepted, then again to record it."""
    from sovbank.cli.dry_run import give_preview
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.core.canonical import canonical_json
    from sovbank.core.ids import check_reference
    from sovbank.core.membership import taxon_of
    from sovbank.errors.base import Waiting
    from sovbank.operations import membership as memberships
    from sovbank.operations.membership_rules import MembershipOrder
    from sovbank.wire.addresses import decode_address

    run = current(ctx)
    decode_address(holder)
    taxon_of(tier)
    order = MembershipOrder(holder, tier, check_reference(reference))
    house = house_of(run)
    if run.options.dry_run:
        give_preview(run, memberships.preview(house, order))
        return
    run.prompt.confirm(
        [f"{tier} membership for {holder}", f"reference {reference}"],
        question=f"{_word('Issue', propose)} this membership on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    if propose:
        give_recorded(run, memberships.propose(house, order))
        return
    with run.out.step("minting and offering the membership") as step:
        operation = memberships.offer(house, order)
        step.done(f"{tier} membership offered in ledger {operation.facts['validated_ledger']}")
    acceptance = memberships.acceptance_of(house, operation)
    try:
        with run.out.working("looking for the holder's acceptance"):
            operation = memberships.complete(house, operation.id, officer=officer)
    except Waiting:
        give_operation(
            run,
            operation,
            result={"acceptance": acceptance},
            more=[("holder signs", canonical_json(acceptance).decode())],
        )
        raise
    give_operation(run, operation, result={"acceptance": None})


@membership.command()
def withdraw(
    ctx: typer.Context,
    operation: Annotated[str, typer.Argument(help="The membership's operation id (8 or more digits).")],
    propose: Propose = False,
) -> None:
    """Take back a membership that its holder has not accepted: its token is burned, and the offer with it."""
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import membership_withdrawal

    run = current(ctx)
    house = house_of(run)
    offered = membership_withdrawal.offered(house, operation)
    parameters = offered.parameters
    run.prompt.confirm(
        [f"{parameters['tier']} membership for {parameters['holder']}", f"reference {offered.reference}"],
        question=f"{_word('Withdraw', propose)} it on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    if propose:
        give_recorded(run, membership_withdrawal.propose_withdrawal(house, offered.id))
        return
    with run.out.step("burning the token that was not accepted") as step:
        row = membership_withdrawal.withdraw(house, offered.id)
        burned = row.facts.get("validated_ledger")
        step.done(f"token burned in ledger {burned}" if burned else "the token was gone")
    give_operation(run, row)


@membership.command()
def revoke(
    ctx: typer.Context,
    holder: Holder,
    reason: Annotated[str, typer.Option("--reason", help="Why; only its hash leaves this machine.")],
    officer: Officer = None,
    propose: Propose = False,
) -> None:
    """Revoke a membership on the registry at once, then burn its token."""
    from sovbank.cli.operation_view import give_operation
    from sovbank.cli.wiring.house import house_of
    from sovbank.errors.cli import CommandLineWrong
    from sovbank.operations import membership_end
    from sovbank.wire.addresses import decode_address

    run = current(ctx)
    decode_address(holder)
    if not 1 <= len(reason) <= 200:
        raise CommandLineWrong("a reason has 1 to 200 characters")
    run.prompt.confirm(
        [f"the membership of {holder}", f"because: {reason}"],
        question=f"Revoke it for good on network {run.wiring.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )
    if propose:
        house = house_of(run)
        with run.out.working("revoking the membership on the registry"):
            ended = membership_end.propose_end(house, holder, reason=reason, officer=officer)
        give_recorded(run, ended)
        return
    with run.out.step("revoking the membership and burning its token") as step:
        operation = membership_end.revoke(house_of(run), holder, reason=reason, officer=officer)
        burned = operation.facts.get("validated_ledger")
        step.done(f"revoked; token burned in ledger {burned}" if burned else "revoked; the token was gone")
    give_operation(run, operation)


@membership.command("list")
def list_memberships(ctx: typer.Context) -> None:
    """List the memberships that this journal knows, with what the registry says of each now."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import membership_check

    run = current(ctx)
    with run.out.working("reading the registry"):
        found = membership_check.memberships(house_of(run))
    run.out.result(result={"memberships": list(found)}, human=lambda out: _show_list(out, found))


@membership.command()
def verify(ctx: typer.Context, holder: Holder) -> None:
    """Compare the registry with the XRP Ledger; exit 0 only for a membership on which both agree."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.operations import membership_check
    from sovbank.wire.addresses import decode_address

    run = current(ctx)
    decode_address(holder)
    with run.out.working("reading both ledgers"):
        found = membership_check.verify(house_of(run), holder)
    run.out.result(result={"membership": found}, human=lambda out: _show(out, found))


def _word(act: str, propose: bool) -> str:
    return f"Propose to {act.lower()}" if propose else act


def _show(out: Output, found: Verified) -> None:
    from datetime import UTC, datetime

    pairs: list[tuple[str, object]] = [("tier", found.tier), ("holder", found.holder)]
    pairs += [("name", found.name)] if found.name else []
    pairs += [
        ("NFToken", found.nftoken_id),
        ("metadata", found.uri),
        ("since", datetime.fromtimestamp(found.issued_at, UTC)),
    ]
    out.panel("Membership valid on both ledgers", pairs)


def _show_list(out: Output, found: Sequence[Listed]) -> None:
    from sovbank.cli.render import Column

    if not found:
        out.line("This journal knows no membership.")
        return
    columns: list[Column | str] = ["name", "holder", "tier", "standing", Column("NFToken", optional=True)]
    rows = [[one.name, one.holder, one.tier, one.standing, one.nftoken_id] for one in found]
    out.table(columns, rows, title="Memberships")
