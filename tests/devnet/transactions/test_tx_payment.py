"""Payments: what is refused before anything moves, XRP, deposits and clawback."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import MptAmount, TokenAmount

XRP = 1_000_000
OK = TER.tesSUCCESS
PARTIAL = 0x00020000
GW = b"\7" * 20
USD = TokenAmount(b"\1" * 20, GW, 10**15, -15)
EUR = TokenAmount(b"\2" * 20, GW, 10**15, -15)
NEGATIVE = USD._replace(mantissa=-(10**15))
NAMED_XRP = USD._replace(currency=bytes(12) + b"XRP" + bytes(5))
MPT = MptAmount(b"\3" * 24, 5)
PATHS = (({"account": GW},),)


@pytest.mark.parametrize(
    ("amount", "fields", "wanted"),
    [
        (0, {}, TER.temBAD_AMOUNT),
        (NEGATIVE, {}, TER.temBAD_AMOUNT),
        (USD, {"SendMax": NEGATIVE}, TER.temBAD_AMOUNT),
        (NAMED_XRP, {}, TER.temBAD_CURRENCY),
        (5, {"Destination": bytes(20)}, TER.temDST_NEEDED),
        (5, {"SendMax": 5}, TER.temBAD_SEND_XRP_MAX),
        (5, {"Paths": PATHS}, TER.temBAD_SEND_XRP_PATHS),
        (5, {"Flags": 0x00020000}, TER.temBAD_SEND_XRP_PARTIAL),
        (5, {"Flags": 0x00040000}, TER.temBAD_SEND_XRP_LIMIT),
        (5, {"Flags": 0x00010000}, TER.temBAD_SEND_XRP_NO_DIRECT),
        (5, {"Flags": 0x00080000}, TER.temINVALID_FLAG),
        (USD, {"DeliverMin": USD}, TER.temBAD_AMOUNT),
        (USD, {"DeliverMin": EUR, "Flags": PARTIAL}, TER.temBAD_AMOUNT),
        (USD, {"DeliverMin": USD._replace(exponent=-14), "Flags": PARTIAL}, TER.temBAD_AMOUNT),
        (USD, {"DomainID": bytes(32)}, TER.temMALFORMED),
        (USD, {"CredentialIDs": ()}, TER.temMALFORMED),
        (USD, {"CredentialIDs": (GW * 2,) * 2}, TER.temMALFORMED),
        (USD, {"SendMax": MPT}, TER.temMALFORMED),
        (MPT, {"SendMax": USD}, TER.temMALFORMED),
        (MPT, {"Paths": PATHS}, TER.temMALFORMED),
        (MPT, {"Flags": 0x00010000}, TER.temINVALID_FLAG),
        (10**17 + 1, {}, TER.temBAD_AMOUNT),
    ],
)
def test_refused_as_malformed(bench: Any, amount: Any, fields: dict[str, Any], wanted: TER) -> None:
    bench.fund("alice", "bob")
    destination = fields.get("Destination", bench.id("bob"))
    result = bench.send("alice", "Payment", **{"Amount": amount, **fields, "Destination": destination})
    assert result is wanted


def test_to_oneself(bench: Any) -> None:
    bench.fund("alice")
    assert bench.pay("alice", "alice", 5) is TER.temREDUNDANT
    assert bench.pay("alice", "alice", USD) is TER.temREDUNDANT
    assert bench.pay("alice", "alice", USD, SendMax=EUR) is TER.tecPATH_DRY


class TestXrp:
    """XRP moves directly."""

    def test_a_new_account_needs_the_reserve(self, bench: Any) -> None:
        bench.fund("alice")
        assert bench.pay("alice", "new", XRP - 1) is TER.tecNO_DST_INSUF_XRP
        assert bench.pay("alice", "new", USD) is TER.tecNO_DST
        assert bench.pay("alice", "new", XRP) is OK
        assert bench.root("new")["Sequence"] == 10
        assert bench.node("AccountRoot", "CreatedNode")["NewFields"]["Balance"] == XRP

    def test_the_reserve_may_pay_the_fee_alone(self, bench: Any) -> None:
        bench.fund("alice", drops=3 * XRP)
        bench.fund("bob")
        assert bench.pay("alice", "bob", 2 * XRP + 1) is TER.tecUNFUNDED_PAYMENT
        assert bench.pay("alice", "bob", 2 * XRP - 10) is OK
        assert bench.root("alice")["Balance"] == XRP - 10
        assert bench.pay("alice", "bob", 1) is TER.tecUNFUNDED_PAYMENT

    def test_a_large_fee_counts_like_the_reserve(self, bench: Any) -> None:
        bench.fund("alice", drops=10 * XRP)
        bench.fund("bob")
        assert bench.pay("alice", "bob", 6 * XRP, Fee=5 * XRP) is TER.tecUNFUNDED_PAYMENT

    def test_destination_tag(self, bench: Any) -> None:
        bench.fund("alice", "bob")
        bench.set("bob", 1)
        assert bench.pay("alice", "bob", 5) is TER.tecDST_TAG_NEEDED
        assert bench.pay("alice", "bob", 5, DestinationTag=0) is OK

    def test_deposits_need_leave_unless_the_account_is_nearly_empty(self, bench: Any) -> None:
        bench.fund("alice", "bob")
        bench.fund("poor", drops=XRP)
        for name in ("bob", "poor"):
            bench.set(name, 9)
        assert bench.pay("alice", "bob", 5) is TER.tecNO_PERMISSION
        assert bench.pay("alice", "poor", XRP + 1) is TER.tecNO_PERMISSION
        assert bench.pay("alice", "poor", XRP) is OK
        assert bench.pay("alice", "poor", 5) is TER.tecNO_PERMISSION
        bench.send("bob", "DepositPreauth", Authorize=bench.id("alice"))
        assert bench.pay("alice", "bob", 5) is OK


def test_deposits_of_tokens_need_leave_too(bench: Any) -> None:
    bench.fund("gw", "alice")
    bench.trust("alice", "gw", 10)
    bench.set("alice", 9)
    assert bench.pay("gw", "alice", bench.token("gw", 1)) is TER.tecNO_PERMISSION
    bench.send("alice", "DepositPreauth", Authorize=bench.id("gw"))
    assert bench.pay("gw", "alice", bench.token("gw", 1)) is OK


def test_a_partial_payment_creates_no_account_in_the_open_ledger(bench: Any) -> None:
    bench.fund("alice")
    fields = {"SendMax": USD, "Flags": PARTIAL}
    assert bench.pay("alice", "new", XRP, **fields) is TER.tecPATH_DRY
    bench.at(is_open=True)
    assert bench.pay("alice", "new", XRP, **fields) is TER.telNO_DST_PARTIAL


class TestClawback:
    """An issuer that announced it takes its tokens back, frozen or not."""

    @pytest.fixture
    def issued(self, bench: Any) -> Any:
        bench.fund("gw", "alice", "bob")
        bench.set("gw", 16)
        for name in ("alice", "bob"):
            bench.trust(name, "gw", 100)
            bench.pay("gw", name, bench.token("gw", 50))
        return bench

    def claw(self, bench: Any, holder: str, amount: str, by: str = "gw", **fields: Any) -> TER:
        result: TER = bench.send(by, "Clawback", Amount=bench.token(holder, amount), **fields)
        return result

    def test_some_and_then_the_rest(self, issued: Any) -> None:
        assert self.claw(issued, "alice", "20.5") is OK
        assert issued.holds("alice", "gw") == Value(295, -1)
        issued.trust("gw", "alice", 0, Flags=0x00100000)
        assert self.claw(issued, "alice", "1000") is OK
        assert issued.holds("alice", "gw") == Value(0)
        assert self.claw(issued, "alice", "1") is TER.tecINSUFFICIENT_FUNDS

    def test_refusals(self, issued: Any) -> None:
        assert self.claw(issued, "gw", "1") is TER.temBAD_AMOUNT
        assert self.claw(issued, "alice", "0") is TER.temBAD_AMOUNT
        assert self.claw(issued, "alice", "1", Holder=issued.id("bob")) is TER.temMALFORMED
        assert issued.send("gw", "Clawback", Amount=5) is TER.temBAD_AMOUNT
        assert self.claw(issued, "nobody", "1") is TER.terNO_ACCOUNT
        assert self.claw(issued, "alice", "1", by="bob") is TER.tecNO_PERMISSION
        issued.fund("carol")
        assert self.claw(issued, "carol", "1") is TER.tecNO_LINE

    def test_a_holder_that_may_claw_back_is_no_issuer(self, bench: Any) -> None:
        bench.fund("gw", "alice")
        bench.set("alice", 16)
        bench.trust("alice", "gw", 100)
        bench.pay("gw", "alice", bench.token("gw", 50))
        assert self.claw(bench, "gw", "1", by="alice") is TER.tecNO_PERMISSION

    def test_the_line_goes_with_the_last_of_it(self, issued: Any) -> None:
        issued.trust("alice", "gw", 0, Flags=0x00020000)
        assert self.claw(issued, "alice", "50") is OK
        assert issued.line("alice", "gw") is None
