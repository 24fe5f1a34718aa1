"""From a parsed JSON-RPC request to its answer: the method table and the envelope."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from sovbank.devnet.node import Node
from sovbank.devnet.rpc import (
    account_currencies,
    account_info,
    account_lines,
    account_nfts,
    account_objects,
    account_offers,
    account_tx,
    deposit_authorized,
    feature,
    gateway_balances,
    ledger,
    ledger_data,
    ledger_entry,
    nft_offers,
    noripple_check,
    server,
    server_definitions,
    simulate,
    submit,
    submit_multisigned,
    transaction_entry,
    tx,
)
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.refusals import SECRETS, answer_of, refusal
from sovbank.devnet.rpc.request import Request
from sovbank.errors.devnet import RequestRefused

LOG = logging.getLogger(__name__)
VERSIONS: Final = (1, 2)
DEFAULT_VERSION: Final = 1
_USUAL_FORM: Final = "1.0"
_FORM_WITH_ERRORS: Final = "2.0"

METHODS: Final[dict[str, Callable[[Request], dict[str, Any]]]] = {
    "account_channels": account_offers.handle_channels,
    "account_currencies": account_currencies.handle,
    "account_info": account_info.handle,
    "account_lines": account_lines.handle,
    "account_nfts": account_nfts.handle,
    "account_objects": account_objects.handle,
    "account_offers": account_offers.handle_offers,
    "account_tx": account_tx.handle,
    "deposit_authorized": deposit_authorized.handle,
    "feature": feature.handle,
    "fee": server.handle_fee,
    "gateway_balances": gateway_balances.handle,
    "ledger": ledger.handle,
    "ledger_accept": ledger.handle_accept,
    "ledger_closed": ledger.handle_closed,
    "ledger_current": ledger.handle_current,
    "ledger_data": ledger_data.handle,
    "ledger_entry": ledger_entry.handle,
    "ledger_header": ledger.handle_header,
    "nft_buy_offers": nft_offers.handle_buy,
    "nft_sell_offers": nft_offers.handle_sell,
    "noripple_check": noripple_check.handle,
    "ping": server.handle_ping,
    "random": server.handle_random,
    "server_definitions": server_definitions.handle,
    "server_info": server.handle_info,
    "server_state": server.handle_state,
    "simulate": simulate.handle,
    "submit": submit.handle,
    "submit_multisigned": submit_multisigned.handle,
    "transaction_entry": transaction_entry.handle,
    "tx": tx.handle,
    "tx_history": transaction_entry.handle_history,
    "version": server.handle_version,
}


class Unparsable(Exception):
    """A request is not one at all; the message is the body of the HTTP 400."""


def answer(node: Node, body: Any) -> dict[str, Any]:
    """Answer a parsed request of the form ``{"method": ..., "params": [{...}]}``.

    Raises
    ------
    Unparsable
        The request has another form.
    """
    method, params = _method_of(body), _params_of(body)
    version = params.get("api_version", DEFAULT_VERSION)
    if version not in VERSIONS or type(version) is not int:
        raise Unparsable("invalid_API_version")
    form = params.get("ripplerpc", _USUAL_FORM)
    if not isinstance(form, str):
        raise Unparsable("ripplerpc is not a string")
    envelope = _envelope(_result(node, method, params, version), form)
    # What the client wants back stands among the parameters, not beside them.
    return envelope | {field: params[field] for field in ("id", "jsonrpc", "ripplerpc") if field in params}


def _envelope(result: dict[str, Any], form: str) -> dict[str, Any]:
    """Put a result where the form that the client asked for has it: errors of their own from 2.0 on."""
    if form < _FORM_WITH_ERRORS or "error" not in result:
        return {"result": result}
    error = {name: value for name, value in result.items() if name not in ("error_message", "request")}
    return {"error": error | {"code": result.get("error_code"), "message": result.get("error_message")}}


def _method_of(body: Any) -> str:
    if not isinstance(body, dict):
        raise Unparsable("Unable to parse request: ")
    method = body.get("method")
    if method is None:
        raise Unparsable("Null method")
    if not isinstance(method, str):
        raise Unparsable("method is not string")
    if not method:
        raise Unparsable("method is empty")
    return method


def _params_of(body: dict[str, Any]) -> dict[str, Any]:
    listed = body.get("params")
    if listed is None or (isinstance(listed, str | list | dict) and not listed):
        return {}
    if not isinstance(listed, list) or len(listed) != 1:
        raise Unparsable("params unparsable")
    params = listed[0]
    if params is None:
        return {}
    if not isinstance(params, dict):
        raise Unparsable("params unparsable")
    return params


def _result(node: Node, method: str, params: dict[str, Any], version: int) -> dict[str, Any]:
    try:
        handler = METHODS.get(method)
        if handler is None or as_text(params.get("method", method)) != method:
            raise refusal("unknownCmd")
        with node.lock:
            return handler(Request(node, params, version)) | {"status": "success"}
    except RequestRefused as error:
        result = answer_of(error)
    except Exception:
        LOG.exception("method %s failed unexpectedly", method[:80])
        result = answer_of(refusal("internal"))
    echoed = {key: "<masked>" if key in SECRETS else value for key, value in params.items()}
    return result | {"status": "error", "request": echoed | {"command": method}}
