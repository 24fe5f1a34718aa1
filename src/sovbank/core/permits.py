"""What the guarded signer is allowed to sign: one frozen record for each row of its table.

A permit is read fresh, right before a key is used, from the ledgers and the journal. It holds what was found
there (is the mint executable, what is left of the deposit) and the exact terms of the one transaction that it
allows. The rules that compare the two are in ``core.guard``. Amounts are Decimal token units, accounts are
classic addresses, currencies are in the ledger's form (three characters or 40 hex digits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sovbank.core.canonical import digest

_ANCHOR_TYPE = b"sovbank/anchor".hex().upper()
_STEP_DOMAIN, _PLAN_DOMAIN = "sovbank/plan-step/v1", "sovbank/plan/v1"
# Fixed when a step is about to be signed, after its plan was accepted; each has a rule of its own.
_FIXED_LATER = frozenset(
    {
        "Fee",
        "LastLedgerSequence",
        "Memos",
        "NetworkID",
        "Sequence",
        "Signers",
        "SigningPubKey",
        "TicketSequence",
        "TxnSignature",
    }
)


@dataclass(frozen=True)
class TokenTerms:
    """An amount of one issuer's token."""

    value: Decimal
    currency: str
    issuer: str


@dataclass(frozen=True)
class PaymentTerms:
    """The one payment that a permit allows.

    ``paid_by`` is the hash of a validated successful payment of the account that already carries the
    InvoiceID, if its history holds one. ``invoice_id`` is the operation id in either case of hex.
    """

    account: str
    destination: str
    amount: TokenTerms
    invoice_id: str
    destination_tag: int | None = None
    paid_by: str | None = None


@dataclass(frozen=True)
class AnchorTerms:
    """The position of the audit log that the transaction carries as its only memo."""

    seq: int
    head: str

    def as_memos(self) -> list[dict[str, Any]]:
        """Return the Memos field, as a decoded transaction shows it."""
        data = f"{self.seq} {self.head}".encode("ascii").hex().upper()
        return [{"Memo": {"MemoData": data, "MemoType": _ANCHOR_TYPE}}]


@dataclass(frozen=True)
class TokenReceipt:
    """A payment that a validated ledger shows as delivered to ``account``."""

    tx_hash: str
    account: str
    sender: str
    delivered: TokenTerms


class Measure(StrEnum):
    """What a compliance case can order on the ledger."""

    CLAWBACK = "clawback"
    FREEZE = "freeze"
    DEEP_FREEZE = "deep-freeze"
    UNFREEZE = "unfreeze"
    GLOBAL_FREEZE = "global-freeze"
    GLOBAL_UNFREEZE = "global-unfreeze"


@dataclass(frozen=True, kw_only=True)
class Permit:
    """What all rows have in common.

    ``anchor`` is the expected memo; without one no memo is signed. ``expires_before`` is the ledger index
    from which on the request counts as expired (see ``ledger_of_expiry``); None for what cannot expire.
    """

    anchor: AnchorTerms | None = None
    expires_before: int | None = None


@dataclass(frozen=True, kw_only=True)
class MintPermit(Permit):
    """Issuer to treasury (or customer). ``executable``: MintGuard.isExecutable in the newest final block."""

    payment: PaymentTerms
    executable: bool


@dataclass(frozen=True, kw_only=True)
class DistributePermit(Permit):
    """Treasury to customer.

    ``deposit_left`` is what no other distribution has taken of the booked deposit, None without one.
    """

    payment: PaymentTerms
    deposit_left: Decimal | None
    whitelisted: bool
    paused: bool


@dataclass(frozen=True, kw_only=True)
class BurnPermit(Permit):
    """Redemption account to issuer, for the whole of one validated receipt."""

    payment: PaymentTerms
    receipt: TokenReceipt | None


@dataclass(frozen=True, kw_only=True)
class BouncePermit(Permit):
    """Redemption account back to the sender, for the whole of one validated receipt."""

    payment: PaymentTerms
    receipt: TokenReceipt | None


@dataclass(frozen=True, kw_only=True)
class CompliancePermit(Permit):
    """A measure of a compliance case. ``signed_off_by`` names the people who agreed to it.

    ``amount`` is what a clawback takes, or zero of the token whose line is frozen. ``holder`` is None for the
    global freeze.
    """

    account: str
    measure: Measure
    holder: str | None
    amount: TokenTerms | None
    signed_off_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MembershipPermit(Permit):
    """A membership token, minted and offered to its holder for nothing.

    ``whitelisted`` and ``member`` are what the control plane says of the holder in the newest final block;
    ``uri`` is ASCII text.
    """

    account: str
    holder: str
    taxon: int
    uri: str
    whitelisted: bool
    member: bool


@dataclass(frozen=True, kw_only=True)
class MembershipEndPermit(Permit):
    """The end of a membership token. ``holder`` is None while the token is still on ``account``.

    ``revoked`` is what MembershipRegistry says of this very token in the newest final block.
    """

    account: str
    nftoken_id: str
    holder: str | None
    revoked: bool


@dataclass(frozen=True, kw_only=True)
class MembershipWithdrawalPermit(Permit):
    """The end of a membership token that was never accepted.

    ``on_account`` is whether the newest validated ledger shows the token on ``account``, ``recorded`` whether
    MembershipRegistry ever held this very token as anybody's, in the newest final block.
    """

    account: str
    nftoken_id: str
    on_account: bool
    recorded: bool


@dataclass(frozen=True, kw_only=True)
class CancellationPermit(Permit):
    """A no-op in place of a transaction that is not to apply: on its ticket, or on its sequence."""

    account: str
    ticket: int | None
    sequence: int | None


@dataclass(frozen=True, kw_only=True)
class PlanPermit(Permit):
    """A step of a plan that officers accepted: settings, signer lists, tickets, trust lines, a no-op.

    ``steps`` are the ``step_digest`` of every transaction of the plan in order, ``accepted`` the
    ``plan_digest`` that the officers confirmed.
    """

    account: str
    accepted: str
    steps: tuple[str, ...] = field(default=())


def step_digest(network_id: int, tx: Mapping[str, Any]) -> str:
    """Return the digest of what a planned transaction does, without what is only fixed when it is signed."""
    fields = {name: value for name, value in tx.items() if name not in _FIXED_LATER}
    return digest(_STEP_DOMAIN, {"network": network_id, "transaction": fields})


def plan_digest(steps: Sequence[str]) -> str:
    """Return the digest that officers accept: over the digests of all steps in their order."""
    return digest(_PLAN_DOMAIN, {"steps": list(steps)})


def ledger_of_expiry(
    expiry: int, *, close_time: int, validated_ledger: int, seconds_per_ledger: int = 5
) -> int:
    """Return the ledger index from which on a request counts as expired.

    Parameters
    ----------
    expiry, close_time
        Unix times in seconds: when the request expires, and when the validated ledger closed.
    seconds_per_ledger
        The longest time that a ledger is expected to take; a higher figure gives an earlier index.
    """
    return validated_ledger + max(0, expiry - close_time) // seconds_per_ledger
