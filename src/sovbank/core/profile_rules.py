"""What the parts of a profile must be to each other. One rule, one check; nothing here does I/O.

Rules
-----
name-unknown         roles, signer lists and assets name officers and accounts that exist
one-role             an officer holds at most one control-plane role: an address holds one (theorem 5)
role-needs-address   an officer with a role has an address on the control plane
report-quorum        as many reserve reporters as the report quorum asks for
shared-identity      no account, control-plane address or key belongs to two officers or accounts
quorum               a quorum that the signers' weights reach; none without signers
signer-is-account    an account does not sign for itself
list-size            at most 32 signers
master-key           a master key is disabled only where a signer list takes over
asset-accounts       issuer, treasury and redemption of an asset are three accounts, each with that role
one-issuer           an issuer issues one asset: freeze, fee and tick size are settings of the account
membership-account   memberships come from an account with that role, which names its domain
membership-uri       the URI of every tier's metadata fits into a token: ASCII, 256 characters
burst                what may be minted at once is not above the cap
main-network         the main network only with ``production = true``
production-*         no keystore keys; TLS everywhere; confirmations; Postgres for several proposers; no
                     signer who meets a quorum alone; not on the devnet's network id
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from sovbank.core.membership import MAX_URI_BYTES, TIERS, metadata_uri
from sovbank.core.profile import Account, AccountRole, Officer, Profile, Role
from sovbank.errors.core import ProfileInconsistent

MAIN_NETWORK_ID = 0
DEVNET_NETWORK_ID = 21338
MOST_SIGNERS = 32


@dataclass(frozen=True)
class Problem:
    """A rule that a profile breaks, and how."""

    rule: str
    message: str


_Check = Callable[[Profile], Iterator[Problem]]


def problems(profile: Profile) -> list[Problem]:
    """Return everything that is wrong with a profile, in the order of the rules."""
    return [problem for check in _CHECKS for problem in check(profile)]


def check_profile(profile: Profile) -> Profile:
    """Return the profile if its parts agree.

    Raises
    ------
    ProfileInconsistent
        Names the first broken rule and how many more there are.
    """
    found = problems(profile)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ProfileInconsistent(
            f"profile {profile.name}: {found[0].message}{more}", details={"rule": found[0].rule}
        )
    return profile


def _names(profile: Profile) -> Iterator[Problem]:
    for role, holders in profile.evm.roles.items():
        for name in holders:
            if name not in profile.officers:
                yield Problem("name-unknown", f"role {role.value} names no officer: {name}")
    for account_name, account in profile.accounts.items():
        for name in account.signers:
            if name not in profile.officers:
                yield Problem("name-unknown", f"account {account_name} lists an unknown signer: {name}")
    for symbol, asset in profile.assets.items():
        for name in (asset.issuer, asset.treasury, asset.redemption):
            if name not in profile.accounts:
                yield Problem("name-unknown", f"asset {symbol} names no account: {name}")


def _roles(profile: Profile) -> Iterator[Problem]:
    held = Counter(name for holders in profile.evm.roles.values() for name in holders)
    for name, count in held.items():
        if count > 1:
            yield Problem("one-role", f"officer {name} holds {count} control-plane roles; one is allowed")
        officer = profile.officers.get(name)
        if officer is not None and officer.evm_address is None:
            yield Problem("role-needs-address", f"officer {name} holds a role and has no evm_address")
    reporters = len(profile.evm.roles.get(Role.RESERVE_REPORTER, ()))
    if reporters and reporters < profile.evm.report_quorum:
        yield Problem(
            "report-quorum", f"{reporters} reserve reporters cannot reach {profile.evm.report_quorum} reports"
        )


def _identities(profile: Profile) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for what, value, owner in _identifiers(profile):
        first = owners.setdefault(value, owner)
        if first != owner:
            yield Problem("shared-identity", f"{first} and {owner} have the same {what}")


def _identifiers(profile: Profile) -> Iterator[tuple[str, str, str]]:
    for name, officer in profile.officers.items():
        owner = f"officer {name}"
        yield "XRP Ledger account", officer.account, owner
        yield "key", officer.key, owner
        if officer.evm_key is not None:
            yield "key", officer.evm_key, owner
        if officer.evm_address is not None:
            yield "control-plane address", officer.evm_address.lower(), owner
    for name, account in profile.accounts.items():
        yield "XRP Ledger account", account.address, f"account {name}"
        if account.master_key is not None:
            yield "key", account.master_key, f"account {name}"


def _accounts(profile: Profile) -> Iterator[Problem]:
    for name, account in profile.accounts.items():
        yield from _signer_list(profile, name, account)


def _signer_list(profile: Profile, name: str, account: Account) -> Iterator[Problem]:
    total = sum(account.signers.values())
    if account.signers and not 1 <= account.quorum <= total:
        yield Problem(
            "quorum", f"account {name}: quorum {account.quorum} is not within the signers' weight {total}"
        )
    if not account.signers and account.quorum:
        yield Problem("quorum", f"account {name}: a quorum of {account.quorum} and no signers")
    if len(account.signers) > MOST_SIGNERS:
        yield Problem("list-size", f"account {name}: {len(account.signers)} signers; at most {MOST_SIGNERS}")
    for signer in account.signers:
        officer = profile.officers.get(signer)
        if officer is not None and officer.account == account.address:
            yield Problem("signer-is-account", f"account {name} is the account of its signer {signer}")
    if account.disable_master and not account.signers:
        yield Problem("master-key", f"account {name}: disable_master without signers would lock the account")


def _assets(profile: Profile) -> Iterator[Problem]:
    issuers: dict[str, str] = {}
    for symbol, asset in profile.assets.items():
        named = {
            AccountRole.ISSUER: asset.issuer,
            AccountRole.TREASURY: asset.treasury,
            AccountRole.REDEMPTION: asset.redemption,
        }
        if len(set(named.values())) < len(named):
            yield Problem("asset-accounts", f"asset {symbol}: issuer, treasury and redemption must differ")
        for role, name in named.items():
            account = profile.accounts.get(name)
            if account is not None and account.role is not role:
                yield Problem(
                    "asset-accounts",
                    f"asset {symbol}: account {name} has role {account.role.value}, not {role.value}",
                )
        first = issuers.setdefault(asset.issuer, symbol)
        if first != symbol:
            yield Problem("one-issuer", f"assets {first} and {symbol} have the same issuer {asset.issuer}")
        if Decimal(asset.burst) > Decimal(asset.global_cap):
            yield Problem("burst", f"asset {symbol}: burst {asset.burst} is above the cap {asset.global_cap}")


def _membership(profile: Profile) -> Iterator[Problem]:
    settings = profile.membership
    if settings is None:
        return
    account = profile.accounts.get(settings.account)
    if account is None:
        yield Problem("name-unknown", f"membership names no account: {settings.account}")
        return
    if account.role is not AccountRole.MEMBERSHIP:
        yield Problem(
            "membership-account",
            f"membership: account {settings.account} has role {account.role.value}, not membership",
        )
    if account.domain is None:
        yield Problem("membership-account", f"membership: account {settings.account} names no domain")
    for tier in TIERS:
        uri = metadata_uri(settings.metadata_url, domain=account.domain or "", tier=tier)
        if not uri.isascii() or len(uri) > MAX_URI_BYTES:
            yield Problem(
                "membership-uri",
                f"membership: the URI of tier {tier} has to be ASCII and at most {MAX_URI_BYTES} characters",
            )
            return


def _network(profile: Profile) -> Iterator[Problem]:
    if profile.network.id == MAIN_NETWORK_ID and not profile.production:
        yield Problem("main-network", "network id 0 is the main network: it needs production = true")


def _production(profile: Profile) -> Iterator[Problem]:
    if not profile.production:
        return
    if profile.network.id == DEVNET_NETWORK_ID:
        yield Problem("production-network", f"network id {DEVNET_NETWORK_ID} is the devnet's")
    for owner, uri in _keys(profile):
        if uri.startswith("keystore:"):
            yield Problem("production-key", f"{owner}: a keystore key is for test networks only")
    for name, url in _endpoints(profile):
        if not url.startswith("https://"):
            yield Problem("production-tls", f"{name}: {url} is not reached over TLS")
    if profile.evm.confirmations < 1:
        yield Problem("production-confirmations", "evm.confirmations must be at least 1")
    proposers = len(profile.evm.roles.get(Role.REQUESTER, ()))
    if proposers > 1 and not (profile.journal.url or "sqlite:").startswith("postgresql"):
        yield Problem("production-journal", f"{proposers} proposers need a journal on Postgres, not SQLite")
    for name, account in profile.accounts.items():
        if any(weight >= account.quorum for weight in account.signers.values()):
            yield Problem("production-quorum", f"account {name}: one signer alone meets the quorum")
        if not account.disable_master:
            yield Problem("production-master", f"account {name}: the master key must be disabled")


def _keys(profile: Profile) -> Iterator[tuple[str, str]]:
    for name, officer in profile.officers.items():
        for uri in _officer_keys(officer):
            yield f"officer {name}", uri
    for name, account in profile.accounts.items():
        if account.master_key is not None:
            yield f"account {name}", account.master_key


def _officer_keys(officer: Officer) -> Iterator[str]:
    yield officer.key
    if officer.evm_key is not None:
        yield officer.evm_key


def _endpoints(profile: Profile) -> Iterator[tuple[str, str]]:
    yield "nodes.core", profile.nodes.core.url
    yield "nodes.treasury", profile.nodes.treasury.url
    yield "nodes.member", profile.nodes.member.url
    yield "evm", profile.evm.url


_CHECKS: tuple[_Check, ...] = (
    _names,
    _roles,
    _identities,
    _accounts,
    _assets,
    _membership,
    _network,
    _production,
)
