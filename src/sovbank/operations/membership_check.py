"""What both ledgers say of memberships: one account's, checked, and all that this journal knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sovbank.core.machine import Kind, State
from sovbank.errors.core import MalformedNFTokenId
from sovbank.errors.memberships import (
    MembershipRevoked,
    NotAMember,
    RegistryDiffers,
    TokenBurned,
    TokenMoved,
)
from sovbank.errors.operations import NotWhitelisted
from sovbank.evm.port import MembershipRecord
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations.house import House
from sovbank.operations.membership_tokens import (
    WITHDRAWN,
    Place,
    find_token,
    id_difference,
    membership_account,
    present_uri,
    refuse_other_token,
)


@dataclass(frozen=True)
class Verified:
    """A membership on which both ledgers agree. ``issued_at`` is a Unix time in seconds."""

    holder: str
    name: str
    tier: str
    nftoken_id: str
    uri: str
    issued_at: int


@dataclass(frozen=True)
class Listed:
    """A membership that this journal knows, and what became of it."""

    operation: str
    holder: str
    name: str
    tier: str
    nftoken_id: str | None
    standing: str


def verify(house: House, holder: str) -> Verified:
    """Return the account's membership if the registry and the XRP Ledger agree that it is valid.

    1. The registry has a membership of the account.
    2. It is in force, and the account is whitelisted now.
    3. Its token is one that the membership account issues for this tier, and the journal's, if it has it.
    4. The token is with the holder.
    5. The token carries the flags, the taxon and the metadata of the tier.

    Raises
    ------
    NotAMember, MembershipRevoked, NotWhitelisted
        1 and 2.
    RegistryDiffers, TokenMoved, TokenBurned, TokenDiffers
        3 to 5.
    """
    record = house.control.membership_of(house.network_id, holder)
    if record is None:
        raise NotAMember(f"{holder} has no membership on MembershipRegistry")
    found = find_token(house, record.nftoken_id, holder=holder)
    if record.revoked_at is not None:
        left = "its token is burned" if found.token is None else "its token is not burned yet"
        raise MembershipRevoked(f"the {record.tier} membership of {holder} was revoked; {left}")
    if not house.control.is_member(house.network_id, holder):
        raise NotWhitelisted(f"{holder} has a {record.tier} membership and is not whitelisted now")
    issued = _issued_here(house, record)
    _refuse_other_record(house, record, holder, issued)
    if found.token is None:
        raise TokenBurned(f"token {record.nftoken_id} of {holder} is on the ledger no more")
    if found.place is Place.ISSUER:
        account = membership_account(house).address
        raise TokenMoved(f"token {record.nftoken_id} is not with {holder} but back on {account}")
    uri = issued.facts["uri"] if issued is not None else present_uri(house, record.tier)
    refuse_other_token(house, found.token, tier=record.tier, uri=uri)
    return Verified(
        holder=holder,
        name=_name(house, holder),
        tier=record.tier,
        nftoken_id=record.nftoken_id,
        uri=uri,
        issued_at=record.issued_at,
    )


def memberships(house: House) -> Sequence[Listed]:
    """Return every membership of the journal, newest first, with what the registry says of it now."""
    return [
        Listed(
            operation=row.id,
            holder=row.parameters["holder"],
            name=_name(house, row.parameters["holder"]),
            tier=row.parameters["tier"],
            nftoken_id=row.facts.get("nftoken_id"),
            standing=_standing(house, row),
        )
        for row in house.journal.operations(kind=Kind.MEMBERSHIP, limit=ALL_ROWS)
    ]


def _issued_here(house: House, record: MembershipRecord) -> OperationRow | None:
    """Return the operation that minted the record's token, if this journal has it."""
    for row in house.journal.operations(kind=Kind.MEMBERSHIP, limit=ALL_ROWS):
        if row.facts.get("nftoken_id") == record.nftoken_id:
            return row
    return None


def _refuse_other_record(
    house: House, record: MembershipRecord, holder: str, issued: OperationRow | None
) -> None:
    if issued is not None:
        made_for = (issued.parameters["holder"], issued.parameters["tier"])
        if made_for != (holder, record.tier):
            raise RegistryDiffers(
                f"the registry holds {record.nftoken_id} as {record.tier} of {holder};"
                f" it was issued as {made_for[1]} to {made_for[0]}"
            )
    try:
        difference = id_difference(house, record.nftoken_id, tier=record.tier)
    except MalformedNFTokenId as error:
        difference = error.message
    if difference is not None:
        raise RegistryDiffers(
            f"the registry names {record.nftoken_id} as {record.tier} membership of {holder}: {difference}"
        )


def _standing(house: House, row: OperationRow) -> str:
    if row.state is State.CANCELLED:
        return "cancelled"
    if WITHDRAWN in row.facts:
        return "withdrawn"
    if row.state is State.FINAL:
        return "offered"
    if row.state is not State.POSTED:
        return "under way"
    record = house.control.membership_of(house.network_id, row.parameters["holder"])
    if record is None or record.nftoken_id != row.facts["nftoken_id"]:
        return "replaced" if record is not None else "not on the registry"
    return "in force" if record.revoked_at is None else "revoked"


def _name(house: House, holder: str) -> str:
    customer = house.books.customer(holder)
    return customer.name if customer is not None else ""
