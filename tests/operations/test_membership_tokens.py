"""What a node says of memberships is held against the transaction, the profile and itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from sovbank.cli.profile_init import load_template
from sovbank.core.profile import Account, Profile
from sovbank.errors.memberships import MembershipNotInProfile, TokenDiffers, TokenUnproven
from sovbank.errors.operations import AttemptPending
from sovbank.operations.house import House
from sovbank.operations.membership_tokens import (
    Place,
    find_token,
    is_offered,
    membership_account,
    minted,
    present_uri,
    refuse_other_token,
)
from sovbank.wire.addresses import decode_address
from sovbank.xrpl.nft import offer_index
from sovbank.xrpl.port import NFToken, ValidatedTransaction

PROFILE = load_template("devnet")
ISSUER, HOLDER = PROFILE.accounts["membership"].address, PROFILE.officers["ceo"].account
OFFER = offer_index(ISSUER, 41)
HASH = "AB" * 32
URI = "https://bank.example/membership/pro.json#sha256=" + "cd" * 32


def _token_id(*, flags: int = 1, fee: int = 0, issuer: str = ISSUER, taxon: int = 2, serial: int = 7) -> str:
    scrambled = taxon ^ ((384160001 * serial + 2459) % 2**32)
    head = flags.to_bytes(2, "big") + fee.to_bytes(2, "big") + decode_address(issuer)
    return (head + scrambled.to_bytes(4, "big") + serial.to_bytes(4, "big")).hex().upper()


TOKEN = NFToken(id=_token_id(), issuer=ISSUER, flags=1, taxon=2, uri=URI.encode())
MINT = ValidatedTransaction(
    tx_hash=HASH,
    tx={"TransactionType": "NFTokenMint", "Account": ISSUER, "Sequence": 0, "TicketSequence": 41},
    result="tesSUCCESS",
    ledger_index=9,
    delivered=None,
    close_time=None,
    nftoken_id=TOKEN.id,
    offer_id=OFFER,
)


class Ledger:
    """A node that answers account_nfts from a script, in turn."""

    def __init__(
        self, found: ValidatedTransaction | None = None, held: Sequence[tuple[str, bool]] = ()
    ) -> None:
        self.found, self.held, self.asked = found, list(held), list[str]()
        self.objects: list[Mapping[str, Any]] = []

    def transaction(self, tx_hash: str) -> ValidatedTransaction | None:
        assert tx_hash == HASH
        return self.found

    def nftokens(self, address: str) -> list[NFToken]:
        self.asked.append(address)
        account, has = self.held.pop(0)
        assert account == address
        return [TOKEN] if has else []

    def owned_objects(self, address: str) -> Sequence[Mapping[str, Any]]:
        assert address == ISSUER
        return self.objects


@dataclass
class Stub:
    """As much of the house as is asked for."""

    ledger: Ledger
    profile: Profile = PROFILE

    def account(self, name: str) -> Account:
        return self.profile.accounts[name]


def _house(ledger: Ledger, profile: Profile = PROFILE) -> House:
    return cast(House, Stub(ledger, profile))


def test_what_a_mint_made_is_taken_when_it_follows_from_the_mint() -> None:
    facts = minted(_house(Ledger(MINT)), HASH, tier="pro")
    assert facts == {"nftoken_id": TOKEN.id, "offer_id": OFFER}
    by_sequence = replace(MINT, tx={"Account": ISSUER, "Sequence": 5}, offer_id=offer_index(ISSUER, 5))
    assert minted(_house(Ledger(by_sequence)), HASH, tier="pro")["offer_id"] == offer_index(ISSUER, 5)


def test_a_node_that_is_behind_is_waited_for() -> None:
    with pytest.raises(AttemptPending):
        minted(_house(Ledger(None)), HASH, tier="pro")


@pytest.mark.parametrize(
    "changes",
    [
        {"offer_id": None},
        {"nftoken_id": None},
        {"offer_id": offer_index(ISSUER, 42)},
        {"offer_id": offer_index(HOLDER, 41)},
        {"nftoken_id": _token_id(issuer=HOLDER)},
        {"nftoken_id": _token_id(flags=9)},
        {"nftoken_id": _token_id(flags=0)},
        {"nftoken_id": _token_id(fee=1)},
        {"nftoken_id": _token_id(taxon=3)},
    ],
)
def test_a_node_that_names_another_token_or_offer_is_not_believed(changes: dict[str, str | None]) -> None:
    with pytest.raises(TokenUnproven):
        minted(_house(Ledger(replace(MINT, **cast(Any, changes)))), HASH, tier="pro")


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": URI.encode() + b"x"},
        {"uri": b""},
        {"flags": 9},
        {"taxon": 3},
        {"issuer": HOLDER},
        {"id": _token_id(taxon=3)},
        {"id": _token_id(flags=9)},
        {"id": _token_id(issuer=HOLDER)},
    ],
)
def test_a_token_is_refused_unless_all_of_it_is_right(changes: dict[str, Any]) -> None:
    house = _house(Ledger())
    refuse_other_token(house, TOKEN, tier="pro", uri=URI)
    with pytest.raises(TokenDiffers):
        refuse_other_token(house, replace(TOKEN, **changes), tier="pro", uri=URI)


@pytest.mark.parametrize(
    ("held", "place"),
    [
        ([(HOLDER, True)], Place.HOLDER),
        ([(HOLDER, False), (ISSUER, True)], Place.ISSUER),
        ([(HOLDER, False), (ISSUER, False), (HOLDER, False)], Place.NOBODY),
        ([(HOLDER, False), (ISSUER, False), (HOLDER, True)], Place.HOLDER),  # accepted in between
    ],
)
def test_a_token_is_found_even_when_it_moves_between_two_readings(
    held: list[tuple[str, bool]], place: Place
) -> None:
    ledger = Ledger(held=held)
    found = find_token(_house(ledger), TOKEN.id, holder=HOLDER)
    assert found.place is place
    assert (found.token is None) == (place is Place.NOBODY)
    assert ledger.held == []


def test_an_offer_stands_while_the_ledger_has_it() -> None:
    ledger = Ledger()
    house = _house(ledger)
    assert not is_offered(house, OFFER)
    ledger.objects = [{"LedgerEntryType": "Ticket", "index": OFFER}]
    assert not is_offered(house, OFFER)
    ledger.objects.append({"LedgerEntryType": "NFTokenOffer", "index": OFFER})
    assert is_offered(house, OFFER)


def test_a_profile_without_memberships_issues_none() -> None:
    house = _house(Ledger(), PROFILE.model_copy(update={"membership": None}))
    for ask in (lambda: membership_account(house), lambda: present_uri(house, "pro")):
        with pytest.raises(MembershipNotInProfile):
            ask()
