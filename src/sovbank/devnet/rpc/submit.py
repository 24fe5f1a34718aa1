"""``submit``: a signed blob for the open ledger."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.engine import Submission
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.node import Node
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.refusals import SECRETS, bare_refusal, expected, refusal
from sovbank.devnet.rpc.request import Request, parse_blob
from sovbank.devnet.rpc.transactions import placed_text, transaction_text
from sovbank.errors.devnet import InvalidTransaction, RequestRefused

_NO_SIGNING: Final = (
    "Signing support in the 'submit' command has been deprecated and will be removed in a future version of"
    " the server. Please migrate to a standalone signing tool."
)


def handle(request: Request) -> dict[str, Any]:
    """Answer the request; this server signs for nobody."""
    if "tx_blob" not in request.params:
        raise _signing_refused(request)
    blob = parse_blob(as_text(request.params["tx_blob"]))
    if not blob:
        raise refusal("invalidParams")
    fail_hard = request.params.get("fail_hard", False)
    try:
        if not isinstance(fail_hard, bool):
            # A blob that is none is told first.
            request.node.ledger.admission.admit(blob)
            raise expected("fail_hard", "boolean")
        submission = request.node.submit(blob, fail_hard=fail_hard)
    except InvalidTransaction as error:
        raise bare_refusal("invalidTransaction", error.message) from error
    return _answer(request.node, submission)


def _signing_refused(request: Request) -> RequestRefused:
    if not isinstance(request.params.get("fail_hard", False), bool):
        return expected("fail_hard", "boolean")
    if not any(field in request.params for field in SECRETS):
        return refusal("invalidParams", "Missing field 'secret'.", body={"deprecated": _NO_SIGNING})
    return refusal(
        "notSupported", "Signing is not supported by this server.", body={"deprecated": _NO_SIGNING}
    )


def submitted_text(node: Node, tx: Transaction, *, version: int) -> dict[str, Any]:
    """Give the JSON of a submitted transaction, with its place where a closed ledger has it already."""
    applied = node.ledger.history.transaction(tx.hash)
    if applied is None:
        return transaction_text(tx, version=version)
    history = node.ledger.history
    return placed_text(applied, history, network_id=node.network_id, version=version, dated=False)


def outcome_text(submission: Submission) -> dict[str, Any]:
    """Tell what a submission came to."""
    return {
        "engine_result": submission.result.name,
        "engine_result_code": int(submission.result),
        "engine_result_message": submission.result.message,
        "tx_blob": hexadecimal(submission.tx.blob),
    }


def _answer(node: Node, submission: Submission) -> dict[str, Any]:
    answer: dict[str, Any] = {
        **outcome_text(submission),
        "accepted": submission.applied or submission.kept,
        "applied": submission.applied,
        "broadcast": submission.applied,
        "kept": submission.kept,
        "queued": False,
        "tx_json": submitted_text(node, submission.tx, version=1),
    }
    if submission.account_sequence is not None:
        answer |= {
            "account_sequence_available": submission.account_sequence,
            "account_sequence_next": submission.account_sequence,
            "open_ledger_cost": str(node.ledger.open.info.fees.base),
            "validated_ledger_index": node.ledger.history.last.header.sequence,
        }
    return answer
