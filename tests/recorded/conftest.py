"""A bank's accounts on a real server: made while its answers are recorded, only named when they are played.

``XRPL_URL`` is the server to record from: standalone, fresh, this machine its administrator.
``XRPL_CASSETTES`` puts the cassettes elsewhere than beside the tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import coincurve
import httpx
import pytest

from sovbank.wire.addresses import address_of_public_key
from sovbank.wire.hashes import sha512_half
from sovbank.wire.seeds import FamilySeed
from sovbank.xrpl import builders
from sovbank.xrpl.client import NodeClient
from sovbank.xrpl.envelope import Envelope, Tx, fee_for
from sovbank.xrpl.multisign import SignedTransaction, assemble_single, key_facts, single_payload
from sovbank.xrpl.port import Evidence, Outcome, SignerEntry, Submission
from sovbank.xrpl.reader import NodeReader
from sovbank.xrpl.session import NodeSession
from sovbank.xrpl.submission import NodeSubmitter

sys.path.insert(0, str(Path(__file__).parent))
from recording import PLACE, GenuinePersister, NotGenuine, check_genuine

CURRENCY = "FTHUSD"
NAMES = ("issuer", "treasury", "customer", "payer", "pauper", "late", "twice", "nobody")
PAIRS = {name: FamilySeed.from_passphrase(f"recorded {name}").secp256k1() for name in NAMES}
PAIRS["genesis"] = FamilySeed.from_passphrase("masterpassphrase").secp256k1()
ADDRESS = {name: address_of_public_key(pair.public) for name, pair in PAIRS.items()}


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Let pytest-recording keep cassettes in our way."""
    vcr.register_persister(GenuinePersister)


class Bank:
    """A node's reader and submitter, and keys to sign with; waiting closes a ledger."""

    def __init__(self, url: str) -> None:
        self.client = NodeClient(url)
        self.network_id: int = self.client.call("server_info")["info"].get("network_id", 0)
        self.session = NodeSession(self.client, network_id=self.network_id)
        self.reader = NodeReader(self.session)
        self._now = 0.0
        self.submitter = NodeSubmitter(
            self.session, clock=lambda: self._now, sleep=self._wait, poll_seconds=1.0
        )

    def _wait(self, seconds: float) -> None:
        self._now += seconds
        self.close_ledger()

    def close_ledger(self) -> None:
        self.client.call("ledger_accept")

    def envelope(self, name: str) -> Envelope:
        state, server = self.reader.account(ADDRESS[name]), self.reader.server_state()
        assert state is not None
        return Envelope(
            account=ADDRESS[name],
            network_id=self.network_id,
            last_ledger=server.validated_ledger + 8,
            fee=fee_for(server.base_fee),
            multisigned=False,
            sequence=state.sequence,
        )

    def sign(self, name: str, tx: Tx) -> SignedTransaction:
        pair = PAIRS[name]
        digest = sha512_half(single_payload(tx, pair.public))
        signature = coincurve.PrivateKey(pair.private).sign(digest, hasher=None)
        facts = key_facts(tx["Account"], self.reader.account(tx["Account"]))
        return assemble_single(tx, pair.public, signature, facts=facts, base_fee=10)

    def submission(self, signed: SignedTransaction) -> Submission:
        tx = signed.tx
        first = self.reader.server_state().validated_ledger
        return Submission(
            signed.blob,
            signed.tx_hash,
            tx["Account"],
            None,
            tx["Sequence"],
            first,
            tx["LastLedgerSequence"],
        )

    def prepare(self, name: str, build: Callable[[Envelope], Tx]) -> Submission:
        """Build and sign the next transaction of an account."""
        return self.submission(self.sign(name, build(self.envelope(name))))

    def settle(self, submission: Submission) -> Evidence:
        return self.submitter.settle(submission, timeout_seconds=60)

    def do(self, name: str, build: Callable[[Envelope], Tx]) -> None:
        evidence = self.settle(self.prepare(name, build))
        assert evidence.outcome is Outcome.SUCCEEDED, evidence


def set_the_scene(bank: Bank) -> None:
    """Make the accounts, an issuer's settings, two trust lines and some tokens."""
    for name in NAMES[:-1]:
        drops = 2_000_000 if name == "pauper" else 1_000_000_000
        bank.do(
            "genesis",
            lambda e, name=name, drops=drops: builders.xrp_payment(e, destination=ADDRESS[name], drops=drops),
        )
    signers = [SignerEntry(ADDRESS[name], 1) for name in ("treasury", "customer", "payer")]
    for build in (
        lambda e: builders.account_set(e, set_flag="defaultRipple", domain="bank.example"),
        lambda e: builders.account_set(e, set_flag="requireAuth"),
        lambda e: builders.signer_list_set(e, quorum=2, entries=signers),
        lambda e: builders.ticket_create(e, count=3),
    ):
        bank.do("issuer", build)
    issuer = ADDRESS["issuer"]
    for name in ("treasury", "customer"):
        bank.do(
            name,
            lambda e: builders.trust_set(e, issuer=issuer, currency=CURRENCY, limit=Decimal(1_000_000)),
        )
        bank.do(
            "issuer",
            lambda e, name=name: builders.trust_authorize(e, holder=ADDRESS[name], currency=CURRENCY),
        )
    bank.do(
        "issuer",
        lambda e: builders.mint(
            e,
            destination=ADDRESS["treasury"],
            currency=CURRENCY,
            amount=Decimal("250000.25"),
            invoice_id="a1" * 32,
        ),
    )


@pytest.fixture(scope="session")
def scene(record_mode: str) -> str:
    """Give the server's address; while recording, after the scene was set on it.

    Session fixtures come before the cassette: nothing of this is recorded.
    """
    if record_mode == "none":
        return PLACE
    url = os.environ.get("XRPL_URL", "")
    if not url:
        pytest.exit("XRPL_URL must name the standalone server to record from", 2)
    try:
        answer = httpx.post(url, json={"method": "ledger_current", "params": [{}]}, timeout=20)
        check_genuine(answer.headers.get("server", ""))
    except (httpx.HTTPError, NotGenuine) as error:
        pytest.exit(f"nothing is recorded from {url}: {error}", 2)
    if answer.json().get("result", {}).get("ledger_current_index") != 3:
        pytest.exit(f"{url} is not fresh; restart it on a new ledger", 2)
    set_the_scene(Bank(url))
    return url


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """Give the directory of a module's cassettes."""
    directory = Path(os.environ.get("XRPL_CASSETTES") or Path(__file__).parent / "cassettes")
    return str(directory / request.path.stem)


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    """Match everything that makes a request what it is; the same question gets the same answer again."""
    return {
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
        "allow_playback_repeats": True,
    }


@pytest.fixture
def bank(
    scene: str, record_mode: str, vcr_cassette_dir: str, default_cassette_name: str, vcr: Any
) -> Iterator[Bank]:
    """Give a bank on the recorded server; skip where nothing was recorded."""
    if record_mode == "none" and not (Path(vcr_cassette_dir) / f"{default_cassette_name}.yaml").exists():
        pytest.skip("no genuine recording: `make record XRPL_URL=...` makes one from a standalone xrpld")
    made = Bank(scene)
    yield made
    made.client.close()


@pytest.fixture(scope="session")
def address() -> dict[str, str]:
    """Give the addresses of the scene by name."""
    return ADDRESS
