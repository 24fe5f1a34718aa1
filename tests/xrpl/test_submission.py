"""Reliable submission against the scripted node, one failure at a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sovbank.errors.xrpl import (
    AmendmentBlocked,
    NodeBehind,
    NodeContradiction,
    NodeUnreachable,
    SubmissionRefused,
    WrongNetwork,
)
from sovbank.wire.codec import decode_tx, encode_tx
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl import builders
from sovbank.xrpl.client import NodeClient
from sovbank.xrpl.envelope import Envelope
from sovbank.xrpl.port import Outcome, Submission
from sovbank.xrpl.reader import NodeReader
from sovbank.xrpl.search import find_invoice
from sovbank.xrpl.session import NodeSession
from sovbank.xrpl.submission import NodeSubmitter

ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
HOLDER = "r9ChUX4vyajSX4ssDLGZSFSGXNvKMQEPJP"
NETWORK = 21338
INVOICE = "5A" * 32


class Bench:
    """A submitter over the scripted node, with a clock that closes a ledger every four seconds."""

    def __init__(self, node: Any, sign: Any, *, closing: bool = True) -> None:
        self.node = node
        self.sign = sign
        self.now = 0.0
        self.closing = closing
        self.session = NodeSession(
            NodeClient("http://node.test/", transport=node.transport()), network_id=NETWORK
        )
        self.submitter = NodeSubmitter(self.session, clock=lambda: self.now, sleep=self.wait, poll_seconds=1)

    def wait(self, seconds: float) -> None:
        before = int(self.now // 4)
        self.now += seconds
        if self.closing and int(self.now // 4) > before:
            self.node.close()

    def unsigned(self, *, last: int = 15, ticket: int | None = 20, sequence: int | None = None) -> Any:
        envelope = Envelope(
            ISSUER, NETWORK, last_ledger=last, fee=10, multisigned=False, ticket=ticket, sequence=sequence
        )
        return builders.mint(
            envelope, destination=HOLDER, currency="FTHUSD", amount=Decimal("5.25"), invoice_id=INVOICE
        )

    def submission(self, **slot: Any) -> Submission:
        return self.record(self.sign(self.unsigned(**slot)))

    def record(self, blob: bytes) -> Submission:
        tx = decode_tx(blob)
        ticket = tx.get("TicketSequence")
        sequence = None if ticket is not None else tx["Sequence"]
        return Submission(
            blob,
            transaction_id(blob),
            ISSUER,
            ticket,
            sequence,
            self.node.validated,
            tx["LastLedgerSequence"],
        )

    def competitor(self, **slot: Any) -> bytes:
        """Put another transaction with the same ticket or sequence into the ledger's pool."""
        slot = {"ticket": None, "sequence": None, **slot}
        blob = self.sign(builders.no_op(Envelope(ISSUER, NETWORK, 900, 10, False, **slot)), "31")
        self.node.take(blob)
        return blob


@pytest.fixture
def bench(node: Any, loosely_signed: Any) -> Bench:
    return Bench(node, loosely_signed)


@pytest.mark.parametrize("slot", [{"ticket": 20}, {"ticket": None, "sequence": 50}])
def test_a_transaction_is_sent_and_settled(bench: Bench, slot: dict[str, Any]) -> None:
    submission = bench.submission(**slot)
    evidence = bench.submitter.settle(submission, timeout_seconds=60)
    assert evidence.outcome is Outcome.SUCCEEDED
    assert (evidence.result, evidence.ledger_index) == ("tesSUCCESS", 11)
    assert evidence.tx_hash == submission.tx_hash


def test_a_tec_is_a_failure_in_a_validated_ledger(bench: Bench) -> None:
    bench.node.result = "tecPATH_DRY"
    evidence = bench.submitter.settle(bench.submission(), timeout_seconds=60)
    assert (evidence.outcome, evidence.result) == (Outcome.FAILED, "tecPATH_DRY")


def test_a_success_in_the_open_ledger_is_not_final(bench: Bench) -> None:
    bench.closing = False
    submission = bench.submission()
    assert bench.submitter.send(submission) == "tesSUCCESS"
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    evidence = bench.submitter.settle(submission, timeout_seconds=10)
    assert (evidence.outcome, evidence.result) == (Outcome.PENDING, "tesSUCCESS")
    bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("fault", ["lost-before", "lost-after", "503-before", "503-after", "busy"])
def test_a_lost_reply_leaves_the_outcome_unknown_and_the_same_bytes_are_sent_again(
    bench: Bench, fault: str
) -> None:
    submission = bench.submission()
    bench.node.faults["submit"] = fault
    assert bench.submitter.send(submission) == "unknown"
    bench.node.faults["submit"] = fault
    assert bench.submitter.settle(submission, timeout_seconds=60).outcome is Outcome.SUCCEEDED
    sent = [params["tx_blob"] for method, params in bench.node.requests if method == "submit"]
    assert set(sent) == {submission.blob.hex().upper()}
    assert len(bench.node.applied) == 1


def test_a_refused_connection_is_told_apart_from_a_lost_reply(bench: Bench) -> None:
    bench.node.faults["submit"] = "refused"
    with pytest.raises(NodeUnreachable):
        bench.submitter.send(bench.submission())
    assert not bench.node.pool


@pytest.mark.parametrize("code", ["tefALREADY", "tefNO_TICKET"])
def test_preliminary_refusals_of_resent_bytes_are_not_final(bench: Bench, code: str) -> None:
    submission = bench.submission()
    bench.submitter.send(submission)
    bench.node.close()
    if code == "tefNO_TICKET":
        bench.node.take = lambda blob: "tefNO_TICKET"
    assert bench.submitter.send(submission) == code
    assert bench.submitter.settle(submission, timeout_seconds=5).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("slot", [{"ticket": 20}, {"ticket": None, "sequence": 50}])
def test_a_window_that_passed_without_it_is_expired(bench: Bench, slot: dict[str, Any]) -> None:
    submission = bench.submission(last=12, **slot)
    for _ in range(2):
        bench.node.close()
        assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    bench.node.close()
    evidence = bench.submitter.outcome(submission)
    assert (evidence.outcome, evidence.result) == (Outcome.EXPIRED, "expired")
    assert "ledgers 10 to 12" in evidence.detail


def test_it_can_still_apply_in_its_last_ledger(bench: Bench) -> None:
    submission = bench.submission(last=11)
    bench.submitter.send(submission)
    bench.node.close()
    assert bench.submitter.outcome(submission).ledger_index == 11


@pytest.mark.parametrize("slot", [{"ticket": 20}, {"sequence": 50}])
@pytest.mark.parametrize("closes", [1, 3, 5])
def test_a_slot_that_another_transaction_used_is_a_failure_at_once(
    bench: Bench, slot: dict[str, Any], closes: int
) -> None:
    submission = bench.submission(last=12, **{"ticket": None, **slot})
    other = bench.competitor(**slot)
    for _ in range(closes):
        bench.node.close()
    evidence = bench.submitter.outcome(submission)
    assert (evidence.outcome, evidence.result) == (Outcome.FAILED, "superseded")
    assert transaction_id(other) in evidence.detail


def test_a_ticket_used_before_the_window_is_found_further_back(bench: Bench) -> None:
    bench.competitor(ticket=20)
    bench.node.close()
    bench.node.close()
    submission = bench.submission(last=13)
    assert submission.first_ledger == 12
    for _ in range(2):
        bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.FAILED


def test_a_ticket_that_is_gone_without_a_trace_is_never_called_expired(bench: Bench) -> None:
    submission = bench.submission(last=12)
    bench.node.tickets.discard(20)
    for _ in range(5):
        bench.node.close()
    evidence = bench.submitter.outcome(submission)
    assert evidence.outcome is Outcome.PENDING
    assert "gone" in evidence.detail


def test_a_ticket_that_was_never_made_expires(bench: Bench) -> None:
    submission = bench.submission(ticket=77, last=12)
    for _ in range(3):
        bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.EXPIRED


def test_a_sequence_passed_over_by_ticket_creation_is_explained(bench: Bench) -> None:
    submission = bench.submission(ticket=None, sequence=53, last=12)
    bench.competitor(sequence=50)
    bench.node.close()
    bench.node.applied[-1].sequence_after = bench.node.sequence = 56
    bench.node.close()
    bench.node.close()
    assert bench.submitter.outcome(submission).result == "superseded"


def test_a_sequence_right_after_the_created_tickets_is_unused(bench: Bench) -> None:
    submission = bench.submission(ticket=None, sequence=56, last=12)
    bench.competitor(sequence=50)
    bench.node.close()
    bench.node.applied[-1].sequence_after = bench.node.sequence = 56
    bench.node.close()
    bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.EXPIRED


def test_a_ticket_of_the_same_number_of_another_account_means_nothing(bench: Bench) -> None:
    submission = bench.submission(last=12)
    stranger = Envelope(HOLDER, NETWORK, 900, 10, False, ticket=20)
    blob = bench.sign(builders.xrp_payment(stranger, destination=ISSUER, drops=5))
    bench.node.pool[transaction_id(blob)] = decode_tx(blob)
    bench.node.close()
    bench.node.tickets.add(20)
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    for _ in range(2):
        bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.EXPIRED


def test_a_transaction_after_its_last_ledger_is_not_believed(bench: Bench) -> None:
    submission = bench.submission(last=12)
    bench.submitter.send(submission)
    bench.node.close()
    bench.node.applied[-1].ledger = 13
    for _ in range(3):
        bench.node.close()
    with pytest.raises(NodeContradiction):
        bench.submitter.outcome(submission)


def test_a_window_that_has_not_begun_is_pending(bench: Bench) -> None:
    submission = replace(bench.submission(last=15), first_ledger=13)
    assert bench.submitter.outcome(submission).detail == "the transaction is not in a validated ledger yet"


def test_the_same_payment_under_another_hash_is_ours(bench: Bench) -> None:
    submission = bench.submission()
    # Somebody who holds the blob drops a surplus signature: same effect, other bytes.
    other = bench.sign(bench.unsigned(), "32")
    assert transaction_id(other) != submission.tx_hash
    bench.node.take(other)
    bench.node.close()
    evidence = bench.submitter.outcome(submission)
    assert evidence.outcome is Outcome.SUCCEEDED
    assert evidence.tx_hash == transaction_id(other)


def test_signing_again_with_another_fee_and_window_is_ours_too(bench: Bench) -> None:
    submission = bench.submission()
    bench.node.take(bench.sign(bench.unsigned(last=99) | {"Fee": "20"}, "33"))
    bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.SUCCEEDED


def test_another_amount_on_the_same_ticket_is_not_ours(bench: Bench) -> None:
    submission = bench.submission()
    amount = bench.unsigned()["Amount"] | {"value": "6"}
    bench.node.take(bench.sign(bench.unsigned() | {"Amount": amount}, "33"))
    bench.node.close()
    assert bench.submitter.outcome(submission).outcome is Outcome.FAILED


@pytest.mark.parametrize("ranges", ["1-11,13-99", "12-99", "empty", "1-10"])
def test_a_gap_in_the_history_proves_nothing(bench: Bench, ranges: str) -> None:
    submission = bench.submission(last=12)
    for _ in range(4):
        bench.node.close()
    bench.node.ranges = ranges
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    bench.node.ranges = None
    assert bench.submitter.outcome(submission).outcome is Outcome.EXPIRED


def test_an_unused_slot_proves_it_where_the_search_by_hash_does_not(bench: Bench) -> None:
    """On a quiet network the server never says that it searched all: empty ledgers do not count."""
    submission = bench.submission(last=12)
    for _ in range(3):
        bench.node.close()
    bench.node.faults["tx"] = "not-all"
    assert bench.submitter.outcome(submission).outcome is Outcome.EXPIRED


@pytest.mark.parametrize(("method", "fault"), [("account_tx", "short"), ("account_objects", "hide")])
def test_an_incomplete_search_proves_nothing(bench: Bench, method: str, fault: str) -> None:
    submission = bench.submission(last=12)
    for _ in range(3):
        bench.node.close()
    bench.node.faults[method] = fault
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    assert bench.submitter.outcome(submission).outcome is Outcome.EXPIRED


@pytest.mark.parametrize("fault", ["altered", "other-result"])
def test_a_node_that_alters_the_transaction_is_not_believed(bench: Bench, fault: str) -> None:
    submission = bench.submission()
    bench.submitter.send(submission)
    bench.node.close()
    bench.node.faults["tx"] = fault
    with pytest.raises(NodeContradiction):
        bench.submitter.outcome(submission)


def test_a_false_validated_flag_is_not_believed(bench: Bench) -> None:
    submission = bench.submission()
    bench.submitter.send(submission)
    bench.node.faults["tx"] = "false-validated"
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    bench.node.faults["tx"] = "future-ledger"
    with pytest.raises(NodeContradiction):
        bench.submitter.outcome(submission)


def test_a_hidden_transaction_is_not_called_expired(bench: Bench) -> None:
    submission = bench.submission(last=12)
    bench.submitter.send(submission)
    for _ in range(4):
        bench.node.close()
    bench.node.faults["tx"] = "hide"
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    bench.node.faults |= {"tx": "hide", "account_tx": "hide"}
    assert bench.submitter.outcome(submission).outcome is Outcome.PENDING
    assert bench.submitter.outcome(submission).outcome is Outcome.SUCCEEDED


def test_a_node_that_takes_it_for_something_else_is_not_believed(bench: Bench) -> None:
    bench.node.faults["submit"] = "other-hash"
    with pytest.raises(NodeContradiction):
        bench.submitter.send(bench.submission())


def test_a_node_that_goes_back_is_refused(bench: Bench) -> None:
    submission = bench.submission()
    bench.submitter.send(submission)
    bench.node.faults["server_info"] = "behind"
    with pytest.raises(NodeBehind):
        bench.submitter.outcome(submission)


@pytest.mark.parametrize(("fault", "error"), [("other-network", WrongNetwork), ("blocked", AmendmentBlocked)])
def test_nothing_is_sent_to_the_wrong_node(bench: Bench, fault: str, error: type[Exception]) -> None:
    submission = bench.submission()
    bench.submitter.outcome(submission)
    for act in (bench.submitter.send, bench.submitter.outcome):
        bench.node.faults["server_info"] = fault
        with pytest.raises(error):
            act(submission)
    assert "submit" not in [method for method, _ in bench.node.requests]


@pytest.mark.parametrize(
    "change",
    [
        {"tx_hash": "00" * 32},
        {"account": HOLDER},
        {"ticket": 21},
        {"ticket": None, "sequence": 50},
        {"last_ledger": 14},
        {"first_ledger": 16},
        {"blob": b"\x12\x00"},
    ],
)
def test_a_record_that_disagrees_with_its_blob_is_not_sent(bench: Bench, change: dict[str, Any]) -> None:
    submission = replace(bench.submission(), **change)
    for act in (bench.submitter.send, bench.submitter.outcome):
        with pytest.raises(SubmissionRefused):
            act(submission)
    assert not bench.node.requests


@pytest.mark.parametrize("change", [{"NetworkID": 21339}, {"Flags": 0x00020000}])
def test_bytes_for_another_network_and_partial_payments_are_not_sent(
    bench: Bench, change: dict[str, Any]
) -> None:
    with pytest.raises(SubmissionRefused):
        bench.submitter.send(bench.record(bench.sign(bench.unsigned() | change)))
    assert not bench.node.requests


def test_settle_keeps_asking_a_node_that_fails_for_a_while(bench: Bench) -> None:
    submission = bench.submission()
    faults = iter(["refused", "garbage", "behind", "503-before", "503-before"])
    real = bench.wait

    def wait(seconds: float) -> None:
        real(seconds)
        fault = next(faults, "")
        if fault:
            bench.node.faults["server_info"] = fault

    bench.submitter = NodeSubmitter(bench.session, clock=lambda: bench.now, sleep=wait, poll_seconds=1)
    assert bench.submitter.settle(submission, timeout_seconds=60).outcome is Outcome.SUCCEEDED


def test_settle_ends_at_its_deadline(bench: Bench) -> None:
    bench.closing = False
    evidence = bench.submitter.settle(bench.submission(), timeout_seconds=7)
    assert evidence.outcome is Outcome.PENDING
    assert 7 <= bench.now < 8.5


def test_a_settled_transaction_is_not_sent_again(bench: Bench) -> None:
    submission = bench.submission()
    bench.submitter.settle(submission, timeout_seconds=60)
    bench.node.requests.clear()
    assert bench.submitter.settle(submission, timeout_seconds=60).outcome is Outcome.SUCCEEDED
    assert "submit" not in [method for method, _ in bench.node.requests]


def test_an_invoice_is_found_in_the_accounts_history(bench: Bench) -> None:
    reader = NodeReader(bench.session)
    assert list(find_invoice(reader, ISSUER, INVOICE)) == []
    for ticket in (20, 21, 22):
        bench.node.take(bench.sign(bench.unsigned(ticket=ticket), f"4{ticket - 20}"))
    bench.competitor(sequence=50)
    bench.node.close()
    found = find_invoice(reader, ISSUER, INVOICE.lower())
    assert sorted(item.tx["TicketSequence"] for item in found) == [20, 21, 22]
    assert {item.delivered.value for item in found} == {Decimal("5.25")}
    assert encode_tx(found[0].tx)
