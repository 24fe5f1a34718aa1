"""The ledger's side of memberships: which token was made, where it is, and whether it is the right one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sovbank.core.machine import State
from sovbank.core.membership import TF_BURNABLE, metadata_uri, read_nftoken_id, taxon_of
from sovbank.core.profile import Account
from sovbank.errors.memberships import MembershipNotInProfile, TokenDiffers, TokenUnproven
from sovbank.errors.operations import AttemptPending
from sovbank.journal.port import LogEvent, LogKind, OperationRow
from sovbank.operations.house import House
from sovbank.operations.moving import has_reached, move_on
from sovbank.wire.addresses import decode_address
from sovbank.xrpl.nft import offer_index
from sovbank.xrpl.port import NFToken

WITHDRAWN = "withdrawn_by"  # the fact of a membership whose token another operation burned, never accepted


class Place(Enum):
    """Who has a token: the holder of the membership, the account that issued it, or nobody."""

    HOLDER = auto()
    ISSUER = auto()
    NOBODY = auto()


@dataclass(frozen=True)
class Found:
    """Where a token is, and what the ledger says of it."""

    place: Place
    token: NFToken | None


def membership_account(house: House) -> Account:
    """Return the account that issues memberships.

    Raises
    ------
    MembershipNotInProfile
    """
    settings = house.profile.membership
    if settings is None:
        raise MembershipNotInProfile("the profile has no [membership] section")
    return house.account(settings.account)


def present_uri(house: House, tier: str) -> str:
    """Return the URI that a token of the tier gets now."""
    settings = house.profile.membership
    if settings is None:
        raise MembershipNotInProfile("the profile has no [membership] section")
    domain = house.account(settings.account).domain or ""
    return metadata_uri(settings.metadata_url, domain=domain, tier=tier)


def minted(house: House, tx_hash: str, *, tier: str) -> Mapping[str, str]:
    """Return the ids of the token and of the offer that a validated mint made.

    Both stand in metadata, which no hash covers. The offer's id follows from the account and its ticket; the
    token's carries issuer, flags and taxon.

    Raises
    ------
    AttemptPending
        The node does not show the transaction as validated yet.
    TokenUnproven
        What the node says of either contradicts the transaction.
    """
    found = house.ledger.transaction(tx_hash)
    if found is None:
        raise AttemptPending(f"the node does not show transaction {tx_hash} as validated yet")
    if found.nftoken_id is None or found.offer_id is None:
        raise TokenUnproven(f"the node does not say which token and offer transaction {tx_hash} made")
    slot = found.tx.get("TicketSequence") or found.tx["Sequence"]
    if found.offer_id != offer_index(found.tx["Account"], slot):
        raise TokenUnproven(f"transaction {tx_hash} cannot have made the offer {found.offer_id}")
    difference = id_difference(house, found.nftoken_id, tier=tier)
    if difference is not None:
        raise TokenUnproven(f"transaction {tx_hash} cannot have made {found.nftoken_id}: {difference}")
    return {"nftoken_id": found.nftoken_id, "offer_id": found.offer_id}


def id_difference(house: House, nftoken_id: str, *, tier: str) -> str | None:
    """Say what of an NFTokenID is not as it is in a membership of the tier; None when nothing is."""
    parts = read_nftoken_id(nftoken_id)
    if parts.issuer != decode_address(membership_account(house).address):
        return "another account issued it"
    if parts.flags != TF_BURNABLE or parts.transfer_fee:
        return f"its flags are 0x{parts.flags:04X} and its transfer fee is {parts.transfer_fee}"
    if parts.taxon != taxon_of(tier):
        return f"its taxon is {parts.taxon}, that of tier {tier} is {taxon_of(tier)}"
    return None


def find_token(house: House, nftoken_id: str, *, holder: str) -> Found:
    """Return where the token is now."""
    issuer = membership_account(house).address
    # The holder comes last again: the token may be accepted between the two readings.
    for account, place in ((holder, Place.HOLDER), (issuer, Place.ISSUER), (holder, Place.HOLDER)):
        for token in house.ledger.nftokens(account):
            if token.id == nftoken_id:
                return Found(place, token)
    return Found(Place.NOBODY, None)


def found_gone(house: House, operation: OperationRow) -> OperationRow:
    """Bring the end of a token to ``final`` without a transaction: it is on the ledger no more."""
    gone = LogEvent(
        LogKind.OBSERVE,
        actor="ledger",
        network=house.network_id,
        account=operation.parameters["holder"],
        decision="found burned",
    )
    for after in (State.EXECUTING, State.FINAL):
        if not has_reached(operation.kind, operation.state, after):
            operation = move_on(house, operation, after, gone)
    return operation


def refuse_other_token(house: House, token: NFToken, *, tier: str, uri: str) -> None:
    """Refuse a token that is not the one which the bank issues for the tier.

    Raises
    ------
    TokenDiffers
    """
    difference = id_difference(house, token.id, tier=tier)
    if difference is None:
        named = {
            "issuer": (token.issuer, membership_account(house).address),
            "flags": (token.flags, TF_BURNABLE),
            "taxon": (token.taxon, taxon_of(tier)),
            "URI": (token.uri, uri.encode()),
        }
        wrong = [name for name, (found, wanted) in named.items() if found != wanted]
        difference = f"its {' and '.join(wrong)} differ" if wrong else None
    if difference is not None:
        raise TokenDiffers(f"{token.id} is not a membership of tier {tier}: {difference}")


def is_offered(house: House, offer_id: str) -> bool:
    """Say whether the offer is on the ledger."""
    return any(item.get("index") == offer_id for item in offers(house))


def offers(house: House) -> Sequence[Mapping[str, Any]]:
    """Return what the membership account offers now, as the ledger's own entries."""
    owned = house.ledger.owned_objects(membership_account(house).address)
    return [item for item in owned if item.get("LedgerEntryType") == "NFTokenOffer"]
