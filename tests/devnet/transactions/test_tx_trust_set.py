"""Trust lines: opening, changing, authorising, freezing, and the default state that deletes them."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger.flags import LineFlag
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import TokenAmount

OK = TER.tesSUCCESS
SETF_AUTH = 0x00010000
SET_NO_RIPPLE = 0x00020000
CLEAR_NO_RIPPLE = 0x00040000
SET_FREEZE = 0x00100000
CLEAR_FREEZE = 0x00200000
SET_DEEP = 0x00400000
CLEAR_DEEP = 0x00800000
ONE = 1_000_000_000


@pytest.fixture
def two(bench: Any) -> Any:
    bench.fund("alice", "gw")
    return bench


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        (5, TER.temBAD_LIMIT),
        (TokenAmount(bytes(12) + b"XRP" + bytes(5), b"\7" * 20, 0, -100), TER.temBAD_CURRENCY),
        (TokenAmount(b"\1" * 20, b"\7" * 20, -(10**15), -15), TER.temBAD_LIMIT),
        (TokenAmount(b"\1" * 20, bytes(19) + b"\1", 10**15, -15), TER.temDST_NEEDED),
        (TokenAmount(b"\1" * 20, b"\7" * 20, 10**15, -15), TER.tecNO_DST),
    ],
)
def test_limits_that_make_no_sense(two: Any, limit: Any, wanted: TER) -> None:
    assert two.send("alice", "TrustSet", LimitAmount=limit) is wanted


def test_a_line_to_oneself(two: Any) -> None:
    assert two.trust("alice", "alice", 1) is TER.temDST_IS_SRC


def test_a_new_line_must_differ_from_the_default(two: Any) -> None:
    for fields in (
        {},
        {"QualityIn": 0},
        {"QualityOut": ONE},
        {"Flags": SET_NO_RIPPLE},
        {"Flags": SET_FREEZE},
    ):
        assert two.trust("alice", "gw", 0, **fields) is TER.tecNO_LINE_REDUNDANT
    assert two.trust("alice", "gw", 0, QualityIn=ONE) is OK


def test_a_line_is_paid_for_by_whoever_uses_it(two: Any) -> None:
    assert two.trust("alice", "gw", 10, Flags=SET_NO_RIPPLE) is OK
    assert (two.root("alice")["OwnerCount"], two.root("gw")["OwnerCount"]) == (1, 0)
    assert two.trust("gw", "alice", 10) is OK
    assert (two.root("alice")["OwnerCount"], two.root("gw")["OwnerCount"]) == (1, 1)
    assert two.trust("alice", "gw", 0) is OK
    assert (two.root("alice")["OwnerCount"], two.root("gw")["OwnerCount"]) == (0, 1)
    assert two.trust("gw", "alice", 0) is OK
    assert two.line("alice", "gw") is None
    assert (two.root("alice")["OwnerCount"], two.root("gw")["OwnerCount"]) == (0, 0)


@pytest.mark.parametrize(
    "fields",
    [{"QualityIn": 5}, {"QualityOut": 5}, {"Flags": CLEAR_NO_RIPPLE}, {"Flags": SET_FREEZE}],
)
def test_what_keeps_a_line_of_no_limit(two: Any, fields: dict[str, int]) -> None:
    two.trust("alice", "gw", 10, Flags=SET_NO_RIPPLE)
    assert two.trust("alice", "gw", 0, **fields) is OK
    assert two.line("alice", "gw") is not None
    assert two.root("alice")["OwnerCount"] == 1


@pytest.mark.parametrize("fields", [{"QualityIn": ONE}, {"QualityOut": ONE}, {"Flags": SET_NO_RIPPLE}])
def test_what_does_not_keep_it(two: Any, fields: dict[str, int]) -> None:
    two.trust("alice", "gw", 10, Flags=SET_NO_RIPPLE)
    assert two.trust("alice", "gw", 0, **fields) is OK
    assert two.line("alice", "gw") is None


def test_a_line_that_lets_ripple_through_is_used_where_that_is_not_the_default(two: Any) -> None:
    two.trust("alice", "gw", 10)
    assert two.trust("alice", "gw", 0) is OK
    assert two.root("alice")["OwnerCount"] == 1
    two.set("alice", 8)
    assert two.trust("alice", "gw", 0) is OK
    assert two.line("alice", "gw") is None


def test_the_first_two_lines_need_no_reserve(bench: Any) -> None:
    bench.fund("gw")
    bench.fund("poor", drops=1_000_100)
    for currency in (b"A", b"B", b"C"):
        limit = bench.token("gw", 1, currency * 20)
        wanted = TER.tecNO_LINE_INSUF_RESERVE if currency == b"C" else OK
        assert bench.send("poor", "TrustSet", LimitAmount=limit) is wanted


def test_a_third_reserve_is_needed_for_using_a_strangers_line(bench: Any) -> None:
    bench.fund("gw")
    bench.fund("poor", drops=1_000_100)
    for name in ("a", "b"):
        bench.fund(name)
        bench.trust("poor", name, 1)
    bench.trust("gw", "poor", 1)
    assert bench.trust("poor", "gw", 1) is TER.tecINSUF_RESERVE_LINE


def test_authorisation(two: Any) -> None:
    assert two.trust("gw", "alice", 0, Flags=SETF_AUTH) is TER.tefNO_AUTH_REQUIRED
    two.set("gw", 2)
    assert two.trust("gw", "alice", 0, Flags=SETF_AUTH) is OK
    line = two.line("alice", "gw")
    own = LineFlag.HIGH_AUTH if two.id("gw") > two.id("alice") else LineFlag.LOW_AUTH
    assert line.has_flag(own)
    assert two.root("gw")["OwnerCount"] == 1


def test_no_ripple_is_not_set_on_a_debt(two: Any) -> None:
    two.set("gw", 8)
    two.trust("alice", "gw", 10)
    two.pay("gw", "alice", two.token("gw", 5))
    assert two.trust("gw", "alice", 0, Flags=SET_NO_RIPPLE) is TER.tecNO_PERMISSION
    two.pay("alice", "gw", two.token("gw", 5))
    assert two.trust("gw", "alice", 0, Flags=SET_NO_RIPPLE) is OK


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (SET_DEEP, TER.tecNO_PERMISSION),
        (SET_FREEZE | SET_DEEP, OK),
        (SET_FREEZE | CLEAR_FREEZE, TER.tecNO_PERMISSION),
        (SET_FREEZE | CLEAR_DEEP, TER.tecNO_PERMISSION),
        (CLEAR_FREEZE | CLEAR_DEEP, OK),
    ],
)
def test_freezes_together(two: Any, flags: int, wanted: TER) -> None:
    two.trust("alice", "gw", 10)
    assert two.trust("gw", "alice", 0, Flags=flags) is wanted


def test_a_deep_freeze_keeps_the_freeze(two: Any) -> None:
    two.trust("alice", "gw", 10)
    two.trust("gw", "alice", 0, Flags=SET_FREEZE | SET_DEEP)
    assert two.trust("gw", "alice", 0, Flags=CLEAR_FREEZE) is TER.tecNO_PERMISSION
    assert two.trust("gw", "alice", 0, Flags=CLEAR_DEEP) is OK
    assert two.trust("gw", "alice", 0, Flags=CLEAR_FREEZE) is OK


def test_who_gave_up_freezing_does_not_freeze(two: Any) -> None:
    two.set("gw", 6)
    two.trust("alice", "gw", 10)
    assert two.trust("gw", "alice", 0, Flags=SET_FREEZE) is TER.tecNO_PERMISSION


def test_lines_may_be_unwelcome(two: Any) -> None:
    two.set("gw", 15)
    assert two.trust("alice", "gw", 10) is TER.tecNO_PERMISSION
    assert two.trust("gw", "alice", 10) is OK
    assert two.trust("alice", "gw", 10) is OK


def test_a_spent_line_in_default_state_is_deleted(two: Any) -> None:
    two.trust("alice", "gw", 10, Flags=SET_NO_RIPPLE)
    two.pay("gw", "alice", two.token("gw", 5))
    assert two.trust("alice", "gw", 0) is OK
    assert two.root("alice")["OwnerCount"] == 1
    assert two.pay("alice", "gw", two.token("gw", 5)) is OK
    assert two.line("alice", "gw") is None
    assert two.root("alice")["OwnerCount"] == 0
    final = two.node("RippleState", "DeletedNode")["FinalFields"]
    assert final["Balance"].mantissa == 0
