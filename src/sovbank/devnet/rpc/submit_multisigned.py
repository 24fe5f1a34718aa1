"""``submit_multisigned``: a multisigned transaction in JSON."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sovbank.devnet.ledger.admission import check_locally, make_transaction
from sovbank.devnet.ledger.engine import Submission
from sovbank.devnet.ledger.text import account_text, hexadecimal
from sovbank.devnet.ledger.view import read_account
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.parse import parse_transaction
from sovbank.devnet.rpc.refusals import expected, invalid, missing, refusal
from sovbank.devnet.rpc.request import Request, parse_account, parse_hash
from sovbank.devnet.rpc.submit import outcome_text, submitted_text
from sovbank.devnet.rpc.transactions import with_deliver_max
from sovbank.errors.devnet import InvalidTransaction


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    source = _source(request)
    account = _account(source)
    ledger = request.node.ledger
    if read_account(ledger.open, account) is None:
        raise refusal("srcActNotFound")
    if "Fee" not in source:
        raise missing("tx_json.Fee")
    if source["TransactionType"] == "Payment":
        _check_payment(request, source)
    fields = parse_transaction(source)
    try:
        ledger.admission.unsigned(fields)
        check_locally(fields)
    except InvalidTransaction as error:
        raise refusal("invalidParams", error.message) from error
    tx = make_transaction({**fields, "Signers": _signers(fields, account)})
    try:
        submission = request.node.submit(tx.blob, fail_hard=request.flag("fail_hard"))
    except InvalidTransaction as error:
        raise refusal("internal", "Invalid signature.") from error
    return _answer(request, submission)


def _answer(request: Request, submission: Submission) -> dict[str, Any]:
    version = request.version
    text = with_deliver_max(submitted_text(request.node, submission.tx, version=version), version=version)
    answer = {**outcome_text(submission), "tx_json": text}
    return answer if version == 1 else answer | {"hash": hexadecimal(submission.tx.hash)}


def _source(request: Request) -> dict[str, Any]:
    if "tx_json" not in request.params:
        raise missing("tx_json")
    source = request.params["tx_json"]
    if not isinstance(source, dict):
        raise expected("tx_json", "object")
    for field in ("Sequence", "SigningPubKey"):
        if field not in source:
            raise missing(f"tx_json.{field}")
    if as_text(source["SigningPubKey"]) and "signature_target" not in request.params:
        raise refusal("invalidParams", "When multi-signing 'tx_json.SigningPubKey' must be empty.")
    if "TransactionType" not in source:
        raise missing("tx_json.TransactionType")
    return dict(source)


def _account(source: dict[str, Any]) -> bytes:
    if "Account" not in source:
        raise refusal("srcActMissing", "Missing field 'tx_json.Account'.")
    account = parse_account(as_text(source["Account"]))
    if account is None:
        raise refusal("srcActMalformed", "Invalid field 'tx_json.Account'.")
    return account


def _check_payment(request: Request, source: dict[str, Any]) -> None:
    """Check a payment before it is read; DeliverMax is another name of its Amount."""
    if "DeliverMax" in source:
        if source.setdefault("Amount", source["DeliverMax"]) != source["DeliverMax"]:
            raise refusal("invalidParams", "Cannot specify differing 'Amount' and 'DeliverMax'")
        del source["DeliverMax"]
    for field in ("Amount", "Destination"):
        if field not in source:
            raise missing(f"tx_json.{field}")
    if parse_account(as_text(source["Destination"])) is None:
        raise invalid("tx_json.Destination")
    if "build_path" in request.params:
        raise refusal("invalidParams", "Field 'build_path' not allowed in this context.")
    if "DomainID" in source and parse_hash(source["DomainID"]) is None:
        raise refusal("domainMalformed", "Unable to parse 'DomainID'.")


def _signers(fields: dict[str, Any], owner: bytes) -> tuple[dict[str, Any], ...]:
    """Give the signers in the order that the ledger demands, once the rest is found in order."""
    if fields["SigningPubKey"]:
        raise refusal(
            "invalidParams", "Invalid  SigningPubKey field.  Field must be empty when multi-signing."
        )
    if "TxnSignature" in fields:
        raise refusal("signingMalformed")
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
