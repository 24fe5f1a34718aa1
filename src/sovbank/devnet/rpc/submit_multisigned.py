"""``submit_multisigned``: a multisigned transaction in JSON."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sovbank.devnet.ledger.admission import check_locally, make_transaction
from sovbank.devnet.ledger.text import account_text
from sovbank.devnet.ledger.view import read_account
from sovbank.devnet.rpc.parse import parse_transaction
from sovbank.devnet.rpc.refusals import bare_refusal, invalid, missing, refusal
from sovbank.devnet.rpc.request import Request, parse_account
from sovbank.devnet.rpc.submit import answer_of
from sovbank.errors.devnet import InvalidTransaction


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    source = _source(request)
    account = _account(source)
    if read_account(request.node.ledger.open, account) is None:
        raise refusal("srcActNotFound")
    fields = parse_transaction(source)
    try:
        check_locally(fields)
        tx = make_transaction({**fields, "Signers": _signers(fields, account)})
        submission = request.node.submit(tx.blob, fail_hard=request.flag("fail_hard"))
    except InvalidTransaction as error:
        raise _refused(error) from error
    return answer_of(request.node, submission)


def _refused(error: InvalidTransaction) -> Exception:
    if error.message.startswith("Field "):
        return refusal("invalidParams", error.message)
    return bare_refusal("invalidTransaction", error.message)


def _source(request: Request) -> dict[str, Any]:
    if "tx_json" not in request.params:
        raise missing("tx_json")
    source = request.params["tx_json"]
    if not isinstance(source, dict):
        raise invalid("tx_json")
    for field in ("Sequence", "SigningPubKey"):
        if field not in source:
            raise missing(f"tx_json.{field}")
    if source["SigningPubKey"] != "":
        raise refusal("invalidParams", "When multi-signing 'tx_json.SigningPubKey' must be empty.")
    if "TransactionType" not in source:
        raise missing("tx_json.TransactionType")
    if "TxnSignature" in source:
        raise refusal("signingMalformed")
    # Clients send back what a server gave them, hash included.
    return {key: value for key, value in source.items() if key != "hash"}


def _account(source: dict[str, Any]) -> bytes:
    if "Account" not in source:
        raise refusal("srcActMissing", "Missing field 'tx_json.Account'.")
    account = parse_account(source["Account"])
    if account is None:
        raise refusal("srcActMalformed", "Invalid field 'tx_json.Account'.")
    return account


def _signers(fields: dict[str, Any], owner: bytes) -> tuple[dict[str, Any], ...]:
    """Give the signers in the order that the ledger demands."""
    fee = fields.get("Fee")
    if not isinstance(fee, int):
        raise refusal("invalidParams", "Invalid Fee field.  Fees must be specified in XRP.")
    if fee <= 0:
        raise refusal("invalidParams", "Invalid Fee field.  Fees must be greater than zero.")
    if "Signers" not in fields:
        raise missing("tx_json.Signers")
    signers = fields["Signers"]
    if not signers:
        raise refusal("invalidParams", "tx_json.Signers array may not be empty.")
    for element in signers:
        if element.get("Signer", {}).keys() != {"Account", "SigningPubKey", "TxnSignature"}:
            raise refusal("invalidParams", "Signers array may only contain Signer entries.")
    ordered = sorted(signers, key=lambda element: element["Signer"]["Account"])
    accounts = [element["Signer"]["Account"] for element in ordered]
    for one, other in pairwise(accounts):
        if one == other:
            raise refusal(
                "invalidParams",
                f"Duplicate Signers:Signer:Account entries ({account_text(one)}) are not allowed.",
            )
    if owner in accounts:
        raise refusal(
            "invalidParams", f"A Signer may not be the transaction's Account ({account_text(owner)})."
        )
    return tuple(ordered)
