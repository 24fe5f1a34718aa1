"""The reconciliation: bank, control plane, XRP Ledger and journal side by side, per asset.

Each side is counted from its own records alone: the bank from booked entries that mints were made against
less what burns made payable, the control plane from MintGuard's totals, the ledger from the issuer's trust
lines added up in Decimal, the journal from operations whose payment is final. All four must be equal, except
for what is named as under way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sovbank.core.machine import Kind, State
from sovbank.core.money import format_amount, from_micro, parse_amount
from sovbank.errors.operations import ReconciliationBreak
from sovbank.evm.port import ReserveState
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations.house import House

ON_LEDGER = frozenset({State.FINAL, State.CONFIRMED, State.POSTED})
ON_CONTROL_PLANE = frozenset({State.CONFIRMED, State.POSTED})


@dataclass(frozen=True)
class Holding:
    """What one line of the issuer owes, and to whom."""

    holder: str
    account: str
    amount: Decimal


@dataclass(frozen=True)
class AssetReconciliation:
    """The four sides of one asset.

    ``bank`` is deposits behind final mints less redemptions paid back to the issuer; ``control_plane`` is
    MintGuard's supply; ``ledger`` the issuer's liability; ``journal`` final mints less final burns.
    ``under_way`` are mints and burns that are on the ledger and not yet recorded on the control plane.
    """

    asset: str
    bank: Decimal
    control_plane: Decimal
    ledger: Decimal
    journal: Decimal
    minted: Decimal
    burned: Decimal
    under_way: Decimal
    capacity: Decimal
    attestation_fresh: bool
    holdings: tuple[Holding, ...]
    breaks: tuple[str, ...]

    @property
    def in_treasury(self) -> Decimal:
        """What the treasury holds: minted, and redeemable by nobody until it is distributed."""
        return self._held_by("treasury")

    @property
    def in_redemption(self) -> Decimal:
        """What customers gave back and was not burned yet."""
        return self._held_by("redemption")

    @property
    def redeemable(self) -> Decimal:
        """What customers hold: the liability outside the treasury and the redemption account."""
        return self.ledger - self.in_treasury - self.in_redemption

    def _held_by(self, holder: str) -> Decimal:
        return sum((one.amount for one in self.holdings if one.holder == holder), start=Decimal(0))


def reconcile(house: House) -> tuple[AssetReconciliation, ...]:
    """Return the reconciliation of every asset of the profile."""
    return tuple(reconcile_asset(house, asset) for asset in house.profile.assets)


def refuse_breaks(results: Sequence[AssetReconciliation]) -> None:
    """Raise when any asset does not balance.

    Raises
    ------
    ReconciliationBreak
    """
    breaks = [f"{result.asset}: {text}" for result in results for text in result.breaks]
    if breaks:
        raise ReconciliationBreak("; ".join(breaks))


def reconcile_asset(house: House, asset: str) -> AssetReconciliation:
    """Return the four sides of one asset and every difference between them."""
    mints = _operations(house, Kind.MINT, asset)
    burns = _operations(house, Kind.BURN, asset)
    minted, burned = _sum(mints, ON_LEDGER), _sum(burns, ON_LEDGER)
    under_way = (minted - burned) - (_sum(mints, ON_CONTROL_PLANE) - _sum(burns, ON_CONTROL_PLANE))
    totals = house.control.totals(house.asset_id(asset))
    reserves = house.control.reserves(house.asset_id(asset))
    holdings = _holdings(house, asset)
    sides = {
        "bank": _booked(house, mints) - burned,
        "control plane": from_micro(totals.supply),
        "ledger": sum((holding.amount for holding in holdings), start=Decimal(0)),
        "journal": minted - burned,
    }
    return AssetReconciliation(
        asset=asset,
        bank=sides["bank"],
        control_plane=sides["control plane"],
        ledger=sides["ledger"],
        journal=sides["journal"],
        minted=minted,
        burned=burned,
        under_way=under_way,
        capacity=from_micro(totals.capacity),
        attestation_fresh=reserves.fresh,
        holdings=holdings,
        breaks=(*_breaks(sides, under_way), *_uncovered(sides["ledger"], totals.capacity, reserves)),
    )


def _operations(house: House, kind: Kind, asset: str) -> list[OperationRow]:
    rows = house.journal.operations(kind=kind, limit=ALL_ROWS)
    return [row for row in rows if row.parameters["asset"] == asset]


def _sum(rows: Sequence[OperationRow], states: frozenset[State]) -> Decimal:
    return sum(
        (parse_amount(row.parameters["amount"]) for row in rows if row.state in states), start=Decimal(0)
    )


def _booked(house: House, mints: Sequence[OperationRow]) -> Decimal:
    total = Decimal(0)
    for row in mints:
        entry = house.books.bank_entry(row.reference) if row.state in ON_LEDGER else None
        if entry is not None:
            total += min(from_micro(entry.amount_micro), parse_amount(row.parameters["amount"]))
    return total


def _holdings(house: House, asset: str) -> tuple[Holding, ...]:
    own = {
        house.treasury_of(asset).address: "treasury",
        house.redemption_of(asset).address: "redemption",
    }
    currency = house.ledger_currency(asset)
    lines = house.ledger.trust_lines(house.issuer_of(asset).address)
    found = [
        Holding(holder=_holder(house, own, line.peer), account=line.peer, amount=-line.balance)
        for line in lines
        if line.currency == currency and line.balance
    ]
    return tuple(sorted(found, key=lambda holding: (-holding.amount, holding.account)))


def _holder(house: House, own: dict[str, str], account: str) -> str:
    if account in own:
        return own[account]
    customer = house.books.customer(account)
    return customer.name if customer is not None else "unknown holder"


def _uncovered(owed: Decimal, capacity_micro: int, reserves: ReserveState) -> Iterator[str]:
    if owed <= from_micro(capacity_micro):
        return
    if reserves.as_of and not reserves.fresh:
        as_of = datetime.fromtimestamp(reserves.as_of, UTC).strftime("%Y-%m-%d %H:%M UTC")
        hours = reserves.max_age_seconds / 3600
        yield (
            f"the attestation of {as_of} is too old (it counts for {hours:g} hours), so nothing shows that"
            f" {exact(owed)} is covered: attest the reserves anew"
        )
    elif not reserves.as_of:
        yield f"the ledger owes {exact(owed)} and no reserves were ever attested"
    else:
        covered = exact(from_micro(capacity_micro))
        yield f"the ledger owes {exact(owed)}, the attested reserves cover {covered}"


def _breaks(sides: dict[str, Decimal], under_way: Decimal) -> tuple[str, ...]:
    found = []
    ledger = sides["ledger"]
    for name in ("bank", "journal"):
        if sides[name] != ledger:
            found.append(_difference(name, sides[name], ledger))
    expected = ledger - under_way
    if sides["control plane"] != expected:
        found.append(_difference("control plane", sides["control plane"], expected))
    return tuple(found)


def _difference(name: str, have: Decimal, ledger: Decimal) -> str:
    return f"{name} has {exact(have)}, the ledger {exact(ledger)} (difference {exact(have - ledger)})"


def exact(amount: Decimal) -> str:
    """Return the amount for a person with every digit that it has."""
    places = -int(amount.as_tuple().exponent)
    return format_amount(amount) if places <= 6 else f"{amount:,f}"
