"""Shared means of the devnet's tests: keys, signed blobs, and a node with a clock of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import coincurve
import pytest

from sovbank.devnet.journal import Journal
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.signing import account_of_key
from sovbank.devnet.ledger.text import account_text
from sovbank.devnet.node import Node
from sovbank.devnet.rpc.dispatch import answer
from sovbank.wire.seeds import FamilySeed

START = 848_614_357


class Signer:
    """A key pair of an account, and blobs signed with it."""

    def __init__(self, passphrase: str) -> None:
        pair = FamilySeed.from_passphrase(passphrase).secp256k1()
        self.public = pair.public
        self._key = coincurve.PrivateKey(pair.private)
        self.account = account_of_key(pair.public)
        self.address = account_text(self.account)

    def signature(self, message: bytes) -> bytes:
        """Sign SHA-512Half of a message."""
        return self._key.sign(hashlib.sha512(message).digest()[:32], hasher=None)

    def blob(self, **fields: Any) -> bytes:
        """Give a signed transaction of this account; Fee and Flags have defaults."""
        whole = {
            "Account": self.account,
            "Fee": 10,
            "Flags": 0,
            "Sequence": 0,
            **fields,
            "SigningPubKey": self.public,
        }
        whole["TxnSignature"] = self.signature(b"STX\0" + encode(whole, only_signed=True))
        return encode(whole)


class Chain:
    """A node on network 0, driven through its JSON-RPC, with a clock that tests move.

    It is in memory alone unless a journal is given.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self.now = START
        self.node = Node(network_id=0, journal=journal, clock=lambda: self.now)
        self.genesis = Signer("masterpassphrase")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask one method, and give the result object."""
        result: dict[str, Any] = answer(self.node, {"method": method, "params": [params]})["result"]
        return result

    def submit(self, signer: Signer, **fields: Any) -> dict[str, Any]:
        """Sign and submit; the sequence is the account's next unless given."""
        if "Sequence" not in fields and "TicketSequence" not in fields:
            fields["Sequence"] = self.sequence(signer)
        return self.call("submit", tx_blob=signer.blob(**fields).hex())

    def sequence(self, signer: Signer) -> int:
        """Give the next sequence of an account in the open ledger."""
        info = self.call("account_info", account=signer.address)
        sequence: int = info["account_data"]["Sequence"] if "account_data" in info else 1
        return sequence

    def fund(self, *signers: Signer, drops: int = 1_000_000_000) -> None:
        """Pay new accounts out of genesis and close."""
        for signer in signers:
            paid = self.submit(
                self.genesis, TransactionType="Payment", Destination=signer.account, Amount=drops
            )
            assert paid["engine_result"] == "tesSUCCESS"
        self.close()

    def close(self) -> None:
        """Close the open ledger, ten seconds later."""
        self.now += 10
        self.call("ledger_accept")


@pytest.fixture
def chain() -> Chain:
    """Give a fresh chain."""
    return Chain()


@pytest.fixture
def new_chain() -> type[Chain]:
    """Give the class of chains, for tests that make their own."""
    return Chain


@pytest.fixture(scope="session")
def signer() -> Callable[[str], Signer]:
    """Give signers by name, made once each."""
    known: dict[str, Signer] = {}

    def named(name: str) -> Signer:
        if name not in known:
            known[name] = Signer(name)
        return known[name]

    return named
