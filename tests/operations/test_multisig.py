"""Ceremonies on paper machines: one mint signed on several, each with a journal and keys of its own."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from paper_bank import ASSET, Paper, approved_mint, successes

from sovbank.ceremony.combine import combine
from sovbank.ceremony.digest import digest_of, to_bytes
from sovbank.ceremony.finalise import finalise
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle
from sovbank.core.machine import AttemptState, Kind, State
from sovbank.errors.ceremony import (
    BundleDiffers,
    BundleExpired,
    BundleForeign,
    BundleInconsistent,
    NoBundleGiven,
    NotWithoutNetwork,
    TransactionNotDerived,
)
from sovbank.errors.guard import AlreadyPaid, MintNotExecutable
from sovbank.errors.operations import (
    MintRefused,
    NoOfficerHere,
    RequestDiffers,
    SignaturesMissing,
    SignerListDiffers,
    WrongKind,
    WrongState,
)
from sovbank.journal.port import OperationRow
from sovbank.operations import mint_execution
from sovbank.operations.multisig.collecting import Collected, collect, gather
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import open_ceremonies, submit
from sovbank.xrpl.port import SignerEntry, SignerList
from sovbank.xrpl.quorum import choose_quorum

WINDOW = 900
OFFICERS = ("ceo", "cfo", "coo", "compliance-head", "ciso")


@pytest.fixture
def operation(paper: Paper) -> OperationRow:
    return approved_mint(paper)


@pytest.fixture
def desk(paper: Paper, operation: OperationRow) -> Paper:
    """The proposer's machine, on which nobody's signing key is."""
    paper.keys.here = {"keystore:treasury-ops"}
    return paper


@pytest.fixture
def bundle(desk: Paper, operation: OperationRow) -> Bundle:
    return propose(desk.house, [operation.id], window=WINDOW)


def signed_by(desk: Paper, bundle: Bundle, *officers: str) -> list[Bundle]:
    return [cosign(desk.other_machine(name).house, bundle).bundle for name in officers]


def gathered(desk: Paper, bundle: Bundle, files: list[Bundle]) -> Collected:
    return collect(desk.house, gather([to_bytes(one) for one in files], expected=bundle))


def test_three_machines_sign_one_mint_that_is_submitted_once(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    files = signed_by(desk, parse_bundle(to_bytes(bundle)), "ceo", "cfo", "ciso")
    collected = gathered(desk, bundle, files)
    assert collected.is_complete
    assert (collected.drift, collected.left_out, collected.stored) == ((), (), 3)
    done = submit(desk.house, operation.id)
    assert done.state is State.FINAL
    assert successes(desk) == 1
    (attempt,) = desk.house.journal.attempts(operation.id)
    chosen = choose_quorum({one.signer: 1 for one in collected.bundle.signatures}, 3)
    assert chosen is not None
    assert attempt.blob == finalise(collected.bundle, 0, chosen)
    assert submit(desk.house, operation.id).state is State.FINAL
    assert len(desk.ledger.sent) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::2])
def test_files_in_any_order_and_twice_give_the_same(
    desk: Paper, bundle: Bundle, order: tuple[int, ...]
) -> None:
    files = signed_by(desk, bundle, "ceo", "coo", "cfo")
    shuffled = [files[place] for place in order] + [files[order[0]]]
    collected = gathered(desk, bundle, shuffled)
    assert collected.bundle == combine(combine(files[0], files[1]), files[2])
    assert collected.stored == 3
    assert gathered(desk, bundle, files).stored == 0


def test_a_bundle_goes_round_from_officer_to_officer(desk: Paper, bundle: Bundle) -> None:
    for name in ("ceo", "cfo", "coo"):
        machine = desk.other_machine(name)
        bundle = cosign(machine.house, parse_bundle(to_bytes(bundle))).bundle
    assert len(bundle.signatures) == 3
    assert collect(desk.house, bundle).is_complete


def test_every_signature_has_its_begin_row_here_and_there(desk: Paper, bundle: Bundle) -> None:
    machine = desk.other_machine("ceo")
    signed = cosign(machine.house, bundle).bundle
    collect(desk.house, signed)
    for journal in (machine, desk):
        kinds = [row["kind"] for row in journal.log()]
        assert kinds.count("sign.begin") == kinds.count("sign.done") == 1


def test_a_cosigner_keeps_the_proposers_checkpoint(desk: Paper, bundle: Bundle) -> None:
    machine = desk.other_machine("ceo")
    cosign(machine.house, bundle)
    assert machine.log()[-1]["decision"] == "co-signed"
    assert bundle.checkpoint.log_id == desk.house.journal.head().log_id


def test_short_of_a_quorum_nothing_is_sent(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    collected = gathered(desk, bundle, signed_by(desk, bundle, "ceo", "cfo"))
    assert not collected.is_complete
    with pytest.raises(SignaturesMissing, match="2 of 3"):
        submit(desk.house, operation.id)
    assert desk.ledger.sent == []
    (ceremony,) = open_ceremonies(desk.house)
    assert (ceremony.signed, ceremony.weight, ceremony.quorum) == (("ceo", "cfo"), 2, 3)
    assert set(ceremony.missing) == {"coo", "compliance-head", "ciso"}
    assert ceremony.ledgers_left == WINDOW
    assert open_ceremonies(desk.house, operation.id) == [ceremony]


def test_submitting_never_signs(paper: Paper, operation: OperationRow) -> None:
    propose(paper.house, [operation.id], window=WINDOW)
    with pytest.raises(SignaturesMissing):
        submit(paper.house, operation.id)
    assert paper.keys.unlocked == []


def test_signatures_made_by_mint_execute_are_in_the_bundle(paper: Paper, operation: OperationRow) -> None:
    paper.keys.here = {"keystore:ceo", "keystore:cfo"}
    with pytest.raises(SignaturesMissing):
        mint_execution.execute(paper.house, operation.id)
    bundle = propose(paper.house, [operation.id], window=WINDOW)
    assert len(bundle.signatures) == 2
    (third,) = signed_by(paper, bundle, "ciso")
    assert gathered(paper, bundle, [third]).is_complete
    assert submit(paper.house, operation.id).state is State.FINAL
    assert successes(paper) == 1


def test_the_bundle_says_what_the_mint_does(desk: Paper, bundle: Bundle, operation: OperationRow) -> None:
    assert bundle.expiry.ledger_index == desk.ledger.validated + WINDOW
    assert bundle.signer_list.ledger_index == desk.ledger.validated
    assert bundle.purpose.operations[0].id == operation.id
    assert "500 FTHUSD" in bundle.purpose.words
    assert bundle.effects is not None
    assert bundle.effects[0].changes[0].what == "FTHUSD in circulation"
    assert propose(desk.house, [operation.id], window=WINDOW).transactions == bundle.transactions


def test_a_window_beyond_the_requests_expiry_is_refused(desk: Paper, operation: OperationRow) -> None:
    with pytest.raises(MintRefused, match="after the request expires"):
        propose(desk.house, [operation.id], window=10**6)
    assert not desk.house.journal.attempts(operation.id)


def test_only_an_approved_mint_is_proposed(paper: Paper, operation: OperationRow) -> None:
    paper.control.paused = True
    with pytest.raises(MintRefused):
        propose(paper.house, [operation.id], window=WINDOW)
    assert not paper.house.journal.attempts(operation.id)


def test_a_mint_that_was_paid_is_not_proposed(paper: Paper, operation: OperationRow) -> None:
    mint_execution.execute(paper.house, operation.id)
    with pytest.raises(WrongState):
        propose(paper.house, [operation.id], window=WINDOW)


# What a co-signer refuses


def altered(bundle: Bundle, **changes: object) -> Bundle:
    return bundle.model_copy(update=changes)


def with_tx(bundle: Bundle, **fields: object) -> Bundle:
    """Return a bundle that is right in itself but over another transaction."""
    from sovbank.ceremony.totals import totals_of

    tx = {name: value for name, value in {**bundle.transactions[0], **fields}.items() if value is not None}
    expiry = bundle.expiry.model_copy(update={"ledger_index": tx["LastLedgerSequence"]})
    return altered(bundle, transactions=(tx,), totals=totals_of([tx]), expiry=expiry, signatures=())


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"Destination": "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"}, "transactions.0.Destination"),
        ({"DestinationTag": 7}, "transactions.0.DestinationTag"),
        ({"DestinationTag": None}, "transactions.0.DestinationTag"),
        ({"Flags": 0x00010000}, "transactions.0.Flags"),
        ({"TransactionType": "AccountSet", "Destination": None, "Amount": None}, "transactions.0"),
        ({"Memos": None}, "transactions.0.Memos"),
        ({"InvoiceID": None}, "transactions.0.InvoiceID"),
    ],
)
def test_a_transaction_that_the_operation_does_not_give_is_refused(
    desk: Paper, bundle: Bundle, fields: dict[str, object], path: str
) -> None:
    machine = desk.other_machine("ceo")
    with pytest.raises(TransactionNotDerived) as caught:
        cosign(machine.house, with_tx(bundle, **fields))
    assert path in caught.value.message
    assert not [row for row in machine.log() if row["kind"] == "sign.begin"]
    assert machine.keys.unlocked == []


def test_another_amount_is_refused(desk: Paper, bundle: Bundle) -> None:
    amount = {**bundle.transactions[0]["Amount"], "value": "500000"}
    with pytest.raises(TransactionNotDerived, match="500000"):
        cosign(desk.other_machine("ceo").house, with_tx(bundle, Amount=amount))


def test_a_mint_with_other_parameters_is_refused(desk: Paper, bundle: Bundle) -> None:
    described = bundle.purpose.operations[0]
    forged = described.model_copy(update={"parameters": {**described.parameters, "amount": "500000.00"}})
    purpose = bundle.purpose.model_copy(update={"operations": (forged,)})
    with pytest.raises(BundleInconsistent, match="does not follow"):
        cosign(desk.other_machine("ceo").house, altered(bundle, purpose=purpose))


def test_a_mint_that_mintguard_does_not_hold_is_refused(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    del desk.control.requests[operation.id]
    with pytest.raises(RequestDiffers):
        cosign(desk.other_machine("ceo").house, bundle)


def test_a_mint_that_mintguard_no_longer_allows_is_refused(desk: Paper, bundle: Bundle) -> None:
    desk.control.paused = True
    machine = desk.other_machine("ceo")
    with pytest.raises(MintNotExecutable):
        cosign(machine.house, bundle)
    assert machine.keys.unlocked == [] or not machine.house.journal.signatures(
        bundle.purpose.operations[0].id, 1
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda bundle: altered(bundle, network=bundle.network.model_copy(update={"id": 21339})),
        lambda bundle: altered(bundle, network=bundle.network.model_copy(update={"name": "mainnet"})),
        lambda bundle: altered(bundle, production=True),
    ],
)
def test_a_foreign_bundle_is_refused(desk: Paper, bundle: Bundle, change: object) -> None:
    with pytest.raises(BundleForeign):
        cosign(desk.other_machine("ceo").house, change(bundle))  # type: ignore[operator]


def test_an_expired_bundle_is_refused(desk: Paper, bundle: Bundle) -> None:
    desk.ledger.validated = bundle.expiry.ledger_index
    with pytest.raises(BundleExpired):
        cosign(desk.other_machine("ceo").house, bundle)


def test_a_signer_list_that_is_not_the_profiles_is_refused(desk: Paper, bundle: Bundle) -> None:
    listed = bundle.signer_list.model_copy(update={"quorum": 1})
    with pytest.raises(SignerListDiffers):
        cosign(desk.other_machine("ceo").house, altered(bundle, signer_list=listed))


def test_only_signers_of_the_account_sign(desk: Paper, bundle: Bundle) -> None:
    with pytest.raises(NoOfficerHere):
        cosign(desk.other_machine("treasury-ops").house, bundle)
    with pytest.raises(NoOfficerHere):
        cosign(desk.other_machine("ceo").house, bundle, officer="cfo")


def test_nobody_signs_twice(desk: Paper, bundle: Bundle) -> None:
    machine = desk.other_machine("ceo")
    once = cosign(machine.house, bundle).bundle
    assert cosign(machine.house, bundle).bundle == once
    with pytest.raises(WrongState, match="signed this bundle already"):
        cosign(machine.house, once)


def test_a_second_bundle_for_the_same_operation_is_refused(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("ceo")
    cosign(machine.house, bundle)
    second = with_tx(bundle, TicketSequence=bundle.transactions[0]["TicketSequence"] + 1)
    with pytest.raises(WrongState, match="another transaction of the operation"):
        cosign(machine.house, second)
    assert len(machine.house.journal.attempts(operation.id)) == 1


def test_a_mint_whose_payment_the_history_shows_is_refused(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    tx = {**bundle.transactions[0], "TicketSequence": 13}
    desk.ledger.validate(tx, tx_hash="EF" * 32)
    with pytest.raises(AlreadyPaid):
        cosign(desk.other_machine("ceo").house, bundle)


def test_after_an_expired_bundle_a_new_one_is_signed_over_the_same_ticket(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("ceo")
    cosign(machine.house, bundle)
    desk.ledger.validated = bundle.expiry.ledger_index + 1
    second = propose(desk.house, [operation.id], window=WINDOW)
    assert second.transactions[0]["TicketSequence"] == bundle.transactions[0]["TicketSequence"]
    assert len(cosign(machine.house, second).bundle.signatures) == 1
    states = [attempt.state for attempt in machine.house.journal.attempts(operation.id)]
    assert states == [AttemptState.WITHOUT_EFFECT, AttemptState.SIGNING]


# Without a network


def test_without_a_network_what_was_not_checked_is_recorded(desk: Paper, bundle: Bundle) -> None:
    machine = desk.other_machine("ceo")
    cut_off = replace(machine.house, ledger=_Cut(), control=_Cut())  # type: ignore[arg-type]
    signed = cosign(cut_off, bundle, offline=True)
    expected = ("account-history", "control-plane", "live-signer-list", "validated-ledger")
    assert signed.unchecked == expected
    assert [one.unchecked for one in signed.bundle.signatures] == [expected]
    files = [signed.bundle, *signed_by(desk, bundle, "cfo", "coo")]
    assert gathered(desk, bundle, files).is_complete
    assert submit(desk.house, bundle.purpose.operations[0].id).state is State.FINAL


def test_without_a_network_the_transaction_is_derived_all_the_same(desk: Paper, bundle: Bundle) -> None:
    machine = desk.other_machine("ceo")
    amount = {**bundle.transactions[0]["Amount"], "value": "500000"}
    with pytest.raises(TransactionNotDerived):
        cosign(machine.house, with_tx(bundle, Amount=amount), offline=True)
    described = bundle.purpose.operations[0]
    forged = described.model_copy(update={"reference": "DEP-OTHER"})
    purpose = bundle.purpose.model_copy(update={"operations": (forged,)})
    with pytest.raises(BundleInconsistent):
        cosign(machine.house, altered(bundle, purpose=purpose), offline=True)
    assert machine.keys.unlocked == []


class _Cut:
    """A port that nobody may ask."""

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"{name} was asked without a network")


# What the collector refuses


def test_every_file_is_compared_with_the_bundle_that_was_made(desk: Paper, bundle: Bundle) -> None:
    other = altered(bundle, purpose=bundle.purpose.model_copy(update={"words": "something else"}))
    with pytest.raises(BundleDiffers) as caught:
        gather([to_bytes(other)], expected=bundle)
    assert caught.value.details["path"] == "purpose.words"
    assert digest_of(other) != digest_of(bundle)


def test_blobs_alone_need_the_bundle(desk: Paper, bundle: Bundle) -> None:
    files = signed_by(desk, bundle, "ceo", "cfo", "coo")
    blobs = [_raw(one).hex().encode() for one in files]
    with pytest.raises(NoBundleGiven):
        gather(blobs, expected=None)
    together = gather([*blobs, to_bytes(bundle)], expected=None)
    assert len(together.signatures) == 3
    assert collect(desk.house, together).is_complete


def _raw(bundle: Bundle) -> bytes:
    from sovbank.wire.codec import encode_tx

    (one,) = bundle.signatures
    entry = {"Account": one.signer, "SigningPubKey": one.public_key, "TxnSignature": one.signature}
    return encode_tx({**bundle.transactions[0], "Signers": [{"Signer": entry}]})


def test_a_signer_who_left_the_list_is_named_and_left_out(desk: Paper, bundle: Bundle) -> None:
    files = signed_by(desk, bundle, "ceo", "cfo", "coo")
    account = bundle.signer_list.account
    gone = desk.house.officer("ceo").account
    listed = desk.ledger.accounts[account].signer_list
    entries = tuple(entry for entry in listed.entries if entry.account != gone)
    desk.ledger.accounts[account] = replace(
        desk.ledger.accounts[account], signer_list=SignerList(listed.quorum, entries)
    )
    collected = gathered(desk, bundle, files)
    assert not collected.is_complete
    assert any(gone in line for line in collected.drift)
    assert any(gone in line for line in collected.left_out)
    assert collected.stored == 2


def test_drift_of_quorum_weight_and_newcomers_is_told(desk: Paper, bundle: Bundle) -> None:
    account = bundle.signer_list.account
    listed = desk.ledger.accounts[account].signer_list
    first, *rest = listed.entries
    newcomer = SignerEntry(desk.customer("newcomer"), 1)
    changed = SignerList(4, (SignerEntry(first.account, 2), *rest, newcomer))
    desk.ledger.accounts[account] = replace(desk.ledger.accounts[account], signer_list=changed)
    told = " ".join(collect(desk.house, bundle).drift)
    assert "the quorum is 4, it was 3" in told
    assert "has weight 2, it was 1" in told
    assert f"{newcomer.account} is new" in told


def test_a_machine_that_knows_nothing_of_it_does_not_collect(desk: Paper, bundle: Bundle) -> None:
    with pytest.raises(WrongState, match="no record"):
        collect(desk.other_machine("settlement").house, bundle)


def test_a_cosigners_machine_can_collect_and_submit(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine = desk.other_machine("ceo")
    own = cosign(machine.house, bundle).bundle
    collected = gathered(machine, bundle, [own, *signed_by(desk, bundle, "cfo", "coo")])
    assert collected.is_complete
    assert submit(machine.house, operation.id).state is State.FINAL
    assert successes(desk) == 1


def test_every_machine_learns_what_one_of_them_submitted(
    desk: Paper, bundle: Bundle, operation: OperationRow
) -> None:
    machine, other = desk.other_machine("ceo"), desk.other_machine("cfo")
    files = [cosign(one.house, bundle).bundle for one in (machine, other)]
    files += signed_by(desk, bundle, "coo")
    gathered(machine, bundle, files)
    done = submit(machine.house, operation.id)
    for told in (desk, other):
        row = mint_execution.execute(told.house, operation.id)
        assert (row.state, row.facts["tx_hash"]) == (State.FINAL, done.facts["tx_hash"])
        (attempt,) = told.house.journal.attempts(operation.id)
        assert attempt.state is AttemptState.SUCCEEDED
        assert len(told.house.journal.signatures(operation.id, 1)) == 3
        kinds = [row["kind"] for row in told.log()]
        assert kinds.count("sign.begin") == 3
    assert successes(desk) == 1
    assert len(desk.ledger.sent) == 1


def test_a_transaction_other_than_the_recorded_one_is_not_collected(desk: Paper, bundle: Bundle) -> None:
    with pytest.raises(BundleDiffers, match="Fee"):
        collect(desk.house, with_tx(bundle, Fee="1000"))


def test_other_kinds_say_that_they_are_not_signed_this_way(paper: Paper, operation: OperationRow) -> None:
    from sovbank.operations.multisig.derivation import movement_of

    with pytest.raises(WrongKind):
        movement_of(paper.house, replace(operation, kind=Kind.ATTEST))


def test_the_books_are_not_assumed(desk: Paper, bundle: Bundle) -> None:
    """A reading that nobody foresaw is refused without a network, not taken on trust."""
    from sovbank.operations.multisig.assumptions import assumed_house

    view, _ = assumed_house(desk.house, bundle)
    with pytest.raises(NotWithoutNetwork):
        view.control.totals(desk.house.asset_id(ASSET))
    with pytest.raises(NotWithoutNetwork):
        view.ledger.owned_objects("r")
