"""The rules of the guarded signer: pure comparisons of an unsigned transaction with a fresh permit.

``check`` runs the rules of the permit's row and then those that every transaction obeys:

==========================  ===========================================================================
row                         signed only if
==========================  ===========================================================================
mint                        executable on MintGuard; exactly the request's payment, issuer to destination
distribute                  booked deposit with that much left; destination whitelisted; not paused
burn, bounce                the whole of a validated receipt; a bounce only to its sender
clawback, freezes           a compliance case that two people signed off
membership                  whitelisted and no member; exactly that token, offered to its holder for nothing
end of a membership         revoked on MembershipRegistry; exactly that token
withdrawal of a membership  never recorded there; still on our own account, exactly that token from there
cancellation                a no-op on the very ticket or sequence of what is cancelled
settings and trust lines    a step of an accepted plan, within what plans may do at all
every one                   network, ticket or sequence, fee, window, signing key, memo; no other field
==========================  ===========================================================================

Each rule is one function with one exception of ``errors.guard``. Fields of every type are checked against a
list of what the row knows, so that a field nobody thought of is refused. No I/O happens here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sovbank.core.guard_cancellations import check_cancellation
from sovbank.core.guard_memberships import (
    check_membership,
    check_membership_end,
    check_membership_withdrawal,
)
from sovbank.core.guard_payments import check_bounce, check_burn, check_distribute, check_mint
from sovbank.core.guard_settings import check_compliance, check_plan
from sovbank.core.machine import Kind
from sovbank.core.permits import (
    AnchorTerms,
    BouncePermit,
    BurnPermit,
    CancellationPermit,
    CompliancePermit,
    DistributePermit,
    Measure,
    MembershipEndPermit,
    MembershipPermit,
    MembershipWithdrawalPermit,
    MintPermit,
    PaymentTerms,
    Permit,
    PlanPermit,
    TokenReceipt,
    TokenTerms,
    ledger_of_expiry,
    plan_digest,
    step_digest,
)
from sovbank.errors.guard import (
    BeyondExpiry,
    FeeNotAllowed,
    KindNotSignable,
    MultisignRequired,
    PermitMismatch,
    SignerNotListed,
    UnexpectedField,
    WindowOver,
    WrongAccount,
    WrongLastLedger,
    WrongMemos,
    WrongNetwork,
    WrongSequence,
    WrongSigningKey,
)

__all__ = [
    "AnchorTerms",
    "BouncePermit",
    "BurnPermit",
    "CancellationPermit",
    "CompliancePermit",
    "DistributePermit",
    "Envelope",
    "Measure",
    "MembershipEndPermit",
    "MembershipPermit",
    "MembershipWithdrawalPermit",
    "MintPermit",
    "PaymentTerms",
    "Permit",
    "PlanPermit",
    "TokenReceipt",
    "TokenTerms",
    "check",
    "check_kind",
    "check_signer",
    "ledger_of_expiry",
    "plan_digest",
    "step_digest",
]

Tx = Mapping[str, Any]

LAST_NETWORK_WITHOUT_ID = 1024
_COMMON_FIELDS = frozenset(
    {
        "Account",
        "Fee",
        "Flags",
        "LastLedgerSequence",
        "Memos",
        "NetworkID",
        "Sequence",
        "SigningPubKey",
        "TicketSequence",
        "TransactionType",
    }
)
_ROWS: Mapping[Kind, type[Permit]] = {
    Kind.MINT: MintPermit,
    Kind.DISTRIBUTE: DistributePermit,
    Kind.BURN: BurnPermit,
    Kind.BOUNCE: BouncePermit,
    Kind.BLOCK: CompliancePermit,
    Kind.FREEZE: CompliancePermit,
    Kind.CANCELLATION: CancellationPermit,
    Kind.MEMBERSHIP: MembershipPermit,
    Kind.MEMBERSHIP_END: MembershipEndPermit,
    Kind.MEMBERSHIP_WITHDRAWAL: MembershipWithdrawalPermit,
    Kind.SETTINGS: PlanPermit,
    Kind.TRUST_LINE: PlanPermit,
    Kind.AUTHORIZE: PlanPermit,
}
_CHECKS: Mapping[type[Permit], Callable[[Tx, Any, int], frozenset[str]]] = {
    MintPermit: check_mint,
    DistributePermit: check_distribute,
    BurnPermit: check_burn,
    BouncePermit: check_bounce,
    CompliancePermit: check_compliance,
    CancellationPermit: check_cancellation,
    MembershipPermit: check_membership,
    MembershipEndPermit: check_membership_end,
    MembershipWithdrawalPermit: check_membership_withdrawal,
    PlanPermit: check_plan,
}
_MOVES_TOKENS = (
    MintPermit,
    DistributePermit,
    BurnPermit,
    BouncePermit,
    MembershipPermit,
    MembershipEndPermit,
    MembershipWithdrawalPermit,
)


@dataclass(frozen=True)
class Envelope:
    """What holds for the attempt and the account, whatever the transaction does.

    ``last_ledger``, ``ticket`` and ``sequence`` are those recorded with the attempt; ``fee_cap`` is in drops;
    ``signing_public_key`` is upper-case hex, empty for a multisignature; ``signers`` are the accounts on the
    live signer list.
    """

    account: str
    network_id: int
    validated_ledger: int
    last_ledger: int
    ticket: int | None
    sequence: int | None
    fee_cap: int
    signing_public_key: str = ""
    signers: frozenset[str] = field(default_factory=frozenset)


def check_kind(kind: Kind, permit: Permit) -> None:
    """Refuse a permit of another row than the operation's kind.

    Raises
    ------
    KindNotSignable, PermitMismatch
    """
    row = _ROWS.get(kind)
    if row is None:
        raise KindNotSignable(f"nothing is signed on the XRP Ledger for a {kind.value}")
    if type(permit) is not row:
        raise PermitMismatch(f"a {kind.value} needs a {row.__name__}, not a {type(permit).__name__}")


def check_signer(envelope: Envelope, address: str) -> None:
    """Refuse a signer of a multisignature that is not on the account's live signer list.

    Raises
    ------
    SignerNotListed
    """
    if address not in envelope.signers:
        raise SignerNotListed(f"{address} is not on the signer list of {envelope.account}")


def check(tx: Tx, envelope: Envelope, permit: Permit) -> None:
    """Refuse the decoded unsigned transaction unless the permit allows exactly it.

    Raises
    ------
    SigningRefused
        One subclass for each rule.
    """
    row = _CHECKS.get(type(permit))
    if row is None:
        raise PermitMismatch(f"{type(permit).__name__} is not a row of the guard's table")
    known = row(tx, permit, envelope.network_id)
    _check_account(tx, envelope)
    _check_network(tx, envelope)
    _check_sequence(tx, envelope)
    _check_fee(tx, envelope)
    _check_last_ledger(tx, envelope)
    _check_window(envelope)
    _check_expiry(envelope, permit)
    _check_signing_key(tx, envelope)
    _check_multisigned(envelope, permit)
    _check_memos(tx, permit)
    _check_fields(tx, known)


def _check_account(tx: Tx, envelope: Envelope) -> None:
    if tx.get("Account") != envelope.account:
        raise WrongAccount(f"the transaction is from {tx.get('Account')}, the attempt of {envelope.account}")


def _check_network(tx: Tx, envelope: Envelope) -> None:
    expected = envelope.network_id if envelope.network_id > LAST_NETWORK_WITHOUT_ID else None
    if not _same(tx.get("NetworkID"), expected):
        raise WrongNetwork(f"NetworkID is {tx.get('NetworkID')} on network {envelope.network_id}")


def _check_sequence(tx: Tx, envelope: Envelope) -> None:
    expected = (0, envelope.ticket) if envelope.sequence is None else (envelope.sequence, None)
    found = (tx.get("Sequence"), tx.get("TicketSequence"))
    bound = (envelope.ticket is None) != (envelope.sequence is None)
    if not bound or not all(map(_same, found, expected)):
        raise WrongSequence(f"sequence and ticket are {found}, bound to the attempt are {expected}")


def _check_fee(tx: Tx, envelope: Envelope) -> None:
    fee = tx.get("Fee")
    plain = type(fee) is str and fee.isascii() and fee.isdigit() and len(fee) <= 17 and fee == str(int(fee))
    if not plain or not 1 <= int(str(fee)) <= envelope.fee_cap:
        raise FeeNotAllowed(f"the fee is {fee!r} drops; allowed are 1 to {envelope.fee_cap}")


def _check_last_ledger(tx: Tx, envelope: Envelope) -> None:
    last = tx.get("LastLedgerSequence")
    if not _same(last, envelope.last_ledger):
        raise WrongLastLedger(f"LastLedgerSequence is {last}, recorded is {envelope.last_ledger}")


def _check_window(envelope: Envelope) -> None:
    if envelope.last_ledger <= envelope.validated_ledger:
        raise WindowOver(
            f"ledger {envelope.validated_ledger} is validated; the window ended with {envelope.last_ledger}"
        )


def _check_expiry(envelope: Envelope, permit: Permit) -> None:
    if permit.expires_before is not None and envelope.last_ledger >= permit.expires_before:
        raise BeyondExpiry(
            f"the window ends with ledger {envelope.last_ledger},"
            f" the request expires about ledger {permit.expires_before}"
        )


def _check_signing_key(tx: Tx, envelope: Envelope) -> None:
    if tx.get("SigningPubKey") != envelope.signing_public_key:
        raise WrongSigningKey(
            f"SigningPubKey is {tx.get('SigningPubKey')!r}, not {envelope.signing_public_key!r}"
        )


def _check_multisigned(envelope: Envelope, permit: Permit) -> None:
    if envelope.signing_public_key and envelope.signers and isinstance(permit, _MOVES_TOKENS):
        raise MultisignRequired(f"{envelope.account} has a signer list; one signature does not move tokens")


def _check_memos(tx: Tx, permit: Permit) -> None:
    expected = permit.anchor.as_memos() if permit.anchor else None
    if tx.get("Memos") != expected:
        raise WrongMemos("the memos are not exactly the expected anchor")


def _check_fields(tx: Tx, known: frozenset[str]) -> None:
    unexpected = sorted(tx.keys() - known - _COMMON_FIELDS)
    if unexpected:
        raise UnexpectedField(f"the transaction has {', '.join(unexpected)}, which this row does not know")


def _same(found: object, expected: int | None) -> bool:
    """Say whether two numbers are the same; True and 1, or 1.0 and 1, are not."""
    return type(found) is type(expected) and found == expected
