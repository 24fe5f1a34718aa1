"""Every rule of a profile, broken one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sovbank.cli.profile_init import load_template
from sovbank.core.profile import Profile, Role
from sovbank.core.profile_rules import check_profile, problems
from sovbank.errors.core import ProfileInconsistent

TEMPLATES = ("devnet", "standalone", "testnet", "mainnet")
_Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_templates_agree_with_themselves(name: str) -> None:
    assert problems(load_template(name)) == []


def broken(template: str, change: _Change) -> Profile:
    data = load_template(template).model_dump()
    change(data)
    return Profile.model_validate(data)


def _set(*path: str, to: Any) -> _Change:
    def change(data: dict[str, Any]) -> None:
        *parents, last = path
        for key in parents:
            data = data[key]
        data[last] = to

    return change


def _copy(section: str, first: str, second: str, key: str) -> _Change:
    def change(data: dict[str, Any]) -> None:
        data[section][second][key] = data[section][first][key]

    return change


def _second_asset(data: dict[str, Any]) -> None:
    data["assets"]["USDF"] = {**data["assets"]["FTHUSD"], "currency": "USDF"}


def _lower_case_twin(data: dict[str, Any]) -> None:
    data["officers"]["coo"]["evm_address"] = data["officers"]["cfo"]["evm_address"].lower()


def _officer_account(data: dict[str, Any]) -> None:
    data["accounts"]["treasury"]["address"] = data["officers"]["cfo"]["account"]


def _all(*changes: _Change) -> _Change:
    def change(data: dict[str, Any]) -> None:
        for one in changes:
            one(data)

    return change


BREAKS: dict[str, tuple[str, _Change, str]] = {
    "role names nobody": ("devnet", _set("evm", "roles", Role.APPROVER, to=("nobody",)), "name-unknown"),
    "signer unknown": (
        "devnet",
        _set("accounts", "issuer", "signers", to={"ceo": 3, "nobody": 1}),
        "name-unknown",
    ),
    "asset names no account": ("devnet", _set("assets", "FTHUSD", "issuer", to="nowhere"), "name-unknown"),
    "requester approves": ("devnet", _set("evm", "roles", Role.APPROVER, to=("treasury-ops",)), "one-role"),
    "role twice": ("devnet", _set("evm", "roles", Role.GUARDIAN, to=("ceo", "ceo")), "one-role"),
    "no address": ("devnet", _set("officers", "cfo", "evm_address", to=None), "role-needs-address"),
    "too few reporters": (
        "devnet",
        _set("evm", "roles", Role.RESERVE_REPORTER, to=("auditor",)),
        "report-quorum",
    ),
    "same account": ("devnet", _copy("officers", "ceo", "cfo", "account"), "shared-identity"),
    "same key": ("devnet", _copy("officers", "ceo", "cfo", "key"), "shared-identity"),
    "same evm address": ("devnet", _lower_case_twin, "shared-identity"),
    "same address": ("devnet", _copy("accounts", "issuer", "treasury", "address"), "shared-identity"),
    "same master key": ("devnet", _copy("accounts", "issuer", "treasury", "master_key"), "shared-identity"),
    "quorum unreachable": ("devnet", _set("accounts", "issuer", "quorum", to=6), "quorum"),
    "quorum zero": ("devnet", _set("accounts", "issuer", "quorum", to=0), "quorum"),
    "quorum without signers": ("devnet", _set("accounts", "issuer", "signers", to={}), "quorum"),
    "account of its signer": ("devnet", _officer_account, "signer-is-account"),
    "locked account": (
        "devnet",
        _all(_set("accounts", "issuer", "signers", to={}), _set("accounts", "issuer", "quorum", to=0)),
        "master-key",
    ),
    "treasury is issuer": ("devnet", _set("assets", "FTHUSD", "treasury", to="issuer"), "asset-accounts"),
    "wrong role": ("devnet", _set("accounts", "treasury", "role", to="redemption"), "asset-accounts"),
    "issuer of two": ("devnet", _second_asset, "one-issuer"),
    "membership from nowhere": (
        "devnet",
        _set("membership", "account", to="nowhere"),
        "name-unknown",
    ),
    "membership from the treasury": (
        "devnet",
        _set("membership", "account", to="treasury"),
        "membership-account",
    ),
    "membership without a domain": (
        "devnet",
        _set("accounts", "membership", "domain", to=None),
        "membership-account",
    ),
    "metadata far away": (
        "devnet",
        _set("membership", "metadata_url", to="https://bank.example/" + "m" * 160),
        "membership-uri",
    ),
    "metadata elsewhere": (
        "devnet",
        _set("membership", "metadata_url", to="https://bänk.example/"),
        "membership-uri",
    ),
    "burst above cap": ("devnet", _set("assets", "FTHUSD", "burst", to="100000000.01"), "burst"),
    "main network": ("devnet", _set("network", "id", to=0), "main-network"),
    "devnet in production": ("mainnet", _set("network", "id", to=21338), "production-network"),
    "keystore in production": (
        "mainnet",
        _set("officers", "ceo", "key", to="keystore:ceo"),
        "production-key",
    ),
    "keystore for the chain": (
        "mainnet",
        _set("officers", "ceo", "evm_key", to="keystore:ceo"),
        "production-key",
    ),
    "keystore master key": (
        "mainnet",
        _set("accounts", "issuer", "master_key", to="keystore:issuer"),
        "production-key",
    ),
    "node without TLS": ("mainnet", _set("nodes", "member", "url", to="http://x.example"), "production-tls"),
    "chain without TLS": ("mainnet", _set("evm", "url", to="http://x.example"), "production-tls"),
    "no confirmations": ("mainnet", _set("evm", "confirmations", to=0), "production-confirmations"),
    "several proposers on SQLite": (
        "mainnet",
        _all(
            _set("evm", "roles", Role.REQUESTER, to=("treasury-ops", "settlement")),
            _set("evm", "roles", Role.CONFIRMER, to=()),
            _set("journal", "url", to=None),
        ),
        "production-journal",
    ),
    "one signer suffices": ("mainnet", _set("accounts", "issuer", "quorum", to=1), "production-quorum"),
    "master key in use": (
        "mainnet",
        _set("accounts", "issuer", "disable_master", to=False),
        "production-master",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_named(name: str) -> None:
    template, change, rule = BREAKS[name]
    profile = broken(template, change)
    assert rule in [problem.rule for problem in problems(profile)]
    with pytest.raises(ProfileInconsistent):
        check_profile(profile)


def test_several_proposers_may_share_postgres() -> None:
    change = _all(
        _set("evm", "roles", Role.REQUESTER, to=("treasury-ops", "settlement")),
        _set("evm", "roles", Role.CONFIRMER, to=()),
    )
    assert problems(broken("mainnet", change)) == []


def test_the_refusal_counts_the_rest() -> None:
    change = _all(_set("accounts", "issuer", "quorum", to=9), _set("accounts", "treasury", "quorum", to=9))
    with pytest.raises(ProfileInconsistent, match=r"quorum 9 is not within .* 5 \(and 1 more\)"):
        check_profile(broken("devnet", change))
