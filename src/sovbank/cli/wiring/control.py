"""Deploying the control plane of a profile with a key of this machine, and writing it into the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sovbank.cli.context import Run
    from sovbank.cli.wiring import Wiring
    from sovbank.core.profile import Contracts
    from sovbank.evm.deployment import Deployed
    from sovbank.evm.inspection import ControlStatus

DEPLOYER = "keystore:deployer"
"""The deploying key of a test network, made when it is first needed."""
_DEVNET_CLIENT = "sovbank-devnet/"


def deploy_control_plane(run: Run, key_uri: str) -> Deployed:
    """Deploy the five contracts, or finish a deployment that was interrupted."""
    from sovbank.cli.wiring.house import house_of
    from sovbank.evm import deployment
    from sovbank.operations.deployment import deploy

    wiring = run.wiring
    house = house_of(run)
    signer = wiring.keys.chain_signer(key_uri)
    _, deployed = deploy(
        house,
        signer.address,
        lambda record: deployment.deploy(
            wiring.profile,
            session=wiring.chain,
            sender=wiring.sender,
            signer=signer,
            record=record,
            progress=house.progress,
        ),
    )
    return deployed


def make_deployer_key(run: Run, key_uri: str) -> bool:
    """Make the deploying key of a test network if it is not there; say whether it was made.

    A production profile's deployer is made by its owner, in a device.
    """
    from sovbank.keys.keyfile import Cost
    from sovbank.keys.port import Scheme
    from sovbank.keys.uri import parse_keystore_key

    wiring = run.wiring
    if wiring.profile.production or key_uri != DEPLOYER or wiring.keys.holds(key_uri):
        return False
    name = parse_keystore_key(key_uri).name
    wiring.keystore.directory(key_uri).generate(name, Scheme.SECP256K1, cost=Cost.TEST_NETWORK, uri=key_uri)
    return True


def fund_on_devnet(wiring: Wiring, addresses: Iterable[str]) -> int:
    """Have a devnet's faucet give ether to those who hold none; return to how many. Nothing elsewhere."""
    if not str(wiring.chain.read("web3_clientVersion")).startswith(_DEVNET_CLIENT):
        return 0
    poor = [address for address in addresses if wiring.chain.balance(address) == 0]
    for address in poor:
        wiring.chain.read("devnet_fund", address)
    return len(poor)


def control_status(wiring: Wiring) -> ControlStatus:
    """Return the control plane that the profile names, beside what the profile says.

    Raises
    ------
    ContractMissing
        The profile names no contracts, or one has no code.
    """
    from sovbank.errors.evm import ContractMissing
    from sovbank.evm.inspection import inspect

    if wiring.profile.evm.contracts is None:
        raise ContractMissing(f"profile {wiring.profile.name} names no contracts of the control plane")
    return inspect(wiring.chain, wiring.profile, wiring.profile.evm.contracts)


def write_into_profile(wiring: Wiring, contracts: Contracts) -> bool:
    """Put the contracts into the profile's file, whole or not at all; False when they stood there.

    Raises
    ------
    ProfileMalformed
        The file writes its contracts in a form that cannot be replaced in place.
    FileRefused
    """
    from sovbank.cli.files import replace_private_file
    from sovbank.core.profile_writer import write_contracts

    if wiring.profile.evm.contracts == contracts:
        return False
    path = wiring.profile_path
    text = write_contracts(path.read_text(encoding="utf-8"), contracts, source=str(path))
    replace_private_file(path, text.encode("utf-8"))
    return True
