"""A profile that is written and read again is the same profile."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.cli.profile_init import load_template
from sovbank.core.profile import (
    Account,
    Asset,
    Contracts,
    Limits,
    MembershipSettings,
    Officer,
    Role,
    parse_profile,
)
from sovbank.core.profile_writer import render_profile, write_contracts
from sovbank.errors.core import ProfileMalformed

CONTRACTS = Contracts(
    system_guard="0x" + "1" * 40,
    compliance_registry="0x" + "2" * 40,
    reserve_registry="0x" + "3" * 40,
    mint_guard="0x" + "4" * 40,
    membership_registry="0x" + "5" * 40,
)
OTHERS = CONTRACTS.model_copy(update={"mint_guard": "0x" + "a" * 40})
FILES = {
    "devnet": "devnet.toml",
    "standalone": "standalone.toml",
    "testnet": "testnet.toml",
    "mainnet": "mainnet.example.toml",
}

_name = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
_text = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=60)
_address = st.from_regex(r"r[1-9A-HJ-NP-Za-km-z]{24,34}", fullmatch=True)
_evm = st.from_regex(r"0x[0-9a-fA-F]{40}", fullmatch=True)
_key = st.from_regex(r"(keystore|pkcs11|awskms):[!-~]{1,40}", fullmatch=True)
_amount = st.from_regex(r"[1-9][0-9]{0,9}(\.[0-9]{1,6})?", fullmatch=True)
_officers = st.dictionaries(
    _name,
    st.builds(
        Officer,
        title=_text,
        key=_key,
        account=_address,
        evm_key=st.none() | _key,
        evm_address=st.none() | _evm,
    ),
    max_size=3,
)
_accounts = st.dictionaries(
    _name,
    st.builds(
        Account,
        role=st.sampled_from(["issuer", "treasury"]),
        address=_address,
        master_key=st.none() | _key,
        signers=st.dictionaries(_name, st.integers(1, 65535), max_size=3),
        quorum=st.integers(0, 2**31),
        disable_master=st.booleans(),
        domain=st.none() | st.just("bank.example"),
        tick_size=st.none() | st.integers(3, 15),
    ),
    max_size=3,
)
_assets = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z0-9]{2,19}", fullmatch=True),
    st.builds(
        Asset,
        currency=st.just("FTHUSD"),
        issuer=_name,
        treasury=_name,
        redemption=_name,
        global_cap=_amount,
        burst=_amount,
        rate_per_day=_amount,
        mint_legs=st.sampled_from(["treasury", "direct"]),
    ),
    max_size=2,
)
_limits = st.builds(Limits, mint_most=st.none() | _amount)
_membership = st.none() | st.builds(
    MembershipSettings, account=_name, metadata_url=st.just("https://bank.example/membership")
)
_roles = st.dictionaries(st.sampled_from(list(Role)), st.lists(_name, max_size=3).map(tuple), max_size=4)


@given(
    _officers, _accounts, _assets, _membership, _limits, _roles, st.none() | st.just(CONTRACTS), st.booleans()
)
def test_rendering_and_parsing_are_inverse(
    officers: Any,
    accounts: Any,
    assets: Any,
    membership: Any,
    limits: Any,
    roles: Any,
    contracts: Any,
    production: bool,
) -> None:
    start = load_template("devnet")
    profile = start.model_copy(
        update={
            "officers": officers,
            "accounts": accounts,
            "assets": assets,
            "membership": membership,
            "limits": limits,
            "production": production,
            "evm": start.evm.model_copy(update={"roles": roles, "contracts": contracts}),
        }
    )
    assert parse_profile(render_profile(profile), source="test") == profile


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_files_are_what_the_writer_writes(name: str) -> None:
    text = (files("sovbank.templates") / FILES[name]).read_text(encoding="utf-8")
    assert render_profile(parse_profile(text, source=name)) == text


def test_contracts_are_added_and_replaced_and_all_else_stays() -> None:
    text = render_profile(load_template("devnet")).replace("[limits]", "# mine\n[limits]")
    once = write_contracts(text, CONTRACTS, source="test")
    twice = write_contracts(once, OTHERS, source="test")
    assert once.startswith(text.rstrip("\n"))
    assert "# mine" in twice
    assert parse_profile(once, source="test").evm.contracts == CONTRACTS
    assert parse_profile(twice, source="test").evm.contracts == OTHERS
    assert write_contracts(twice, CONTRACTS, source="test") == once


def test_contracts_in_the_middle_of_a_file_are_replaced_in_place() -> None:
    profile = load_template("devnet")
    placed = profile.model_copy(update={"evm": profile.evm.model_copy(update={"contracts": CONTRACTS})})
    changed = write_contracts(render_profile(placed), OTHERS, source="test")
    expected = profile.model_copy(update={"evm": profile.evm.model_copy(update={"contracts": OTHERS})})
    assert parse_profile(changed, source="test") == expected
    assert "# Who acts in which role." in changed


def test_contracts_written_inline_are_left_to_the_person() -> None:
    text = render_profile(load_template("devnet"))
    inline = ", ".join(f'{name} = "{value}"' for name, value in CONTRACTS.model_dump().items())
    text = text.replace("[evm]\n", f"[evm]\ncontracts = {{ {inline} }}\n")
    with pytest.raises(ProfileMalformed):
        write_contracts(text, OTHERS, source="test")
