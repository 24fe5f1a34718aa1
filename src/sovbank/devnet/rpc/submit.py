"""``submit``: a signed blob for the open ledger."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.engine import Submission
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.node import Node
from sovbank.devnet.rpc.refusals import bare_refusal, expected, refusal
from sovbank.devnet.rpc.request import Request, parse_blob
from sovbank.devnet.rpc.transactions import placed_text, transaction_text
from sovbank.errors.devnet import InvalidTransaction

_NO_SIGNING: Final = (
    "Signing support in the 'submit' command has been deprecated and will be removed in a future version of"
    " the server. Please migrate to a standalone signing tool."
)


def handle(request: Request) -> dict[str, Any]:
    """Answer the request; this server signs for nobody."""
    if "tx_blob" not in request.params:
        problem = (
            ("invalidParams", "Missing field 'secret'.")
            if "secret" not in request.params
            else ("notSupported", "Signing is not supported by this server.")
        )
        raise refusal(*problem, body={"deprecated": _NO_SIGNING})
    blob = parse_blob(request.params["tx_blob"])
    if not blob:
        raise refusal("invalidParams")
    fail_hard = request.params.get("fail_hard", False)
    if not isinstance(fail_hard, bool):
        raise expected("fail_hard", "boolean")
    try:
        submission = request.node.submit(blob, fail_hard=fail_hard)
    except InvalidTransaction as error:
        raise bare_refusal("invalidTransaction", error.message) from error
    return answer_of(request.node, submission)


def answer_of(node: Node, submission: Submission) -> dict[str, Any]:
    """Tell what a submission came to."""
    tx, history = submission.tx, node.ledger.history
    applied = history.transaction(tx.hash)
    if applied is None:
        text = transaction_text(tx, version=1)
    else:
        text = placed_text(applied, history, network_id=node.network_id, version=1, dated=False)
    answer: dict[str, Any] = {
        "accepted": submission.applied or submission.kept,
        "applied": submission.applied,
        "broadcast": submission.applied,
        "engine_result": submission.result.name,
        "engine_result_code": int(submission.result),
        "engine_result_message": submission.result.message,
        "kept": submission.kept,
        "queued": False,
        "tx_blob": hexadecimal(tx.blob),
        "tx_json": text,
    }
    if submission.account_sequence is not None:
        answer |= {
            "account_sequence_available": submission.account_sequence,
            "account_sequence_next": submission.account_sequence,
            "open_ledger_cost": str(node.ledger.open.info.fees.base),
            "validated_ledger_index": history.last.header.sequence,
        }
    return answer
