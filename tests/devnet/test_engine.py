"""What waits, what comes back and what is forgotten: transactions between one open ledger and the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.engine import Ledger
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.transactions.registry import DELETERS, TRANSACTORS


def validated(chain: Any, blob_answer: dict[str, Any]) -> int | None:
    """Give the ledger that a submitted transaction got into, None while there is none."""
    answer = chain.call("tx", transaction=blob_answer["tx_json"]["hash"])
    return answer["ledger_index"] if answer["validated"] else None


@pytest.fixture
def alice(chain: Any, signer: Callable[[str], Any]) -> Any:
    """Give a funded account."""
    person = signer("alice")
    chain.fund(person)
    return person


def noop(chain: Any, who: Any, ahead: int = 0, **fields: Any) -> dict[str, Any]:
    """Submit a transaction that does nothing, some sequences ahead."""
    sequence = chain.sequence(who) + ahead
    answer: dict[str, Any] = chain.submit(who, TransactionType="AccountSet", Sequence=sequence, **fields)
    return answer


def test_a_held_sequence_follows_when_the_gap_is_filled(chain: Any, alice: Any) -> None:
    later = [noop(chain, alice, ahead) for ahead in (3, 1, 2)]
    assert {answer["engine_result"] for answer in later} == {"terPRE_SEQ"}
    assert noop(chain, alice)["engine_result"] == "tesSUCCESS"
    assert (
        chain.sequence(alice) == chain.node.ledger.closed.read(keylets.account(alice.account))["Sequence"] + 4
    )
    chain.close()
    assert [validated(chain, answer) for answer in later] == [4, 4, 4]


def test_a_gap_filled_ledgers_later_lets_it_in_a_ledger_after(chain: Any, alice: Any) -> None:
    later = noop(chain, alice, 1)
    for _ in range(3):
        chain.close()
    filled = noop(chain, alice)
    chain.close()
    chain.close()
    assert validated(chain, filled) == 7
    assert validated(chain, later) == 8


def test_what_waits_is_forgotten_after_some_ledgers(chain: Any, alice: Any) -> None:
    later = noop(chain, alice, 1)
    for _ in range(7):
        chain.close()
    noop(chain, alice)
    for _ in range(4):
        chain.close()
    assert validated(chain, later) is None


def test_a_last_ledger_ends_the_wait(chain: Any, alice: Any) -> None:
    later = noop(chain, alice, 1, LastLedgerSequence=5)
    chain.close()
    chain.close()
    noop(chain, alice)
    chain.close()
    chain.close()
    assert validated(chain, later) is None


def test_an_account_made_later_lets_its_transaction_in(
    chain: Any, alice: Any, signer: Callable[[str], Any]
) -> None:
    carol = signer("carol")
    early = chain.submit(carol, TransactionType="AccountSet", Sequence=4)
    assert early["engine_result"] == "terNO_ACCOUNT"
    chain.fund(carol)
    chain.close()
    assert validated(chain, early) is not None


def test_the_close_decides_and_not_the_open_ledger(
    chain: Any, alice: Any, signer: Callable[[str], Any]
) -> None:
    """Two payments that cannot both be paid: which one is, the canonical order says."""
    bob = signer("bob")
    chain.fund(bob)
    balance = int(chain.call("account_info", account=alice.address)["account_data"]["Balance"])
    chain.submit(alice, TransactionType="TicketCreate", TicketCount=2)
    chain.close()
    first = chain.sequence(alice) - 2
    answers = [
        chain.submit(
            alice,
            TransactionType="Payment",
            Destination=bob.account,
            Amount=balance // 2 + 5_000_000,
            Sequence=0,
            TicketSequence=ticket,
        )
        for ticket in (first + 1, first)
    ]
    assert [answer["engine_result"] for answer in answers] == ["tesSUCCESS", "tecUNFUNDED_PAYMENT"]
    chain.close()
    results = [
        chain.call("tx", transaction=answer["tx_json"]["hash"])["meta"]["TransactionResult"]
        for answer in answers
    ]
    assert results == ["tecUNFUNDED_PAYMENT", "tesSUCCESS"]


def test_an_expired_credential_goes_though_the_payment_fails(
    chain: Any, alice: Any, signer: Callable[[str], Any]
) -> None:
    bob, issuer = signer("bob"), signer("issuer")
    chain.fund(bob, issuer)
    kind = b"KYC"
    chain.submit(
        issuer,
        TransactionType="CredentialCreate",
        Subject=alice.account,
        CredentialType=kind,
        Expiration=chain.now + 60,
    )
    chain.submit(alice, TransactionType="CredentialAccept", Issuer=issuer.account, CredentialType=kind)
    chain.submit(bob, TransactionType="AccountSet", SetFlag=9)
    chain.close()
    key = keylets.credential(alice.account, issuer.account, kind)
    assert chain.node.ledger.closed.exists(key)
    for _ in range(10):
        chain.close()
    paid = chain.submit(
        alice, TransactionType="Payment", Destination=bob.account, Amount=1, CredentialIDs=(key,)
    )
    assert paid["engine_result"] == "tecEXPIRED"
    assert not chain.node.ledger.open.exists(key)
    assert chain.node.ledger.closed.exists(key)
    chain.close()
    metadata = chain.call("tx", transaction=paid["tx_json"]["hash"])["meta"]
    assert metadata["TransactionResult"] == "tecEXPIRED"
    deleted = [
        node["DeletedNode"]["LedgerEntryType"] for node in metadata["AffectedNodes"] if "DeletedNode" in node
    ]
    assert "Credential" in deleted
    assert not chain.node.ledger.closed.exists(key)


def test_a_fault_in_a_type_is_an_answer_and_no_damage(
    signer: Callable[[str], Any], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_context: Any) -> TER:
        raise ZeroDivisionError("on purpose")

    faulty = {**TRANSACTORS, "AccountSet": dataclasses.replace(TRANSACTORS["AccountSet"], apply=broken)}
    ledger = Ledger(network_id=0, start_time=1000, transactors=faulty, deleters=DELETERS)
    genesis = signer("masterpassphrase")
    tx = ledger.admission.admit(genesis.blob(TransactionType="AccountSet", Sequence=1))
    before = ledger.closed.root()
    submission = ledger.submit(tx)
    assert submission.result is TER.tefEXCEPTION
    assert not submission.applied
    assert not ledger.open.changes
    assert "on purpose" in caplog.text
    ledger.close(1010)
    assert ledger.history.last.transactions == ()
    assert ledger.closed.root() != before


def test_the_same_blob_twice_is_one_transaction(chain: Any, alice: Any) -> None:
    blob = alice.blob(TransactionType="AccountSet", Sequence=chain.sequence(alice)).hex()
    assert chain.call("submit", tx_blob=blob)["engine_result"] == "tesSUCCESS"
    assert chain.call("submit", tx_blob=blob)["engine_result"] == "tefPAST_SEQ"
    chain.close()
    again = chain.call("submit", tx_blob=blob)
    assert again["engine_result"] == "tefPAST_SEQ"
    assert again["tx_json"]["inLedger"] == 4
    chain.close()
    assert chain.node.ledger.history.last.transactions == ()


def test_a_blob_out_of_order_has_the_canonical_hash(chain: Any, alice: Any) -> None:
    from sovbank.devnet.ledger.decoding import decode
    from sovbank.devnet.ledger.encoding import encode

    blob = alice.blob(TransactionType="AccountSet", Sequence=chain.sequence(alice))
    fields = decode(blob)
    account = encode({"Account": fields.pop("Account")})
    answer = chain.call("submit", tx_blob=(account + encode(fields)).hex())
    assert answer["engine_result"] == "tesSUCCESS"
    assert answer["tx_blob"] == blob.hex().upper()


def test_the_flag_of_batched_transactions_is_the_engines_to_refuse(chain: Any, alice: Any) -> None:
    """Batch is no amendment of this network: the flag is looked at after the fee, and all is answered."""
    answer = noop(chain, alice, Flags=0x40000000)
    assert answer["engine_result"] == "temINVALID_FLAG"
    assert answer["kept"]
    assert answer["account_sequence_next"] == chain.sequence(alice)
    assert noop(chain, alice, Flags=0x40000000, Fee=-1)["engine_result"] == "temBAD_FEE"


def test_of_many_held_tickets_the_eleventh_is_dropped_and_comes_a_ledger_later(
    chain: Any, alice: Any
) -> None:
    """Ten held transactions follow one that applied; one more is taken from the held and lost to them."""
    first = chain.sequence(alice) + 1
    held = [
        chain.submit(alice, TransactionType="AccountSet", Sequence=0, TicketSequence=first + number)
        for number in range(12)
    ]
    assert {answer["engine_result"] for answer in held} == {"terPRE_TICKET"}
    created = chain.submit(alice, TransactionType="TicketCreate", TicketCount=12)
    assert created["engine_result"] == "tesSUCCESS"
    chain.close()
    chain.close()
    assert [validated(chain, answer) for answer in held] == [4] * 10 + [5, 4]
