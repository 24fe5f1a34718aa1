"""Deploying the control plane of a profile with a key of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.evm.deployment import Deployed


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
