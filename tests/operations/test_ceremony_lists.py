"""Ceremonies over several transactions: settings, trust lines and signer lists beside mints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from paper_bank import ASSET, Paper, address_of, approved_mint

from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.records import Bundle
from sovbank.cli.bundle_view import bundle_lines
from sovbank.cli.operation_view import operation_pairs
from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.errors.ceremony import TransactionNotDerived
from sovbank.errors.journal import ExportMalformed
from sovbank.errors.operations import (
    AttemptFailed,
    CeremonyMixed,
    NoOfficerHere,
    NotWhitelisted,
    SignaturesMissing,
    SignerListDiffers,
    StepUnknown,
    WrongState,
)
from sovbank.journal.port import OperationRow
from sovbank.operations import planned, steps, trustlines
from sovbank.operations.issuer import rotation
from sovbank.operations.issuer import setup as issuer_setup
from sovbank.operations.issuer.proofs import make_proof
from sovbank.operations.multisig.collecting import collect, gather
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.inspection import check_bundle, drift_of
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import submit_all
from sovbank.wire.codec import decode_tx
from sovbank.xrpl.port import SignerEntry, SignerList

WINDOW = 900
OFFICERS = ("ceo", "cfo", "coo")


@pytest.fixture
def desk(paper: Paper) -> Paper:
    """The proposer's machine, on which nobody's signing key is."""
    paper.keys.here = {"keystore:treasury-ops"}
    return paper


def authorization(desk: Paper, holder: str) -> OperationRow:
    plan = trustlines.plan_authorization(desk.house, ASSET, holder)
    assert plan is not None
    (row,) = trustlines.propose(desk.house, plan, Kind.AUTHORIZE)
    return row


def signed_by(desk: Paper, bundle: Bundle, *officers: str) -> None:
    """Let machines of their own sign, and take their signatures in at the desk."""
    files = [to_bytes(cosign(desk.other_machine(name).house, bundle).bundle) for name in officers]
    collect(desk.house, gather(files, expected=bundle))


def made(desk: Paper, *rows: OperationRow, **more: Any) -> Bundle:
    return propose(desk.house, [row.id for row in rows], window=WINDOW, **more)


def sent_types(desk: Paper) -> list[str]:
    return [str(decode_tx(blob)["TransactionType"]) for blob in desk.ledger.sent]


def test_one_yes_signs_several_mints_and_they_are_submitted_in_their_order(paper: Paper) -> None:
    first, second = approved_mint(paper, "500"), approved_mint(paper, "7.25")
    paper.keys.here = set()
    bundle = made(paper, first, second, top_up=False)
    assert len({tx["TicketSequence"] for tx in bundle.transactions}) == 2
    signed_by(paper, bundle, *OFFICERS)
    rows = submit_all(paper.house, second.id)
    assert [(row.id, row.state) for row in rows] == [(first.id, State.FINAL), (second.id, State.FINAL)]
    assert [decode_tx(blob)["Amount"]["value"] for blob in paper.ledger.sent] == ["500", "7.25"]
    assert submit_all(paper.house, first.id) == rows
    assert len(paper.ledger.sent) == 2


def test_authorisations_are_collected_into_one_ceremony(desk: Paper) -> None:
    holders = [desk.customer("one"), desk.customer("two")]
    rows = [authorization(desk, holder) for holder in holders]
    bundle = made(desk, *rows)
    signed_by(desk, bundle, *OFFICERS)
    done = submit_all(desk.house, rows[0].id)
    assert [row.state for row in done[:2]] == [State.POSTED, State.POSTED]
    named = [decode_tx(blob).get("LimitAmount", {}).get("issuer") for blob in desk.ledger.sent]
    assert named[:2] == holders


def test_a_trust_limit_is_set_in_a_ceremony(desk: Paper) -> None:
    plan = trustlines.plan_limit(desk.house, ASSET, "treasury", Decimal("5000.5"))
    assert plan is not None
    (row,) = trustlines.propose(desk.house, plan, Kind.TRUST_LINE)
    bundle = made(desk, row, top_up=False)
    officers = list(desk.house.account("treasury").signers)[:2]
    signed_by(desk, bundle, *officers)
    (done,) = submit_all(desk.house, row.id)
    assert done.state is State.POSTED
    assert decode_tx(desk.ledger.sent[0])["LimitAmount"]["value"] == "5000.5"


def test_a_ceremony_that_empties_half_the_pool_fills_it(desk: Paper) -> None:
    rows = [authorization(desk, desk.customer(name)) for name in ("one", "two")]
    assert [tx["TransactionType"] for tx in made(desk, rows[0]).transactions] == ["TrustSet"]
    bundle = made(desk, rows[1])
    assert [tx["TransactionType"] for tx in bundle.transactions] == ["TrustSet", "TicketCreate"]
    wanted = desk.house.account("issuer").tickets
    assert bundle.transactions[1]["TicketCount"] == wanted - 1
    again = propose(desk.house, [bundle.purpose.operations[1].id], window=WINDOW)
    assert again.transactions == bundle.transactions
    signed_by(desk, bundle, *OFFICERS)
    assert [row.state for row in submit_all(desk.house, rows[1].id)] == [State.POSTED, State.POSTED]
    assert sent_types(desk) == ["TrustSet", "TicketCreate"]


def test_what_an_expired_ceremony_left_is_taken_up_on_its_ticket(desk: Paper) -> None:
    rows = [authorization(desk, desk.customer(name)) for name in ("one", "two")]
    made(desk, rows[0])
    first = made(desk, rows[1])
    desk.ledger.validated = first.expiry.ledger_index + 1
    second = made(desk, rows[1])
    assert second.purpose.operations[1].id == first.purpose.operations[1].id
    assert [tx["TicketSequence"] for tx in second.transactions] == [
        tx["TicketSequence"] for tx in first.transactions
    ]


def test_a_pool_is_filled_by_one_ceremony_at_a_time(desk: Paper) -> None:
    desk.ledger.held_tickets[desk.house.account("issuer").address] = [11, 12, 13, 14]
    first, second = (authorization(desk, desk.customer(name)) for name in ("one", "two"))
    made(desk, first, top_up=False)
    desk.ledger.held_tickets[desk.house.account("issuer").address] = [11, 12, 13]
    third = authorization(desk, desk.customer("three"))
    assert len(made(desk, second).transactions) == 2
    assert len(made(desk, third).transactions) == 1


def test_operations_of_two_accounts_are_two_ceremonies(desk: Paper) -> None:
    limit = trustlines.plan_limit(desk.house, ASSET, "treasury", Decimal(7))
    assert limit is not None
    (other,) = trustlines.propose(desk.house, limit, Kind.TRUST_LINE)
    row = authorization(desk, desk.customer("one"))
    with pytest.raises(CeremonyMixed, match="several"):
        made(desk, row, other)
    assert desk.house.journal.attempts(row.id) == []


def test_an_operation_of_an_open_ceremony_joins_no_other(desk: Paper) -> None:
    first, second, third = (authorization(desk, desk.customer(name)) for name in ("1", "2", "3"))
    bundle = made(desk, first, second, top_up=False)
    with pytest.raises(CeremonyMixed, match=second.id[:16]):
        made(desk, second, third, top_up=False)
    assert made(desk, second).transactions == bundle.transactions
    desk.ledger.validated = bundle.expiry.ledger_index + 1
    assert len(made(desk, second, third, top_up=False).transactions) == 2


def test_nothing_is_sent_while_one_transaction_lacks_its_quorum(desk: Paper) -> None:
    first, second = (authorization(desk, desk.customer(name)) for name in ("one", "two"))
    bundle = made(desk, first, second, top_up=False)
    files = [cosign(desk.other_machine(name).house, bundle).bundle for name in OFFICERS]
    last = files[-1].signatures
    torn = files[-1].model_copy(update={"signatures": tuple(one for one in last if one.transaction == 0)})
    collect(desk.house, gather([to_bytes(one) for one in (*files[:-1], torn)], expected=bundle))
    with pytest.raises(SignaturesMissing, match=f"{second.id[:16]}.* 2 of 3"):
        submit_all(desk.house, first.id)
    assert desk.ledger.sent == []


def test_the_first_without_effect_ends_the_submission(desk: Paper) -> None:
    rows = [authorization(desk, desk.customer(name)) for name in ("one", "two")]
    signed_by(desk, made(desk, *rows, top_up=False), *OFFICERS)
    desk.ledger.verdicts = ["tecNO_DST"]
    with pytest.raises(AttemptFailed):
        submit_all(desk.house, rows[0].id)
    assert len(desk.ledger.sent) == 1
    second = desk.house.journal.attempts(rows[1].id)[-1]
    assert second.blob is None


def test_who_left_the_whitelist_is_not_authorised(desk: Paper) -> None:
    holder = desk.customer("one")
    bundle = made(desk, authorization(desk, holder), top_up=False)
    desk.control.whitelisted.discard(holder)
    with pytest.raises(NotWhitelisted):
        cosign(desk.other_machine("ceo").house, bundle)


def test_without_a_network_the_whitelist_is_named_as_unchecked(desk: Paper) -> None:
    bundle = made(desk, authorization(desk, desk.customer("one")), top_up=False)
    signed = cosign(desk.other_machine("ceo").house, bundle, offline=True)
    assert "control-plane" in signed.unchecked
    assert "live-signer-list" in signed.unchecked


def forged(bundle: Bundle, step: str, tx: Mapping[str, Any] | None = None) -> Bundle:
    """The bundle with another step, whose id and reference its forger computed anew."""
    described = bundle.purpose.operations[0]
    parameters = {**described.parameters, "step": step}
    identity = operation_id(Kind(described.kind), parameters, described.reference)
    operation = described.model_copy(update={"parameters": parameters, "id": identity})
    purpose = bundle.purpose.model_copy(update={"operations": (operation,)})
    return bundle.model_copy(
        update={"purpose": purpose, "transactions": bundle.transactions if tx is None else (dict(tx),)}
    )


def test_a_step_that_does_something_else_is_refused(desk: Paper) -> None:
    bundle = made(desk, authorization(desk, desk.customer("one")), top_up=False)
    machine = desk.other_machine("ceo").house
    with pytest.raises(TransactionNotDerived, match="Flags is 65536"):
        check_bundle(machine, forged(bundle, "flag/disableMaster"))
    with pytest.raises(TransactionNotDerived, match="settings/evil"):
        check_bundle(machine, forged(bundle, "settings/evil.example/"))
    left_out = ("LimitAmount", "Flags")
    common = {name: value for name, value in bundle.transactions[0].items() if name not in left_out}
    flag = {**common, "TransactionType": "AccountSet", "SetFlag": 4, "Flags": 0}
    follows = forged(bundle, "flag/disableMaster", flag)
    check_bundle(machine, follows)
    with pytest.raises(ExportMalformed, match="reference"):
        cosign(machine, follows)


def test_a_setup_is_proposed_account_by_account(desk: Paper) -> None:
    state = desk.ledger.accounts
    for account in desk.house.profile.accounts.values():
        signers = steps.signers_of(account, desk.house.profile.officers)
        state[account.address] = replace(state[account.address], signer_list=signers, owner_count=0)
    plan = issuer_setup.plan(desk.house, ASSET)
    rows = issuer_setup.propose(desk.house, plan)
    assert len(rows) == len(plan.steps) > 5
    assert issuer_setup.propose(desk.house, plan) == rows
    ours = [row for row in rows if row.parameters["account"] == "issuer" and not row.parameters["signers"]]
    desk.ledger.held_tickets[desk.house.account("issuer").address] = list(range(11, 60))
    bundle = made(desk, *ours, top_up=False)
    signed_by(desk, bundle, *OFFICERS)
    assert {row.state for row in submit_all(desk.house, ours[-1].id)} == {State.POSTED}


def test_a_setup_under_another_list_waits_for_the_rotation(desk: Paper) -> None:
    address = desk.house.account("issuer").address
    state = desk.ledger.accounts[address]
    entries = state.signer_list.entries[:-1]
    desk.ledger.accounts[address] = replace(state, signer_list=SignerList(3, entries))
    with pytest.raises(SignerListDiffers, match="issuer"):
        issuer_setup.propose(desk.house, issuer_setup.plan(desk.house, ASSET))


# A new list of signers


@pytest.fixture
def rotating(desk: Paper) -> Paper:
    """An issuer whose list the profile changes: ciso leaves, treasury-ops joins."""
    profile = desk.house.profile
    signers = {"ceo": 1, "cfo": 1, "coo": 1, "compliance-head": 1, "treasury-ops": 1}
    update = {"signers": signers, "disable_master": False, "tickets": 0}
    account = profile.accounts["issuer"].model_copy(update=update)
    accounts = {**profile.accounts, "issuer": account}
    desk.house = replace(desk.house, profile=profile.model_copy(update={"accounts": accounts}))
    desk.keys.here = set()
    return desk


def proposed_rotation(desk: Paper) -> tuple[OperationRow, ...]:
    newcomer = desk.other_machine("treasury-ops")
    proof = make_proof(newcomer.house, "issuer", "treasury-ops")
    found = rotation.read_rotation(desk.house, "issuer")
    return rotation.propose(desk.house, found, proofs=[proof] if found.is_needed else [])


def take_the_list(desk: Paper) -> None:
    """The ledger in memory keeps no lists by itself."""
    tx = decode_tx(desk.ledger.sent[-1])
    entries = [one["SignerEntry"] for one in tx["SignerEntries"]]
    listed = tuple(SignerEntry(one["Account"], one["SignerWeight"]) for one in entries)
    state = desk.ledger.accounts[tx["Account"]]
    desk.ledger.accounts[tx["Account"]] = replace(state, signer_list=SignerList(tx["SignerQuorum"], listed))


def test_signers_are_changed_and_exercised_across_machines(rotating: Paper) -> None:
    (row,) = proposed_rotation(rotating)
    bundle = made(rotating, row)
    assert bundle.signer("r" * 30) is None
    assert bundle.signer(address_of("keystore:ciso")) is not None, "the old list signs"
    with pytest.raises(NoOfficerHere):
        cosign(rotating.other_machine("treasury-ops").house, bundle)
    signed_by(rotating, bundle, "ceo", "cfo", "ciso")
    (done,) = submit_all(rotating.house, row.id)
    assert done.state is State.POSTED
    take_the_list(rotating)
    proofs = proposed_rotation(rotating)
    assert proofs
    assert all(one.parameters["step"].startswith("exercise/") for one in proofs)
    bundle = made(rotating, *proofs)
    everybody = list(rotating.house.account("issuer").signers)
    signed_by(rotating, bundle, *everybody)
    assert {one.state for one in submit_all(rotating.house, proofs[0].id)} == {State.POSTED}
    signers = {
        entry["Signer"]["Account"]
        for blob in rotating.ledger.sent[1:]
        for entry in decode_tx(blob)["Signers"]
    }
    assert signers == {address_of(f"keystore:{name}") for name in everybody}


def test_a_proof_of_keys_is_signed_by_whom_it_names_alone(desk: Paper) -> None:
    group = ("ceo", "cfo", "coo")
    plan = planned.make_plan(desk.house, "issuer", [steps.exercise("issuer", group)])
    (row,) = planned.propose_plan(desk.house, plan)
    bundle = made(desk, row, top_up=False)
    with pytest.raises(WrongState, match="signed"):
        cosign(desk.other_machine("ciso").house, bundle)
    signed_by(desk, bundle, *group)
    assert [one.state for one in submit_all(desk.house, row.id)] == [State.POSTED]


def test_a_cosigner_with_another_list_in_the_profile_refuses_the_new_one(rotating: Paper) -> None:
    (row,) = proposed_rotation(rotating)
    bundle = made(rotating, row)
    machine = rotating.other_machine("ceo")
    profile = machine.house.profile
    account = profile.accounts["issuer"].model_copy(update={"quorum": 2})
    accounts = {**profile.accounts, "issuer": account}
    machine.house = replace(machine.house, profile=profile.model_copy(update={"accounts": accounts}))
    with pytest.raises(TransactionNotDerived, match="signer-list") as refused:
        cosign(machine.house, bundle)
    assert isinstance(refused.value.__cause__, StepUnknown)


def test_a_new_list_does_not_hide_a_bundle_of_another_old_list(rotating: Paper) -> None:
    (row,) = proposed_rotation(rotating)
    bundle = made(rotating, row)
    address = rotating.house.account("issuer").address
    state = rotating.ledger.accounts[address]
    fewer = SignerList(2, state.signer_list.entries)
    rotating.ledger.accounts[address] = replace(state, signer_list=fewer)
    assert drift_of(rotating.house, bundle)
    with pytest.raises(SignerListDiffers):
        check_bundle(rotating.other_machine("ceo").house, bundle)


def test_the_screen_tells_once_who_signed_a_list_as_a_whole(desk: Paper) -> None:
    bundle = made(desk, *(authorization(desk, desk.customer(name)) for name in ("one", "two")), top_up=False)
    whole = cosign(desk.other_machine("ceo").house, bundle).bundle
    screen = bundle_lines(desk.house, whole)
    assert "  each of the 2 transactions: weight 1 of 3, not complete" in screen
    assert sum(line.startswith("  signed   ceo") for line in screen) == 1
    torn = whole.model_copy(update={"signatures": whole.signatures[:1]})
    screen = bundle_lines(desk.house, torn)
    assert "  transaction 1: weight 1 of 3, not complete" in screen
    assert "  transaction 2: weight 0 of 3, not complete" in screen
    assert "2 transactions. authorise the FTHUSD trust line of" in screen[2]


def test_an_operation_is_shown_by_what_it_does(desk: Paper) -> None:
    pairs = dict(operation_pairs(authorization(desk, desk.customer("one"))))
    assert pairs["what"].startswith("authorise the FTHUSD trust line of r")
    assert "step" not in pairs
