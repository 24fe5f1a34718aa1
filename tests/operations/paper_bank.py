"""A bank on paper: the real journal and real keys over a ledger and a control plane in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fake_control import FakeControl
from fake_ledger import FakeLedger

from sovbank.cli.profile_init import load_template
from sovbank.core.profile import Profile
from sovbank.core.profile_fill import Identity, fill_profile
from sovbank.journal import readings
from sovbank.journal.books import BankEntry, Direction
from sovbank.journal.create import create_journal
from sovbank.journal.exchange import export_operation
from sovbank.journal.port import OperationRow
from sovbank.journal.sql_books import SqlBooks
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.store import Store, open_store
from sovbank.keys.addresses import evm_address, xrpl_address
from sovbank.keys.port import PublicKey, Scheme, Signer
from sovbank.keys.secret import Secret
from sovbank.keys.software import public_key_of, software_signer
from sovbank.operations import mint
from sovbank.operations.exchange import import_operation
from sovbank.operations.house import House
from sovbank.xrpl.port import AccountState, SignerEntry, SignerList

ASSET = "FTHUSD"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def private_of(uri: str) -> Secret:
    """A private half that follows from the name of the key."""
    return Secret(hashlib.sha256(uri.encode()).digest())


def public_of(uri: str) -> PublicKey:
    """The public half of that key."""
    return public_key_of(Scheme.SECP256K1, private_of(uri))


def address_of(uri: str) -> str:
    """The ledger address of that key."""
    return xrpl_address(public_of(uri))


@dataclass
class PaperKeys:
    """The keys of a machine: those named in ``here``, or all."""

    here: set[str] | None = None
    unlocked: list[str] = field(default_factory=list)

    def holds(self, uri: str) -> bool:
        return self.here is None or uri in self.here

    def signer(self, uri: str) -> Signer:
        assert self.holds(uri), f"{uri} is not on this machine"
        self.unlocked.append(uri)
        return software_signer(uri, public_of(uri), private_of(uri))

    def chain_signer(self, uri: str) -> Any:
        assert self.holds(uri), f"{uri} is not on this machine"
        return _ChainSigner(evm_address(public_of(uri)))


@dataclass
class PaperClock:
    """A clock that stands still until it is moved."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Paper:
    """The bank: its house and the parts that a test turns."""

    house: House
    ledger: FakeLedger
    control: FakeControl
    keys: PaperKeys
    clock: PaperClock
    folder: Path
    store: Store
    deposits: int = 0

    def log(self) -> list[dict[str, Any]]:
        """The rows of the audit log."""
        with self.store.read() as query:
            return [json.loads(data) for _, _, data in readings.log_rows(query, after=0, limit=10**6)]

    def deposit(self, amount: int, *, reference: str | None = None) -> str:
        """Book a deposit in whole dollars."""
        self.deposits += 1
        reference = reference or f"DEP-{self.deposits:04d}"
        entry = BankEntry(
            reference, "6789", date(2026, 11, 20), Direction.CREDIT, amount * 10**6, "USD", "Customer", "sub"
        )
        self.house.books.import_statement(
            hashlib.sha256(reference.encode()).hexdigest(), "test.csv", [entry], actor="bank"
        )
        return reference

    def other_machine(self, *officers: str) -> Paper:
        """The machine of other officers: a journal and keys of its own, the same ledgers."""
        keys = PaperKeys({f"keystore:{name}" for name in officers})
        folder = self.folder / "-".join(officers)
        return paper_bank(folder, self.house.profile, self.ledger, self.control, keys, self.clock)

    def customer(self, name: str) -> str:
        """The address of a whitelisted customer."""
        address = address_of(f"customer:{name}")
        self.control.whitelisted.add(address)
        return address


def paper_profile(**asset: str) -> Profile:
    """The devnet's profile with keys that follow from their names."""
    template = load_template("devnet")
    officers = {
        name: Identity(f"keystore:{name}", address_of(f"keystore:{name}"), None, _evm(f"keystore:{name}"))
        for name in template.officers
    }
    accounts = {
        name: Identity(f"keystore:{name}", address_of(f"keystore:{name}")) for name in template.accounts
    }
    filled = fill_profile(template, name="paper", officers=officers, accounts=accounts)
    assets = {ASSET: filled.assets[ASSET].model_copy(update=asset)}
    return filled.model_copy(update={"assets": assets})


def open_paper_bank(
    folder: Path,
    profile: Profile | None = None,
    *,
    ledgers: type[FakeLedger] = FakeLedger,
    controls: type[FakeControl] = FakeControl,
) -> Paper:
    """A bank whose accounts are set up: signer lists in place and tickets at hand."""
    profile = profile or with_small_pools(paper_profile())
    ledger = ledgers(profile.network.id)
    for account in profile.accounts.values():
        entries = tuple(SignerEntry(profile.officers[name].account, w) for name, w in account.signers.items())
        ledger.accounts[account.address] = blank_account(
            account.address, signer_list=SignerList(account.quorum, entries)
        )
        ledger.held_tickets[account.address] = [11, 12, 13]
    control = controls(profile, int(NOW.timestamp()))
    return paper_bank(folder, profile, ledger, control, PaperKeys(), PaperClock())


def with_small_pools(profile: Profile) -> Profile:
    """The profile with accounts that want four tickets, of which three are at hand."""
    accounts = {name: account.model_copy(update={"tickets": 4}) for name, account in profile.accounts.items()}
    return profile.model_copy(update={"accounts": accounts})


def paper_bank(
    folder: Path,
    profile: Profile,
    ledger: FakeLedger,
    control: FakeControl,
    keys: PaperKeys,
    clock: PaperClock,
) -> Paper:
    """One machine of the bank."""
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'journal.sqlite'}"
    create_journal(url, actor="test", host="paper", clock=clock.now)
    store = open_store(url, clock=clock.now)
    house = House(
        profile=profile,
        journal=SqlJournal(store),
        books=SqlBooks(store),
        ledger=ledger,
        submitter=ledger,
        control=control,
        keys=keys,
        clock=clock,
        progress=lambda text: None,
    )
    return Paper(house, ledger, control, keys, clock, folder, store)


def blank_account(address: str, **changes: Any) -> AccountState:
    """An account as it is after it was funded."""
    state = AccountState(
        address=address,
        ledger_index=1000,
        balance=10**9,
        sequence=50,
        owner_count=0,
        flags=0,
        regular_key=None,
        domain=None,
        tick_size=None,
        transfer_rate=None,
        signer_list=SignerList(0, ()),
    )
    return replace(state, **changes)


def usd(amount: str) -> Decimal:
    """An amount."""
    return Decimal(amount)


def mint_order(paper: Paper, amount: str = "500") -> mint.MintOrder:
    """An order against a deposit of its own."""
    return mint.MintOrder(ASSET, usd(amount), paper.deposit(1000))


def approved_mint(paper: Paper, amount: str = "500") -> OperationRow:
    """A mint that an approver let pass."""
    operation = mint.request(paper.house, mint_order(paper, amount))
    return mint.approve(paper.house, operation.id)


def hand_over(paper: Paper, operation: OperationRow, other: Paper) -> OperationRow:
    """Export an operation on one machine and import it on another."""
    file = paper.folder / "export.json"
    row = paper.house.journal.operation(operation.id)
    file.write_bytes(export_operation(row, log=paper.house.journal.head()))
    return import_operation(other.house, file)


def _evm(uri: str) -> str:
    return evm_address(public_of(uri))


@dataclass(frozen=True)
class _ChainSigner:
    address: str

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        raise AssertionError("the paper control plane verifies no signatures")


def successes(paper: Paper) -> int:
    """How many transactions succeeded on the ledger."""
    return sum(1 for found in paper.ledger.history if found.result == "tesSUCCESS")
