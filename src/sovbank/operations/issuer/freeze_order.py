"""What an officer orders: to freeze everything that an account issued, or to lift that freeze.

Pure but for one look at the ledger: a freeze is compared with what a validated ledger shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sovbank.ceremony.records import Operation
from sovbank.core.ids import check_reference
from sovbank.core.machine import Kind
from sovbank.core.permits import Measure
from sovbank.core.profile import Account, AccountRole
from sovbank.errors.core import MalformedReference
from sovbank.errors.freeze import FreezeMalformed
from sovbank.errors.operations import AccountMissing
from sovbank.journal.port import OperationRow
from sovbank.operations.house import House
from sovbank.operations.issuer.signoffs import Case
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import MOST_FEE_DROPS, Anchor, Envelope, Tx
from sovbank.xrpl.settings import is_set

MOST_CASE = 40
_NOW, _PREPARED = "now", "prepared"
_FLAG = "globalFreeze"
_MEASURES = (Measure.GLOBAL_FREEZE, Measure.GLOBAL_UNFREEZE)


@dataclass(frozen=True)
class FreezeOrder:
    """What an officer orders: freeze an issuing account or lift its freeze, for a compliance case.

    ``name`` is the account's name in the profile; ``prepared`` is for the drawer.
    """

    name: str
    account: Account
    measure: Measure
    case: str
    prepared: bool = False

    @property
    def parameters(self) -> dict[str, str]:
        """What identifies the order as an operation."""
        return {
            "account": self.name,
            "measure": self.measure.value,
            "case": self.case,
            "when": _PREPARED if self.prepared else _NOW,
        }

    @property
    def title(self) -> str:
        """What is ordered, in a few words."""
        what = "freeze" if self.measure is Measure.GLOBAL_FREEZE else "lift the freeze of"
        return f"{what} every token of {self.name}, case {self.case}{', prepared' if self.prepared else ''}"

    @property
    def signed_off(self) -> Case:
        """What two people sign off."""
        return Case(self.account.address, self.measure, self.case)


def order_for(house: House, name: str, measure: Measure, case: str, *, prepared: bool = False) -> FreezeOrder:
    """Return an order against an issuing account of the profile.

    Raises
    ------
    NotInProfile, MalformedReference
    FreezeMalformed
        The account issues nothing, the measure is not the global one, or an end of a freeze was to be
        prepared.
    """
    account = house.account(name)
    if account.role is not AccountRole.ISSUER:
        raise FreezeMalformed(f"account {name} is the {account.role.value} account: it issues nothing")
    if measure not in _MEASURES:
        raise FreezeMalformed(f"{measure.value} is not a measure against everything that an account issued")
    if len(check_reference(case)) > MOST_CASE:
        raise MalformedReference(f"the reference of a case has at most {MOST_CASE} characters")
    if prepared and measure is not Measure.GLOBAL_FREEZE:
        raise FreezeMalformed("only a freeze is prepared; lifting one takes a ceremony of its own")
    return FreezeOrder(name, account, measure, case, prepared)


def order_of(house: House, operation: OperationRow) -> FreezeOrder:
    """Return what a recorded or described operation orders.

    Raises
    ------
    FreezeMalformed, NotInProfile
    """
    given = dict(operation.parameters)
    try:
        prepared = {_NOW: False, _PREPARED: True}[given.pop("when")]
        measure = Measure(given.pop("measure"))
        order = order_for(house, given.pop("account"), measure, given.pop("case"), prepared=prepared)
    except (KeyError, ValueError, MalformedReference) as error:
        raise FreezeMalformed(f"operation {operation.id} is not a freeze: {error}") from error
    if given:
        raise FreezeMalformed(f"operation {operation.id} has other parameters than a freeze")
    return order


def is_prepared(operation: OperationRow | Operation) -> bool:
    """Say whether an operation, recorded or as a bundle describes it, is a freeze for the drawer."""
    return operation.kind == Kind.FREEZE and operation.parameters.get("when") == _PREPARED


def kind_of(operation: OperationRow) -> str:
    """Return what screens call an operation's kind: a freeze in the drawer is told from one for now."""
    return f"prepared {operation.kind.value}" if is_prepared(operation) else operation.kind.value


def is_frozen(house: House, account: Account) -> bool:
    """Say whether a validated ledger shows everything that the account issued as frozen.

    Raises
    ------
    AccountMissing
    """
    state = house.ledger.account(account.address)
    if state is None:
        raise AccountMissing(f"{account.address} is not on the ledger")
    return is_set(state.flags, _FLAG)


def is_needed(house: House, order: FreezeOrder) -> bool:
    """Say whether the ledger is not yet as the order wants it; a prepared freeze always is."""
    wanted = order.measure is Measure.GLOBAL_FREEZE
    return order.prepared or is_frozen(house, order.account) is not wanted


def assets_of(house: House, account: Account) -> tuple[str, ...]:
    """Return the symbols of every token of the profile that the account issues: a freeze hits them all."""
    return tuple(
        symbol
        for symbol, asset in house.profile.assets.items()
        if house.account(asset.issuer).address == account.address
    )


def build_of(order: FreezeOrder) -> Callable[[Envelope, Anchor], Tx]:
    """Return what builds the order's transaction."""

    def build(envelope: Envelope, _anchor: Anchor) -> Tx:
        if order.measure is Measure.GLOBAL_FREEZE:
            return builders.account_set(envelope, set_flag=_FLAG)
        return builders.account_set(envelope, clear_flag=_FLAG)

    return build


def fee_of(order: FreezeOrder) -> int | None:
    """Return the fee in drops that an order sets: a freeze pays the most, so that a busy network takes it."""
    return MOST_FEE_DROPS if order.measure is Measure.GLOBAL_FREEZE else None
