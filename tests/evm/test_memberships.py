"""Memberships on MembershipRegistry, issued and revoked through the adapter."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from sovbank.core.membership import TIERS
from sovbank.core.profile import Role
from sovbank.errors.core import TierUnknown
from sovbank.errors.evm import ControlPlaneRefused, MalformedEvmValue
from sovbank.evm.control_plane import EvmControlPlane

from .conftest import Bank, rpc

CUSTOMER = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"
TOKEN = "0001000022B67B60A89E26A4E1969ACBE7916413E49E781644B17C9E00000003"
OTHER_TOKEN = "0001000022B67B60A89E26A4E1969ACBE7916413E49E7816A048C0AB00000007"
REASON = "left the bank"


def _admitted(bank: Bank) -> EvmControlPlane:
    control = bank.open()
    control.whitelist(
        "KYC-1",
        bank.profile.network.id,
        CUSTOMER,
        "low",
        bank.now() + 86_400,
        signer=bank.officer(Role.COMPLIANCE),
        record=bank.record,
    )
    return control


def _issue(bank: Bank, control: EvmControlPlane, **changes: Any) -> None:
    given = {"account": CUSTOMER, "nftoken_id": TOKEN, "tier": "pro", "role": Role.MEMBERSHIP} | changes
    control.issue_membership(
        bank.profile.network.id,
        given["account"],
        given["nftoken_id"],
        given["tier"],
        signer=bank.officer(given["role"]),
        record=bank.record,
    )


def _revoke(bank: Bank, control: EvmControlPlane, nftoken_id: str = TOKEN) -> None:
    control.revoke_membership(
        bank.profile.network.id,
        CUSTOMER,
        nftoken_id,
        REASON,
        signer=bank.officer(Role.MEMBERSHIP),
        record=bank.record,
    )


def _refused(code: str, act: Any) -> None:
    with pytest.raises(ControlPlaneRefused) as caught:
        act()
    assert caught.value.code == f"control.{code}"


def test_a_membership_is_issued_and_revoked(bank: Bank) -> None:
    control, network = _admitted(bank), bank.profile.network.id
    assert control.membership_of(network, CUSTOMER) is None
    assert not control.is_member(network, CUSTOMER)
    assert not control.is_recorded_token(TOKEN)

    _issue(bank, control)
    assert control.is_recorded_token(TOKEN)
    assert not control.is_recorded_token(OTHER_TOKEN)
    found = control.membership_of(network, CUSTOMER)
    assert found is not None
    assert (found.nftoken_id, found.tier, found.revoked_at) == (TOKEN, "pro", None)
    assert abs(found.issued_at - bank.now()) < 5
    assert control.is_member(network, CUSTOMER)
    assert control.membership_of(network + 1, CUSTOMER) is None
    _refused("already-member", lambda: _issue(bank, control, nftoken_id=OTHER_TOKEN))

    _refused("other-nftoken", lambda: _revoke(bank, control, OTHER_TOKEN))
    _revoke(bank, control)
    ended = control.membership_of(network, CUSTOMER)
    assert ended is not None
    assert ended.revoked_at is not None
    assert not control.is_member(network, CUSTOMER)
    assert control.is_recorded_token(TOKEN), "a revoked token was recorded all the same"
    _refused("not-a-member", lambda: _revoke(bank, control))
    _refused("nftoken-used", lambda: _issue(bank, control))

    _issue(bank, control, nftoken_id=OTHER_TOKEN, tier="basic")
    again = control.membership_of(network, CUSTOMER)
    assert again is not None
    assert (again.nftoken_id, again.tier, again.revoked_at) == (OTHER_TOKEN, "basic", None)


def test_of_the_reason_the_chain_learns_the_hash_alone(bank: Bank) -> None:
    control = _admitted(bank)
    _issue(bank, control)
    _revoke(bank, control)
    tx_hash, raw = bank.recorded[-1]
    written = hashlib.sha256(b"sovbank/membership-revocation/v1\0" + REASON.encode()).digest()
    assert REASON.encode() not in raw
    assert written in raw
    (log,) = rpc(bank.chain.url, "eth_getTransactionReceipt", tx_hash)["logs"]
    assert written.hex() in log["data"]


def test_the_registry_s_refusals_are_named(bank: Bank) -> None:
    control = _admitted(bank)
    stranger = bank.profile.accounts["treasury"].address
    _refused("member-not-whitelisted", lambda: _issue(bank, control, account=stranger))
    _refused("tier-does-not-fit", lambda: _issue(bank, control, tier="internal"))
    _refused("unauthorized", lambda: _issue(bank, control, role=Role.COMPLIANCE))
    with pytest.raises(TierUnknown):
        _issue(bank, control, tier="gold")
    with pytest.raises(MalformedEvmValue):
        _issue(bank, control, nftoken_id=TOKEN[:-1])


def test_every_tier_comes_back_as_it_was_written(bank: Bank) -> None:
    control, network = _admitted(bank), bank.profile.network.id
    for number, tier in enumerate(tier for tier in TIERS if tier != "internal"):
        token = f"{number:064X}".replace("0" * 8, "AAAAAAAA", 1)
        _issue(bank, control, nftoken_id=token, tier=tier)
        found = control.membership_of(network, CUSTOMER)
        assert found is not None
        assert found.tier == tier
        _revoke(bank, control, token)
    bank.admit_treasury(control)
    _issue(bank, control, account=bank.treasury, nftoken_id=OTHER_TOKEN, tier="internal")
    own = control.membership_of(network, bank.treasury)
    assert own is not None
    assert own.tier == "internal"
