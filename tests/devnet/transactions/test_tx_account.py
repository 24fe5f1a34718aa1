"""Settings, keys, signer lists, tickets, preauthorisations and the end of an account."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.results import TER

XRP = 1_000_000
OK = TER.tesSUCCESS
SET_NO_RIPPLE = 0x00020000
ED_KEY = b"\xed" + b"\1" * 32


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"SetFlag": 8, "ClearFlag": 8}, TER.temINVALID_FLAG),
        ({"SetFlag": 2, "Flags": 0x00080000}, TER.temINVALID_FLAG),
        ({"ClearFlag": 1, "Flags": 0x00010000}, TER.temINVALID_FLAG),
        ({"Flags": 0x00300000}, TER.temINVALID_FLAG),
        ({"Flags": 0x00400000}, TER.temINVALID_FLAG),
        ({"TransferRate": 999_999_999}, TER.temBAD_TRANSFER_RATE),
        ({"TransferRate": 2_000_000_001}, TER.temBAD_TRANSFER_RATE),
        ({"TransferRate": 2_000_000_000}, OK),
        ({"TickSize": 2}, TER.temBAD_TICK_SIZE),
        ({"TickSize": 17}, TER.temBAD_TICK_SIZE),
        ({"TickSize": 3}, OK),
        ({"MessageKey": b"\1" * 33}, TER.telBAD_PUBLIC_KEY),
        ({"MessageKey": ED_KEY}, OK),
        ({"Domain": b"a" * 257}, TER.telBAD_DOMAIN),
        ({"Domain": b"a" * 256}, OK),
        ({"SetFlag": 10}, TER.temMALFORMED),
        ({"ClearFlag": 10, "NFTokenMinter": b"\2" * 20}, TER.temMALFORMED),
        ({"SetFlag": 4}, TER.tecNO_ALTERNATIVE_KEY),
        ({"SetFlag": 99}, OK),
    ],
)
def test_account_set(bench: Any, fields: dict[str, Any], wanted: TER) -> None:
    bench.fund("alice")
    assert bench.send("alice", "AccountSet", **fields) is wanted


def test_a_setting_that_means_nothing_takes_the_field_away(bench: Any) -> None:
    bench.fund("alice")
    for name, some, nothing in (
        ("TransferRate", 1_500_000_000, 1_000_000_000),
        ("TransferRate", 1_500_000_000, 0),
        ("TickSize", 5, 16),
        ("Domain", b"ab", b""),
        ("EmailHash", b"\1" * 16, bytes(16)),
        ("MessageKey", ED_KEY, b""),
    ):
        assert bench.send("alice", "AccountSet", **{name: some}) is OK
        assert bench.root("alice")[name] == some
        assert bench.send("alice", "AccountSet", **{name: nothing}) is OK
        assert name not in bench.root("alice")


def test_flags_that_want_an_empty_directory(bench: Any) -> None:
    bench.fund("alice", "gw")
    bench.trust("alice", "gw", 1, Flags=SET_NO_RIPPLE)
    for setting in (2, 16):
        assert bench.send("gw", "AccountSet", SetFlag=setting) is TER.tecOWNERS
    assert bench.trust("alice", "gw", 0) is OK
    for setting in (2, 16):
        assert bench.send("gw", "AccountSet", SetFlag=setting) is OK
    bench.trust("alice", "gw", 1)
    assert bench.send("gw", "AccountSet", SetFlag=2) is OK


def test_clawback_and_no_freeze_exclude_each_other(bench: Any) -> None:
    bench.fund("alice", "bob")
    bench.set("alice", 6)
    assert bench.send("alice", "AccountSet", SetFlag=16) is TER.tecNO_PERMISSION
    bench.set("bob", 16)
    assert bench.send("bob", "AccountSet", SetFlag=6) is TER.tecNO_PERMISSION
    bench.set("alice", 7)
    assert bench.send("alice", "AccountSet", ClearFlag=7) is OK
    assert bench.root("alice").has_flag(AccountFlag.GLOBAL_FREEZE)


def test_the_master_key_goes_only_by_its_own_signature(bench: Any) -> None:
    bench.fund("alice")
    assert bench.send("alice", "SetRegularKey", RegularKey=bench.id("helper")) is OK
    bench.keys["alice_by_helper"] = bench.keys["helper"]
    signed_by_helper = {"SigningPubKey": bench.keys["helper"]}
    assert bench.send("alice", "AccountSet", SetFlag=4, **signed_by_helper) is TER.tecNEED_MASTER_KEY
    assert bench.send("alice", "AccountSet", SetFlag=4) is OK
    assert bench.send("alice", "AccountSet") is TER.tefMASTER_DISABLED
    assert bench.send("alice", "SetRegularKey", **signed_by_helper) is TER.tecNO_ALTERNATIVE_KEY
    assert bench.send("alice", "AccountSet", ClearFlag=4, **signed_by_helper) is OK
    assert bench.send("alice", "SetRegularKey") is OK


def test_a_regular_key_is_set_for_nothing_once(bench: Any) -> None:
    bench.fund("alice", "bob")
    bench.at(is_open=True)
    key = {"RegularKey": bench.id("helper"), "Fee": 0}
    assert (
        bench.send("alice", "SetRegularKey", **{**key, "RegularKey": bench.id("alice")}) is TER.temBAD_REGKEY
    )
    assert bench.send("alice", "SetRegularKey", **key) is OK
    assert bench.root("alice").has_flag(AccountFlag.PASSWORD_SPENT)
    assert bench.send("alice", "SetRegularKey", **key) is TER.telINSUF_FEE_P
    assert bench.pay("bob", "alice", XRP) is OK
    assert bench.send("alice", "SetRegularKey", **key) is OK


def _signers(bench: Any, *weights: tuple[str, int]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"SignerEntry": {"Account": bench.id(name), "SignerWeight": weight}} for name, weight in weights
    )


@pytest.mark.parametrize(
    ("quorum", "weights", "wanted"),
    [
        (2, [("bob", 1), ("carol", 1)], OK),
        (3, [("bob", 1), ("carol", 1)], TER.temBAD_QUORUM),
        (1, [("bob", 1), ("bob", 1)], TER.temBAD_SIGNER),
        (1, [("alice", 1)], TER.temBAD_SIGNER),
        (1, [("bob", 0)], TER.temBAD_WEIGHT),
        (1, [], TER.temMALFORMED),
        (0, [("bob", 1)], TER.temMALFORMED),
        (1, [(f"s{n}", 1) for n in range(33)], TER.temMALFORMED),
        (32, [(f"s{n}", 1) for n in range(32)], OK),
    ],
)
def test_signer_list(bench: Any, quorum: int, weights: list[tuple[str, int]], wanted: TER) -> None:
    bench.fund("alice")
    entries = _signers(bench, *weights)
    assert bench.send("alice", "SignerListSet", SignerQuorum=quorum, SignerEntries=entries) is wanted
    if wanted is OK:
        entry = bench.view.read(keylets.signer_list(bench.id("alice")))
        accounts = [element["SignerEntry"]["Account"] for element in entry["SignerEntries"]]
        assert accounts == sorted(accounts)
        assert bench.root("alice")["OwnerCount"] == 1


def test_a_signer_list_is_replaced_and_deleted(bench: Any) -> None:
    bench.fund("alice", drops=1_200_000)
    for signer in ("bob", "carol"):
        fields = {"SignerQuorum": 1, "SignerEntries": _signers(bench, (signer, 1))}
        assert bench.send("alice", "SignerListSet", **fields) is (
            OK if signer == "bob" else TER.tecINSUFFICIENT_RESERVE
        )
    assert bench.send("alice", "SignerListSet", SignerQuorum=0) is OK
    assert bench.root("alice")["OwnerCount"] == 0
    assert bench.send("alice", "SignerListSet", SignerQuorum=0) is OK


def test_tickets(bench: Any) -> None:
    bench.fund("alice", drops=100 * XRP)
    for count, wanted in (
        (0, TER.temINVALID_COUNT),
        (251, TER.temINVALID_COUNT),
        (250, OK),
        (1, TER.tecDIR_FULL),
    ):
        assert bench.send("alice", "TicketCreate", TicketCount=count) is wanted
    root = bench.root("alice")
    assert (root["TicketCount"], root["OwnerCount"], root["Sequence"]) == (250, 250, 253)
    assert bench.send("alice", "TicketCreate", TicketCount=1, ticket=2) is OK
    assert bench.root("alice")["TicketCount"] == 250
    assert bench.send("alice", "AccountSet", ticket=2) is TER.tefNO_TICKET
    assert bench.send("alice", "AccountSet", ticket=254) is TER.terPRE_TICKET


def test_tickets_need_a_reserve(bench: Any) -> None:
    bench.fund("alice", drops=1_400_000)
    assert bench.send("alice", "TicketCreate", TicketCount=3) is TER.tecINSUFFICIENT_RESERVE
    assert bench.send("alice", "TicketCreate", TicketCount=2) is TER.tecINSUFFICIENT_RESERVE
    assert bench.send("alice", "TicketCreate", TicketCount=1) is OK


def test_deposit_preauth(bench: Any) -> None:
    bench.fund("alice", "bob")
    alice, bob = bench.id("alice"), bench.id("bob")
    for fields, wanted in (
        ({}, TER.temMALFORMED),
        ({"Authorize": bob, "Unauthorize": bob}, TER.temMALFORMED),
        ({"Authorize": bytes(20)}, TER.temINVALID_ACCOUNT_ID),
        ({"Authorize": alice}, TER.temCANNOT_PREAUTH_SELF),
        ({"Authorize": bench.id("nobody")}, TER.tecNO_TARGET),
        ({"Unauthorize": bob}, TER.tecNO_ENTRY),
        ({"AuthorizeCredentials": ()}, TER.temARRAY_EMPTY),
        ({"Authorize": bob}, OK),
        ({"Authorize": bob}, TER.tecDUPLICATE),
        ({"Unauthorize": bob}, OK),
    ):
        assert bench.send("alice", "DepositPreauth", **fields) is wanted
    assert bench.root("alice")["OwnerCount"] == 0


class TestAccountDelete:
    """An account goes when it is old enough, owes nothing, and somebody takes the rest."""

    @pytest.fixture
    def old(self, bench: Any) -> Any:
        bench.fund("alice", "bob", "gw")
        bench.at(sequence=400)
        return bench

    def delete(self, bench: Any, **fields: Any) -> TER:
        result: TER = bench.send(
            "alice", "AccountDelete", **{"Destination": bench.id("bob"), "Fee": 200_000, **fields}
        )
        return result

    def test_it_takes_what_needs_no_settling_along(self, old: Any) -> None:
        old.send("alice", "TicketCreate", TicketCount=40)
        old.send("alice", "SignerListSet", SignerQuorum=1, SignerEntries=_signers(old, ("carol", 1)))
        old.send("alice", "DepositPreauth", Authorize=old.id("gw"))
        before = old.root("alice")["Balance"] + old.root("bob")["Balance"]
        assert self.delete(old) is OK
        assert old.view.read(keylets.account(old.id("alice"))) is None
        assert list(directories.walk(old.view, keylets.owner_directory(old.id("alice")))) == []
        assert not old.view.exists(keylets.owner_directory(old.id("alice")))
        assert old.root("bob")["Balance"] == before - 200_000
        assert old.delivered() == before - 200_000 - 10_000 * XRP

    def test_what_forbids_it(self, old: Any) -> None:
        assert self.delete(old, Destination=old.id("alice")) is TER.temDST_IS_SRC
        assert self.delete(old, Destination=old.id("nobody")) is TER.tecNO_DST
        old.set("bob", 1)
        assert self.delete(old) is TER.tecDST_TAG_NEEDED
        old.set("bob", 9)
        assert self.delete(old, DestinationTag=1) is TER.tecNO_PERMISSION
        old.send("bob", "DepositPreauth", Authorize=old.id("alice"))
        old.trust("alice", "gw", 1, Flags=SET_NO_RIPPLE)
        assert self.delete(old, DestinationTag=1) is TER.tecHAS_OBLIGATIONS
        old.trust("alice", "gw", 0)
        assert self.delete(old, DestinationTag=1) is OK

    def test_it_is_too_soon_within_256_ledgers(self, old: Any) -> None:
        sequence = old.root("alice")["Sequence"]
        old.at(sequence=sequence + 254)
        assert self.delete(old) is TER.tecTOO_SOON
        sequence = old.root("alice")["Sequence"]
        old.at(sequence=sequence + 255)
        assert self.delete(old) is OK


def test_delegation_waits_for_its_amendment(bench: Any) -> None:
    """Not even the account itself, nor a wrong flag beside it, is looked at before the amendment is."""
    bench.fund("alice", "bob")
    for delegate in ("alice", "bob"):
        result = bench.send("alice", "AccountSet", Delegate=bench.id(delegate), Flags=1)
        assert result is TER.temDISABLED
    for kind, fields in (("DelegateSet", {"Authorize": bench.id("bob"), "Permissions": ()}), ("Batch", {})):
        assert bench.send("alice", kind, **fields) is TER.temDISABLED
    assert bench.send("alice", "EscrowCreate") is TER.temUNKNOWN
