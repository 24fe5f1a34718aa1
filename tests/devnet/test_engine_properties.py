"""The engine under random traffic: XRP is conserved, owners own what they count, replay gives the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sovbank.devnet.journal import Journal
from sovbank.devnet.ledger import directories, keylets, shamap
from sovbank.devnet.ledger.flags import LineFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.state import entry_bytes
from sovbank.devnet.ledger.values import MAX_DROPS, TokenAmount
from sovbank.devnet.node import Node

USD = bytes(12) + b"USD" + bytes(5)
NAMES = ("issuer", "alice", "bob", "carol")
PEOPLE = st.sampled_from(NAMES)


def usd(issuer: bytes, value: int) -> TokenAmount:
    """Give a whole number of dollars."""
    mantissa, exponent = value, 0
    while mantissa and mantissa < 10**15:
        mantissa, exponent = mantissa * 10, exponent - 1
    return TokenAmount(USD, issuer, mantissa, exponent if mantissa else -100)


def owners_of(entry: LedgerEntry) -> list[bytes]:
    """Give the accounts whose owner count an entry raises, each as often as it does."""
    if entry.type == "RippleState":
        sides = ((LineFlag.LOW_RESERVE, "LowLimit"), (LineFlag.HIGH_RESERVE, "HighLimit"))
        return [entry[limit].issuer for flag, limit in sides if entry.has_flag(flag)]
    if entry.type in ("Ticket", "DepositPreauth"):
        return [entry["Account"]]
    if entry.type == "SignerList":
        return [entry["Owner"]]
    return [entry.key[:20]] if entry.type == "NFTokenPage" else []


class Traffic(RuleBasedStateMachine):
    """People who send each other whatever comes to mind, while ledgers close."""

    def __init__(self, new_chain: Any, signer: Callable[[str], Any], path: Path) -> None:
        super().__init__()
        path.unlink(missing_ok=True)
        self.path = path
        self.journal = Journal(path, network_id=0)
        self.chain = new_chain(self.journal)
        self.people = {name: signer(name) for name in NAMES}

    @initialize()
    def begin(self) -> None:
        self.chain.fund(*self.people.values(), drops=3_000_000)
        issuer = self.people["issuer"]
        for name in NAMES[1:]:
            limit = usd(issuer.account, 1000)
            self.chain.submit(self.people[name], TransactionType="TrustSet", LimitAmount=limit)
        self.chain.submit(issuer, TransactionType="AccountSet", SetFlag=8)
        self.chain.close()

    def send(self, name: str, **fields: Any) -> dict[str, Any]:
        answer = self.chain.submit(self.people[name], **fields)
        assert "engine_result" in answer, answer
        assert answer["engine_result"] != "tefEXCEPTION"
        return answer

    @rule(source=PEOPLE, destination=PEOPLE, drops=st.integers(1, 1_500_000))
    def pay(self, source: str, destination: str, drops: int) -> None:
        self.send(
            source,
            TransactionType="Payment",
            Destination=self.people[destination].account,
            Amount=drops,
        )

    @rule(source=PEOPLE, destination=PEOPLE, dollars=st.integers(1, 700))
    def pay_dollars(self, source: str, destination: str, dollars: int) -> None:
        self.send(
            source,
            TransactionType="Payment",
            Destination=self.people[destination].account,
            Amount=usd(self.people["issuer"].account, dollars),
        )

    @rule(source=PEOPLE, peer=PEOPLE, limit=st.sampled_from([0, 500, 2000]))
    def trust(self, source: str, peer: str, limit: int) -> None:
        limit_amount = usd(self.people[peer].account, limit)
        self.send(source, TransactionType="TrustSet", LimitAmount=limit_amount)

    @rule(source=PEOPLE, count=st.integers(1, 3))
    def make_tickets(self, source: str, count: int) -> None:
        self.send(source, TransactionType="TicketCreate", TicketCount=count)

    @rule(source=PEOPLE, ticket=st.integers(3, 40))
    def use_a_ticket(self, source: str, ticket: int) -> None:
        self.send(source, TransactionType="AccountSet", Sequence=0, TicketSequence=ticket)

    @rule(source=PEOPLE, ahead=st.integers(1, 3))
    def jump_ahead(self, source: str, ahead: int) -> None:
        sequence = self.chain.sequence(self.people[source]) + ahead
        self.send(source, TransactionType="AccountSet", Sequence=sequence)

    @rule(source=PEOPLE, listed=st.lists(PEOPLE, unique=True, max_size=3))
    def set_signers(self, source: str, listed: list[str]) -> None:
        entries = tuple(
            {"SignerEntry": {"Account": self.people[name].account, "SignerWeight": 1}} for name in listed
        )
        fields: dict[str, Any] = {"SignerQuorum": len(entries)}
        if entries:
            fields["SignerEntries"] = entries
        self.send(source, TransactionType="SignerListSet", **fields)

    @rule(source=PEOPLE, other=PEOPLE, give=st.booleans())
    def preauthorize(self, source: str, other: str, give: bool) -> None:
        field = "Authorize" if give else "Unauthorize"
        self.send(source, TransactionType="DepositPreauth", **{field: self.people[other].account})

    @rule(source=PEOPLE, taxon=st.integers(0, 3))
    def mint_a_token(self, source: str, taxon: int) -> None:
        self.send(source, TransactionType="NFTokenMint", NFTokenTaxon=taxon)

    @rule()
    def close(self) -> None:
        self.chain.close()

    @invariant()
    def xrp_is_conserved(self) -> None:
        ledger = self.chain.node.ledger
        entries = list(ledger.closed.entries())
        held = sum(entry["Balance"] for entry in entries if entry.type == "AccountRoot")
        assert held == ledger.history.last.header.drops <= MAX_DROPS

    @invariant()
    def owner_counts_are_what_is_owned(self) -> None:
        closed = self.chain.node.ledger.closed
        counted: Counter[bytes] = Counter()
        for entry in closed.entries():
            counted.update(owners_of(entry))
        for entry in closed.entries():
            if entry.type == "AccountRoot":
                assert entry["OwnerCount"] == counted[entry["Account"]]

    @invariant()
    def directories_name_what_there_is(self) -> None:
        closed = self.chain.node.ledger.closed
        for person in self.people.values():
            walked = [key for _, key in directories.walk(closed, keylets.owner_directory(person.account))]
            assert len(walked) == len(set(walked))
            assert all(closed.exists(key) for key in walked)

    def teardown(self) -> None:
        ledger = self.chain.node.ledger
        leaves = [(e.key, shamap.entry_leaf(e.key, entry_bytes(e))) for e in ledger.closed.entries()]
        assert shamap.root_of(leaves) == ledger.closed.root()
        again = Node(network_id=0, journal=Journal(self.path, network_id=0)).ledger
        assert again.history.last.hash == ledger.history.last.hash
        assert list(again.open.transactions) == list(ledger.open.transactions)
        self.journal.close()


def test_random_traffic_keeps_the_ledgers_promises(
    new_chain: Any, signer: Callable[[str], Any], tmp_path: Path
) -> None:
    run_state_machine_as_test(
        lambda: Traffic(new_chain, signer, tmp_path / "xrpl.journal"),
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None),
    )
