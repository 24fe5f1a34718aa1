"""What stands on the chain beside what the profile and the shipped contracts say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sovbank.core.money import format_amount, from_micro
from sovbank.core.profile import Contracts, Profile, Role
from sovbank.evm.abi import codec
from sovbank.evm.artifacts import CONTRACTS, PROXY, load
from sovbank.evm.expectations import (
    UNPAUSE_QUORUM,
    AssetLimits,
    asset_keys,
    holders_of,
    limits_of,
    officers_by_address,
)
from sovbank.evm.facts import addresses_of, role_word
from sovbank.evm.identity import checksum_address, keccak256
from sovbank.evm.session import Block, EvmSession

IMPLEMENTATION_SLOT = (int.from_bytes(keccak256(b"eip1967.proxy.implementation")) - 1).to_bytes(32)
"""Where a proxy keeps the address of its code (ERC-1967)."""


@dataclass(frozen=True)
class ContractState:
    """A proxy, the code behind it, and whether both are what this version ships."""

    name: str
    proxy: str
    implementation: str
    code_hash: str
    as_shipped: bool


@dataclass(frozen=True)
class RoleState:
    """Who holds a role on the chain, who in the profile, and the officers' names."""

    role: Role
    on_chain: tuple[str, ...]
    in_profile: tuple[str, ...]
    officers: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether chain and profile agree."""
        return set(self.on_chain) == set(self.in_profile)


@dataclass(frozen=True)
class AssetState:
    """An asset's limits on the chain and in the profile."""

    symbol: str
    on_chain: AssetLimits
    in_profile: AssetLimits

    @property
    def same(self) -> bool:
        """Whether chain and profile agree."""
        return self.on_chain == self.in_profile


@dataclass(frozen=True)
class ControlStatus:
    """The whole control plane at one final block. ``differences`` are sentences; none means all is well."""

    chain_id: int
    block_number: int
    block_time: int
    paused: bool
    pause_reason: str
    deployer: str
    report_quorum: int
    unpause_quorum: int
    contracts: tuple[ContractState, ...]
    roles: tuple[RoleState, ...]
    assets: tuple[AssetState, ...]
    differences: tuple[str, ...]


class _Reader:
    """Questions to the contracts, all at one block."""

    def __init__(self, session: EvmSession, contracts: Contracts, block: Block) -> None:
        self._session = session
        self.block = block
        self.proxies = addresses_of(contracts)

    def ask(self, contract: str, function: str, *arguments: Any) -> Any:
        proxy = self.proxies[contract]
        self._session.require_code(proxy, contract, self.block)
        abi = codec(contract)
        return abi.decode(function, self._session.call(proxy, abi.encode(function, *arguments), self.block))

    def contract(self, name: str) -> ContractState:
        proxy = self.proxies[name]
        self._session.require_code(proxy, name, self.block)
        implementation = implementation_of(self._session, proxy, self.block)
        code = self._session.code(implementation, self.block)
        front = self._session.code(proxy, self.block)
        return ContractState(
            name=name,
            proxy=checksum_address(proxy),
            implementation=implementation,
            code_hash="0x" + keccak256(code).hex(),
            as_shipped=load(name).matches(code) and load(PROXY).matches(front),
        )


def inspect(session: EvmSession, profile: Profile, contracts: Contracts) -> ControlStatus:
    """Return the state of the control plane at one final block, with all that differs from the profile.

    Raises
    ------
    ContractMissing
        One of the five has no code. The node's failures pass through.
    """
    reader = _Reader(session, contracts, session.final())
    pause = reader.ask("SystemGuard", "pauseState")
    status = ControlStatus(
        chain_id=session.chain_id,
        block_number=reader.block.number,
        block_time=reader.block.time,
        paused=pause["paused"],
        pause_reason=pause["reason"] if pause["paused"] else "",
        deployer=checksum_address(reader.ask("SystemGuard", "deployer")),
        report_quorum=reader.ask("ReserveRegistry", "reporterQuorum"),
        unpause_quorum=pause["needed"],
        contracts=tuple(reader.contract(name) for name in CONTRACTS),
        roles=tuple(_role(reader, profile, role) for role in Role),
        assets=tuple(_asset(reader, profile, symbol, key) for symbol, key in asset_keys(profile).items()),
        differences=(),
    )
    found = (*_differences(status, profile), *_wrong_links(reader))
    return ControlStatus(**{**vars(status), "differences": found})


def implementation_of(session: EvmSession, proxy: str, block: Block) -> str:
    """Return the address of the code behind a proxy (ERC-1967)."""
    content = session.storage(proxy, IMPLEMENTATION_SLOT, block)
    return checksum_address("0x" + content[-20:].hex())


def _role(reader: _Reader, profile: Profile, role: Role) -> RoleState:
    names = officers_by_address(profile)
    on_chain = tuple(
        checksum_address(holder) for holder in reader.ask("SystemGuard", "holdersOf", role_word(role))
    )
    return RoleState(
        role=role,
        on_chain=on_chain,
        in_profile=holders_of(profile, role),
        officers=tuple(names.get(holder, "unknown") for holder in on_chain),
    )


def _asset(reader: _Reader, profile: Profile, symbol: str, key: bytes) -> AssetState:
    limits = reader.ask("MintGuard", "limits", key)
    on_chain = AssetLimits(
        global_cap=limits["globalCap"],
        burst=limits["burst"],
        rate_per_second=limits["ratePerSecond"],
        max_age=reader.ask("ReserveRegistry", "maxAgeOf", key),
    )
    return AssetState(symbol, on_chain, limits_of(profile, symbol))


def _differences(status: ControlStatus, profile: Profile) -> Iterator[str]:
    for contract in status.contracts:
        if not contract.as_shipped:
            yield f"the code of {contract.name} is not what this version ships"
    for role in status.roles:
        for address in set(role.on_chain) - set(role.in_profile):
            yield f"{address} holds the role {role.role.value}, and the profile does not say so"
        for address in set(role.in_profile) - set(role.on_chain):
            yield f"{address} does not hold the role {role.role.value}, and the profile says it does"
    for asset in status.assets:
        for name, value in vars(asset.in_profile).items():
            found = getattr(asset.on_chain, name)
            if found != value:
                is_now, should = _limit_shown(name, found), _limit_shown(name, value)
                yield f"{asset.symbol}: {name.replace('_', ' ')} is {is_now}, and the profile says {should}"
    if status.report_quorum != profile.evm.report_quorum:
        yield f"{status.report_quorum} reporters sign, and the profile says {profile.evm.report_quorum}"
    if status.unpause_quorum < UNPAUSE_QUORUM:
        yield f"{status.unpause_quorum} guardians lift a pause, and it must be at least {UNPAUSE_QUORUM}"


def _limit_shown(name: str, value: int) -> str:
    return f"{value} seconds" if name == "max_age" else format_amount(from_micro(value))


def _wrong_links(reader: _Reader) -> Iterator[str]:
    wanted = (
        ("ComplianceRegistry", "systemGuard", "SystemGuard"),
        ("ReserveRegistry", "systemGuard", "SystemGuard"),
        ("MintGuard", "systemGuard", "SystemGuard"),
        ("MembershipRegistry", "systemGuard", "SystemGuard"),
        ("MintGuard", "compliance", "ComplianceRegistry"),
        ("MintGuard", "reserves", "ReserveRegistry"),
        ("MembershipRegistry", "compliance", "ComplianceRegistry"),
        ("ReserveRegistry", "mintGuard", "MintGuard"),
    )
    for contract, function, target in wanted:
        if reader.ask(contract, function).lower() != reader.proxies[target].lower():
            yield f"{contract} does not name this {target}"
