"""Failures of nodes, and refusals of transactions and signatures for the XRP Ledger."""

from __future__ import annotations

from sovbank.errors.base import (
    EnvironmentRefused,
    OutcomeUnknown,
    PolicyRefused,
    QuorumIncomplete,
    UsageRefused,
)

_OTHER_NODE = "Use a node that you trust; nothing that this one said was acted upon."
_LATER = "Try again; a submitted transaction is looked up with `sovbank ops resume`, never started again."
_NEW_CEREMONY = "Collect the signatures again over the transaction as it now stands."


class NodeUnreachable(EnvironmentRefused):
    """No connection to the node could be made, so nothing was sent."""

    code = "xrpl.node-unreachable"
    default_next_step = "Check that the node runs and that its address in the profile is right."


class NodeReplyLost(OutcomeUnknown):
    """The request was sent and its answer was lost: a timeout, a broken connection, or HTTP 5xx."""

    code = "xrpl.node-reply-lost"
    default_next_step = _LATER


class NodeAnswerMalformed(EnvironmentRefused):
    """The node's answer is too large, is not JSON, or does not have the documented shape."""

    code = "xrpl.node-answer-malformed"
    default_next_step = "Check that the address in the profile is the JSON-RPC port of an XRP Ledger node."


class NodeContradiction(EnvironmentRefused):
    """The node says something that cannot be true: another hash, a wrong account, an impossible ledger."""

    code = "xrpl.node-contradiction"
    default_next_step = _OTHER_NODE


class NodeError(EnvironmentRefused):
    """The node understood the request and refused it with an error of its own.

    ``error`` is the node's error token, such as ``invalidParams`` or ``noNetwork``.
    """

    code = "xrpl.node-error"
    default_next_step = (
        "Look the node's error up in its documentation; `sovbank node status` shows its state."
    )

    def __init__(self, message: str, *, error: str) -> None:
        super().__init__(message, details={"node_error": error})
        self.error = error


class WrongNetwork(EnvironmentRefused):
    """The node serves another network than the profile names."""

    code = "xrpl.wrong-network"
    default_next_step = "Point the profile at a node of its own network; nothing was sent."


class NodeBehind(EnvironmentRefused):
    """The node's validated ledger is older than one already seen: it was switched, or lost its data."""

    code = "xrpl.node-behind"
    default_next_step = "Wait until the node has caught up, or use another one."


class NodeGap(EnvironmentRefused):
    """The node's history misses ledgers that the question covers, so an absence proves nothing."""

    code = "xrpl.node-gap"
    default_next_step = "Use a node whose complete_ledgers covers the range, or wait until this one has it."


class AmendmentBlocked(EnvironmentRefused):
    """The node's software is too old for the rules that the network now follows."""

    code = "xrpl.amendment-blocked"
    default_next_step = "Upgrade the node; its answers do not follow the network's rules."


class AccountMissing(EnvironmentRefused):
    """An account that must exist is not on the ledger."""

    code = "xrpl.account-missing"
    default_next_step = "Fund the account first: `sovbank issuer fund` on test networks, a payment elsewhere."


class TransactionRefused(UsageRefused):
    """A transaction would be malformed, or carries something that this program never signs."""

    code = "xrpl.transaction-refused"
    default_next_step = "Correct what the message names; nothing was signed."


class FeeOutOfBounds(PolicyRefused):
    """The fee is above the hard cap, or does not cover the signatures."""

    code = "xrpl.fee-out-of-bounds"
    default_next_step = "Wait until the network's fee is back to normal, then prepare the transaction again."


class SubmissionRefused(UsageRefused):
    """A recorded blob does not agree with its record, so it is not sent."""

    code = "xrpl.submission-refused"
    default_next_step = "Run `sovbank ledger verify`: the record of the signed transaction was changed."


class SignatureInvalid(QuorumIncomplete):
    """A signature does not verify over this transaction with a key that may sign for the signer."""

    code = "xrpl.signature-invalid"
    default_next_step = _NEW_CEREMONY


class SignerNotListed(QuorumIncomplete):
    """A signature comes from somebody who is not on the signer list, or from the account itself."""

    code = "xrpl.signer-not-listed"
    default_next_step = "Leave this signature out: one stranger spoils the whole transaction."


class SignerRepeated(QuorumIncomplete):
    """One signer appears twice, or there are more signatures than a transaction can carry."""

    code = "xrpl.signer-repeated"
    default_next_step = "Keep one signature per signer."


class QuorumNotReached(QuorumIncomplete):
    """The valid signatures weigh less than the account's quorum."""

    code = "xrpl.quorum-not-reached"
    default_next_step = "Collect the missing signatures."
