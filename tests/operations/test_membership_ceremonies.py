"""Memberships and their ends in bundles, on paper machines that share nothing but the ledgers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paper_bank import Paper, approved_mint, successes
from paper_members import (
    REASON,
    WINDOW,
    accepted,
    bundled,
    customer,
    desk_of,
    held,
    member,
    open_members_bank,
    order,
    record_by_hand,
    registry,
    signed,
    signed_on_known,
    tokens,
)

from sovbank.core.machine import Kind, State
from sovbank.errors.ceremony import BundleInconsistent, TransactionNotDerived
from sovbank.errors.guard import NotRevoked, WrongUri
from sovbank.errors.memberships import (
    AlreadyMember,
    AlreadyOffered,
    MembershipInForce,
    NotAMember,
    WaitingForAcceptance,
)
from sovbank.errors.operations import (
    NotWhitelisted,
    RequestDiffers,
    WaitingForRole,
)
from sovbank.operations import membership, membership_end, membership_withdrawal
from sovbank.operations.multisig.assumptions import unchecked_without_network
from sovbank.operations.multisig.collecting import collect
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import submit
from sovbank.operations.resume import resume


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return open_members_bank(tmp_path)


# A membership


def test_a_membership_is_proposed_without_a_key_and_signed_elsewhere(paper: Paper) -> None:
    desk = desk_of(paper)
    wanted = order(desk)
    proposed = membership.propose(desk.house, wanted)
    assert (proposed.state, proposed.created_by) == (State.INTENT, "proposer")
    assert membership.propose(desk.house, wanted) == proposed
    assert not desk.house.journal.attempts(proposed.id)
    (offered,) = held(desk, proposed)
    assert (offered.state, successes(desk)) == (State.FINAL, 1)
    with pytest.raises(WaitingForAcceptance):
        resume(desk.house, offered.id)
    tokens(desk).accept(wanted.holder, offered.facts["offer_id"])
    with pytest.raises(WaitingForRole):
        resume(desk.house, offered.id)
    assert submit(desk.house, offered.id).state is State.FINAL, "nobody here records memberships"
    paper.keys.here = {"keystore:member-services"}
    assert submit(desk.house, offered.id).state is State.POSTED, "a submission again goes as far as it can"
    assert registry(desk).is_member(0, wanted.holder)


def test_the_bundle_says_what_is_minted_for_whom(paper: Paper) -> None:
    bundle = bundled(paper, membership.propose(paper.house, order(paper)))
    assert f"offers it to {bundle.purpose.operations[0].parameters['holder']}" in bundle.purpose.words
    assert "tier pro" in bundle.purpose.words
    assert bundle.purpose.operations[0].facts.keys() == {"uri"}


def test_several_memberships_are_one_ceremony(paper: Paper) -> None:
    names = ("aurora", "borealis", "corvus")
    rows = [membership.propose(paper.house, order(paper, name)) for name in names]
    bundle = bundled(paper, *rows)
    assert len(bundle.transactions) == 3
    done = held(paper, *rows)
    assert [row.state for row in done] == [State.FINAL] * 3
    assert len({row.facts["nftoken_id"] for row in done}) == successes(paper) == 3
    members = [accepted(paper, row) for row in done]
    ends = [
        membership_end.propose_end(paper.house, row.parameters["holder"], reason=REASON) for row in members
    ]
    assert [row.state for row in held(paper, *ends)] == [State.POSTED] * 3
    assert not any(tokens(paper).tokens.values())


def test_a_cosigners_machine_learns_the_token_and_can_record_it(paper: Paper) -> None:
    proposed = membership.propose(paper.house, order(paper))
    bundle = bundled(paper, proposed)
    machine = paper.other_machine("member-services")
    both = signed(paper, cosign(machine.house, bundle).bundle, "coo")
    collect(paper.house, both)
    submit(paper.house, proposed.id)
    with pytest.raises(WaitingForAcceptance):
        resume(machine.house, proposed.id)
    there = machine.house.journal.operation(proposed.id)
    assert there.facts["nftoken_id"] == paper.house.journal.operation(proposed.id).facts["nftoken_id"]
    tokens(paper).accept(proposed.parameters["holder"], there.facts["offer_id"])
    assert resume(machine.house, proposed.id).state is State.POSTED
    assert resume(paper.house, proposed.id).state is State.POSTED, "found recorded"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda paper, holder: paper.control.whitelisted.discard(holder), NotWhitelisted),
        (lambda paper, holder: record_by_hand(paper, holder, "77" * 32), AlreadyMember),
    ],
)
def test_nothing_is_proposed_that_may_not_be_issued(
    paper: Paper, change: Callable[[Paper, str], Any], refusal: type[Exception]
) -> None:
    wanted = order(paper)
    change(paper, wanted.holder)
    with pytest.raises(refusal):
        membership.propose(paper.house, wanted)
    assert paper.house.journal.find(Kind.MEMBERSHIP, wanted.reference) is None


def test_what_changes_after_the_proposal_is_refused_by_cosigners(paper: Paper) -> None:
    wanted = order(paper)
    bundle = bundled(paper, membership.propose(paper.house, wanted))
    record_by_hand(paper, wanted.holder, "77" * 32)
    with pytest.raises(AlreadyMember):
        signed(paper, bundle, "coo")
    assert paper.keys.unlocked == []


def test_other_metadata_than_the_profiles_is_refused(paper: Paper) -> None:
    bundle = bundled(paper, membership.propose(paper.house, order(paper)))
    settings = paper.house.profile.membership
    assert settings is not None
    other = settings.model_copy(update={"metadata_url": "https://elsewhere.example/m"})
    profile = paper.house.profile.model_copy(update={"membership": other})
    machine = paper.other_machine("coo")
    house = replace(machine.house, profile=profile)
    with pytest.raises(RequestDiffers, match="metadata"):
        cosign(house, bundle)
    with pytest.raises(WrongUri):
        cosign(house, bundle, offline=True)


def test_of_two_desks_with_a_ceremony_for_one_holder_the_second_is_refused(paper: Paper) -> None:
    wanted = order(paper)
    other = paper.other_machine("member-services", "compliance-head")
    first = membership.propose(paper.house, wanted)
    second = membership.propose(other.house, replace(wanted, reference="MEM-other"))
    collect(paper.house, signed(paper, bundled(paper, first), "coo", "compliance-head"))
    paper.ledger.held_tickets[paper.house.account("membership").address].remove(11)
    bundle = bundled(other, second)
    collect(other.house, cosign(other.house, bundle).bundle)
    paper.ledger.held_tickets[paper.house.account("membership").address].insert(0, 11)
    assert submit(paper.house, first.id).state is State.FINAL
    with pytest.raises(AlreadyOffered):
        submit(other.house, second.id)
    assert submit(paper.house, first.id).state is State.FINAL
    assert successes(paper) == 1


def test_a_second_token_is_not_made_from_another_machine(paper: Paper) -> None:
    wanted = order(paper)
    offered = membership.offer(paper.house, wanted)
    machine = paper.other_machine("coo", "compliance-head")
    again = replace(wanted, reference="MEM-again")
    with pytest.raises(AlreadyOffered, match=offered.facts["nftoken_id"]):
        membership.offer(machine.house, again)
    tokens(paper).accept(wanted.holder, offered.facts["offer_id"])
    with pytest.raises(AlreadyOffered, match="nobody has recorded"):
        membership.offer(machine.house, again)
    assert successes(paper) == 1


# The end of a membership


def test_an_end_is_revoked_at_once_and_burned_by_a_ceremony(paper: Paper) -> None:
    joined = member(paper)
    holder = joined.parameters["holder"]
    end = membership_end.propose_end(paper.house, holder, reason=REASON)
    assert end.state is State.APPROVED
    assert not registry(paper).is_member(0, holder)
    assert successes(paper) == 1, "nothing is burned yet"
    (done,) = held(paper, end)
    assert done.state is State.POSTED
    assert tokens(paper).nftokens(holder) == []


def test_without_the_registrys_officer_no_end_is_proposed(paper: Paper) -> None:
    joined = member(paper)
    paper.keys.here = {"keystore:coo"}
    with pytest.raises(WaitingForRole):
        membership_end.propose_end(paper.house, joined.parameters["holder"], reason=REASON)
    with pytest.raises(NotAMember):
        membership_end.propose_end(paper.house, customer(paper, "nobody"), reason=REASON)


def test_an_end_whose_token_is_gone_needs_no_ceremony(paper: Paper) -> None:
    joined = member(paper)
    tokens(paper).tokens.clear()
    end = membership_end.propose_end(paper.house, joined.parameters["holder"], reason=REASON)
    assert end.state is State.POSTED


def test_cosigners_look_at_the_registry_before_they_burn(paper: Paper) -> None:
    joined = member(paper)
    bundle = bundled(
        paper, membership_end.propose_end(paper.house, joined.parameters["holder"], reason=REASON)
    )
    machine = paper.other_machine("coo")
    assert cosign(machine.house, bundle).bundle.signatures
    known = machine.house.journal.operation(bundle.purpose.operations[0].id)
    assert (known.state, "reason" in known.facts) == (State.APPROVED, False)
    token, holder = joined.facts["nftoken_id"], joined.parameters["holder"]
    registry(paper).members[holder] = replace(registry(paper).members[holder], revoked_at=None)
    with pytest.raises(MembershipInForce):
        signed(paper, bundle, "compliance-head")
    with pytest.raises(NotRevoked):  # that machine has the operation already
        signed_on_known(paper, bundle)
    registry(paper).members[holder] = replace(registry(paper).members[holder], nftoken_id="77" * 32)
    with pytest.raises(RequestDiffers):
        signed(paper, bundle, "member-services")
    assert tokens(paper).nftokens(holder)[0].id == token


def test_an_end_that_was_signed_unseen_never_revokes(paper: Paper) -> None:
    joined = member(paper)
    holder = joined.parameters["holder"]
    bundle = bundled(paper, membership_end.propose_end(paper.house, holder, reason=REASON))
    machine = paper.other_machine("member-services")
    cosign(machine.house, bundle, offline=True)
    registry(paper).members[holder] = replace(registry(paper).members[holder], revoked_at=None)
    with pytest.raises(MembershipInForce):
        resume(machine.house, bundle.purpose.operations[0].id)
    assert registry(paper).is_member(0, holder)


def test_a_burn_from_somebody_else_is_not_derived(paper: Paper) -> None:
    joined = member(paper)
    end = membership_end.propose_end(paper.house, joined.parameters["holder"], reason=REASON)
    bundle = bundled(paper, end)
    for owner in (customer(paper, "other"), None):
        tx = {**bundle.transactions[0], "Owner": owner}
        altered = bundle.model_copy(
            update={"transactions": ({name: value for name, value in tx.items() if value is not None},)}
        )
        with pytest.raises(TransactionNotDerived, match="Owner"):
            cosign(paper.other_machine("coo").house, altered)


# Without a network


@pytest.mark.parametrize("what", ["membership", "end", "withdrawal", "all"])
def test_what_was_not_checked_is_what_the_screen_says(paper: Paper, what: str) -> None:
    rows = {
        "membership": lambda: membership.propose(paper.house, order(paper, "corvus")),
        "end": lambda: membership_end.propose_end(
            paper.house, member(paper).parameters["holder"], reason=REASON
        ),
        "withdrawal": lambda: membership_withdrawal.propose_withdrawal(
            paper.house, membership.offer(paper.house, order(paper, "dorado")).id
        ),
    }
    chosen = [make() for name, make in rows.items() if what in (name, "all")]
    bundle = bundled(paper, *chosen)
    machine = paper.other_machine("coo")
    cosigned = cosign(machine.house, bundle, offline=True)
    assert cosigned.unchecked == unchecked_without_network(bundle)
    assert "membership-registry" in cosigned.unchecked
    assert all(one.unchecked == cosigned.unchecked for one in cosigned.bundle.signatures)
    complete = signed(paper, cosigned.bundle, "compliance-head")
    assert collect(paper.house, complete).is_complete


def test_a_mint_has_the_names_it_always_had(paper: Paper) -> None:
    bundle = propose(paper.house, [approved_mint(paper).id], window=WINDOW, top_up=False)
    cosigned = cosign(paper.other_machine("ceo").house, bundle, offline=True)
    assert cosigned.unchecked == unchecked_without_network(bundle)


# What a bundle may not hold


def test_facts_from_which_nothing_is_derived_are_refused(paper: Paper) -> None:
    bundle = bundled(paper, membership.propose(paper.house, order(paper)))
    (described,) = bundle.purpose.operations
    for facts in ({**described.facts, "tx_hash": "AB" * 32}, {**described.facts, "reason": "none"}):
        operations = (described.model_copy(update={"facts": facts}),)
        purpose = bundle.purpose.model_copy(update={"operations": operations})
        for offline in (False, True):
            with pytest.raises(BundleInconsistent, match="facts"):
                cosign(
                    paper.other_machine("coo").house,
                    bundle.model_copy(update={"purpose": purpose}),
                    offline=offline,
                )
