"""The node client over answers that a genuine server gave, recorded with `make record`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sovbank.errors.xrpl import NodeError, NodeGap
from sovbank.xrpl import builders
from sovbank.xrpl.liability import issuer_liability
from sovbank.xrpl.port import Outcome, TokenAmount
from sovbank.xrpl.settings import settings_of

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]
moving = pytest.mark.vcr(allow_playback_repeats=False)
"""For tests in which ledgers close: the same question gets another answer, so each is played once."""


def test_a_server_tells_its_state(bank: Any) -> None:
    state = bank.reader.server_state()
    assert state.network_id == bank.network_id
    assert state.validated_ledger > 10
    assert (state.base_fee, state.amendment_blocked) == (10, False)
    assert state.reserve_base > state.reserve_increment > 0


def test_an_account_is_read_with_settings_signers_and_tickets(bank: Any, address: dict[str, str]) -> None:
    state = bank.reader.account(address["issuer"])
    assert (state.domain, state.signer_list.quorum) == ("bank.example", 2)
    assert {entry.account for entry in state.signer_list.entries} == {
        address[name] for name in ("treasury", "customer", "payer")
    }
    on = {name for name, value in settings_of(state.flags).items() if value}
    assert on == {"defaultRipple", "requireAuth"}
    tickets = bank.reader.tickets(address["issuer"])
    assert len(tickets) == 3
    assert list(tickets) == sorted(tickets)
    kinds = {entry["LedgerEntryType"] for entry in bank.reader.owned_objects(address["issuer"])}
    assert {"Ticket", "SignerList"} <= kinds


def test_an_account_that_is_not_there_is_none(bank: Any, address: dict[str, str]) -> None:
    assert bank.reader.account(address["nobody"]) is None
    assert list(bank.reader.nftokens(address["nobody"])) == []


def test_lines_are_read_from_both_sides(bank: Any, address: dict[str, str]) -> None:
    issuer, treasury = address["issuer"], address["treasury"]
    (line,) = bank.reader.trust_lines(treasury, peer=issuer)
    assert (line.balance, line.limit, line.peer_authorized) == (Decimal("250000.25"), Decimal(10**6), True)
    by_peer = {line.peer: line for line in bank.reader.trust_lines(issuer)}
    assert by_peer.keys() == {treasury, address["customer"]}
    assert (by_peer[treasury].balance, by_peer[treasury].authorized) == (Decimal("-250000.25"), True)
    assert issuer_liability(bank.reader, issuer, "FTHUSD").owed == Decimal("250000.25")


def test_the_history_is_whole_or_refused(bank: Any, address: dict[str, str]) -> None:
    history = bank.reader.transactions(address["issuer"])
    assert [item.ledger_index for item in history] == sorted(item.ledger_index for item in history)
    minted = history[-1]
    assert minted.delivered == TokenAmount(Decimal("250000.25"), minted.delivered.currency, address["issuer"])
    assert minted.tx["InvoiceID"] == "A1" * 32
    assert bank.reader.transaction(minted.tx_hash) == minted
    with pytest.raises(NodeGap):
        bank.reader.transactions(address["issuer"], first_ledger=1)


def test_a_simulation_tells_what_would_happen(bank: Any, address: dict[str, str]) -> None:
    def payment(drops: int) -> Any:
        return builders.xrp_payment(bank.envelope("payer"), destination=address["customer"], drops=drops)

    result, meta = bank.reader.simulate(payment(1_000))
    assert result == meta["TransactionResult"] == "tesSUCCESS"
    assert bank.reader.simulate(payment(10**12))[0] == "tecUNFUNDED_PAYMENT"


@pytest.mark.parametrize(
    ("method", "params", "token"),
    [
        ("account_info", {"account": "nonsense"}, "actMalformed"),
        ("account_info", {}, "invalidParams"),
        ("ledger", {"ledger_index": 4_000_000}, "lgrNotFound"),
        ("tx", {"transaction": "AB" * 32}, "txnNotFound"),
        ("submit", {"tx_blob": "00"}, "invalidTransaction"),
        ("no_such_method", {}, "unknownCmd"),
    ],
)
def test_a_refusal_keeps_its_token(bank: Any, method: str, params: dict[str, Any], token: str) -> None:
    with pytest.raises(NodeError) as caught:
        bank.client.call(method, params)
    assert caught.value.error == token


@moving
def test_a_payment_is_settled_and_the_same_bytes_change_nothing(bank: Any, address: dict[str, str]) -> None:
    submission = bank.prepare(
        "twice", lambda e: builders.xrp_payment(e, destination=address["customer"], drops=5_000_000)
    )
    evidence = bank.settle(submission)
    assert (evidence.outcome, evidence.result) == (Outcome.SUCCEEDED, "tesSUCCESS")
    assert bank.reader.transaction(submission.tx_hash).delivered == 5_000_000
    before = bank.reader.account(address["twice"])
    assert bank.submitter.send(submission) in ("tefALREADY", "tefPAST_SEQ")
    bank.close_ledger()
    after = bank.reader.account(address["twice"])
    assert (after.balance, after.sequence) == (before.balance, before.sequence)
    assert bank.submitter.outcome(submission).outcome is Outcome.SUCCEEDED


@moving
def test_a_payment_that_cannot_be_made_costs_its_fee_and_is_final(bank: Any, address: dict[str, str]) -> None:
    submission = bank.prepare(
        "pauper", lambda e: builders.xrp_payment(e, destination=address["customer"], drops=10_000_000)
    )
    evidence = bank.settle(submission)
    assert (evidence.outcome, evidence.result) == (Outcome.FAILED, "tecUNFUNDED_PAYMENT")
    assert bank.reader.account(address["pauper"]).balance == 2_000_000 - 10


@moving
def test_what_was_never_sent_expires_and_is_refused_later(bank: Any, address: dict[str, str]) -> None:
    submission = bank.prepare(
        "late", lambda e: builders.xrp_payment(e, destination=address["customer"], drops=1_000)
    )
    assert bank.submitter.outcome(submission).outcome is Outcome.PENDING
    for _ in range(9):
        bank.close_ledger()
    assert bank.submitter.outcome(submission).outcome is Outcome.EXPIRED
    assert bank.submitter.send(submission) == "tefMAX_LEDGER"
