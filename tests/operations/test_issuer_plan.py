"""The plan of a set-up: from every state of the accounts, in the order that works, never without an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_bank import ASSET, Paper, blank_account, paper_profile

from sovbank.core.machine import State
from sovbank.errors.operations import (
    AccountMissing,
    AttemptPending,
    NoOfficerHere,
    SetupDrift,
    SetupImpossible,
    WrongState,
)
from sovbank.operations.issuer import setup
from sovbank.operations.issuer.actual import ActualAccount, read_asset
from sovbank.operations.issuer.exercise import exercise_groups
from sovbank.operations.issuer.plan import desired_signers, plan_asset
from sovbank.operations.planned import resume_step
from sovbank.operations.steps import Step
from sovbank.wire.currency import encode_currency
from sovbank.xrpl.port import TrustLine
from sovbank.xrpl.quorum import choose_quorum
from sovbank.xrpl.settings import BY_NAME

PROFILE = paper_profile()
ENTRY = PROFILE.assets[ASSET]
OWN_LINE = "disallowIncomingTrustline"


def flags(*names: str) -> int:
    return sum(BY_NAME[name].bit for name in names)


def actual(name: str, **changes: Any) -> ActualAccount:
    desired = PROFILE.accounts[name]
    parts = {key: changes.pop(key) for key in ("lines", "tickets", "exercised") if key in changes}
    return ActualAccount(
        name=name,
        desired=desired,
        state=blank_account(desired.address, **changes),
        lines=parts.get("lines", ()),
        tickets=parts.get("tickets", 0),
        exercised=parts.get("exercised", frozenset()),
        preauthorized=frozenset(),
    )


def line(holder: str, *, authorized: bool) -> TrustLine:
    fields: dict[str, Any] = dict.fromkeys(
        ("authorized", "no_ripple", "no_ripple_peer", "freeze", "freeze_peer", "deep_freeze"), False
    )
    return TrustLine(
        account=PROFILE.accounts[holder].address,
        peer=PROFILE.accounts["issuer"].address,
        currency=encode_currency(ENTRY.currency),
        balance=Decimal(0),
        limit=Decimal(ENTRY.trust_limit),
        limit_peer=Decimal(0),
        peer_authorized=authorized,
        deep_freeze_peer=False,
        **fields,
    )


def done(name: str, **changes: Any) -> ActualAccount:
    """An account that is as the profile wants it."""
    desired = PROFILE.accounts[name]
    wanted = desired_signers(actual(name), PROFILE.officers)
    issuer = ("allowTrustLineClawback", "requireAuth", "disallowXRP", "defaultRipple")
    incoming = ("disallowIncomingCheck", "disallowIncomingPayChan", "disallowIncomingNFTokenOffer")
    names = (*issuer, *incoming) if name == "issuer" else ("requireDestTag", OWN_LINE)
    return actual(
        name,
        **{
            "flags": flags(*names, "disableMaster"),
            "domain": desired.domain,
            "tick_size": desired.tick_size,
            "signer_list": wanted,
            "tickets": desired.tickets,
            "exercised": frozenset(entry.account for entry in wanted.entries),
            "lines": () if name == "issuer" else (line(name, authorized=True),),
            "owner_count": 12,
            **changes,
        },
    )


def plan(**accounts: ActualAccount) -> list[Step]:
    roles: Mapping[str, ActualAccount] = {name: done(name) for name in ("issuer", "treasury", "redemption")}
    return plan_asset(ENTRY, {**roles, **accounts}, PROFILE.officers)


def keys(steps: list[Step], account: str) -> list[str]:
    return [step.key.split("/")[0] for step in steps if step.account == account]


def test_nothing_is_left_when_all_is_as_the_profile_says() -> None:
    assert plan() == []


def test_from_empty_accounts_the_order_is_the_one_that_works() -> None:
    steps = plan(**{name: actual(name) for name in ("issuer", "treasury", "redemption")})
    where = {(step.account, step.key): place for place, step in enumerate(steps)}
    titles = [step.key.split("/")[0] for step in steps]
    assert titles[0] == "first-settings", "clawback needs an empty owner directory"
    line_step = next(place for (name, key), place in where.items() if key.startswith("trust-line"))
    assert where["issuer", "flag/defaultRipple"] < line_step
    for holder in ("treasury", "redemption"):
        opened = next(
            p for (name, key), p in where.items() if name == holder and key.startswith("trust-line")
        )
        authorised = [p for (name, key), p in where.items() if key.endswith(PROFILE.accounts[holder].address)]
        assert opened < authorised[0] < where[holder, f"flag/{OWN_LINE}"]
    for account in ("issuer", "treasury", "redemption"):
        own = [key.split("/")[0] for (name, key) in where if name == account]
        assert own[-1] == "flag", "the master key is disabled last"
        assert own.index("signer-list") < own.index("tickets") < own.index("exercise")
        assert where[account, "flag/disableMaster"] == max(
            p for (name, _), p in where.items() if name == account
        )


@pytest.mark.parametrize("missing", ["allowTrustLineClawback", "requireAuth"])
def test_a_flag_that_needs_an_empty_directory_comes_too_late(missing: str) -> None:
    issuer = done("issuer")
    late = replace(issuer, state=replace(issuer.state, flags=issuer.state.flags & ~flags(missing)))
    with pytest.raises(SetupImpossible, match=missing):
        plan(issuer=late)


DRIFT: Mapping[str, tuple[str, Any, str]] = {
    "a flag was cleared": ("issuer", {"flags": flags("allowTrustLineClawback", "requireAuth")}, "flag"),
    "another domain": ("issuer", {"domain": "other.example"}, "settings"),
    "another tick size": ("issuer", {"tick_size": 5}, "settings"),
    "tickets are used up": ("treasury", {"tickets": 4}, "tickets"),
    "a key was never proved": ("treasury", {"exercised": frozenset()}, "exercise"),
    "a line is not authorised": ("treasury", {"lines": (line("treasury", authorized=False),)}, "authorize"),
    "there is no line": ("redemption", {"lines": ()}, "trust-line"),
}


@pytest.mark.parametrize("case", DRIFT)
def test_drift_is_planned(case: str) -> None:
    name, changes, key = DRIFT[case]
    steps = plan(**{name: done(name, **changes)})
    assert key in {step.key.split("/")[0] for step in steps}


def test_another_signer_list_is_replaced_and_every_key_proved_again() -> None:
    issuer = done("issuer")
    fewer = replace(issuer.state.signer_list, entries=issuer.state.signer_list.entries[:-1])
    steps = plan(issuer=replace(issuer, state=replace(issuer.state, signer_list=fewer)))
    assert keys(steps, "issuer") == ["signer-list", "exercise", "exercise"]
    assert {name for step in steps for name in step.signers} == set(PROFILE.accounts["issuer"].signers)


def test_half_of_the_tickets_are_enough_to_work_with() -> None:
    assert plan(treasury=done("treasury", tickets=5)) == []
    (step,) = plan(treasury=done("treasury", tickets=4))
    assert step.key == "tickets/6"


# Proving keys


@st.composite
def lists(draw: st.DrawFn) -> tuple[dict[str, int], int]:
    weights = draw(st.lists(st.integers(1, 9), min_size=1, max_size=7))
    return {f"s{n}": w for n, w in enumerate(weights)}, draw(st.integers(1, sum(weights)))


def minimal_sets(weights: Mapping[str, int], quorum: int) -> Iterator[set[str]]:
    """Every set that reaches the quorum and would not without any one member: by trying all of them."""
    names = list(weights)
    for bits in range(1, 1 << len(names)):
        members = {name for place, name in enumerate(names) if bits >> place & 1}
        total = sum(weights[name] for name in members)
        if total >= quorum > total - min(weights[name] for name in members):
            yield members


@given(lists(), st.data())
def test_groups_prove_every_key_that_can_ever_be_needed(
    drawn: tuple[dict[str, int], int], data: st.DataObject
) -> None:
    weights, quorum = drawn
    pending = data.draw(st.sets(st.sampled_from(sorted(weights))))
    groups = exercise_groups(weights, quorum, pending)
    people = zip(weights, PROFILE.officers.values(), strict=False)
    addresses = {name: officer.account for name, officer in people}
    for group in groups:
        chosen = choose_quorum({addresses[name]: weights[name] for name in group}, quorum)
        assert chosen is not None
        assert set(chosen) == {addresses[name] for name in group}, "somebody's signature is left out"
    provable = set().union(*minimal_sets(weights, quorum))
    proved = {name for group in groups for name in group}
    assert pending & provable <= proved
    assert exercise_groups(weights, quorum, pending - proved) == [], "the plan would never end"


# Applying


def test_an_accepted_plan_is_on_record_before_its_first_step(paper: Paper) -> None:
    made = setup.plan(paper.house, ASSET)
    step, operation = next(setup.apply(paper.house, made))
    assert (step, operation.state) == (made.steps[0], State.POSTED)
    kinds = [(row["kind"], row.get("rule"), row.get("payload_sha256")) for row in paper.log()]
    accepted = kinds.index(("approve", "plan", made.digest))
    assert accepted < next(place for place, row in enumerate(kinds) if row[0] == "sign.begin")


def test_a_missing_account_is_named(paper: Paper) -> None:
    del paper.ledger.accounts[paper.house.treasury_of(ASSET).address]
    with pytest.raises(AccountMissing, match="treasury"):
        read_asset(paper.house, ASSET)


def test_drift_is_refused_with_every_step(paper: Paper) -> None:
    made = setup.plan(paper.house, ASSET)
    with pytest.raises(SetupDrift, match="clawback"):
        setup.refuse_drift(made)


def test_a_step_of_another_content_is_another_operation(paper: Paper) -> None:
    """What a step is called stays when the profile changes; what it does and what was accepted does not."""
    first = setup.plan(paper.house, ASSET)
    paper.ledger.verdicts = ["lost"]
    with pytest.raises(AttemptPending):
        next(setup.apply(paper.house, first))
    account = paper.house.profile.accounts["issuer"].model_copy(update={"domain": "new.example"})
    accounts = {**paper.house.profile.accounts, "issuer": account}
    object.__setattr__(paper.house, "profile", paper.house.profile.model_copy(update={"accounts": accounts}))
    second = setup.plan(paper.house, ASSET)
    assert second.steps[0].title == first.steps[0].title
    _, operation = next(setup.apply(paper.house, second))
    assert operation.facts["accepted"] == second.digest
    assert operation.id != paper.house.journal.operations()[-1].id


def test_nobody_accepts_a_plan_without_a_key(paper: Paper) -> None:
    paper.keys.here = set()
    head = paper.house.journal.head()
    with pytest.raises(NoOfficerHere):
        next(setup.apply(paper.house, setup.plan(paper.house, ASSET)))
    assert paper.house.journal.head() == head


def test_a_step_without_a_transaction_is_planned_anew(paper: Paper) -> None:
    made = setup.plan(paper.house, ASSET)
    _, operation = next(setup.apply(paper.house, made))
    fresh = replace(operation, id="ab" * 32, state=State.INTENT)
    with pytest.raises(WrongState):
        resume_step(paper.house, fresh)
