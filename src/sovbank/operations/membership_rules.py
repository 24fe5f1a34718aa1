"""When a membership may be issued: the control plane, the ledger and the journal are asked, in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sovbank.core.machine import AttemptState, Kind, State
from sovbank.core.membership import taxon_of
from sovbank.errors.memberships import AlreadyMember, AlreadyOffered, TierDoesNotFit, TokenNotBurned
from sovbank.errors.operations import AccountMissing, NotWhitelisted, Paused
from sovbank.evm.port import MembershipRecord
from sovbank.journal.port import ALL_ROWS, AttemptRow, OperationRow
from sovbank.operations.house import House
from sovbank.operations.kyc import INTERNAL
from sovbank.operations.membership_tokens import (
    Place,
    find_token,
    is_offered,
    membership_account,
    offers,
)
from sovbank.xrpl.nft import offer_index

_ELSEWHERE = "Ask the desk that offered it: `sovbank ops export ID` there hands it over; nothing is lost."


@dataclass(frozen=True)
class MembershipOrder:
    """A membership to issue: the holder's account, the tier, and a reference, one membership each."""

    holder: str
    tier: str
    reference: str


def refuse_issue(house: House, order: MembershipOrder, *, own: OperationRow | None) -> None:
    """Refuse a membership that cannot be issued now; ``own`` is its operation once there is one.

    Raises
    ------
    TierUnknown, AccountMissing, Paused, NotWhitelisted, TierDoesNotFit, AlreadyMember, TokenNotBurned,
    AlreadyOffered
    """
    taxon_of(order.tier)
    holder = order.holder
    if house.ledger.account(holder) is None:
        raise AccountMissing(
            f"the holder's account {holder} is not on the ledger",
            next_step="The holder funds their account first; on the devnet use `sovbank devnet fund`.",
        )
    if house.control.is_paused():
        raise Paused("the control plane is paused: no membership is issued")
    if not house.control.is_whitelisted(house.network_id, holder):
        raise NotWhitelisted(f"{holder} is not whitelisted")
    admitted = house.control.tier_of(house.network_id, holder)
    if (admitted == INTERNAL) != (order.tier == INTERNAL):
        raise TierDoesNotFit(
            f"{holder} is admitted as {admitted}: a membership of tier {order.tier} does not fit"
        )
    last = house.control.membership_of(house.network_id, holder)
    if last is not None and last.revoked_at is None:
        raise AlreadyMember(f"{holder} is a member of tier {last.tier}, with token {last.nftoken_id}")
    if last is not None and find_token(house, last.nftoken_id, holder=holder).place is not Place.NOBODY:
        raise TokenNotBurned(f"token {last.nftoken_id} of a revoked membership of {holder} is not burned")
    _refuse_second_offer(house, holder, own)
    _refuse_unknown_offer(house, holder, () if own is None else house.journal.attempts(own.id))


def membership_in_force(house: House, holder: str) -> MembershipRecord | None:
    """Return the membership that the registry shows in force for an account."""
    found = house.control.membership_of(house.network_id, holder)
    return found if found is not None and found.revoked_at is None else None


def _refuse_second_offer(house: House, holder: str, own: OperationRow | None) -> None:
    for other in house.journal.operations(kind=Kind.MEMBERSHIP, unfinished=True, limit=ALL_ROWS):
        if other.parameters["holder"] != holder or (own is not None and not _goes_first(other, own)):
            continue
        if other.state is not State.FINAL or _can_be_accepted(house, other):
            raise AlreadyOffered(
                f"membership {other.id} for {holder} is {other.state.value}", details={"operation": other.id}
            )


def _refuse_unknown_offer(house: House, holder: str, own: Sequence[AttemptRow]) -> None:
    """Another machine may have offered what this journal does not know of: the ledger shows it.

    The offer that an attempt of one's own makes is known beforehand, by its ticket.
    """
    account = membership_account(house).address
    mine = {offer_index(account, row.ticket or row.sequence or 0) for row in own}
    for item in offers(house):
        if item.get("Destination") == holder and item.get("index") not in mine:
            raise AlreadyOffered(
                f"token {item.get('NFTokenID')} is offered to {holder} already", next_step=_ELSEWHERE
            )
    if own and own[-1].state is not AttemptState.WITHOUT_EFFECT:
        return  # a token that the holder has may be the attempt's
    for token in house.ledger.nftokens(holder):
        if token.issuer == account:
            raise AlreadyOffered(
                f"{holder} holds token {token.id}, which nobody has recorded", next_step=_ELSEWHERE
            )


def _goes_first(other: OperationRow, own: OperationRow) -> bool:
    """Of memberships opened at the same moment each sees the others, and one goes on."""
    return (other.created_at, other.id) < (own.created_at, own.id)


def _can_be_accepted(house: House, operation: OperationRow) -> bool:
    holder, facts = operation.parameters["holder"], operation.facts
    place = find_token(house, facts["nftoken_id"], holder=holder).place
    return place is Place.HOLDER or (place is Place.ISSUER and is_offered(house, facts["offer_id"]))
