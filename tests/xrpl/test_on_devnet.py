"""The adapter against the embedded ledger: signatures are verified, closes reorder, and nothing is faked."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import coincurve
import httpx
import pytest

from sovbank.devnet.node import Node
from sovbank.devnet.server import xrpl_responder
from sovbank.errors.xrpl import AccountMissing, NodeGap, WrongNetwork
from sovbank.wire.addresses import address_of_public_key
from sovbank.wire.codec import encode_for_multisigning
from sovbank.wire.hashes import sha512_half, transaction_id
from sovbank.wire.seeds import FamilySeed, KeyPair
from sovbank.xrpl import builders
from sovbank.xrpl.client import NodeClient
from sovbank.xrpl.envelope import Anchor, Envelope, Tx, fee_for, read_anchor
from sovbank.xrpl.liability import issuer_liability
from sovbank.xrpl.multisign import (
    SignedTransaction,
    SignerSignature,
    assemble,
    assemble_single,
    key_facts,
    signer_key_facts,
    single_payload,
)
from sovbank.xrpl.port import Evidence, Outcome, SignerEntry, Submission, TokenAmount
from sovbank.xrpl.quorum import most_signers
from sovbank.xrpl.reader import NodeReader
from sovbank.xrpl.search import find_invoice
from sovbank.xrpl.session import NodeSession
from sovbank.xrpl.settings import settings_of
from sovbank.xrpl.submission import NodeSubmitter

NETWORK = 21338
INVOICE = "c0ffee" * 10 + "abcd"


def sign(pair: KeyPair, payload: bytes) -> bytes:
    return coincurve.PrivateKey(pair.private).sign(sha512_half(payload), hasher=None)


class World:
    """A devnet in this process, keys, and a clock whose every few seconds close a ledger."""

    def __init__(self) -> None:
        self.now = 0.0
        self.node = Node(network_id=NETWORK, clock=lambda: 848_000_000 + int(self.now))
        self.respond = xrpl_responder(self.node)
        self.lose: Callable[[str], str] = lambda method: ""
        client = NodeClient("http://devnet.test/", transport=httpx.MockTransport(self._answer))
        self.session = NodeSession(client, network_id=NETWORK)
        self.reader = NodeReader(self.session)
        self.submitter = NodeSubmitter(
            self.session, clock=lambda: self.now, sleep=self.wait, poll_seconds=1.0
        )
        self.master = FamilySeed.from_passphrase("masterpassphrase").secp256k1()
        names = ("issuer", "treasury", "customer", "ceo", "cfo", "coo")
        self.keys = {name: FamilySeed.from_passphrase(name).secp256k1() for name in names}
        self.address = {name: address_of_public_key(pair.public) for name, pair in self.keys.items()}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        import json

        fault = self.lose(json.loads(request.content)["method"])
        if fault == "before":
            raise httpx.ReadTimeout("lost", request=request)
        reply = self.respond(request.content)
        if fault == "after":
            raise httpx.ReadError("lost", request=request)
        if fault == "twice":
            self.respond(request.content)
        return httpx.Response(reply.status, content=reply.body)

    def wait(self, seconds: float) -> None:
        before = int(self.now // 3)
        self.now += seconds
        if int(self.now // 3) > before:
            self.node.close_ledger()

    # -- making and sending --------------------------------------------------------------------------

    def envelope(self, account: str, *, multisigned: bool = False, ticket: int | None = None) -> Envelope:
        state = self.reader.account(account)
        assert state is not None
        server = self.reader.server_state()
        signers = most_signers(state.signer_list) if multisigned else 0
        return Envelope(
            account,
            NETWORK,
            server.validated_ledger + 8,
            fee_for(server.base_fee, signers=signers, margin=2),
            multisigned,
            ticket,
            None if ticket is not None else state.sequence,
        )

    def single(self, tx: Tx, pair: KeyPair) -> SignedTransaction:
        facts = key_facts(tx["Account"], self.reader.account(tx["Account"]))
        signature = sign(pair, single_payload(tx, pair.public))
        return assemble_single(tx, pair.public, signature, facts=facts, base_fee=10)

    def multi(self, tx: Tx, *signers: str) -> SignedTransaction:
        state = self.reader.account(tx["Account"])
        assert state is not None
        signatures = [
            SignerSignature(
                self.address[name],
                self.keys[name].public,
                sign(self.keys[name], encode_for_multisigning(tx, self.address[name])),
            )
            for name in signers
        ]
        facts = signer_key_facts(self.reader, state.signer_list)
        return assemble(tx, signatures, signer_list=state.signer_list, facts=facts, base_fee=10)

    def submission(self, signed: SignedTransaction) -> Submission:
        tx = signed.tx
        ticket = tx.get("TicketSequence")
        return Submission(
            signed.blob,
            signed.tx_hash,
            tx["Account"],
            ticket,
            None if ticket is not None else tx["Sequence"],
            self.reader.server_state().validated_ledger,
            tx["LastLedgerSequence"],
        )

    def settle(self, signed: SignedTransaction) -> Evidence:
        return self.submitter.settle(self.submission(signed), timeout_seconds=90)

    def done(self, signed: SignedTransaction) -> Evidence:
        evidence = self.settle(signed)
        assert evidence.outcome is Outcome.SUCCEEDED, evidence
        return evidence

    def by_master(self, name: str, build: Callable[[Envelope], Tx]) -> Evidence:
        return self.done(self.single(build(self.envelope(self.address[name])), self.keys[name]))

    # -- the story -----------------------------------------------------------------------------------

    def fund(self, *names: str, drops: int = 1_000_000_000) -> None:
        genesis = address_of_public_key(self.master.public)
        for name in names:
            tx = builders.xrp_payment(self.envelope(genesis), destination=self.address[name], drops=drops)
            self.done(self.single(tx, self.master))

    def issue(self) -> list[int]:
        """Prepare an issuer of 2 of 3 with its master key disabled; return its tickets."""
        self.fund("issuer", "treasury", "customer")
        issuer = self.address["issuer"]
        entries = [SignerEntry(self.address[name], 1) for name in ("ceo", "cfo", "coo")]
        for build in (
            lambda e: builders.account_set(
                e, set_flag="allowTrustLineClawback", require_auth=True, disallow_xrp=True, domain="fth.bank"
            ),
            lambda e: builders.account_set(e, set_flag="defaultRipple"),
            lambda e: builders.signer_list_set(e, quorum=2, entries=entries),
            lambda e: builders.ticket_create(e, count=5),
            lambda e: builders.account_set(e, set_flag="disableMaster"),
        ):
            self.by_master("issuer", build)
        for name in ("treasury", "customer"):
            self.by_master(
                name,
                lambda e: builders.trust_set(
                    e, issuer=issuer, currency="FTHUSD", limit=Decimal(10_000_000_000)
                ),
            )
        tickets = list(self.reader.tickets(issuer))
        for name in ("treasury", "customer"):
            tx = builders.trust_authorize(
                self.envelope(issuer, multisigned=True, ticket=tickets.pop(0)),
                holder=self.address[name],
                currency="FTHUSD",
            )
            self.done(self.multi(tx, "ceo", "cfo"))
        return tickets

    def mint(self, ticket: int, amount: str = "1000000.00") -> SignedTransaction:
        tx = builders.mint(
            self.envelope(self.address["issuer"], multisigned=True, ticket=ticket),
            destination=self.address["treasury"],
            currency="FTHUSD",
            amount=Decimal(amount),
            invoice_id=INVOICE,
            anchor=Anchor(17, "ab" * 32),
        )
        return self.multi(tx, "coo", "ceo", "cfo")

    def owed(self) -> Decimal:
        return issuer_liability(self.reader, self.address["issuer"], "FTHUSD").owed


@pytest.fixture
def world() -> World:
    return World()


def test_a_token_is_issued_distributed_redeemed_and_clawed_back(world: World) -> None:
    tickets = world.issue()
    issuer, treasury, customer = (world.address[name] for name in ("issuer", "treasury", "customer"))
    state = world.reader.account(issuer)
    assert state is not None
    named = settings_of(state.flags)
    on = {"requireAuth", "defaultRipple", "disallowXRP", "disableMaster", "allowTrustLineClawback"}
    assert {name for name, value in named.items() if value} == on
    assert (state.domain, state.signer_list.quorum) == ("fth.bank", 2)

    evidence = world.done(world.mint(tickets.pop(0)))
    (minted,) = find_invoice(world.reader, issuer, INVOICE)
    assert minted.tx_hash == evidence.tx_hash
    assert isinstance(minted.delivered, TokenAmount)
    assert minted.delivered.value == Decimal(1_000_000)
    assert len(minted.tx["Signers"]) == 2
    assert read_anchor(minted.tx) == Anchor(17, "ab" * 32)
    # The close time that the ledger rounds, as seconds since 1970.
    assert abs((minted.close_time or 0) - 946_684_800 - 848_000_000 - world.now) < 60

    world.by_master(
        "treasury",
        lambda e: builders.distribute(
            e,
            issuer=issuer,
            destination=customer,
            currency="FTHUSD",
            amount=Decimal("125000.50"),
            invoice_id="d1" * 32,
        ),
    )
    world.by_master(
        "treasury",
        lambda e: builders.redeem(
            e, issuer=issuer, currency="FTHUSD", amount=Decimal(20_000), invoice_id="d2" * 32
        ),
    )
    assert world.owed() == Decimal(980_000)
    (line,) = world.reader.trust_lines(customer, peer=issuer)
    assert (line.balance, line.peer_authorized) == (Decimal("125000.5"), True)

    clawed = builders.clawback(
        world.envelope(issuer, multisigned=True, ticket=tickets.pop(0)),
        holder=customer,
        currency="FTHUSD",
        amount=Decimal("0.50"),
    )
    world.done(world.multi(clawed, "ceo", "coo"))
    assert world.owed() == Decimal("979999.5")
    assert list(world.reader.tickets(issuer)) == tickets
    history = world.reader.transactions(issuer)
    assert [item.ledger_index for item in history] == sorted(item.ledger_index for item in history)
    assert world.reader.transactions(issuer, first_ledger=2)[-1].tx_hash == history[-1].tx_hash
    with pytest.raises(NodeGap):
        world.reader.transactions(issuer, first_ledger=1)
    assert treasury in {entry.peer for entry in world.reader.trust_lines(issuer)}


def test_a_payment_without_a_line_is_a_tec_and_a_second_attempt_succeeds(world: World) -> None:
    tickets = world.issue()
    issuer, treasury = world.address["issuer"], world.address["treasury"]
    world.by_master(
        "treasury",
        lambda e: builders.trust_set(e, issuer=issuer, currency="FTHUSD", limit=Decimal(10)),
    )
    evidence = world.settle(world.mint(tickets.pop(0)))
    assert (evidence.outcome, evidence.result) == (Outcome.FAILED, "tecPATH_PARTIAL")
    result, meta = world.reader.simulate(
        builders.mint(
            world.envelope(issuer, multisigned=True, ticket=tickets[0]),
            destination=treasury,
            currency="FTHUSD",
            amount=Decimal(11),
            invoice_id=INVOICE,
        )
    )
    assert result == meta["TransactionResult"] == "tecPATH_PARTIAL"
    world.by_master(
        "treasury",
        lambda e: builders.trust_set(e, issuer=issuer, currency="FTHUSD", limit=Decimal(2_000_000)),
    )
    world.done(world.mint(tickets.pop(0)))
    assert world.owed() == Decimal(1_000_000)
    assert [item.result for item in find_invoice(world.reader, issuer, INVOICE)] == [
        "tecPATH_PARTIAL",
        "tesSUCCESS",
    ]


@pytest.mark.parametrize("seed", range(12))
def test_however_replies_are_lost_and_requests_doubled_there_is_one_mint(world: World, seed: int) -> None:
    ticket = world.issue()[0]
    submission = world.submission(world.mint(ticket))
    dice = random.Random(seed)
    world.lose = lambda method: dice.choice(["", "", "before", "after", "twice"])
    evidence = world.submitter.settle(submission, timeout_seconds=300)
    for _ in range(20):
        if evidence.outcome is not Outcome.PENDING:
            break
        evidence = world.submitter.settle(submission, timeout_seconds=30)
    world.lose = lambda method: ""
    amounts = {Outcome.SUCCEEDED: Decimal(1_000_000), Outcome.EXPIRED: Decimal(0)}
    assert world.owed() == amounts[evidence.outcome]
    # The same bytes again, whatever was decided, change nothing.
    world.respond(b'{"method":"submit","params":[{"tx_blob":"%s"}]}' % submission.blob.hex().encode())
    for _ in range(2):
        world.node.close_ledger()
    assert world.owed() == amounts[evidence.outcome]
    assert world.submitter.outcome(submission).outcome is evidence.outcome


def test_an_expired_mint_keeps_its_ticket_and_another_transaction_supersedes_it(world: World) -> None:
    tickets = world.issue()
    issuer = world.address["issuer"]
    first = world.submission(world.mint(tickets[0]))
    for _ in range(8):
        world.node.close_ledger()
    assert world.submitter.outcome(first).outcome is Outcome.PENDING
    world.node.close_ledger()
    evidence = world.submitter.outcome(first)
    assert evidence.outcome is Outcome.EXPIRED
    assert tickets[0] in world.reader.tickets(issuer)
    assert world.submitter.send(first) == "tefMAX_LEDGER"

    second = world.submission(world.mint(tickets[1]))
    cancel = builders.no_op(world.envelope(issuer, multisigned=True, ticket=tickets[1]))
    world.done(world.multi(cancel, "ceo", "cfo"))
    evidence = world.submitter.outcome(second)
    assert (evidence.outcome, evidence.result) == (Outcome.FAILED, "superseded")
    assert world.submitter.send(second) == "tefNO_TICKET"
    assert world.owed() == 0


def test_dropping_a_surplus_signature_does_not_hide_the_mint(world: World) -> None:
    ticket = world.issue()[0]
    signed = world.mint(ticket)
    # As if all three had been attached: a third party drops one, and the hash changes.
    issuer_state = world.reader.account(world.address["issuer"])
    assert issuer_state is not None
    unsigned = {name: value for name, value in signed.tx.items() if name != "Signers"}
    other = world.multi(unsigned, "ceo", "coo")
    if other.tx_hash == signed.tx_hash:
        other = world.multi(unsigned, "cfo", "coo")
    assert other.tx_hash != signed.tx_hash
    submission = world.submission(signed)
    world.submitter.send(world.submission(other))
    world.node.close_ledger()
    evidence = world.submitter.outcome(submission)
    assert (evidence.outcome, evidence.tx_hash) == (Outcome.SUCCEEDED, transaction_id(other.blob))
    assert world.owed() == Decimal(1_000_000)


def test_the_submitter_waits_for_a_ledger_that_nobody_closes(world: World) -> None:
    ticket = world.issue()[0]
    submission = world.submission(world.mint(ticket))
    waits: list[float] = []
    submitter = NodeSubmitter(world.session, clock=lambda: sum(waits), sleep=waits.append, poll_seconds=1)
    evidence = submitter.settle(submission, timeout_seconds=5)
    assert (evidence.outcome, evidence.result) == (Outcome.PENDING, "tesSUCCESS")
    world.node.close_ledger()
    assert submitter.settle(submission, timeout_seconds=5).outcome is Outcome.SUCCEEDED


def test_accounts_that_are_not_there_and_other_networks(world: World) -> None:
    assert world.reader.account(world.address["customer"]) is None
    with pytest.raises(AccountMissing):
        world.reader.trust_lines(world.address["customer"])
    assert world.reader.transaction("AB" * 32) is None
    stranger = NodeReader(NodeSession(world.session.client, network_id=0))
    with pytest.raises(WrongNetwork):
        stranger.server_state()


def test_lists_of_several_pages_are_read_whole(world: World) -> None:
    world.fund("issuer", drops=10_000_000_000)
    world.by_master("issuer", lambda e: builders.ticket_create(e, count=250))
    tickets: Any = world.reader.tickets(world.address["issuer"])
    assert len(tickets) == 250
    assert tickets == sorted(tickets)
