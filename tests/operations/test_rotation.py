"""A new signer list: what it names and refuses beforehand, who signs it, and how it is taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paper_bank import Paper, approved_mint, open_paper_bank, paper_profile

from sovbank.core.machine import AttemptState
from sovbank.core.profile import Profile
from sovbank.errors.operations import AttemptPending, SignaturesMissing
from sovbank.errors.signers import (
    KeysUnproven,
    NoListYet,
    NotASigner,
    OpenAttempts,
    ProofInvalid,
    ProofMalformed,
    SignerUnnamed,
)
from sovbank.operations.issuer import rotation
from sovbank.operations.issuer.proofs import KeyProof, make_proof, parse_proof
from sovbank.operations.multisig.proposing import propose
from sovbank.wire.codec import decode_tx
from sovbank.xrpl.port import SignerEntry, SignerList

NAME = "issuer"
OLD = {"ceo": 1, "cfo": 1, "coo": 1, "compliance-head": 1, "ciso": 1}
NEW = {"ceo": 1, "cfo": 1, "coo": 2, "compliance-head": 1, "treasury-ops": 1}
JOINS = "treasury-ops"


def with_signers(profile: Profile, signers: Mapping[str, int], quorum: int) -> Profile:
    update = {"signers": dict(signers), "quorum": quorum, "disable_master": False, "tickets": 0}
    account = profile.accounts[NAME].model_copy(update=update)
    return profile.model_copy(update={"accounts": {**profile.accounts, NAME: account}})


@pytest.fixture
def bank(tmp_path: Path) -> Paper:
    """A bank whose issuer has the old list, and whose profile names the new one."""
    made = open_paper_bank(tmp_path, with_signers(paper_profile(), OLD, 3))
    settle_lists(made)
    return with_new_list(made)


def with_new_list(paper: Paper, signers: Mapping[str, int] = NEW, quorum: int = 3) -> Paper:
    paper.house = replace(paper.house, profile=with_signers(paper.house.profile, signers, quorum))
    return paper


def settle_lists(paper: Paper) -> None:
    """Let the ledger in memory take signer lists to heart."""
    validate = paper.ledger.validate

    def and_settle(tx: Mapping[str, Any], result: str = "tesSUCCESS", **rest: Any) -> Any:
        found = validate(tx, result, **rest)
        if tx["TransactionType"] == "SignerListSet" and result == "tesSUCCESS":
            entries = [one["SignerEntry"] for one in tx["SignerEntries"]]
            listed = tuple(SignerEntry(one["Account"], one["SignerWeight"]) for one in entries)
            state = paper.ledger.accounts[tx["Account"]]
            paper.ledger.accounts[tx["Account"]] = replace(
                state, signer_list=SignerList(tx["SignerQuorum"], listed)
            )
        return found

    paper.ledger.validate = and_settle  # type: ignore[method-assign]


def rotated(paper: Paper, **more: Any) -> rotation.Rotation:
    rotation.take_up(paper.house, NAME)
    found = rotation.read_rotation(paper.house, NAME)
    list(rotation.rotate(paper.house, found, **more))
    return rotation.read_rotation(paper.house, NAME)


def signers_of(blob: bytes) -> set[str]:
    return {one["Signer"]["Account"] for one in decode_tx(blob)["Signers"]}


def addresses(paper: Paper, *names: str) -> set[str]:
    return {paper.house.officer(name).account for name in names}


def test_both_lists_stand_side_by_side(bank: Paper) -> None:
    found = rotation.read_rotation(bank.house, NAME)
    what = {change.officer: (change.before, change.after, change.what) for change in found.changes}
    assert what["ciso"] == (1, 0, "leaves")
    assert what["coo"] == (1, 2, "changes")
    assert what[JOINS] == (0, 1, "joins")
    assert what["ceo"] == (1, 1, "stays")
    assert found.joining == (JOINS,)
    assert found.is_needed


def test_the_old_quorum_signs_and_every_new_signer_is_exercised(bank: Paper) -> None:
    after = rotated(bank)
    change, *exercises = bank.ledger.sent
    assert decode_tx(change)["TransactionType"] == "SignerListSet"
    assert signers_of(change) <= addresses(bank, *OLD)
    assert len(signers_of(change)) == 3
    assert set().union(*map(signers_of, exercises)) == addresses(bank, *NEW)
    assert (after.is_needed, after.plan.steps) == (False, ())


def test_a_key_is_proved_before_anything_is_signed(bank: Paper) -> None:
    rotated(bank)
    rules = [(row["kind"], row.get("rule")) for row in bank.log()]
    proved = rules.index(("admin", "signers.key-proof"))
    assert proved < next(place for place, (kind, _) in enumerate(rules) if kind == "sign.begin")
    (row,) = [row for row in bank.log() if row.get("rule") == "signers.key-proof"]
    assert row["actor"] == JOINS
    assert row["key"] == bank.house.keys.signer(f"keystore:{JOINS}").public_key.fingerprint


def test_the_old_list_decides_even_while_the_master_key_is_here(bank: Paper) -> None:
    assert bank.house.keys.holds(bank.house.account(NAME).master_key or "")
    rotated(bank)
    assert decode_tx(bank.ledger.sent[0])["SigningPubKey"] == ""


def test_a_signer_whose_key_is_elsewhere_sends_a_proof(bank: Paper) -> None:
    bank.keys.here = {f"keystore:{name}" for name in OLD}
    with pytest.raises(KeysUnproven, match=JOINS):
        rotated(bank)
    assert bank.ledger.sent == []
    proof = make_proof(bank.other_machine(JOINS).house, NAME, JOINS)
    found = rotation.read_rotation(bank.house, NAME)
    changing = rotation.rotate(bank.house, found, proofs=[parse_proof(proof.model_dump_json().encode())])
    next(changing)
    assert not rotation.read_rotation(bank.house, NAME).is_needed
    assert [row["actor"] for row in bank.log() if row.get("rule") == "signers.key-proof"] == [JOINS]


def test_a_proof_counts_for_one_list_one_account_and_one_key(bank: Paper) -> None:
    bank.keys.here = {f"keystore:{name}" for name in OLD}
    other = bank.other_machine(JOINS)
    good = make_proof(other.house, NAME, JOINS)
    ceo = make_proof(bank.house, NAME, "ceo")
    older = make_proof(with_new_list(other, NEW, 4).house, NAME, JOINS)
    altered = good.signature[:-2] + ("00" if good.signature[-2:] != "00" else "01")
    treasury = bank.house.account("treasury").address
    for bad in (
        older,
        good.model_copy(update={"signature": altered}),
        good.model_copy(update={"public_key": ceo.public_key, "signature": ceo.signature}),
        good.model_copy(update={"account": treasury}),
        good.model_copy(update={"signer": treasury}),
    ):
        with pytest.raises(ProofInvalid):
            rotated(bank, proofs=[bad])
    assert bank.ledger.sent == []


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[" * 4000, b" " * 5000, b'{"account":"r"}', json.dumps({"signer": 1}).encode(), b"\xff"],
)
def test_a_file_that_is_no_proof_is_refused(data: bytes) -> None:
    with pytest.raises(ProofMalformed):
        parse_proof(data)


def test_nobody_proves_a_key_for_a_list_without_them(bank: Paper) -> None:
    with pytest.raises(NotASigner):
        make_proof(bank.house, NAME, "ciso")


def test_an_open_bundle_is_named_and_stops_the_change(bank: Paper) -> None:
    with_new_list(bank, OLD)
    mint = approved_mint(bank)
    propose(bank.house, [mint.id], window=900)
    with_new_list(bank)
    found = rotation.read_rotation(bank.house, NAME)
    assert [(one.operation.id, one.attempt.state) for one in found.open] == [(mint.id, AttemptState.BOUND)]
    with pytest.raises(OpenAttempts, match=mint.id[:16]):
        rotated(bank)
    with pytest.raises(OpenAttempts):
        rotated(bank, spoil=["ab" * 32, mint.id[:7]])
    assert bank.ledger.sent == []
    rotated(bank, spoil=[mint.id[:16]])
    assert [row["decision"] for row in bank.log() if row.get("rule") == "signers.open-attempts"] == [
        "given up"
    ]


def test_an_attempt_whose_window_is_over_stops_nothing(bank: Paper) -> None:
    with_new_list(bank, OLD)
    propose(bank.house, [approved_mint(bank).id], window=10)
    with_new_list(bank)
    bank.ledger.validated += 11
    assert rotation.read_rotation(bank.house, NAME).open == ()


@pytest.mark.parametrize("lost", range(3))
def test_it_is_taken_up_wherever_it_stopped(bank: Paper, lost: int) -> None:
    """The reply to each transaction in turn is lost, and the transaction validated before the next run."""
    bank.ledger.verdicts = ["tesSUCCESS"] * lost + ["lost"]
    with pytest.raises(AttemptPending):
        rotated(bank)
    bank.ledger.apply(bank.ledger.sent[-1])
    after = rotated(bank)
    assert (after.is_needed, after.plan.steps) == (False, ())
    kinds = [decode_tx(found)["TransactionType"] for found in bank.ledger.sent]
    assert kinds.count("SignerListSet") == 1
    assert len(set(bank.ledger.sent)) == len(bank.ledger.sent)
    assert all(row.state == "posted" for row in bank.house.journal.operations())


class Stopped(BaseException):
    """The machine went off."""


class DyingJournal:
    """The journal of a machine that goes off when it is about to write for the n-th time."""

    WRITES = frozenset(
        [
            "open_operation",
            "advance",
            "note",
            "bind_attempt",
            "begin_signature",
            "store_signature",
            "store_blob",
            "mark_submitted",
            "finish_attempt",
        ]
    )

    def __init__(self, journal: Any, writes: int) -> None:
        self._journal, self._left = journal, writes

    def __getattr__(self, name: str) -> Any:
        if name in self.WRITES:
            self._left -= 1
            if self._left == 0:
                raise Stopped
        return getattr(self._journal, name)


@pytest.mark.parametrize("writes", [*range(1, 16), 18, 22, 26, 31, 36, 40])
def test_it_is_taken_up_after_a_stop_before_any_write(bank: Paper, writes: int) -> None:
    whole = bank.house
    bank.house = replace(whole, journal=DyingJournal(whole.journal, writes))
    with pytest.raises(Stopped):
        rotated(bank)
    bank.house = whole
    after = rotated(bank)
    assert (after.is_needed, after.plan.steps) == (False, ())
    kinds = [decode_tx(found)["TransactionType"] for found in bank.ledger.sent]
    assert kinds.count("SignerListSet") == 1
    assert len(set(bank.ledger.sent)) == len(bank.ledger.sent) == 3
    assert all(row.state == "posted" for row in bank.house.journal.operations())


def test_signatures_are_kept_until_the_quorum_of_the_old_list(bank: Paper) -> None:
    bank.keys.here = {"keystore:ceo", "keystore:cfo", f"keystore:{JOINS}"}
    with pytest.raises(SignaturesMissing):
        rotated(bank)
    bank.keys.here = None
    after = rotated(bank)
    assert (after.is_needed, after.plan.steps) == (False, ())
    assert signers_of(bank.ledger.sent[0]) >= addresses(bank, "ceo", "cfo")


def test_an_unnamed_signer_and_a_missing_list_are_refused(bank: Paper) -> None:
    address = bank.house.account(NAME).address
    state = bank.ledger.accounts[address]
    stranger = SignerEntry(bank.house.account("treasury").address, 1)
    entries = (*state.signer_list.entries, stranger)
    bank.ledger.accounts[address] = replace(state, signer_list=SignerList(3, entries))
    with pytest.raises(SignerUnnamed, match=stranger.account):
        rotated(bank)
    bank.ledger.accounts[address] = replace(state, signer_list=SignerList(0, ()))
    with pytest.raises(NoListYet):
        rotated(bank)


def test_a_proof_shows_the_fingerprint_of_its_key(bank: Paper) -> None:
    proof: KeyProof = make_proof(bank.house, NAME, JOINS)
    assert proof.fingerprint == bank.house.keys.signer(f"keystore:{JOINS}").public_key.fingerprint
