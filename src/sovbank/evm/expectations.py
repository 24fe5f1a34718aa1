"""What the profile says about the contracts: who holds which role, and each asset's limits."""

from __future__ import annotations

from dataclasses import dataclass

from sovbank.core.money import parse_amount, to_micro
from sovbank.core.profile import Profile, Role
from sovbank.errors.core import NotInProfile
from sovbank.evm.identity import asset_key, checksum_address
from sovbank.evm.port import AssetId

SECONDS_PER_DAY = 86_400
UNPAUSE_QUORUM = 2
"""Guardians who lift a pause; one is enough to set it."""


@dataclass(frozen=True)
class AssetLimits:
    """An asset's limits in micro-units, and how old its attestation may be in seconds."""

    global_cap: int
    burst: int
    rate_per_second: int
    max_age: int


def holders_of(profile: Profile, role: Role) -> tuple[str, ...]:
    """Return the addresses of the officers to whom the profile gives a role.

    Raises
    ------
    NotInProfile
        An officer is missing or has no ``evm_address``.
    """
    addresses = []
    for name in profile.evm.roles.get(role, ()):
        officer = profile.officers.get(name)
        if officer is None or officer.evm_address is None:
            raise NotInProfile(f"officer {name} holds the role {role.value} and has no evm_address")
        addresses.append(checksum_address(officer.evm_address))
    return tuple(addresses)


def officers_by_address(profile: Profile) -> dict[str, str]:
    """Return the officers' names by their addresses."""
    return {
        checksum_address(officer.evm_address): name
        for name, officer in profile.officers.items()
        if officer.evm_address is not None
    }


def asset_keys(profile: Profile) -> dict[str, bytes]:
    """Return the keys of the profile's assets by symbol.

    Raises
    ------
    NotInProfile
        An asset names an issuer that the profile does not have.
    """
    keys = {}
    for symbol, asset in profile.assets.items():
        issuer = profile.accounts.get(asset.issuer)
        if issuer is None:
            raise NotInProfile(f"asset {symbol} names no account: {asset.issuer}")
        keys[symbol] = asset_key(AssetId(profile.network.id, issuer.address, asset.currency))
    return keys


def limits_of(profile: Profile, symbol: str) -> AssetLimits:
    """Return an asset's limits as the contracts hold them. The rate per second is rounded down."""
    asset = profile.assets[symbol]
    return AssetLimits(
        global_cap=to_micro(parse_amount(asset.global_cap)),
        burst=to_micro(parse_amount(asset.burst)),
        rate_per_second=to_micro(parse_amount(asset.rate_per_day)) // SECONDS_PER_DAY,
        max_age=profile.evm.attestation_max_age_seconds,
    )
