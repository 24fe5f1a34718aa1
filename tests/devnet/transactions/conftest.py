"""A bench for transaction types: named accounts on a ledger that applies what they send."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.genesis import FEES, genesis_state
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.pipeline import Mode, Outcome, Pipeline
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.signing import account_of_key
from sovbank.devnet.ledger.state import LedgerView
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.values import TokenAmount
from sovbank.devnet.ledger.view import LedgerInfo
from sovbank.devnet.transactions.registry import DELETERS, TRANSACTORS

XRP = 1_000_000
"""Drops in one XRP."""
USD = b"\0" * 12 + b"USD" + b"\0" * 5


def value(text: str | int) -> Value:
    """Read a decimal."""
    whole, _, fraction = str(text).partition(".")
    return Value(int(whole + fraction), -len(fraction))


class Bench:
    """A closing ledger (or an open one) with accounts of 10,000 XRP each, named on first use."""

    def __init__(self) -> None:
        self.view = LedgerView(genesis_state(), _info(sequence=10, now=1000), frozenset())
        self.pipeline = Pipeline(0, TRANSACTORS, DELETERS)
        self.keys: dict[str, bytes] = {}
        self.outcome: Outcome | None = None
        self._count = 0

    def at(self, *, sequence: int = 10, now: int = 1000, is_open: bool = False) -> None:
        """Go to another ledger, keeping the state."""
        self.view.info = _info(sequence=sequence, now=now)._replace(open=is_open)

    def id(self, name: str) -> bytes:
        """Give the account id of a name, whether or not it is funded."""
        if name not in self.keys:
            self.keys[name] = b"\x02" + hashlib.sha256(name.encode()).digest()
        return account_of_key(self.keys[name])

    def fund(self, *names: str, drops: int = 10_000 * XRP) -> None:
        """Give accounts XRP out of nowhere."""
        for name in names:
            account = self.id(name)
            fields = {"Account": account, "Sequence": 1, "Balance": drops}
            self.view.insert(LedgerEntry.new("AccountRoot", keylets.account(account), fields))

    def root(self, name: str) -> LedgerEntry:
        """Give an account's root entry."""
        entry = self.view.read(keylets.account(self.id(name)))
        assert entry is not None
        return entry

    def line(self, one: str, other: str, currency: bytes = USD) -> LedgerEntry | None:
        """Give the line between two accounts."""
        return self.view.read(keylets.trust_line(self.id(one), self.id(other), currency))

    def token(self, issuer: str, amount: str | int, currency: bytes = USD) -> TokenAmount:
        """Make a token amount."""
        number = value(amount)
        return TokenAmount(currency, self.id(issuer), number.mantissa, number.exponent)

    def holds(self, holder: str, issuer: str, currency: bytes = USD) -> Value:
        """Give what one holds of another's tokens, negative when it owes."""
        entry = self.line(holder, issuer, currency)
        if entry is None:
            return Value(0)
        number = Value.of(entry["Balance"])
        return number if self.id(holder) < self.id(issuer) else -number

    def send(self, sender: str, kind: str, **fields: Any) -> TER:
        """Apply a transaction and give its result; a ticket is named by ``ticket=``."""
        account = self.id(sender)
        entry = self.view.read(keylets.account(account))
        sequence = entry["Sequence"] if entry is not None else 1
        ticket = fields.pop("ticket", None)
        retry = fields.pop("retry", False)
        everything = {
            "TransactionType": kind,
            "Account": account,
            "Sequence": 0 if ticket else sequence,
            "Fee": 10,
            "SigningPubKey": self.keys[sender],
            **({"TicketSequence": ticket} if ticket else {}),
            **fields,
        }
        self._count += 1
        digest = hashlib.sha256(self._count.to_bytes(4, "big")).digest()
        self.outcome = self.pipeline.apply(self.view, Transaction(everything, b"", digest), Mode(retry=retry))
        return self.outcome.result

    def node(self, entry_type: str, kind: str) -> dict[str, Any]:
        """Give the one node of a kind and type in the last metadata."""
        assert self.outcome is not None
        assert self.outcome.metadata is not None
        nodes = [node[kind] for node in self.outcome.metadata["AffectedNodes"] if kind in node]
        (found,) = [node for node in nodes if node["LedgerEntryType"] == entry_type]
        return dict(found)

    def delivered(self) -> Any:
        """Give DeliveredAmount of the last metadata."""
        assert self.outcome is not None
        assert self.outcome.metadata is not None
        return self.outcome.metadata.get("DeliveredAmount")

    def trust(self, holder: str, issuer: str, limit: str | int, **fields: Any) -> TER:
        """Set a trust line."""
        return self.send(holder, "TrustSet", LimitAmount=self.token(issuer, limit), **fields)

    def pay(self, sender: str, receiver: str, amount: Any, **fields: Any) -> TER:
        """Pay."""
        return self.send(sender, "Payment", Destination=self.id(receiver), Amount=amount, **fields)

    def set(self, account: str, setting: int) -> None:
        """Set a flag of an account by AccountSet."""
        assert self.send(account, "AccountSet", SetFlag=setting) is TER.tesSUCCESS

    def through(self, *accounts: str) -> tuple[tuple[dict[str, bytes], ...], ...]:
        """Make Paths of one path through accounts."""
        return (tuple({"account": self.id(name)} for name in accounts),)


def _info(*, sequence: int, now: int) -> LedgerInfo:
    return LedgerInfo(sequence, now, bytes(32), FEES, open=False)


@pytest.fixture
def bench() -> Bench:
    """Give a fresh bench."""
    return Bench()


@pytest.fixture(scope="session")
def new_bench() -> type[Bench]:
    """Give the bench's class, for tests that make many."""
    return Bench
