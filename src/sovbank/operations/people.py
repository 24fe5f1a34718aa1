"""Who acts: officers of the profile whose keys are on this machine, and the separation between them."""

from __future__ import annotations

from collections.abc import Collection

from sovbank.core.profile import Account, Role
from sovbank.errors.core import RoleMissing, RolesNotSeparate
from sovbank.errors.operations import NoOfficerHere, OfficerAmbiguous
from sovbank.evm.port import ChainSigner
from sovbank.operations.house import House


def chain_key_uri(house: House, officer: str) -> str:
    """Return the URI of the officer's key for the control plane (their ledger key when none is named)."""
    entry = house.officer(officer)
    return entry.evm_key or entry.key


def officers_here(house: House, role: Role) -> tuple[str, ...]:
    """Return the officers with the role whose control-plane key is here, in the profile's order."""
    return tuple(
        name for name in house.profile.evm.roles.get(role, ()) if house.keys.holds(chain_key_uri(house, name))
    )


def acting_officer(
    house: House, role: Role, *, named: str | None = None, barred: Collection[str] = ()
) -> str:
    """Return the officer who acts in a role.

    ``named`` is the officer given on the command line; without it the only one present acts. ``barred`` are
    those who already took part in another role of the same operation.

    Raises
    ------
    RoleMissing, RolesNotSeparate, NoOfficerHere, OfficerAmbiguous
    """
    holders = house.profile.evm.roles.get(role, ())
    if named is not None:
        house.officer(named)
        if named in barred:
            raise RolesNotSeparate(
                f"{named} already took part in this operation and cannot be its {role.value}"
            )
        if named not in holders:
            raise RoleMissing(f"{named} does not hold the role {role.value}")
        if not house.keys.holds(chain_key_uri(house, named)):
            raise NoOfficerHere(f"the key of {named} is not on this machine")
        return named
    present = [name for name in officers_here(house, role) if name not in barred]
    if not present:
        raise NoOfficerHere(f"nobody who holds the role {role.value} has a key on this machine")
    if len(present) > 1:
        raise OfficerAmbiguous(f"several officers here hold the role {role.value}: {', '.join(present)}")
    return present[0]


def chain_signer(house: House, officer: str) -> ChainSigner:
    """Return the officer's control-plane key."""
    return house.keys.chain_signer(chain_key_uri(house, officer))


def signers_here(house: House, account: Account) -> tuple[str, ...]:
    """Return the officers of an account's signer list whose ledger key is on this machine."""
    return tuple(name for name in account.signers if house.keys.holds(house.officer(name).key))


def proposer_here(house: House, account: Account) -> str:
    """Return who proposes a ceremony of an account: one of its signers, or ``proposer``: it takes no key."""
    return next(iter(signers_here(house, account)), "proposer")


def first_signer_here(house: House, account: Account) -> str:
    """Return who acts for an account here: the first of its signers, or of the profile, with a key present.

    Raises
    ------
    NoOfficerHere
    """
    for name in account.signers or house.profile.officers:
        if house.keys.holds(house.officer(name).key):
            return name
    raise NoOfficerHere(f"nobody who signs for {account.address} has a key on this machine")
