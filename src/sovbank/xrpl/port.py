"""The XRP Ledger port: reading validated state and submitting recorded blobs reliably."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

DROPS_PER_XRP = 1_000_000


@dataclass(frozen=True)
class ServerState:
    """What a node says of itself. ``base_fee`` and the reserves are in drops."""

    network_id: int
    build_version: str
    validated_ledger: int
    validated_age_seconds: int
    base_fee: int
    reserve_base: int
    reserve_increment: int
    amendment_blocked: bool


@dataclass(frozen=True)
class SignerEntry:
    """One entry of a signer list."""

    account: str
    weight: int


@dataclass(frozen=True)
class SignerList:
    """The signer list of an account; an account without one has quorum 0 and no entries."""

    quorum: int
    entries: tuple[SignerEntry, ...]


@dataclass(frozen=True)
class AccountState:
    """An account as one validated ledger holds it. The balance is in drops; flags are the raw lsf bits."""

    address: str
    ledger_index: int
    balance: int
    sequence: int
    owner_count: int
    flags: int
    regular_key: str | None
    domain: str | None
    tick_size: int | None
    transfer_rate: int | None
    signer_list: SignerList


@dataclass(frozen=True)
class TrustLine:
    """One trust line seen from ``account``; a negative balance is owed by the account to the peer."""

    account: str
    peer: str
    currency: str
    balance: Decimal
    limit: Decimal
    limit_peer: Decimal
    authorized: bool
    peer_authorized: bool
    no_ripple: bool
    no_ripple_peer: bool
    freeze: bool
    freeze_peer: bool
    deep_freeze: bool
    deep_freeze_peer: bool


@dataclass(frozen=True)
class TokenAmount:
    """An amount of one issuer's token."""

    value: Decimal
    currency: str
    issuer: str


@dataclass(frozen=True)
class ValidatedTransaction:
    """A transaction in a validated ledger, its hash recomputed from its bytes.

    ``delivered`` is what a payment delivered: drops, a token amount, or None for other types and failures.
    ``close_time`` is in seconds since 1970, where the node gives it. ``nftoken_id`` and ``offer_id`` are what
    an NFTokenMint or offer made; like ``delivered``, they stand in metadata, which no hash covers.
    """

    tx_hash: str
    tx: Mapping[str, Any]
    result: str
    ledger_index: int
    delivered: int | TokenAmount | None
    close_time: int | None
    nftoken_id: str | None = None
    offer_id: str | None = None


@dataclass(frozen=True)
class NFToken:
    """An NFToken that an account holds; ``uri`` as its bytes say it."""

    id: str
    issuer: str
    flags: int
    taxon: int
    uri: bytes


class Outcome(StrEnum):
    """What is known of a submitted transaction."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    PENDING = "pending"


@dataclass(frozen=True)
class Evidence:
    """The outcome of a recorded blob and what proves it.

    ``succeeded``: tesSUCCESS in a validated ledger. ``failed``: a tec in a validated ledger, or its ticket
    or sequence used by another validated transaction that was looked at (result ``superseded``).
    ``expired``: LastLedgerSequence passed in a gapless history without it. ``pending``: anything else; the
    same bytes may be sent again.
    ``tx_hash`` is the validated one: it differs from the recorded one when surplus signatures were dropped.
    """

    outcome: Outcome
    result: str
    ledger_index: int | None
    tx_hash: str
    detail: str


@dataclass(frozen=True)
class Submission:
    """One recorded blob and the window in which it can apply (ledger indexes, inclusive)."""

    blob: bytes
    tx_hash: str
    account: str
    ticket: int | None
    sequence: int | None
    first_ledger: int
    last_ledger: int


class LedgerReader(Protocol):
    """Reads of one node, each answer checked: shape, network, and a validated index that never goes back."""

    def server_state(self) -> ServerState: ...

    def account(self, address: str) -> AccountState | None:
        """Return the account at the last validated ledger, or None when it does not exist."""
        ...

    def trust_lines(self, address: str, *, peer: str | None = None) -> Sequence[TrustLine]:
        """Return all trust lines of an account, every page at one validated ledger."""
        ...

    def tickets(self, address: str) -> Sequence[int]:
        """Return the ticket sequences that the account holds, ascending."""
        ...

    def owned_objects(self, address: str) -> Sequence[Mapping[str, Any]]:
        """Return the ledger objects in the account's owner directory."""
        ...

    def nftokens(self, address: str) -> Sequence[NFToken]:
        """Return the NFTokens that an account holds; none for one that is not on the ledger."""
        ...

    def transaction(self, tx_hash: str) -> ValidatedTransaction | None:
        """Return a validated transaction, or None when the node does not know it as validated."""
        ...

    def transactions(
        self, address: str, *, first_ledger: int | None = None, last_ledger: int | None = None
    ) -> Sequence[ValidatedTransaction]:
        """Return the account's validated transactions, oldest first; a gap in the range is refused."""
        ...

    def simulate(self, tx: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return the preliminary result and metadata of an unsigned transaction; no signature is checked."""
        ...


class LedgerSubmitter(Protocol):
    """Reliable submission of recorded blobs (docs/recovery.md)."""

    def send(self, submission: Submission) -> str:
        """Send the bytes once and return the preliminary code; ``unknown`` when the reply was lost."""
        ...

    def outcome(self, submission: Submission) -> Evidence:
        """Look the transaction up in validated ledgers, by hash and by account and ticket or sequence."""
        ...

    def settle(self, submission: Submission, *, timeout_seconds: float) -> Evidence:
        """Send, wait and look until the outcome is final or the time is over (then it is ``pending``)."""
        ...
