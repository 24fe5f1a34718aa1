"""What proves the outcome of a recorded blob (rules: docs/recovery.md). No I/O: facts in, evidence out.

A transaction is ours when it has our hash, or when it does the same: equal in every field except the
signatures, Fee and LastLedgerSequence. Surplus signatures can be dropped by anybody, which gives another
hash, and signing again on the same ticket may change only those two fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sovbank.errors.base import SovbankError
from sovbank.errors.xrpl import NodeContradiction, SubmissionRefused
from sovbank.wire.codec import decode_tx
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl.envelope import LAST_LEGACY_NETWORK
from sovbank.xrpl.multisign import TF_PARTIAL_PAYMENT
from sovbank.xrpl.port import Evidence, Outcome, Submission, ValidatedTransaction
from sovbank.xrpl.validated import HistoryEntry

# Results of evidence that no server gives: the ticket or sequence went to another transaction; the
# window passed; nothing is known yet.
SUPERSEDED = "superseded"
EXPIRED = "expired"
UNKNOWN = "unknown"

_NOT_EFFECT = frozenset({"SigningPubKey", "TxnSignature", "Signers", "Fee", "LastLedgerSequence"})


def check_submission(submission: Submission, *, network_id: int) -> Mapping[str, Any]:
    """Return the decoded blob after comparing it with its record and with the network.

    Raises
    ------
    SubmissionRefused
        The blob has another hash, account, ticket, sequence, last ledger or network than its record says,
        has no LastLedgerSequence, or is a partial payment.
    """
    try:
        tx = decode_tx(submission.blob)
    except SovbankError as error:
        raise SubmissionRefused(f"the recorded blob is not a transaction: {error.message}") from error
    ticket = tx.get("TicketSequence")
    network = network_id if network_id > LAST_LEGACY_NETWORK else None
    checks = {
        "hash": transaction_id(submission.blob) == submission.tx_hash,
        "account": tx.get("Account") == submission.account,
        "ticket": ticket == submission.ticket,
        "sequence": tx.get("Sequence") == (submission.sequence if ticket is None else 0),
        "last ledger": tx.get("LastLedgerSequence") == submission.last_ledger,
        "window": 0 < submission.first_ledger <= submission.last_ledger,
        "network": tx.get("NetworkID") == network,
    }
    wrong = [name for name, agrees in checks.items() if not agrees]
    if wrong:
        raise SubmissionRefused(f"the recorded blob does not agree with its record: {', '.join(wrong)}")
    if tx.get("TransactionType") == "Payment" and tx.get("Flags", 0) & TF_PARTIAL_PAYMENT:
        raise SubmissionRefused("the recorded blob is a partial payment, which is never sent")
    return tx


def applied(submission: Submission, found: ValidatedTransaction) -> Evidence:
    """Return the evidence of our transaction in a validated ledger.

    Raises
    ------
    NodeContradiction
        It stands in a ledger after its LastLedgerSequence, which no server allows.
    """
    if found.tx_hash == submission.tx_hash and found.ledger_index > submission.last_ledger:
        raise NodeContradiction(
            f"the node says that {found.tx_hash} is in ledger {found.ledger_index}, after its last ledger"
            f" {submission.last_ledger}"
        )
    other = "" if found.tx_hash == submission.tx_hash else " under another hash"
    return Evidence(
        outcome=Outcome.SUCCEEDED if found.result == "tesSUCCESS" else Outcome.FAILED,
        result=found.result,
        ledger_index=found.ledger_index,
        tx_hash=found.tx_hash,
        detail=f"{found.result} in validated ledger {found.ledger_index}{other}",
    )


def superseded(submission: Submission, found: ValidatedTransaction) -> Evidence:
    """Return the evidence that another validated transaction used the ticket or sequence."""
    name = "sequence" if submission.ticket is None else "ticket"
    return Evidence(
        outcome=Outcome.FAILED,
        result=SUPERSEDED,
        ledger_index=found.ledger_index,
        tx_hash=submission.tx_hash,
        detail=f"its {name} was used by {found.tx_hash} in validated ledger {found.ledger_index}",
    )


def expired(submission: Submission, *, validated_ledger: int) -> Evidence:
    """Return the evidence that the window passed without the transaction."""
    return Evidence(
        outcome=Outcome.EXPIRED,
        result=EXPIRED,
        ledger_index=None,
        tx_hash=submission.tx_hash,
        detail=(
            f"not in the complete ledgers {submission.first_ledger} to {submission.last_ledger};"
            f" ledger {validated_ledger} is validated and the {_slot(submission)} is unused"
        ),
    )


def pending(submission: Submission, detail: str, *, result: str = UNKNOWN) -> Evidence:
    """Return that nothing is proven yet, and why."""
    return Evidence(Outcome.PENDING, result, None, submission.tx_hash, detail)


def has_same_effect(ours: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two transactions differ at most in their signatures, Fee and LastLedgerSequence."""
    names = (ours.keys() | other.keys()) - _NOT_EFFECT
    return all(ours.get(name) == other.get(name) for name in names)


def consumer(submission: Submission, history: Sequence[HistoryEntry]) -> ValidatedTransaction | None:
    """Return the validated transaction of the account that used up the ticket or sequence, if it is there.

    A TicketCreate uses up a run of sequences; what the metadata says of the account's sequence tells.
    """
    for entry in history:
        transaction = entry.transaction
        if transaction.tx.get("Account") != submission.account:
            continue
        ticket = transaction.tx.get("TicketSequence")
        if submission.ticket is not None:
            if ticket == submission.ticket:
                return transaction
        elif _used_sequence(entry, submission.sequence or 0, ticket):
            return transaction
    return None


def _used_sequence(entry: HistoryEntry, sequence: int, ticket: int | None) -> bool:
    if ticket is None and entry.transaction.tx.get("Sequence") == sequence:
        return True
    before, after = entry.sequence_before, entry.sequence_after
    return before is not None and after is not None and before <= sequence < after


def _slot(submission: Submission) -> str:
    if submission.ticket is not None:
        return f"ticket {submission.ticket}"
    return f"sequence {submission.sequence}"
