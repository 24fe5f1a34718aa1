"""`sovbank control`: deploy the control plane of a profile and compare it with the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sovbank.cli.context import Run, current

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.evm.deployment import Deployed
    from sovbank.evm.inspection import AssetState, ControlStatus

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_KEY_HELP = "Key that deploys and is used for nothing else; on test networks keystore:deployer if left out."


@app.command()
def deploy(
    ctx: typer.Context, key: Annotated[str | None, typer.Option("--key", help=_KEY_HELP)] = None
) -> None:
    """Deploy the five contracts. They get the profile's roles and limits, the profile their names."""
    from sovbank.cli.wiring import control as wired

    run = current(ctx)
    uri = _deploying_key(run, key)
    signer = run.wiring.keys.chain_signer(uri)
    _refuse_anothers(run, signer.address)
    _confirm(run, signer.address)
    with run.out.step("Deploying the control plane") as step:
        officers = (officer.evm_address for officer in run.wiring.profile.officers.values())
        wired.fund_on_devnet(run.wiring, [signer.address, *filter(None, officers)])
        deployed = wired.deploy_control_plane(run, uri)
        sent = f"{deployed.sent} transactions" if deployed.sent else "it stood already"
        step.done(f"The control plane stands ({sent}); the deployer holds nothing")
    written = wired.write_into_profile(run.wiring, deployed.contracts)
    if written:
        run.out.say(f"The contracts are named in {run.wiring.profile_path}.")
    run.out.result(
        result={"sent": deployed.sent, "deployer": signer.address, **_data(deployed.status)},
        human=lambda out: _show_contracts(out, deployed),
    )


@app.command()
def status(ctx: typer.Context) -> None:
    """Compare the contracts with the profile. Roles and limits are part of it; exit 14 when they differ."""
    from sovbank.cli.wiring.control import control_status
    from sovbank.errors.evm import ControlPlaneDrift

    run = current(ctx)
    with run.out.working("reading the control plane"):
        found = control_status(run.wiring)
    run.out.result(result=_data(found), human=lambda out: _show(out, found))
    if found.differences:
        raise ControlPlaneDrift(
            f"the control plane differs from profile {run.wiring.profile.name}"
            f" in {len(found.differences)} places: {found.differences[0]}"
        )


def _deploying_key(run: Run, key: str | None) -> str:
    from sovbank.cli.wiring.control import DEPLOYER, make_deployer_key
    from sovbank.errors.cli import CommandLineWrong

    if key is None and run.wiring.profile.production:
        raise CommandLineWrong("name the deploying key with --key; a production profile has no default")
    uri = key or DEPLOYER
    if make_deployer_key(run, uri):
        run.out.say(f"The key {uri} was made. It deploys, and nothing else.")
    return uri


def _refuse_anothers(run: Run, deployer: str) -> None:
    """Refuse to put a second control plane beside one that another key deployed and the profile names."""
    from sovbank.cli.wiring.control import control_status
    from sovbank.errors.evm import ContractMissing, DeploymentDiffers

    try:
        found = control_status(run.wiring)
    except ContractMissing:
        return
    if found.deployer != deployer:
        raise DeploymentDiffers(
            f"the profile names a control plane that {found.deployer} deployed",
            next_step="Keep it; or take [evm.contracts] out of the profile to deploy another.",
        )


def _confirm(run: Run, deployer: str) -> None:
    profile = run.wiring.profile
    lines = [f"chain {profile.evm.chain_id} at {profile.evm.url}", f"deployer {deployer}"]
    lines += [f"{role.value}: {', '.join(names)}" for role, names in profile.evm.roles.items()]
    run.prompt.confirm(
        lines,
        question="Deploy the control plane with these roles?",
        yes_allowed=run.wiring.yes_allowed,
    )


def _data(found: ControlStatus) -> dict[str, Any]:
    return {
        "chain_id": found.chain_id,
        "block": found.block_number,
        "block_time": found.block_time,
        "paused": found.paused,
        "pause_reason": found.pause_reason,
        "deployer": found.deployer,
        "report_quorum": found.report_quorum,
        "unpause_quorum": found.unpause_quorum,
        "contracts": [vars(contract) for contract in found.contracts],
        "roles": [
            {
                "role": role.role.value,
                "officers": role.officers,
                "on_chain": role.on_chain,
                "in_profile": role.in_profile,
                "same": role.same,
            }
            for role in found.roles
        ],
        "assets": [
            {"asset": asset.symbol, "on_chain": _limits(asset, chain=True), "same": asset.same}
            for asset in found.assets
        ],
        "differences": list(found.differences),
    }


def _limits(asset: AssetState, *, chain: bool) -> dict[str, Any]:
    from sovbank.core.money import from_micro

    limits = asset.on_chain if chain else asset.in_profile
    return {
        "global_cap": from_micro(limits.global_cap),
        "burst": from_micro(limits.burst),
        "rate_per_second": from_micro(limits.rate_per_second),
        "attestation_max_age_seconds": limits.max_age,
    }


def _show_contracts(out: Output, deployed: Deployed) -> None:
    out.panel(
        "Control plane",
        [(name.replace("_", " "), value) for name, value in deployed.contracts.model_dump().items()],
    )


def _show(out: Output, found: ControlStatus) -> None:
    paused = f"PAUSED: {found.pause_reason}" if found.paused else "no"
    out.panel(
        "Control plane",
        [
            ("chain", found.chain_id),
            ("block", found.block_number),
            ("paused", paused),
            ("reserve reporters who sign", found.report_quorum),
            ("guardians who lift a pause", found.unpause_quorum),
        ],
    )
    out.table(
        ["contract", "proxy", "code behind it", "as shipped"],
        [(one.name, one.proxy, one.implementation, one.as_shipped) for one in found.contracts],
    )
    out.table(
        ["role", "officer", "address", "as in the profile"],
        [
            (role.role.value, officer, address, address in role.in_profile)
            for role in found.roles
            for officer, address in zip(role.officers, role.on_chain, strict=True)
        ],
    )
    for asset in found.assets:
        limits = _limits(asset, chain=True)
        out.panel(
            f"{asset.symbol}, {'as in the profile' if asset.same else 'NOT as in the profile'}",
            [
                ("cap", limits["global_cap"]),
                ("burst", limits["burst"]),
                ("rate a second", limits["rate_per_second"]),
                ("attestation at most", f"{limits['attestation_max_age_seconds']} seconds old"),
            ],
        )
    for difference in found.differences:
        out.warn(difference)
