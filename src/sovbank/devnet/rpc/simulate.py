"""``simulate``: what an unsigned transaction would do to the open ledger."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger.admission import MAX_SIGNERS, check_locally
from sovbank.devnet.ledger.decoding import decode
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.text import fields_text, hexadecimal
from sovbank.devnet.ledger.view import read_account
from sovbank.devnet.rpc.parse import parse_transaction
from sovbank.devnet.rpc.refusals import SECRETS, bare_refusal, invalid, missing, refusal
from sovbank.devnet.rpc.request import Request, parse_account, parse_blob
from sovbank.devnet.rpc.transactions import metadata_text, transaction_text
from sovbank.devnet.transactions.registry import TRANSACTORS
from sovbank.errors.devnet import InvalidTransaction, RequestRefused

_MAX_LEGACY_NETWORK_ID: Final = 1024


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    binary = request.params.get("binary", False)
    if not isinstance(binary, bool):
        raise invalid("binary")
    for field in SECRETS:
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
    if "Fee" not in fields:
        fields["Fee"] = str(_fee(request, source))
    fields.setdefault("SigningPubKey", "")
    if "Signers" in fields:
        fields["Signers"] = _unsigned_signers(fields["Signers"])
    if fields.setdefault("TxnSignature", "") != "":
        raise refusal("transactionSigned")
    if "Sequence" not in fields:
        fields["Sequence"] = _sequence(request, fields)
    if "NetworkID" not in fields and request.node.network_id > _MAX_LEGACY_NETWORK_ID:
        fields["NetworkID"] = request.node.network_id
    return fields


def _fee(request: Request, source: dict[str, Any]) -> int:
    """Give the least fee in drops of a transaction; the base fee for one that cannot be read."""
    view = request.node.ledger.open
    draft = {"Fee": "0", "Sequence": "0", "SigningPubKey": "", "TxnSignature": "", **source}
    try:
        if "Signers" in draft:
            draft["Signers"] = _unsigned_signers(draft["Signers"], signed=True)
        tx = request.node.ledger.admission.unsigned(parse_transaction(draft))
        check_locally(tx.fields)
    except (RequestRefused, InvalidTransaction):
        return view.info.fees.base
    transactor = TRANSACTORS.get(tx.type)
    if transactor is None or len(tx.get("Signers", ())) > MAX_SIGNERS:
        return view.info.fees.base
    return transactor.base_fee(view, tx)


def _unsigned_signers(signers: Any, *, signed: bool = False) -> list[dict[str, Any]]:
    """Fill in the empty key and signature of every signer; refuse signatures unless ``signed``."""
    if not isinstance(signers, list):
        raise invalid("tx.Signers")
    completed = []
    for index, element in enumerate(signers):
        inner = element.get("Signer") if isinstance(element, dict) else None
        if not isinstance(inner, dict):
            raise invalid(f"tx.Signers[{index}]")
        signer = {"SigningPubKey": "", "TxnSignature": "", **inner}
        if not signed and signer["TxnSignature"] != "":
            raise refusal("transactionSigned")
        completed.append({**element, "Signer": signer})
    return completed


def _sequence(request: Request, fields: dict[str, Any]) -> int:
    if not isinstance(fields["Account"], str):
        raise invalid("tx.Account")
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
