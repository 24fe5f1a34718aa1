"""A profile as tables for people and as data for programs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from sovbank.cli.render import Column, Output
from sovbank.core.profile import Profile, Role


def as_data(profile: Profile) -> dict[str, Any]:
    """Return everything in the profile as plain data."""
    return profile.model_dump(mode="json")


def show_profile(out: Output, profile: Profile, path: Path) -> None:
    """Write the profile as panels and tables."""
    out.panel(
        f"Profile {profile.name}",
        [
            ("file", path),
            ("network", f"{profile.network.name}, id {profile.network.id}"),
            ("production", profile.production),
            ("core node", profile.nodes.core.url),
            ("treasury node", profile.nodes.treasury.url),
            ("member node", profile.nodes.member.url),
            ("EVM chain", f"{profile.evm.chain_id} at {profile.evm.url}"),
            ("confirmations", profile.evm.confirmations),
            ("contracts", "named below" if profile.evm.contracts else "not deployed yet"),
            ("membership", _membership(profile)),
            ("journal", profile.journal.url or "SQLite in the state directory"),
        ],
    )
    if profile.evm.contracts is not None:
        out.line()
        out.panel("Contracts", list(profile.evm.contracts.model_dump().items()))
    out.line()
    _officers(out, profile)
    out.line()
    _accounts(out, profile)
    out.line()
    _assets(out, profile)


def _officers(out: Output, profile: Profile) -> None:
    roles: dict[str, Role] = {name: role for role, names in profile.evm.roles.items() for name in names}
    out.table(
        ["officer", Column("title", wrap=True, optional=True), "role", "account"],
        [
            [name, officer.title, roles[name].value if name in roles else None, officer.account]
            for name, officer in profile.officers.items()
        ],
        title="Officers",
    )


def _accounts(out: Output, profile: Profile) -> None:
    out.table(
        ["account", "address", "quorum", Column("signers", wrap=True)],
        [
            [
                name,
                account.address,
                f"{account.quorum} of {sum(account.signers.values())}" if account.signers else None,
                ", ".join(
                    signer if weight == 1 else f"{signer} x{weight}"
                    for signer, weight in account.signers.items()
                ),
            ]
            for name, account in profile.accounts.items()
        ],
        title="Accounts",
    )


def _membership(profile: Profile) -> str:
    settings = profile.membership
    if settings is None:
        return "none issued"
    return f"issued by account {settings.account}, metadata under {settings.metadata_url}"


def _assets(out: Output, profile: Profile) -> None:
    out.table(
        [
            "asset",
            "issuer",
            "treasury",
            "redemption",
            Column("cap", right=True),
            Column("burst", right=True),
            Column("per day", right=True),
        ],
        [
            [
                symbol,
                asset.issuer,
                asset.treasury,
                asset.redemption,
                Decimal(asset.global_cap),
                Decimal(asset.burst),
                Decimal(asset.rate_per_day),
            ]
            for symbol, asset in profile.assets.items()
        ],
        title="Assets",
    )
