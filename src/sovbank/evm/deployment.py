"""Deploying the five contracts from a profile, so that it can be interrupted and continued.

One key deploys and is used for nothing else: its transactions are numbered, so the address of each contract
is known before it exists. Five implementations, five proxies, each initialised in the transaction that
creates it, and one link. Every step is looked for on the chain before it is taken. The deployer ends with
nothing: it can never hold a role, and the link can be made only once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sovbank.core.profile import Contracts, Profile
from sovbank.errors.evm import DeploymentDiffers
from sovbank.evm.abi import codec, creation_code
from sovbank.evm.artifacts import CONTRACTS, PROXY, load
from sovbank.evm.expectations import UNPAUSE_QUORUM, asset_keys, holders_of, limits_of, officers_by_address
from sovbank.evm.facts import role_word
from sovbank.evm.identity import checksum_address, created_address
from sovbank.evm.inspection import ControlStatus, inspect
from sovbank.evm.port import ChainSigner, Recorder
from sovbank.evm.sending import Sender
from sovbank.evm.session import EvmSession

_FURTHEST_BACK = 64


@dataclass(frozen=True)
class Step:
    """One transaction of the deployment: a call, or a creation when ``to`` is None."""

    name: str
    to: str | None
    content: Callable[[], bytes]
    creates: str | None


@dataclass(frozen=True)
class Deployed:
    """A finished deployment. ``sent`` counts the transactions of this run; 0 when it stood already."""

    contracts: Contracts
    sent: int
    status: ControlStatus


class Plan:
    """The steps of one deployment, by a deployer whose first transaction of it has the nonce ``base``."""

    def __init__(self, profile: Profile, *, deployer: str, base: int) -> None:
        self._profile = profile
        names = (*CONTRACTS, *(_proxy_of(name) for name in CONTRACTS))
        self._made = {name: created_address(deployer, base + number) for number, name in enumerate(names)}

    @property
    def contracts(self) -> Contracts:
        """The proxies' addresses, known before they exist."""
        return Contracts(
            system_guard=self._proxy("SystemGuard"),
            compliance_registry=self._proxy("ComplianceRegistry"),
            reserve_registry=self._proxy("ReserveRegistry"),
            mint_guard=self._proxy("MintGuard"),
            membership_registry=self._proxy("MembershipRegistry"),
        )

    def steps(self) -> Sequence[Step]:
        """Return all steps, in order."""
        bodies = [Step(name, None, self._body(name), name) for name in CONTRACTS]
        fronts = [Step(_proxy_of(name), None, self._front(name), PROXY) for name in CONTRACTS]
        link = Step("the link of reserves and MintGuard", self._proxy("ReserveRegistry"), self._link, None)
        return (*bodies, *fronts, link)

    def created_by(self, step: Step) -> str:
        """Return the address of the contract that a step creates."""
        return self._made[step.name]

    def _proxy(self, contract: str) -> str:
        return self._made[_proxy_of(contract)]

    @staticmethod
    def _body(name: str) -> Callable[[], bytes]:
        return lambda: creation_code(name)

    def _front(self, name: str) -> Callable[[], bytes]:
        return lambda: creation_code(
            PROXY, self._made[name], codec(name).encode("initialize", *self._arguments(name))
        )

    def _link(self) -> bytes:
        return codec("ReserveRegistry").encode("linkMintGuard", self._proxy("MintGuard"))

    def _arguments(self, name: str) -> tuple[Any, ...]:
        if name == "SystemGuard":
            return (_grants(self._profile), UNPAUSE_QUORUM)
        guard = self._proxy("SystemGuard")
        if name == "ReserveRegistry":
            return (guard, self._profile.evm.report_quorum, _reserve_terms(self._profile))
        if name == "MintGuard":
            compliance, reserves = self._proxy("ComplianceRegistry"), self._proxy("ReserveRegistry")
            return (guard, compliance, reserves, _mint_limits(self._profile))
        if name == "MembershipRegistry":
            return (guard, self._proxy("ComplianceRegistry"))
        return (guard,)


def deploy(
    profile: Profile,
    *,
    session: EvmSession,
    sender: Sender,
    signer: ChainSigner,
    record: Recorder,
    progress: Callable[[str], None],
) -> Deployed:
    """Deploy the control plane of a profile, or finish a deployment that was interrupted.

    Raises
    ------
    DeploymentDiffers
        The deployer's key is an officer's, or what it began is not what the profile says.
    ControlPlaneRefused, ControlPlaneUnknown, GasMissing and the node's failures
        Run it again: it continues where it stopped.
    """
    _check_deployer(profile, signer.address)
    base = _base(session, signer.address)
    plan = Plan(profile, deployer=signer.address, base=base)
    steps = plan.steps()
    done = session.nonce(signer.address, session.final().tag) - base
    for number, step in enumerate(steps[max(done, 0) :], start=max(done, 0) + 1):
        progress(f"deploying {step.name} ({number} of {len(steps)})")
        sender.send(step.to, step.content(), signer=signer, record=record)
    _check_made(session, plan, steps)
    status = inspect(session, profile, plan.contracts)
    if status.differences:
        raise DeploymentDiffers(
            f"the control plane on chain {session.chain_id} differs from the profile: {status.differences[0]}"
        )
    return Deployed(plan.contracts, max(0, len(steps) - max(done, 0)), status)


def _check_deployer(profile: Profile, deployer: str) -> None:
    owner = officers_by_address(profile).get(checksum_address(deployer))
    if owner is not None:
        raise DeploymentDiffers(f"the deployer's key is that of {owner}; the deployer can never hold a role")


def _base(session: EvmSession, deployer: str) -> int:
    """Return the nonce with which the deployer's last deployment began, or a new one would begin."""
    block = session.final()
    count = session.nonce(deployer, block.tag)
    first = load(CONTRACTS[0])
    for nonce in range(count - 1, max(-1, count - 1 - _FURTHEST_BACK), -1):
        if first.matches(session.code(created_address(deployer, nonce), block)):
            return nonce
    return count


def _check_made(session: EvmSession, plan: Plan, steps: Sequence[Step]) -> None:
    block = session.final()
    for step in steps:
        if step.creates is None:
            continue
        address = plan.created_by(step)
        if not load(step.creates).matches(session.code(address, block)):
            raise DeploymentDiffers(f"{address} should be {step.name} of this version, and is not")


def _grants(profile: Profile) -> list[tuple[bytes, str]]:
    return [(role_word(role), address) for role in profile.evm.roles for address in holders_of(profile, role)]


def _reserve_terms(profile: Profile) -> list[tuple[bytes, int]]:
    return [(key, limits_of(profile, symbol).max_age) for symbol, key in asset_keys(profile).items()]


def _mint_limits(profile: Profile) -> list[tuple[bytes, int, int, int]]:
    limits = ((key, limits_of(profile, symbol)) for symbol, key in asset_keys(profile).items())
    return [(key, one.global_cap, one.burst, one.rate_per_second) for key, one in limits]


def _proxy_of(name: str) -> str:
    return f"the proxy of {name}"
