"""How a global freeze is shown: what it does to holders, who signed it off, and what lies in the drawer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sovbank.ceremony.records import Bundle
    from sovbank.cli.context import Run
    from sovbank.journal.port import OperationRow
    from sovbank.operations.house import House
    from sovbank.operations.issuer.drawer import PreparedFreeze
    from sovbank.operations.issuer.freeze_order import FreezeOrder
    from sovbank.operations.multisig.submission import Ceremony


def order_lines(house: House, order: FreezeOrder) -> list[str]:
    """Return what the order does, for an officer who decides about it."""
    from sovbank.core.permits import Measure
    from sovbank.operations.issuer.freeze_order import assets_of

    tokens = " and ".join(assets_of(house, order.account)) or "every token"
    account = f"{order.name} ({order.account.address})"
    if order.measure is not Measure.GLOBAL_FREEZE:
        return [
            f"LIFT THE FREEZE of {tokens}, issued by {account}",
            (
                f"  From then on holders can pay {tokens} to each other again."
                " Freezes of single trust lines stay as they are."
            ),
        ]
    return [
        f"FREEZE {tokens}, issued by {account}",
        (
            f"  From then on nobody can move {tokens} except back to the issuer: customers cannot pay"
            " each other or redeem, the treasury cannot distribute."
        ),
        (
            "  The issuer can still issue, take back and claw back; nothing else is touched."
            " A quorum lifts the freeze with `sovbank issuer unfreeze`."
        ),
    ]


def prepared_lines(ledgers: int) -> list[str]:
    """Return what is special about a freeze for the drawer that is good for so many ledgers."""
    from sovbank.operations.issuer.drawer import days_of

    return [
        f"  PREPARED for an emergency: good for {ledgers:,} ledgers, about {days_of(ledgers)} days.",
        "  It does nothing until it is submitted. Whoever holds it with its quorum can submit it.",
    ]


def ready_lines(house: House, order: FreezeOrder) -> list[str]:
    """Return the quicker way to freeze, where one lies in the drawer with its quorum."""
    from sovbank.core.permits import Measure
    from sovbank.operations.issuer.drawer import freezes_in_drawer

    if order.measure is not Measure.GLOBAL_FREEZE:
        return []
    ready = [one for one in freezes_in_drawer(house, order.account) if one.is_ready]
    return [
        f"  A prepared freeze needs no further signature: sovbank multisig submit {one.operation.id[:16]}"
        for one in ready[:1]
    ]


def complete_line(operation: str) -> str:
    """Return what to do with a prepared freeze that has its quorum: nothing, until the emergency."""
    return (
        "Complete, for the drawer: keep the file with the officers. Only in an emergency:"
        f" sovbank multisig submit {operation[:16]}"
    )


def drawer_lines(found: Sequence[Ceremony]) -> list[str]:
    """Return until when each prepared freeze among open ceremonies is good."""
    from sovbank.operations.issuer.drawer import days_of
    from sovbank.operations.issuer.freeze_order import is_prepared

    return [
        f"prepared freeze {one.operation.id[:16]}: kept until ledger {one.attempt.last_ledger},"
        f" about {days_of(one.ledgers_left)} days"
        for one in found
        if is_prepared(one.operation)
    ]


def bundle_notes(house: House, bundle: Bundle) -> list[str]:
    """Return what a bundle's freezes do and who signed them off, by the bundle's own list of signers.

    It follows from the bundle and the profile alone, so that a screen can be made again later.
    """
    from sovbank.core.machine import Kind
    from sovbank.operations.multisig.assumptions import assumed_house
    from sovbank.operations.multisig.derivation import row_of

    freezes = [one for one in bundle.purpose.operations if one.kind == Kind.FREEZE.value]
    if not freezes:
        return []
    view, _ = assumed_house(house, bundle)
    lines: list[str] = []
    for described in freezes:
        lines += ["", *_notes(view, bundle, row_of(view, described))]
    return lines


def ask_to_fire(run: Run, house: House, operation_id: str) -> None:
    """Ask for an exact "Yes" before a prepared freeze is submitted; nothing is asked for anything else.

    One whose signatures are too few is not asked about: its submission says so.
    """
    from sovbank.operations.issuer.freeze_order import is_prepared, order_of
    from sovbank.operations.multisig.submission import open_ceremonies

    operation = house.journal.operation(operation_id)
    if not is_prepared(operation):
        return
    waiting = open_ceremonies(house, operation.id)
    if not waiting or waiting[0].weight < waiting[0].quorum:
        return
    order = order_of(house, operation)
    run.prompt.confirm(
        [*order_lines(house, order), f"Case {order.case}, prepared as operation {operation.id}"],
        question=f"Freeze now, on network {house.profile.network.name}?",
        yes_allowed=run.wiring.yes_allowed,
    )


@dataclass(frozen=True)
class FreezeState:
    """Whether an asset is frozen, and what lies in the drawer for it; no asset has neither."""

    asset: str | None
    frozen: bool
    found: Sequence[PreparedFreeze]

    @property
    def data(self) -> dict[str, Any]:
        """The state for --json."""
        return {"frozen": self.frozen, "prepared_freezes": [_prepared(one) for one in self.found]}

    def tell(self, run: Run) -> None:
        """Say it, and warn where the drawer would not help for long."""
        from sovbank.operations.issuer.drawer import FEW_DAYS

        if self.asset is None:
            return
        if self.frozen:
            run.out.warn(f"{self.asset} is FROZEN: only the issuer can be paid")
        ready = [one for one in self.found if one.is_ready]
        if not ready:
            waits = f" ({len(self.found)} without a quorum)" if self.found else ""
            run.out.warn(f"no prepared freeze of {self.asset} is ready{waits}: `issuer freeze --prepare`")
            return
        best = ready[0]
        left = f"until ledger {best.last_ledger}, about {best.days_left} days"
        run.out.say(f"prepared freeze {best.operation.id[:16]} is ready {left}")
        if best.days_left < FEW_DAYS:
            run.out.warn(f"fewer than {FEW_DAYS} days are left; prepare the next: `issuer freeze --prepare`")


def freeze_state(house: House, asset: str | None) -> FreezeState:
    """Read whether an asset is frozen, and its freezes in the drawer."""
    from sovbank.operations.issuer.drawer import freezes_in_drawer
    from sovbank.operations.issuer.freeze_order import is_frozen

    if asset is None:
        return FreezeState(None, False, ())
    issuer = house.issuer_of(asset)
    return FreezeState(asset, is_frozen(house, issuer), freezes_in_drawer(house, issuer))


def _prepared(one: PreparedFreeze) -> dict[str, Any]:
    return {
        "operation": one.operation.id,
        "case": one.operation.parameters["case"],
        "ready": one.is_ready,
        "weight": one.weight,
        "quorum": one.quorum,
        "last_ledger": one.last_ledger,
        "ledgers_left": one.ledgers_left,
        "days_left": one.days_left,
    }


def _notes(view: House, bundle: Bundle, row: OperationRow) -> list[str]:
    from sovbank.errors.base import SovbankError
    from sovbank.operations.issuer.freeze import SIGN_OFFS
    from sovbank.operations.issuer.freeze_order import order_of
    from sovbank.operations.issuer.signoffs import from_fact, people_of

    try:
        order = order_of(view, row)
        people = people_of(view, order.signed_off, from_fact(order.signed_off, row.facts.get(SIGN_OFFS, "")))
    except SovbankError as refusal:
        return [f"NOT A FREEZE that this bank could order: {refusal.message}"]
    lines = order_lines(view, order)
    if order.prepared:
        lines += prepared_lines(bundle.expiry.ledger_index - bundle.signer_list.ledger_index)
    who = " and ".join(people) or "NOBODY"
    return [*lines, f"  Case {order.case}, signed off by {who} (verified by the keys that the bundle names)"]
