"""Multi-purpose tokens: issuing, holding, locking, paying with a fee, clawing back, ending."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import MptAmount

OK = TER.tesSUCCESS
CAN_LOCK, REQUIRE_AUTH, CAN_TRANSFER, CAN_CLAWBACK = 0x02, 0x04, 0x20, 0x40
ALL = CAN_LOCK | CAN_TRANSFER | CAN_CLAWBACK
LOCK, UNLOCK = 1, 2
PARTIAL = 0x00020000
MAXIMUM = 1000


class Mpt:
    """An issuance of gw and what is done with it."""

    def __init__(self, bench: Any, **fields: Any) -> None:
        self.bench = bench
        bench.fund("gw", "alice", "bob")
        self.id = keylets.mpt_id(bench.root("gw")["Sequence"], bench.id("gw"))
        assert (
            bench.send("gw", "MPTokenIssuanceCreate", **{"MaximumAmount": MAXIMUM, "Flags": ALL, **fields})
            is OK
        )

    def authorize(self, who: str, **fields: Any) -> TER:
        result: TER = self.bench.send(who, "MPTokenAuthorize", MPTokenIssuanceID=self.id, **fields)
        return result

    def set(self, **fields: Any) -> TER:
        result: TER = self.bench.send("gw", "MPTokenIssuanceSet", MPTokenIssuanceID=self.id, **fields)
        return result

    def pay(self, sender: str, receiver: str, units: int, **fields: Any) -> TER:
        result: TER = self.bench.pay(sender, receiver, MptAmount(self.id, units), **fields)
        return result

    def held(self, who: str) -> int:
        token = self.bench.view.read(keylets.mptoken(self.id, self.bench.id(who)))
        return 0 if token is None else token.get("MPTAmount", 0)

    @property
    def issuance(self) -> Any:
        return self.bench.view.read(keylets.mptoken_issuance(self.id))


@pytest.fixture
def mpt(bench: Any) -> Mpt:
    made = Mpt(bench)
    for who in ("alice", "bob"):
        assert made.authorize(who) is OK
    return made


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"TransferFee": 50_001, "Flags": CAN_TRANSFER}, TER.temBAD_TRANSFER_FEE),
        ({"TransferFee": 1}, TER.temMALFORMED),
        ({"TransferFee": 0}, OK),
        ({"MaximumAmount": 0}, TER.temMALFORMED),
        ({"MaximumAmount": 2**63}, TER.temMALFORMED),
        ({"MaximumAmount": 2**63 - 1}, OK),
        ({"MPTokenMetadata": b""}, TER.temMALFORMED),
        ({"MPTokenMetadata": b"m" * 1025}, TER.temMALFORMED),
        ({"DomainID": b"\1" * 32}, TER.temMALFORMED),
        ({"DomainID": bytes(32), "Flags": REQUIRE_AUTH}, TER.temMALFORMED),
        ({"MutableFlags": 0x30002}, TER.temDISABLED),
        ({"MutableFlags": 2, "Flags": 1, "TransferFee": 50_001}, TER.temDISABLED),
        ({"Flags": 1}, TER.temINVALID_FLAG),
    ],
)
def test_issuing(bench: Any, fields: dict[str, Any], wanted: TER) -> None:
    bench.fund("gw")
    assert bench.send("gw", "MPTokenIssuanceCreate", **fields) is wanted


def test_a_place_for_it(bench: Any) -> None:
    mpt = Mpt(bench)
    assert mpt.authorize("gw") is TER.tecNO_PERMISSION
    assert mpt.authorize("gw", Holder=bench.id("gw")) is TER.temMALFORMED
    assert mpt.authorize("gw", Holder=bench.id("alice")) is TER.tecNO_AUTH
    assert mpt.authorize("alice", Flags=1) is TER.tecOBJECT_NOT_FOUND
    assert mpt.pay("gw", "alice", 5) is TER.tecNO_AUTH
    assert mpt.authorize("alice") is OK
    assert mpt.authorize("alice") is TER.tecDUPLICATE
    assert mpt.pay("gw", "alice", 5) is OK
    assert mpt.authorize("alice", Flags=1) is TER.tecHAS_OBLIGATIONS
    assert mpt.pay("alice", "gw", 5) is OK
    assert mpt.authorize("alice", Flags=1) is OK
    assert bench.root("alice")["OwnerCount"] == 0


def test_authorisation_by_the_issuer(bench: Any) -> None:
    mpt = Mpt(bench, Flags=REQUIRE_AUTH | CAN_TRANSFER)
    alice = bench.id("alice")
    assert mpt.authorize("gw", Holder=alice) is TER.tecOBJECT_NOT_FOUND
    mpt.authorize("alice")
    assert mpt.pay("gw", "alice", 5) is TER.tecNO_AUTH
    assert mpt.authorize("gw", Holder=alice) is OK
    assert mpt.pay("gw", "alice", 5) is OK
    assert mpt.authorize("gw", Holder=alice, Flags=1) is OK
    assert mpt.pay("alice", "gw", 5) is TER.tecNO_AUTH


def test_the_maximum(mpt: Mpt) -> None:
    assert mpt.pay("gw", "alice", MAXIMUM + 1) is TER.tecPATH_PARTIAL
    assert mpt.pay("gw", "alice", MAXIMUM) is OK
    assert mpt.pay("gw", "bob", 1) is TER.tecPATH_PARTIAL
    assert mpt.issuance["OutstandingAmount"] == MAXIMUM
    assert mpt.pay("alice", "bob", MAXIMUM + 1) is TER.tecPATH_PARTIAL


def test_holders_may_pass_it_on_only_where_it_says_so(bench: Any) -> None:
    mpt = Mpt(bench, Flags=0)
    for who in ("alice", "bob"):
        mpt.authorize(who)
    mpt.pay("gw", "alice", 5)
    assert mpt.pay("alice", "bob", 1) is TER.tecNO_AUTH
    assert mpt.pay("alice", "gw", 1) is OK


@pytest.mark.parametrize("who", ["alice", "bob", None])
def test_locks_stop_holders_and_not_the_issuer(mpt: Mpt, who: str | None) -> None:
    mpt.pay("gw", "alice", 50)
    holder = {} if who is None else {"Holder": mpt.bench.id(who)}
    assert mpt.set(Flags=LOCK, **holder) is OK
    assert mpt.pay("alice", "bob", 1) is TER.tecLOCKED
    assert mpt.pay("alice", "gw", 1) is OK
    assert mpt.pay("gw", "alice", 1) is OK
    assert mpt.set(Flags=UNLOCK, **holder) is OK
    assert mpt.pay("alice", "bob", 1) is OK


def test_a_fee_comes_on_top_and_is_destroyed(bench: Any) -> None:
    mpt = Mpt(bench, TransferFee=10_000)
    for who in ("alice", "bob"):
        mpt.authorize(who)
    mpt.pay("gw", "alice", 110)
    assert mpt.pay("alice", "bob", 100) is TER.tecPATH_PARTIAL
    most = {"SendMax": MptAmount(mpt.id, 109)}
    assert mpt.pay("alice", "bob", 100, **most) is TER.tecPATH_PARTIAL
    assert (
        mpt.pay("alice", "bob", 100, Flags=PARTIAL, DeliverMin=MptAmount(mpt.id, 100), **most)
        is TER.tecPATH_PARTIAL
    )
    assert mpt.pay("alice", "bob", 100, Flags=PARTIAL, **most) is OK
    assert bench.delivered() == MptAmount(mpt.id, 99)
    assert (mpt.held("alice"), mpt.held("bob")) == (1, 99)
    assert mpt.issuance["OutstandingAmount"] == 100
    assert mpt.pay("bob", "gw", 99) is OK


def test_clawback(mpt: Mpt) -> None:
    bench = mpt.bench
    mpt.pay("gw", "alice", 50)

    def claw(units: int, **fields: Any) -> TER:
        wanted = {"Amount": MptAmount(mpt.id, units), "Holder": bench.id("alice"), **fields}
        result: TER = bench.send("gw", "Clawback", **wanted)
        return result

    assert bench.send("gw", "Clawback", Amount=MptAmount(mpt.id, 1)) is TER.temMALFORMED
    assert claw(1, Holder=bench.id("gw")) is TER.temMALFORMED
    assert claw(0) is TER.temBAD_AMOUNT
    assert claw(1, Holder=bench.id("bob")) is TER.tecINSUFFICIENT_FUNDS
    assert claw(20) is OK
    assert claw(1000) is OK
    assert (mpt.held("alice"), mpt.issuance["OutstandingAmount"]) == (0, 0)


def test_ending(mpt: Mpt) -> None:
    bench = mpt.bench
    mpt.pay("gw", "alice", 5)
    end = {"MPTokenIssuanceID": mpt.id}
    assert bench.send("alice", "MPTokenIssuanceDestroy", **end) is TER.tecNO_PERMISSION
    assert bench.send("gw", "MPTokenIssuanceDestroy", **end) is TER.tecHAS_OBLIGATIONS
    mpt.pay("alice", "gw", 5)
    assert bench.send("gw", "MPTokenIssuanceDestroy", **end) is OK
    assert bench.send("gw", "MPTokenIssuanceDestroy", **end) is TER.tecOBJECT_NOT_FOUND
    assert mpt.authorize("alice", Flags=1) is OK
    assert bench.root("gw")["OwnerCount"] == 0


def test_setting_by_itself(bench: Any) -> None:
    """An issuance cannot change: DynamicMPT is no amendment of this network."""
    mpt = Mpt(bench, Flags=CAN_LOCK)
    for fields, wanted in (
        ({}, TER.temMALFORMED),
        ({"Flags": LOCK | UNLOCK}, TER.temINVALID_FLAG),
        ({"Holder": bench.id("gw"), "Flags": LOCK}, TER.temMALFORMED),
        ({"Holder": bench.id("alice"), "DomainID": bytes(32)}, TER.temMALFORMED),
        ({"MutableFlags": 0x100}, TER.temDISABLED),
        ({"TransferFee": 5, "Flags": LOCK | UNLOCK}, TER.temDISABLED),
        ({"MPTokenMetadata": b"new", "Flags": 4}, TER.temINVALID_FLAG),
        ({"DomainID": b"\1" * 32}, TER.tecNO_PERMISSION),
        ({"Flags": 0x80000000}, OK),
    ):
        assert mpt.set(**fields) is wanted, fields


def test_a_domain_lets_holders_in(bench: Any) -> None:
    mpt = Mpt(bench, Flags=REQUIRE_AUTH)
    accepted = ({"Credential": {"Issuer": bench.id("gw"), "CredentialType": b"K"}},)
    assert mpt.set(DomainID=b"\1" * 32) is TER.tecOBJECT_NOT_FOUND
    domain = keylets.permissioned_domain(bench.id("gw"), bench.root("gw")["Sequence"])
    assert bench.send("gw", "PermissionedDomainSet", AcceptedCredentials=accepted) is OK
    assert mpt.set(DomainID=domain) is OK
    assert mpt.authorize("alice") is OK
    assert mpt.pay("gw", "alice", 5) is TER.tecNO_AUTH
    assert bench.send("gw", "CredentialCreate", Subject=bench.id("alice"), CredentialType=b"K") is OK
    fields = {"Issuer": bench.id("gw"), "CredentialType": b"K"}
    assert bench.send("alice", "CredentialAccept", **fields) is OK
    assert mpt.pay("gw", "alice", 5) is OK
    assert mpt.set(DomainID=bytes(32)) is OK
    assert "DomainID" not in mpt.issuance
    assert mpt.pay("gw", "alice", 5) is TER.tecNO_AUTH
