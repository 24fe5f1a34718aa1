"""Payments through trust lines: routes, limits, fees, qualities and what blocks them.

The wanted balances are those that the server's own tests of its payment engine expect, or follow from the
rule named in the test.
"""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.results import TER

NO_DIRECT = 0x00010000
PARTIAL = 0x00020000
LIMIT_QUALITY = 0x00040000
SET_NO_RIPPLE = 0x00020000
CLEAR_NO_RIPPLE = 0x00040000
SET_FREEZE = 0x00100000
SET_DEEP_FREEZE = 0x00400000
SETF_AUTH = 0x00010000
DEFAULT_RIPPLE = 8
GLOBAL_FREEZE = 7
REQUIRE_AUTH = 2
OK = TER.tesSUCCESS


def v(text: str | int) -> Value:
    whole, _, fraction = str(text).partition(".")
    return Value(int(whole + fraction), -len(fraction))


@pytest.fixture
def people(bench: Any) -> Any:
    """Accounts that all let tokens ripple through, as the server's test accounts do."""
    names = ("alice", "bob", "carol", "dan", "erin", "gw")
    bench.fund(*names)
    for name in names:
        bench.set(name, DEFAULT_RIPPLE)
    return bench


def test_holder_to_holder(people: Any) -> None:
    assert people.trust("alice", "gw", 1000) is OK
    assert people.trust("bob", "gw", 1000) is OK
    assert people.pay("gw", "alice", people.token("gw", 100)) is OK
    assert people.pay("alice", "bob", people.token("gw", 10)) is OK
    assert people.holds("bob", "gw") == v(10)
    assert people.holds("alice", "gw") == v(90)
    assert people.delivered() is None


def test_more_than_there_is(people: Any) -> None:
    people.trust("alice", "gw", 1000)
    people.trust("bob", "gw", 1000)
    people.pay("gw", "alice", people.token("gw", 100))
    too_much = people.token("gw", 110)
    assert people.pay("alice", "bob", too_much) is TER.tecPATH_PARTIAL
    assert people.holds("bob", "gw") == v(0)
    assert people.pay("alice", "bob", too_much, Flags=PARTIAL) is OK
    assert people.holds("bob", "gw") == v(100)
    assert people.delivered() == people.token("gw", 100)


def test_limit_of_the_receiver_bounds_a_payment(people: Any) -> None:
    people.trust("alice", "gw", 50)
    assert people.pay("gw", "alice", people.token("gw", 51)) is TER.tecPATH_PARTIAL
    assert people.pay("gw", "alice", people.token("gw", 51), Flags=PARTIAL) is OK
    assert people.holds("alice", "gw") == v(50)
    assert people.pay("gw", "alice", people.token("gw", 1)) is TER.tecPATH_DRY


def test_deliver_min(people: Any) -> None:
    people.trust("alice", "gw", 50)
    fields = {"Flags": PARTIAL, "DeliverMin": people.token("gw", 60)}
    assert people.pay("gw", "alice", people.token("gw", 80), **fields) is TER.tecPATH_PARTIAL
    fields["DeliverMin"] = people.token("gw", 50)
    assert people.pay("gw", "alice", people.token("gw", 80), **fields) is OK


def test_beyond_what_it_holds_a_sender_issues_up_to_the_receivers_limit(people: Any) -> None:
    people.trust("alice", "gw", 1000)
    people.trust("gw", "alice", 5)
    people.pay("gw", "alice", people.token("gw", 10))
    assert people.pay("alice", "gw", people.token("gw", 16)) is TER.tecPATH_PARTIAL
    assert people.pay("alice", "gw", people.token("gw", 15)) is OK
    assert people.holds("gw", "alice") == v(5)
    assert people.pay("alice", "gw", people.token("alice", 1)) is TER.tecPATH_DRY


def test_a_chain_of_debts(people: Any) -> None:
    people.trust("bob", "alice", 10)
    people.trust("carol", "bob", 10)
    people.trust("dan", "carol", 10)
    assert people.pay("alice", "dan", people.token("carol", 10), Paths=people.through("bob")) is OK
    assert [people.holds(*pair) for pair in (("bob", "alice"), ("carol", "bob"), ("dan", "carol"))] == [
        v(10)
    ] * 3


@pytest.mark.parametrize("redeems", [True, False])
def test_a_transfer_fee_is_charged_only_on_what_was_redeemed(people: Any, redeems: bool) -> None:
    people.trust("bob", "alice", 10)
    people.trust("alice", "bob", 10)
    people.trust("carol", "bob", 10)
    people.trust("dan", "carol", 10)
    assert people.send("bob", "AccountSet", TransferRate=1_100_000_000) is OK
    if redeems:
        assert people.pay("bob", "alice", people.token("bob", 6)) is OK
    result = people.pay(
        "alice",
        "dan",
        people.token("carol", 5),
        Paths=people.through("bob", "carol"),
        SendMax=people.token("alice", 6),
        Flags=NO_DIRECT,
    )
    assert result is OK
    assert people.holds("dan", "carol") == v(5)
    assert people.holds("alice", "bob") == (v("0.5") if redeems else v(-5))


def test_the_best_quality_is_taken_first(people: Any) -> None:
    for holder, issuer, limit in (
        ("bob", "alice", 10),
        ("carol", "alice", 10),
        ("dan", "bob", 10),
        ("alice", "carol", 10),
        ("dan", "carol", 10),
        ("erin", "dan", 20),
    ):
        people.trust(holder, issuer, limit)
    people.send("carol", "AccountSet", TransferRate=1_100_000_000)
    people.pay("carol", "alice", people.token("carol", 10))
    paths = (*people.through("carol", "dan"), *people.through("bob", "dan"))
    assert people.pay("alice", "erin", people.token("dan", 5), Paths=paths, Flags=NO_DIRECT) is OK
    assert people.holds("erin", "dan") == v(5)
    assert people.holds("dan", "bob") == v(5)
    assert people.holds("dan", "carol") == v(0)


def test_a_limit_of_quality_rejects_what_costs_more(people: Any) -> None:
    people.trust("bob", "alice", 10)
    people.trust("carol", "bob", 10)
    wanted = {"SendMax": people.token("alice", 4)}
    amount = people.token("bob", 5)
    assert people.pay("alice", "carol", amount, Flags=LIMIT_QUALITY | PARTIAL, **wanted) is TER.tecPATH_DRY
    assert people.pay("alice", "carol", amount, Flags=PARTIAL, **wanted) is OK
    assert people.holds("carol", "bob") == v(4)


@pytest.mark.parametrize("quality_in", [80, 100, 120])
@pytest.mark.parametrize("quality_out", [80, 100, 120])
def test_line_qualities_in_the_middle(people: Any, quality_in: int, quality_out: int) -> None:
    people.trust("bob", "dan", 100, QualityIn=quality_in * 10_000_000)
    people.trust("bob", "alice", 100, QualityOut=quality_out * 10_000_000)
    people.trust("carol", "alice", 100)
    assert people.pay("alice", "bob", people.token("alice", 100)) is OK
    result = people.pay(
        "dan",
        "carol",
        people.token("alice", 10),
        Paths=people.through("bob"),
        SendMax=people.token("dan", 100),
        Flags=NO_DIRECT,
    )
    assert result is OK
    assert people.holds("bob", "alice") == v(90)
    assert people.holds("carol", "alice") == v(10)
    taken = people.holds("bob", "dan")
    if quality_out > quality_in:
        assert abs(taken.mantissa * 10.0**taken.exponent - 10 * quality_out / quality_in) < 1e-12
    else:
        assert taken == v(10)


@pytest.mark.parametrize(("quality_in", "left"), [(80, "3.75"), (100, "5"), (120, "5")])
def test_quality_of_the_last_line_never_adds(people: Any, quality_in: int, left: str) -> None:
    people.trust("bob", "alice", 10)
    people.trust("carol", "alice", 10, QualityIn=quality_in * 10_000_000)
    people.pay("alice", "bob", people.token("alice", 10))
    assert people.pay("bob", "carol", people.token("alice", 5), SendMax=people.token("alice", 10)) is OK
    assert people.holds("bob", "alice") == v(left)


@pytest.mark.parametrize("quality_out", [80, 100, 120])
def test_quality_out_does_not_matter_at_the_start(people: Any, quality_out: int) -> None:
    people.trust("bob", "alice", 10, QualityOut=quality_out * 10_000_000)
    people.trust("carol", "alice", 10)
    people.pay("alice", "bob", people.token("alice", 10))
    assert people.pay("bob", "carol", people.token("alice", 5), SendMax=people.token("alice", 5)) is OK
    assert people.holds("bob", "alice") == v(5)
    assert people.holds("carol", "alice") == v(5)


@pytest.mark.parametrize(("with_rate", "owed_to_carol", "carol_left"), [(True, "65", 35), (False, "50", 50)])
def test_several_paths_share_a_payment(
    people: Any, with_rate: bool, owed_to_carol: str, carol_left: int
) -> None:
    people.fund("amazon")
    people.trust("amazon", "gw", 2000)
    for holder, limit in (("bob", 600), ("carol", 700)):
        people.trust(holder, "alice", limit)
        people.trust(holder, "gw", 1000)
    if with_rate:
        people.send("gw", "AccountSet", TransferRate=1_100_000_000)
    people.pay("gw", "bob", people.token("bob", 100))
    people.pay("gw", "carol", people.token("carol", 100))
    fields: dict[str, Any] = {"Paths": (*people.through("bob"), *people.through("carol"))}
    if with_rate:
        fields["SendMax"] = people.token("alice", 200)
    assert people.pay("alice", "amazon", people.token("gw", 150), **fields) is OK
    assert people.holds("amazon", "gw") == v(150)
    assert people.holds("bob", "gw") == v(0)
    assert people.holds("alice", "bob") == v(-100)
    assert people.holds("alice", "carol") == -v(owed_to_carol)
    assert people.holds("carol", "gw") == v(carol_left)


def test_rounding_of_a_transfer_fee_is_the_servers(people: Any) -> None:
    people.send("gw", "AccountSet", TransferRate=1_010_000_000)
    people.trust("alice", "gw", 1000)
    people.trust("bob", "gw", 1000)
    people.pay("gw", "alice", people.token("gw", 100))
    fields = {"Flags": PARTIAL, "SendMax": people.token("gw", 100)}
    assert people.pay("alice", "bob", people.token("gw", 500), **fields) is OK
    assert people.delivered() == people.token("gw", "99.00990099009901")
    assert people.holds("bob", "gw") == v("99.00990099009901")
    assert people.holds("alice", "gw") == v(0)


class TestNoRipple:
    """An account that sets NoRipple on two lines is no passage between them."""

    def lines(self, bench: Any, alice: int, bob: int) -> None:
        bench.fund("alice", "bob", "gw")
        bench.trust("alice", "gw", 100)
        bench.trust("bob", "gw", 100)
        bench.trust("gw", "alice", 0, Flags=alice)
        bench.trust("gw", "bob", 0, Flags=bob)
        assert bench.pay("gw", "alice", bench.token("gw", 50)) is OK

    def test_both_lines(self, bench: Any) -> None:
        self.lines(bench, 0, 0)
        assert bench.pay("alice", "bob", bench.token("gw", 10)) is TER.tecPATH_DRY

    @pytest.mark.parametrize("flags", [(CLEAR_NO_RIPPLE, 0), (0, CLEAR_NO_RIPPLE)])
    def test_one_line_is_no_obstacle(self, bench: Any, flags: tuple[int, int]) -> None:
        self.lines(bench, *flags)
        assert bench.pay("alice", "bob", bench.token("gw", 10)) is OK


class TestFreeze:
    """Freezes stop what passes through an issuer, and leave direct dealings with it alone."""

    @pytest.fixture
    def frozen(self, people: Any) -> Any:
        for holder in ("alice", "bob"):
            people.trust(holder, "gw", 1000)
            people.pay("gw", holder, people.token("gw", 100))
        return people

    def test_a_frozen_holder_receives_but_does_not_send_on(self, frozen: Any) -> None:
        assert frozen.trust("gw", "alice", 0, Flags=SET_FREEZE) is OK
        assert frozen.pay("alice", "bob", frozen.token("gw", 1)) is TER.tecPATH_DRY
        assert frozen.pay("bob", "alice", frozen.token("gw", 1)) is OK
        assert frozen.pay("alice", "gw", frozen.token("gw", 1)) is OK
        assert frozen.pay("gw", "alice", frozen.token("gw", 1)) is OK

    @pytest.mark.parametrize("who", [("gw", "alice"), ("alice", "gw")])
    def test_a_deep_freeze_stops_both_ways(self, frozen: Any, who: tuple[str, str]) -> None:
        flags = SET_FREEZE | SET_DEEP_FREEZE
        assert frozen.send(who[0], "TrustSet", LimitAmount=frozen.token(who[1], 1000), Flags=flags) is OK
        assert frozen.pay("alice", "bob", frozen.token("gw", 1)) is TER.tecPATH_DRY
        assert frozen.pay("bob", "alice", frozen.token("gw", 1)) is TER.tecPATH_DRY
        assert frozen.pay("alice", "gw", frozen.token("gw", 1)) is OK

    def test_a_global_freeze_leaves_direct_dealings(self, frozen: Any) -> None:
        frozen.set("gw", GLOBAL_FREEZE)
        assert frozen.pay("alice", "bob", frozen.token("gw", 1)) is TER.tecPATH_DRY
        assert frozen.pay("alice", "gw", frozen.token("gw", 1)) is OK
        assert frozen.pay("gw", "alice", frozen.token("gw", 1)) is OK


def test_authorisation_is_needed_for_the_first_tokens(bench: Any) -> None:
    bench.fund("gw", "alice")
    bench.set("gw", REQUIRE_AUTH)
    bench.trust("alice", "gw", 100)
    assert bench.pay("gw", "alice", bench.token("gw", 1)) is TER.tecPATH_DRY
    assert bench.trust("gw", "alice", 0, Flags=SETF_AUTH) is OK
    assert bench.pay("gw", "alice", bench.token("gw", 1)) is OK


class TestPaths:
    """Paths that cannot be used, and those that need an order book."""

    @pytest.fixture
    def ready(self, people: Any) -> Any:
        people.trust("alice", "gw", 100)
        people.trust("bob", "gw", 100)
        people.pay("gw", "alice", people.token("gw", 50))
        return people

    def test_no_line(self, ready: Any) -> None:
        assert ready.pay("alice", "carol", ready.token("gw", 1)) is TER.tecPATH_DRY

    def test_a_bad_path_spoils_the_payment(self, ready: Any) -> None:
        amount = ready.token("gw", 1)
        for step in (
            {},
            {"account": bytes(20)},
            {"account": ready.id("gw"), "issuer": ready.id("gw")},
            {"account": bytes(19) + b"\1"},
            {"issuer": ready.id("gw"), "currency": bytes(20)},
        ):
            assert ready.pay("alice", "bob", amount, Paths=((step,),)) is TER.temBAD_PATH

    def test_a_loop(self, ready: Any) -> None:
        paths = ready.through("gw", "bob", "gw")
        assert ready.pay("alice", "bob", ready.token("gw", 1), Paths=paths) is TER.temBAD_PATH_LOOP

    def test_an_unusable_path_beside_a_usable_one(self, ready: Any) -> None:
        paths = ready.through("carol")
        assert ready.pay("alice", "bob", ready.token("gw", 1), Paths=paths) is OK
        only = {"Paths": paths, "Flags": NO_DIRECT}
        assert ready.pay("alice", "bob", ready.token("gw", 1), **only) is TER.tecPATH_DRY

    def test_no_path_at_all(self, ready: Any) -> None:
        assert ready.pay("alice", "bob", ready.token("gw", 1), Flags=NO_DIRECT) is TER.temRIPPLE_EMPTY

    def test_an_order_book_is_empty(self, ready: Any) -> None:
        for fields in (
            {"SendMax": 1_000_000},
            {"SendMax": ready.token("gw", 5, b"\0" * 12 + b"EUR" + b"\0" * 5)},
        ):
            if isinstance(fields["SendMax"], int):
                assert ready.pay("alice", "bob", ready.token("gw", 1), **fields) is TER.tecPATH_PARTIAL
                assert (
                    ready.pay("alice", "bob", ready.token("gw", 1), Flags=PARTIAL, **fields)
                    is TER.tecPATH_DRY
                )
            else:
                assert ready.pay("alice", "bob", ready.token("gw", 1), **fields) is TER.tecPATH_DRY
        assert ready.pay("alice", "bob", 5_000_000, SendMax=ready.token("gw", 5)) is TER.tecPATH_PARTIAL

    def test_too_many_paths_are_refused_by_the_open_ledger_alone(self, ready: Any) -> None:
        paths = ready.through("carol") * 7
        ready.at(is_open=True)
        assert ready.pay("alice", "bob", ready.token("gw", 1), Paths=paths) is TER.telBAD_PATH_COUNT
        ready.at()
        assert ready.pay("alice", "bob", ready.token("gw", 1), Paths=paths) is OK
