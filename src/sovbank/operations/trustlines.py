"""Trust lines: of the bank's own accounts, authorised by the issuer, and as the ledger shows them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sovbank.core.machine import Kind
from sovbank.core.money import ledger_value
from sovbank.errors.operations import NotWhitelisted
from sovbank.journal.port import OperationRow
from sovbank.operations import steps
from sovbank.operations.house import House
from sovbank.operations.planned import Plan, make_plan, propose_plan, record_acceptance, run_step
from sovbank.wire.addresses import decode_address


@dataclass(frozen=True)
class LineView:
    """One line of an issuer: the holder, what they hold, and the state of the line."""

    holder: str
    name: str
    balance: Decimal
    limit: Decimal
    authorized: bool
    frozen: bool
    deep_frozen: bool


def plan_limit(house: House, asset: str, account: str, limit: Decimal) -> Plan | None:
    """Return the plan that sets an own account's trust limit; None when it stands at that already."""
    currency, issuer = house.ledger_currency(asset), house.issuer_of(asset).address
    for line in house.ledger.trust_lines(house.account(account).address, peer=issuer):
        if line.currency == currency and line.limit == limit:
            return None
    title = f"set the trust limit of {account} to {ledger_value(limit)} {asset}"
    step = steps.trust_line(account, issuer=issuer, currency=currency, limit=limit, title=title)
    return make_plan(house, asset, [step])


def plan_authorization(house: House, asset: str, holder: str) -> Plan | None:
    """Return the plan that authorises a holder's line, which may not exist yet; None when it is authorised.

    Raises
    ------
    NotWhitelisted
        Only whitelisted customers and the bank's own accounts are authorised.
    """
    decode_address(holder)
    refuse_stranger(house, holder)
    currency = house.ledger_currency(asset)
    issuer = house.asset(asset).issuer
    for line in house.ledger.trust_lines(house.account(issuer).address, peer=holder):
        if line.currency == currency and line.authorized:
            return None
    title = f"authorise the {asset} trust line of {holder}"
    step = steps.authorize(issuer, holder=holder, currency=currency, title=title)
    return make_plan(house, asset, [step])


def refuse_stranger(house: House, holder: str) -> None:
    """Refuse to authorise the line of somebody who is neither whitelisted nor the bank itself.

    Raises
    ------
    NotWhitelisted
    """
    own = {account.address for account in house.profile.accounts.values()}
    if holder not in own and not house.control.is_whitelisted(house.network_id, holder):
        raise NotWhitelisted(f"{holder} is not whitelisted, so its trust line is not authorised")


def apply(house: House, accepted: Plan, kind: Kind) -> OperationRow:
    """Run the one step of an accepted plan."""
    record_acceptance(house, accepted)
    return run_step(house, accepted, accepted.steps[0], kind=kind)


def propose(house: House, accepted: Plan, kind: Kind) -> tuple[OperationRow, ...]:
    """Record the one step of an accepted plan for a ceremony."""
    return propose_plan(house, accepted, kind=kind)


def lines_of(house: House, asset: str) -> tuple[LineView, ...]:
    """Return every line of the asset's issuer, largest holder first."""
    currency = house.ledger_currency(asset)
    own = {account.address: name for name, account in house.profile.accounts.items()}
    views = []
    for line in house.ledger.trust_lines(house.issuer_of(asset).address):
        if line.currency != currency:
            continue
        customer = house.books.customer(line.peer)
        views.append(
            LineView(
                holder=line.peer,
                name=own.get(line.peer) or (customer.name if customer else ""),
                balance=-line.balance,
                limit=line.limit_peer,
                authorized=line.authorized,
                frozen=line.freeze,
                deep_frozen=line.deep_freeze,
            )
        )
    return tuple(sorted(views, key=lambda view: (-view.balance, view.holder)))
