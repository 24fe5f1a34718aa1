"""The control-plane port: the contracts' facts and decisions, read from final blocks only.

Amounts are integer micro-units. Accounts and assets of the XRP Ledger are given as addresses and currency
names; the adapter turns them into the contracts' keys (``evm.identity``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from sovbank.core.profile import Role


class RequestState(IntEnum):
    """States of a mint request on MintGuard."""

    NONE = 0
    HELD = 1
    APPROVED = 2
    CONFIRMED = 3
    CANCELLED = 4


class BurnState(IntEnum):
    """States of a burn on MintGuard; an attested one has lowered the supply."""

    NONE = 0
    RECORDED = 1
    ATTESTED = 2


@dataclass(frozen=True)
class AssetId:
    """A token of the XRP Ledger as the control plane names it."""

    network_id: int
    issuer: str
    currency: str


@dataclass(frozen=True)
class MintRequest:
    """A mint request as MintGuard holds it. ``expiry`` and ``requested_at`` are Unix times in seconds."""

    id: str
    state: RequestState
    asset_key: str
    destination_key: str
    amount_micro: int
    bank_reference_hash: str
    expiry: int
    requester: str
    approver: str | None
    xrpl_tx_hash: str | None
    requested_at: int


@dataclass(frozen=True)
class RegisteredCustomer:
    """A customer on ComplianceRegistry: the tier (``blocked`` too) and the Unix time of its expiry."""

    tier: str
    expiry: int


@dataclass(frozen=True)
class MembershipRecord:
    """An account's last membership on MembershipRegistry. ``nftoken_id`` is upper-case hex, times are Unix.

    ``revoked_at`` is None while it is in force.
    """

    nftoken_id: str
    tier: str
    issued_at: int
    revoked_at: int | None


@dataclass(frozen=True)
class MintTerms:
    """Everything that a mint request names. The id is the hash of all but the expiry."""

    asset: AssetId
    destination: str
    amount_micro: int
    bank_reference: str
    expiry: int


@dataclass(frozen=True)
class Totals:
    """An asset's totals on MintGuard and the ceilings over them, in micro-units."""

    confirmed: int
    held: int
    burned: int
    supply: int
    global_cap: int
    capacity: int
    available_now: int


@dataclass(frozen=True)
class ReserveState:
    """The last attestation of an asset. ``as_of`` is a Unix time; 0 when there was none."""

    total_micro: int
    encumbered_micro: int
    capacity_micro: int
    as_of: int
    max_age_seconds: int
    fresh: bool


@dataclass(frozen=True)
class ReserveReport:
    """What one reserve reporter signs (EIP-712)."""

    asset: AssetId
    total_micro: int
    encumbered_micro: int
    as_of: int
    document_sha256: str


@dataclass(frozen=True)
class BurnNotice:
    """A burn to record: bound to a redemption id, or to a stated reason, and to one ledger transaction."""

    asset: AssetId
    redemption_id: str
    amount_micro: int
    xrpl_tx_hash: str
    reason: str


@dataclass(frozen=True)
class Receipt:
    """A control-plane transaction in a block that has the profile's confirmation depth."""

    tx_hash: str
    block_number: int
    block_time: int


class ChainSigner(Protocol):
    """What the control plane needs from a key: its address, and signatures with a recovery bit."""

    @property
    def address(self) -> str:
        """The checksummed 0x address."""
        ...

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        """Return (r, s, y_parity) over a 32-byte digest, s in the lower half."""
        ...


Recorder = Callable[[str, bytes], None]
"""Called with (hash, raw bytes) of a signed transaction before it is sent, to record them durably."""


class ControlPlane(Protocol):
    """The five contracts of one deployment.

    Every acting method takes ``signer`` and ``record`` keyword-only, sends one transaction, waits for the
    confirmation depth and returns its receipt. A contract's refusal comes out as ``ControlPlaneRefused`` with
    the contract's error name and values; a lost answer as ``ControlPlaneUnknown``.
    """

    def head(self) -> Receipt:
        """Return the newest final block (its hash in ``tx_hash``)."""
        ...

    def mint_id(self, terms: MintTerms) -> str:
        """Return the request id (64 hex digits) computed here, without the chain."""
        ...

    def mint_request(self, request_id: str) -> MintRequest | None: ...

    def can_mint(self, terms: MintTerms) -> str | None:
        """Return None when a request would be held now, or the contract's reason against it."""
        ...

    def is_executable(self, request_id: str) -> bool: ...

    def execution_refusal(self, request_id: str) -> str | None:
        """Return None when the mint may be signed now, or the contract's reason against it."""
        ...

    def totals(self, asset: AssetId) -> Totals: ...

    def reserves(self, asset: AssetId) -> ReserveState: ...

    def is_whitelisted(self, network_id: int, account: str) -> bool: ...

    def tier_of(self, network_id: int, account: str) -> str: ...

    def customer(self, kyc_id: str) -> RegisteredCustomer | None:
        """Return the customer of a KYC case, or None when the registry has none."""
        ...

    def is_account_of(self, kyc_id: str, network_id: int, account: str) -> bool:
        """Say whether the account is in use and belongs to the customer of the KYC case."""
        ...

    def membership_of(self, network_id: int, account: str) -> MembershipRecord | None:
        """Return the account's last membership, in force or revoked; None when it never had one."""
        ...

    def is_recorded_token(self, nftoken_id: str) -> bool:
        """Say whether the registry ever held the NFToken, upper-case hex, as anybody's membership."""
        ...

    def is_member(self, network_id: int, account: str) -> bool:
        """Say whether the account has a membership in force and is whitelisted now."""
        ...

    def is_paused(self) -> bool: ...

    def burn_state(self, notice: BurnNotice) -> BurnState:
        """Return how far the burn is recorded under exactly these particulars."""
        ...

    def role_holders(self) -> Mapping[Role, Sequence[str]]: ...

    def request_mint(self, terms: MintTerms, *, signer: ChainSigner, record: Recorder) -> Receipt: ...

    def approve_mint(self, request_id: str, *, signer: ChainSigner, record: Recorder) -> Receipt: ...

    def extend_mint(self, request_id: str, expiry: int, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Give a held or approved mint a later expiry."""
        ...

    def confirm_mint(
        self, request_id: str, amount_micro: int, xrpl_tx_hash: str, *, signer: ChainSigner, record: Recorder
    ) -> Receipt: ...

    def cancel_mint(
        self, request_id: str, *, evidence: str | None = None, signer: ChainSigner, record: Recorder
    ) -> Receipt:
        """Give a mint up; ``evidence`` is the hash of the transaction that consumed its ticket."""
        ...

    def record_burn(self, notice: BurnNotice, *, signer: ChainSigner, record: Recorder) -> Receipt: ...

    def attest_burn(self, notice: BurnNotice, *, signer: ChainSigner, record: Recorder) -> Receipt: ...

    def whitelist(
        self,
        kyc_id: str,
        network_id: int,
        account: str,
        tier: str,
        expiry: int,
        *,
        signer: ChainSigner,
        record: Recorder,
    ) -> Receipt: ...

    def issue_membership(
        self,
        network_id: int,
        account: str,
        nftoken_id: str,
        tier: str,
        *,
        signer: ChainSigner,
        record: Recorder,
    ) -> Receipt:
        """Record that an NFToken proves the membership of an account."""
        ...

    def revoke_membership(
        self,
        network_id: int,
        account: str,
        nftoken_id: str,
        reason: str,
        *,
        signer: ChainSigner,
        record: Recorder,
    ) -> Receipt:
        """End a membership; of the reason in words only its hash is written to the chain."""
        ...

    def sign_report(self, report: ReserveReport, *, signer: ChainSigner) -> bytes:
        """Return the 65-byte EIP-712 signature of a reserve reporter."""
        ...

    def submit_attestation(
        self, report: ReserveReport, signatures: Sequence[bytes], *, signer: ChainSigner, record: Recorder
    ) -> Receipt: ...

    def pause(self, reason: str, *, signer: ChainSigner, record: Recorder) -> Receipt: ...

    def unpause(self, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Agree, as one guardian, to lift the pause in force."""
        ...

    def resend(self, raw: bytes) -> Receipt:
        """Send recorded bytes again, exactly, and return their receipt at depth."""
        ...
