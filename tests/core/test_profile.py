"""A profile is read strictly."""

from __future__ import annotations

import pytest

from sovbank.cli.profile_init import load_template
from sovbank.core.profile import MAX_PROFILE_BYTES, parse_profile
from sovbank.core.profile_writer import render_profile
from sovbank.errors.core import ProfileMalformed, ProfileUnknownKey

GOOD = render_profile(load_template("devnet"))
BAD = {
    "misspelt key": ("quorum = 3", "quorun = 3", ProfileUnknownKey, "accounts.issuer.quorun"),
    "unknown section": ("[limits]", "[limit]", ProfileUnknownKey, "limit"),
    "unknown role": ('admin = ["adviser"]', 'king = ["adviser"]', ProfileMalformed, "evm.roles"),
    "text for a number": ("quorum = 3", 'quorum = "3"', ProfileMalformed, "accounts.issuer.quorum"),
    "number for an amount": ('burst = "5000000"', "burst = 5000000", ProfileMalformed, "burst"),
    "exponent": ('burst = "5000000"', 'burst = "5e6"', ProfileMalformed, "burst"),
    "password in a URL": ("http://127.0.0.1:8545", "http://u:p@127.0.0.1", ProfileMalformed, "evm.url"),
    "another format": ("format = 1", "format = 2", ProfileMalformed, "format"),
    "no TOML": ("format = 1", "format = ", ProfileMalformed, "not TOML"),
    "key without scheme": ('"keystore:ceo"', '"ceo"', ProfileMalformed, "officers.ceo.key"),
    "chain id zero": ("chain_id = 21338", "chain_id = 0", ProfileMalformed, "evm.chain_id"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_profile_is_refused_with_the_place_named(name: str) -> None:
    old, new, error, place = BAD[name]
    assert old in GOOD
    with pytest.raises(error) as refusal:
        parse_profile(GOOD.replace(old, new, 1), source="test")
    assert place in refusal.value.message
    assert refusal.value.message.startswith("test")


def test_size_is_capped() -> None:
    with pytest.raises(ProfileMalformed, match="larger"):
        parse_profile("#" * (MAX_PROFILE_BYTES + 1), source="test")
