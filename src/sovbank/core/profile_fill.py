"""Filling a template: the same people, accounts and rules, with keys and addresses of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sovbank.core.profile import Account, Node, Nodes, Officer, Profile
from sovbank.errors.core import NotInProfile


@dataclass(frozen=True)
class Identity:
    """A key made for an officer or account: its URI, XRP Ledger address and control-plane address.

    ``evm_key`` and ``evm_address`` are for officers; without ``evm_key`` the one key serves both ledgers.
    """

    key: str
    account: str
    evm_key: str | None = None
    evm_address: str | None = None


def fill_profile(
    template: Profile, *, name: str, officers: Mapping[str, Identity], accounts: Mapping[str, Identity]
) -> Profile:
    """Return the template under a new name with the given identities; all must be given.

    Raises
    ------
    NotInProfile
        An officer or account of the template has no identity.
    """
    return template.model_copy(
        update={
            "name": name,
            "officers": {
                key: _officer(officer, _identity(officers, key, "officer"))
                for key, officer in template.officers.items()
            },
            "accounts": {
                key: _account(account, _identity(accounts, key, "account"))
                for key, account in template.accounts.items()
            },
        }
    )


def with_endpoints(profile: Profile, *, xrpl_url: str, evm_url: str, network_id: int) -> Profile:
    """Return the profile on one XRP Ledger node, one EVM node and another network id: a devnet's."""
    node = Node(url=xrpl_url)
    return profile.model_copy(
        update={
            "nodes": Nodes(core=node, treasury=node, member=node),
            "evm": profile.evm.model_copy(update={"url": evm_url}),
            "network": profile.network.model_copy(update={"id": network_id}),
        }
    )


def _identity(identities: Mapping[str, Identity], name: str, what: str) -> Identity:
    if name not in identities:
        raise NotInProfile(f"no key was made for {what} {name}")
    return identities[name]


def _officer(officer: Officer, identity: Identity) -> Officer:
    return officer.model_copy(
        update={
            "key": identity.key,
            "account": identity.account,
            "evm_key": identity.evm_key,
            "evm_address": identity.evm_address,
        }
    )


def _account(account: Account, identity: Identity) -> Account:
    return account.model_copy(update={"address": identity.account, "master_key": identity.key})
