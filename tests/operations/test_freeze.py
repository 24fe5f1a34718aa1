"""The global freeze on paper machines: sign-offs, ceremonies, and the freeze that lies in a drawer."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from paper_bank import ASSET, Paper, address_of, blank_account

from sovbank.ceremony.digest import digest_of, to_bytes
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle
from sovbank.cli.context import Options
from sovbank.cli.freeze_view import bundle_notes, drawer_lines
from sovbank.cli.render import Output
from sovbank.cli.rotation_view import rotation_data, rotation_lines, show_rotation
from sovbank.core.machine import AttemptState, Kind, State
from sovbank.core.permits import Measure
from sovbank.errors.ceremony import TransactionNotDerived
from sovbank.errors.freeze import (
    FreezeMalformed,
    KeptInDrawer,
    PreparedOver,
    SignOffInvalid,
    SignOffMalformed,
    SignOffsMissing,
)
from sovbank.errors.guard import NotSignedOff
from sovbank.errors.operations import SignaturesMissing, TicketsExhausted
from sovbank.errors.signers import NotASigner, OpenAttempts
from sovbank.journal.port import LogKind, OperationRow
from sovbank.operations.issuer import drawer, rotation
from sovbank.operations.issuer.freeze import (
    SIGN_OFFS,
    close_shown_freezes,
    movement_of,
    open_freeze,
    resume_freeze,
    run_freeze,
)
from sovbank.operations.issuer.freeze_order import FreezeOrder, is_needed, kind_of, order_for, order_of
from sovbank.operations.issuer.signoffs import (
    SignOff,
    from_fact,
    make_sign_off,
    parse_sign_off,
    people_of,
    require_valid,
    to_fact,
)
from sovbank.operations.multisig.cancelling import cancel
from sovbank.operations.multisig.collecting import collect, gather
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import open_ceremonies, submit
from sovbank.operations.resume import resume
from sovbank.wire.codec import decode_tx
from sovbank.xrpl.envelope import MOST_FEE_DROPS
from sovbank.xrpl.port import SignerEntry, SignerList
from sovbank.xrpl.settings import BY_NAME

CASE = "AML-2026-17"
FROZEN = BY_NAME["globalFreeze"].bit


@pytest.fixture
def bank(paper: Paper) -> Paper:
    """A bank whose ledger takes freezes to heart."""
    validate = paper.ledger.validate

    def and_freeze(tx: Mapping[str, Any], result: str = "tesSUCCESS", **rest: Any) -> Any:
        found = validate(tx, result, **rest)
        state = paper.ledger.accounts[tx["Account"]]
        if tx.get("SetFlag") == 7:
            paper.ledger.accounts[tx["Account"]] = replace(state, flags=state.flags | FROZEN)
        if tx.get("ClearFlag") == 7:
            paper.ledger.accounts[tx["Account"]] = replace(state, flags=state.flags & ~FROZEN)
        return found

    paper.ledger.validate = and_freeze  # type: ignore[method-assign]
    return paper


def order(paper: Paper, measure: Measure = Measure.GLOBAL_FREEZE, *, prepared: bool = False) -> FreezeOrder:
    return order_for(paper.house, "issuer", measure, CASE, prepared=prepared)


def sign_offs(paper: Paper, ordered: FreezeOrder, *officers: str) -> list[SignOff]:
    return [make_sign_off(paper.house, ordered.signed_off, name) for name in officers]


def opened(paper: Paper, ordered: FreezeOrder) -> OperationRow:
    return open_freeze(paper.house, ordered, sign_offs(paper, ordered, "compliance-head", "ceo"))


def in_drawer(paper: Paper, *, window: int = 5000) -> tuple[OperationRow, Bundle]:
    operation = opened(paper, order(paper, prepared=True))
    return operation, drawer.put_into_drawer(paper.house, operation, window=window)


def complete(paper: Paper, bundle: Bundle, *officers: str) -> Bundle:
    """Have officers sign on machines of their own, and collect at the desk."""
    files = [to_bytes(cosign(paper.other_machine(name).house, bundle).bundle) for name in officers]
    collected = collect(paper.house, gather(files, expected=bundle))
    assert collected.is_complete
    return collected.bundle


# Sign-offs


def test_two_people_and_a_quorum_freeze_and_the_ledger_says_when_nothing_is_to_be_done(bank: Paper) -> None:
    ordered = order(bank)
    assert is_needed(bank.house, ordered)
    done = run_freeze(bank.house, opened(bank, ordered))
    assert done.state is State.POSTED
    tx = decode_tx(bank.ledger.sent[0])
    assert (tx["TransactionType"], tx["SetFlag"], tx["Fee"]) == ("AccountSet", 7, str(MOST_FEE_DROPS))
    assert len(tx["Signers"]) == 3
    assert not is_needed(bank.house, ordered)


def test_frozen_unfrozen_and_frozen_again_are_three_operations(bank: Paper) -> None:
    lifted = order(bank, Measure.GLOBAL_UNFREEZE)
    ids = [run_freeze(bank.house, opened(bank, one)).id for one in (order(bank), lifted, order(bank))]
    assert len(set(ids)) == 3
    flags = [decode_tx(blob) for blob in bank.ledger.sent]
    assert [(tx.get("SetFlag"), tx.get("ClearFlag")) for tx in flags] == [(7, None), (None, 7), (7, None)]
    assert flags[1]["Fee"] != str(MOST_FEE_DROPS), "lifting a freeze is in no hurry"


def test_one_person_twice_counts_once(bank: Paper) -> None:
    ordered = order(bank)
    twice = sign_offs(bank, ordered, "ceo", "ceo")
    assert people_of(bank.house, ordered.signed_off, twice) == ("ceo",)
    with pytest.raises(SignOffsMissing, match="1 of 2") as waiting:
        open_freeze(bank.house, ordered, twice)
    assert waiting.value.waiting_for == "co-signers"
    assert waiting.value.exit_status == 15


def test_two_officers_on_paper_with_one_key_count_once(bank: Paper) -> None:
    """The ledger account is the person: a second name in the profile does not make a second one."""
    ordered = order(bank)
    double = bank.house.officer("ceo").model_copy(update={"title": "Also the CEO"})
    officers = {**bank.house.profile.officers, "ceo-again": double}
    house = replace(bank.house, profile=bank.house.profile.model_copy(update={"officers": officers}))
    made = [make_sign_off(house, ordered.signed_off, name) for name in ("ceo", "ceo-again")]
    assert len(people_of(house, ordered.signed_off, made)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"case": "AML-2026-18"},
        {"measure": "global-unfreeze"},
        {"account": address_of("keystore:treasury")},
        {"signer": address_of("keystore:cfo")},
        {"signer": address_of("keystore:treasury-ops")},
        {"public_key": "02" * 33},
        {"signature": "30" * 70},
    ],
)
def test_a_sign_off_of_anything_else_is_refused_and_never_counts(bank: Paper, change: dict[str, str]) -> None:
    ordered = order(bank)
    (made,) = sign_offs(bank, ordered, "ceo")
    require_valid(bank.house, ordered.signed_off, [made])
    other = made.model_copy(update=change)
    with pytest.raises(SignOffInvalid):
        require_valid(bank.house, ordered.signed_off, [other])
    assert people_of(bank.house, ordered.signed_off, [other]) == ()


def test_a_sign_off_is_over_its_network(bank: Paper) -> None:
    ordered = order(bank)
    (made,) = sign_offs(bank, ordered, "ceo")
    network = bank.house.profile.network.model_copy(update={"id": 1})
    elsewhere = replace(bank.house, profile=bank.house.profile.model_copy(update={"network": network}))
    assert people_of(elsewhere, ordered.signed_off, [made]) == ()


def test_only_the_issuers_signers_sign_off(bank: Paper) -> None:
    with pytest.raises(NotASigner):
        sign_offs(bank, order(bank), "treasury-ops")


def test_a_disabled_master_key_signs_nothing_off(bank: Paper) -> None:
    ordered = order(bank)
    (made,) = sign_offs(bank, ordered, "ceo")
    account = bank.house.officer("ceo").account
    bank.ledger.accounts[account] = blank_account(
        account, flags=BY_NAME["disableMaster"].bit, regular_key=address_of("keystore:elsewhere")
    )
    with pytest.raises(SignOffInvalid, match="disabled"):
        require_valid(bank.house, ordered.signed_off, [made])


def test_sign_offs_travel_as_one_text_and_come_back(bank: Paper) -> None:
    ordered = order(bank)
    made = sign_offs(bank, ordered, "ceo", "cfo", "coo", "ciso", "compliance-head")
    text = to_fact([*made, made[0]])
    assert len(text) <= 2000
    assert sorted(one.signer for one in from_fact(ordered.signed_off, text)) == sorted(
        one.signer for one in made
    )
    assert to_fact(reversed(made)) == text
    assert len(people_of(bank.house, ordered.signed_off, from_fact(ordered.signed_off, text))) == 5


@pytest.mark.parametrize("text", ["x", "a:b", "a:b:c", " ", "r1:02:03 r2:02:03"])
def test_what_is_no_sign_off_is_refused(bank: Paper, text: str) -> None:
    with pytest.raises(SignOffMalformed):
        from_fact(order(bank).signed_off, text)


def test_a_file_is_read_strictly(bank: Paper) -> None:
    (made,) = sign_offs(bank, order(bank), "ceo")
    data = made.model_dump_json().encode()
    assert parse_sign_off(data) == made
    for wrong in (
        b"",
        b"[]",
        data[:-1] + b',"more":1}',
        data.replace(b"global-freeze", b"GLOBAL"),
        b" " * 5000,
    ):
        with pytest.raises(SignOffMalformed):
            parse_sign_off(wrong)


def test_sign_offs_are_logged_with_the_key_that_made_them(bank: Paper) -> None:
    opened(bank, order(bank))
    rows = [row for row in bank.log() if row.get("rule") == "compliance.sign-off"]
    assert [row["actor"] for row in rows] == ["compliance-head", "ceo"]
    (kept,) = (one for one in bank.house.journal.operations() if one.kind is Kind.FREEZE)
    assert dict(bank.house.journal.particulars(kept.id, LogKind.INTENT)[0])["signed_off_by"] == (
        "ceo compliance-head"
    )
    assert rows[1]["key"] == bank.house.keys.signer("keystore:ceo").public_key.fingerprint


@pytest.mark.parametrize(
    ("name", "measure", "prepared"),
    [
        ("treasury", Measure.GLOBAL_FREEZE, False),
        ("issuer", Measure.FREEZE, False),
        ("issuer", Measure.GLOBAL_UNFREEZE, True),
    ],
)
def test_only_issuers_are_frozen_and_only_freezes_are_prepared(
    bank: Paper, name: str, measure: Measure, prepared: bool
) -> None:
    with pytest.raises(FreezeMalformed):
        order_for(bank.house, name, measure, CASE, prepared=prepared)


# Ceremonies


def test_a_freeze_is_proposed_signed_on_other_machines_and_submitted(bank: Paper) -> None:
    operation = opened(bank, order(bank))
    bundle = propose(bank.house, [operation.id], window=900)
    complete(bank, parse_bundle(to_bytes(bundle)), "ceo", "coo", "ciso")
    assert submit(bank.house, operation.id).state is State.POSTED
    assert len(bank.ledger.sent) == 1


def without(bundle: Bundle, keep: int) -> Bundle:
    """The same bundle with only the first sign-offs in it."""
    (described,) = bundle.purpose.operations
    text = " ".join(described.facts[SIGN_OFFS].split(" ")[:keep])
    changed = described.model_copy(update={"facts": {**described.facts, SIGN_OFFS: text}})
    purpose = bundle.purpose.model_copy(update={"operations": (changed,)})
    return bundle.model_copy(update={"purpose": purpose})


@pytest.mark.parametrize("keep", [0, 1])
def test_a_cosigner_believes_no_sign_off_that_it_did_not_verify(bank: Paper, keep: int) -> None:
    bundle = without(propose(bank.house, [opened(bank, order(bank)).id], window=900), keep)
    machine = bank.other_machine("coo")
    with pytest.raises(SignOffsMissing):
        cosign(machine.house, bundle)
    assert machine.keys.unlocked == []
    with pytest.raises(NotSignedOff):
        cosign(machine.house, bundle, offline=True)


def test_a_signer_without_a_network_verifies_the_sign_offs_all_the_same(bank: Paper) -> None:
    bundle = propose(bank.house, [opened(bank, order(bank)).id], window=900)
    signed = cosign(bank.other_machine("coo").house, bundle, offline=True)
    assert signed.officers == ("coo",)
    assert "live-signer-list" in signed.unchecked


def test_a_sign_off_by_somebody_who_left_the_list_no_longer_counts(bank: Paper) -> None:
    operation = opened(bank, order(bank))
    state = bank.ledger.accounts[bank.house.account("issuer").address]
    left = bank.house.officer("compliance-head").account
    entries = tuple(entry for entry in state.signer_list.entries if entry.account != left)
    bank.ledger.accounts[state.address] = replace(state, signer_list=SignerList(3, entries))
    assert movement_of(bank.house, operation).permit().signed_off_by == ("ceo",)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change",
    [
        {"when": "later"},
        {"measure": "freeze"},
        {"measure": "nonsense"},
        {"account": "treasury"},
        {"case": "x" * 41},
        {"more": "x"},
        {"when": "prepared", "measure": "global-unfreeze"},
    ],
)
def test_what_is_no_freeze_of_this_bank_is_refused(bank: Paper, change: dict[str, str]) -> None:
    operation = opened(bank, order(bank))
    with pytest.raises(FreezeMalformed):
        order_of(bank.house, replace(operation, parameters={**operation.parameters, **change}))


def test_a_bundle_that_lifts_where_it_says_freeze_is_refused(bank: Paper) -> None:
    bundle = propose(bank.house, [opened(bank, order(bank)).id], window=900)
    (tx,) = bundle.transactions
    lifting = {name: value for name, value in tx.items() if name != "SetFlag"} | {"ClearFlag": 7}
    with pytest.raises(TransactionNotDerived):
        cosign(bank.other_machine("coo").house, bundle.model_copy(update={"transactions": (lifting,)}))


# The drawer


def test_one_that_was_cancelled_is_retired_before_its_window_is_over(bank: Paper) -> None:
    operation, _ = in_drawer(bank)
    made = cancel(bank.house, operation.id, window=900)
    assert made.bundle is not None
    signing = made.bundle.purpose.operations[0].id
    complete(bank, made.bundle, "ceo", "cfo", "coo")
    submit(bank.house, signing)
    assert resume(bank.house, operation.id).state is State.CANCELLED
    (no_op,) = bank.ledger.sent
    assert "SetFlag" not in decode_tx(no_op)
    anew, _ = in_drawer(bank)
    assert anew.id != operation.id


def test_nothing_but_its_submission_fires_a_prepared_freeze(bank: Paper) -> None:
    operation, bundle = in_drawer(bank)
    complete(bank, bundle, "ceo", "cfo", "coo")
    for fire in (resume_freeze, run_freeze):
        with pytest.raises(KeptInDrawer):
            fire(bank.house, bank.house.journal.operation(operation.id))
    with pytest.raises(KeptInDrawer):
        resume(bank.house, operation.id)
    close_shown_freezes(bank.house)
    drawer.retire_over(bank.house)
    assert bank.ledger.sent == []
    run_freeze(bank.house, opened(bank, order(bank)))
    (now,) = bank.ledger.sent
    (attempt,) = bank.house.journal.attempts(operation.id)
    assert decode_tx(now)["TicketSequence"] != attempt.ticket, "its ticket is reserved"
    assert submit(bank.house, operation.id).state is State.POSTED
    assert decode_tx(bank.ledger.sent[1])["TicketSequence"] == attempt.ticket


def test_it_needs_no_history_of_the_months_that_it_lay_there(bank: Paper) -> None:
    operation, bundle = in_drawer(bank, window=drawer.HALF_A_YEAR)
    complete(bank, bundle, "ceo", "cfo", "coo")
    bank.ledger.validated += drawer.HALF_A_YEAR - 100
    bank.ledger.complete_from = bank.ledger.validated - 50
    assert submit(bank.house, operation.id).state is State.POSTED


def test_the_same_command_gives_the_same_bundle(bank: Paper) -> None:
    operation, bundle = in_drawer(bank)
    bank.ledger.validated += 100
    again, same = in_drawer(bank)
    assert again.id == operation.id
    assert same.transactions == bundle.transactions
    assert len(bank.house.journal.attempts(operation.id)) == 1


def test_one_that_is_over_is_not_signed_anew_but_retired(bank: Paper) -> None:
    operation, bundle = in_drawer(bank)
    complete(bank, bundle, "ceo", "cfo", "coo")
    bank.ledger.validated += 5000
    bank.ledger.complete_from = bank.ledger.validated
    with pytest.raises(PreparedOver):
        submit(bank.house, operation.id)
    bank.ledger.validated += 1
    for refused in (submit, lambda house, one: propose(house, [one], window=900)):
        with pytest.raises(PreparedOver):
            refused(bank.house, operation.id)
    assert resume(bank.house, operation.id).state is State.CANCELLED
    assert bank.ledger.sent == []
    anew, _ = in_drawer(bank)
    assert anew.id != operation.id


def test_without_its_quorum_nothing_is_fired(bank: Paper) -> None:
    operation, bundle = in_drawer(bank)
    collect(bank.house, cosign(bank.other_machine("ceo").house, bundle).bundle)
    with pytest.raises(SignaturesMissing):
        submit(bank.house, operation.id)
    (waiting,) = open_ceremonies(bank.house, operation.id)
    assert waiting.weight == 1


def test_it_wants_a_ticket(bank: Paper) -> None:
    bank.ledger.held_tickets[bank.house.account("issuer").address] = []
    operation = opened(bank, order(bank, prepared=True))
    with pytest.raises(TicketsExhausted):
        drawer.put_into_drawer(bank.house, operation, window=5000)
    assert bank.house.journal.attempts(operation.id) == []


def test_the_drawer_says_what_is_in_it_and_for_how_long(bank: Paper) -> None:
    issuer = bank.house.account("issuer")
    assert drawer.freezes_in_drawer(bank.house, issuer) == []
    operation, bundle = in_drawer(bank, window=drawer.HALF_A_YEAR)
    (waiting,) = drawer.freezes_in_drawer(bank.house, issuer)
    assert (waiting.operation.id, waiting.is_ready, waiting.days_left) == (operation.id, False, 182)
    complete(bank, bundle, "ceo", "cfo", "coo")
    bank.ledger.validated += 160 * 86_400 // 4
    (ready,) = drawer.freezes_in_drawer(bank.house, issuer)
    assert (ready.is_ready, ready.days_left) == (True, 22)
    assert drawer.freezes_in_drawer(bank.house, bank.house.account("treasury")) == []


@pytest.mark.parametrize("officers", [("ciso",), ("ceo",), ()])
def test_any_machine_with_the_file_can_fire_it(bank: Paper, officers: tuple[str, ...]) -> None:
    operation, bundle = in_drawer(bank)
    whole = complete(bank, bundle, "ceo", "cfo", "coo")
    machine = bank.other_machine("replaced", *officers)
    assert collect(machine.house, gather([to_bytes(whole)], expected=bundle)).is_complete
    assert submit(machine.house, operation.id).state is State.POSTED
    assert resume(bank.house, operation.id).state is State.POSTED
    assert len(bank.ledger.sent) == 1
    assert digest_of(whole) == digest_of(bundle)


def test_a_machine_that_knows_nothing_takes_over_only_what_two_people_signed_off(bank: Paper) -> None:
    _, bundle = in_drawer(bank)
    whole = complete(bank, bundle, "ceo", "cfo", "coo")
    machine = bank.other_machine("replaced")
    with pytest.raises(SignOffsMissing):
        collect(machine.house, without(whole, 1))
    assert machine.house.journal.operations() == []


def test_a_change_of_signers_spoils_it_and_another_is_prepared(bank: Paper) -> None:
    operation, _ = in_drawer(bank)
    joining = {"ceo": 1, "cfo": 1, "coo": 1, "compliance-head": 1, "treasury-ops": 1}
    account = bank.house.account("issuer").model_copy(update={"signers": joining})
    accounts = {**bank.house.profile.accounts, "issuer": account}
    house = replace(bank.house, profile=bank.house.profile.model_copy(update={"accounts": accounts}))
    found = rotation.read_rotation(house, "issuer")
    assert [one.operation.id for one in found.open] == [operation.id]
    state = bank.ledger.accounts[account.address]
    entries = tuple(SignerEntry(house.officer(name).account, 1) for name in joining)
    bank.ledger.accounts[account.address] = replace(state, signer_list=SignerList(3, entries))
    bank.house = house
    anew, bundle = in_drawer(bank)
    assert anew.id != operation.id
    assert house.journal.attempts(operation.id)[-1].state is AttemptState.BOUND
    tickets = {house.journal.attempts(one)[-1].ticket for one in (operation.id, anew.id)}
    assert len(tickets) == 2
    assert bundle.transactions[0]["TicketSequence"] in tickets


def test_the_list_of_ceremonies_says_until_when_it_is_good(bank: Paper) -> None:
    operation, bundle = in_drawer(bank)
    proposed = opened(bank, order(bank))
    propose(bank.house, [proposed.id], window=900, top_up=False)
    found = open_ceremonies(bank.house)
    assert {kind_of(one.operation) for one in found} == {"prepared freeze", "freeze"}
    until = f"kept until ledger {bundle.expiry.ledger_index}, about 0 days"
    assert drawer_lines(found) == [f"prepared freeze {operation.id[:16]}: {until}"]


def test_the_screen_of_a_bundle_says_what_happens_and_who_answers_for_it(bank: Paper) -> None:
    _, bundle = in_drawer(bank)
    bank.ledger.validated += 7
    shown = " ".join(" ".join(bundle_notes(bank.house, bundle)).split())
    assert f"FREEZE {ASSET}, issued by issuer" in shown
    assert f"nobody can move {ASSET} except back to the issuer" in shown
    assert "PREPARED for an emergency: good for 5,000 ledgers" in shown
    assert f"Case {CASE}, signed off by ceo and compliance-head" in shown
    assert "signed off by NOBODY" in " ".join(bundle_notes(bank.house, without(bundle, 0)))
    proposed = opened(bank, order(bank, Measure.GLOBAL_UNFREEZE))
    made = propose(bank.house, [proposed.id], window=900, top_up=False)
    lifting = " ".join(bundle_notes(bank.house, made))
    assert f"LIFT THE FREEZE of {ASSET}" in lifting
    assert "PREPARED" not in lifting


def test_the_screen_of_a_rotation_names_the_prepared_freeze(bank: Paper) -> None:
    operation, bundle = in_drawer(bank)
    last = bundle.expiry.ledger_index
    signers = {"ceo": 1, "cfo": 1, "coo": 2, "compliance-head": 1, "ciso": 1}
    account = bank.house.account("issuer").model_copy(update={"signers": signers})
    accounts = {**bank.house.profile.accounts, "issuer": account}
    house = replace(bank.house, profile=bank.house.profile.model_copy(update={"accounts": accounts}))
    found = rotation.read_rotation(house, "issuer")
    assert (
        f"SPOILS prepared freeze {operation.id[:16]}, kept by the officers until ledger {last}"
        in rotation_lines(found)
    )
    (said,) = rotation_data(found)["open"]
    assert said["prepared"] is True
    with pytest.raises(OpenAttempts, match=f"prepared freeze {operation.id[:16]}"):
        rotation.refuse_rotation(house, found)
    rotation.refuse_rotation(house, found, spoil=[operation.id[:8]])
    shown = io.StringIO()
    show_rotation(Output(Options(), stdout=io.StringIO(), stderr=shown), found, done=True)
    assert "prepare one" in shown.getvalue()
