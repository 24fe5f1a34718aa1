"""``simulate``: what an unsigned transaction would do to the open ledger."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.decoding import decode
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.flags import TF_INNER_BATCH_TXN
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.text import fields_text, hexadecimal
from sovbank.devnet.ledger.view import read_account
from sovbank.devnet.rpc.parse import parse_transaction
from sovbank.devnet.rpc.refusals import bare_refusal, invalid, missing, refusal
from sovbank.devnet.rpc.request import Request, parse_account, parse_blob
from sovbank.devnet.rpc.transactions import metadata_text, transaction_text
from sovbank.errors.devnet import InvalidTransaction

_SECRETS: Final = ("secret", "seed", "seed_hex", "passphrase")
_MAX_LEGACY_NETWORK_ID: Final = 1024


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    binary = request.params.get("binary", False)
    if not isinstance(binary, bool):
        raise invalid("binary")
    for field in _SECRETS:
        if field in request.params:
            raise invalid(field)
    source = _source(request)
    for field in ("TransactionType", "Account"):
        if field not in source:
            raise missing(f"tx.{field}")
    fields = parse_transaction(_completed(request, source))
    ledger = request.node.ledger
    try:
        tx = ledger.admission.unsigned(fields)
    except InvalidTransaction as error:
        raise bare_refusal("invalidTransaction", error.message) from error
    if tx.type == "Batch":
        raise refusal("notImpl")
    if tx.has_flag(TF_INNER_BATCH_TXN):
        raise refusal("invalidParams", "tfInnerBatchTxn flag is not allowed on top-level transactions.")
    outcome = ledger.simulate(tx)
    message = outcome.result.message
    if outcome.result is TER.tesSUCCESS:
        message = "The simulated transaction would have been applied."
    answer: dict[str, Any] = {
        "applied": False,
        "engine_result": outcome.result.name,
        "engine_result_code": int(outcome.result),
        "engine_result_message": message,
        "ledger_index": ledger.current_sequence,
    }
    if outcome.metadata is not None and binary:
        answer["meta_blob"] = hexadecimal(encode(outcome.metadata))
    elif outcome.metadata is not None:
        answer["meta"] = metadata_text(tx, outcome.metadata)
    if binary:
        return answer | {"tx_blob": hexadecimal(tx.blob)}
    return answer | {"tx_json": transaction_text(tx, version=1)}


def _source(request: Request) -> dict[str, Any]:
    """Give the transaction in JSON, from ``tx_json`` or from a blob."""
    if "tx_blob" in request.params:
        if "tx_json" in request.params:
            raise refusal("invalidParams", "Can only include one of `tx_blob` and `tx_json`.")
        blob = parse_blob(request.params["tx_blob"])
        if not blob:
            raise invalid("tx_blob")
        try:
            return fields_text(decode(blob))
        except InvalidTransaction as error:
            raise invalid("tx_blob") from error
    if "tx_json" not in request.params:
        raise refusal("invalidParams", "Neither `tx_blob` nor `tx_json` included.")
    source = request.params["tx_json"]
    if not isinstance(source, dict):
        raise refusal("invalidParams", "Invalid field 'tx_json', not object.")
    return dict(source)


def _completed(request: Request, source: dict[str, Any]) -> dict[str, Any]:
    """Fill in fee, empty signatures, sequence and network id where they are missing."""
    fields = dict(source)
    ledger = request.node.ledger
    signers = fields.get("Signers", [])
    if "Fee" not in fields:
        count = len(signers) if isinstance(signers, list) else 0
        fields["Fee"] = str(ledger.open.info.fees.base * (1 + count))
    fields.setdefault("SigningPubKey", "")
    if "Signers" in fields:
        fields["Signers"] = _unsigned_signers(signers)
    if fields.setdefault("TxnSignature", "") != "":
        raise refusal("transactionSigned")
    if "Sequence" not in fields:
        fields["Sequence"] = _sequence(request, fields)
    if "NetworkID" not in fields and request.node.network_id > _MAX_LEGACY_NETWORK_ID:
        fields["NetworkID"] = request.node.network_id
    return fields


def _unsigned_signers(signers: Any) -> list[dict[str, Any]]:
    if not isinstance(signers, list):
        raise invalid("tx.Signers")
    completed = []
    for index, element in enumerate(signers):
        inner = element.get("Signer") if isinstance(element, dict) else None
        if not isinstance(inner, dict):
            raise invalid(f"tx.Signers[{index}]")
        signer = {"SigningPubKey": "", "TxnSignature": "", **inner}
        if signer["TxnSignature"] != "":
            raise refusal("transactionSigned")
        completed.append({"Signer": signer})
    return completed


def _sequence(request: Request, fields: dict[str, Any]) -> int:
    account = parse_account(fields["Account"])
    if account is None:
        raise refusal("srcActMalformed", "Invalid field 'tx.Account'.")
    if "TicketSequence" in fields:
        return 0
    entry = read_account(request.node.ledger.open, account)
    if entry is None:
        raise refusal("srcActNotFound")
    sequence: int = entry["Sequence"]
    return sequence
