"""``deposit_authorized``: whether one account may pay another that asks for authorisation."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import CREDENTIAL_ACCEPTED, AccountFlag
from sovbank.devnet.ledger.view import read_account
from sovbank.devnet.rpc.refusals import expected, missing, refusal
from sovbank.devnet.rpc.request import Request, Selected, parse_account, parse_hash

MAX_CREDENTIALS: Final = 8


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    source = _account(request, "source_account")
    destination = _account(request, "destination_account")
    selected = request.ledger()
    if read_account(selected.view, source) is None:
        raise refusal("srcActNotFound", body=selected.answer)
    entry = read_account(selected.view, destination)
    if entry is None:
        raise refusal("dstActNotFound", body=selected.answer)
    answer = dict(selected.answer)
    credentials = None
    if "credentials" in request.params:
        credentials = _credentials(request, selected, source)
        answer["credentials"] = request.params["credentials"]
    authorized = True
    if entry.has_flag(AccountFlag.DEPOSIT_AUTH) and source != destination:
        authorized = selected.view.exists(keylets.deposit_preauth(destination, source)) or (
            credentials is not None
            and selected.view.exists(keylets.deposit_preauth_credentials(destination, credentials))
        )
    return {
        **answer,
        "source_account": request.params["source_account"],
        "destination_account": request.params["destination_account"],
        "deposit_authorized": authorized,
    }


def _account(request: Request, field: str) -> bytes:
    if field not in request.params:
        raise missing(field)
    if not isinstance(request.params[field], str):
        raise expected(field, "a string")
    account = parse_account(request.params[field])
    if account is None:
        raise refusal("actMalformed")
    return account


def _credentials(request: Request, selected: Selected, source: bytes) -> set[tuple[bytes, bytes]]:
    """Give (issuer, type) of the credentials named, each accepted, alive and the sender's."""
    named = request.params["credentials"]
    if not isinstance(named, list) or not named:
        raise expected("credentials", "is non-empty array of CredentialID(hash256)")
    if len(named) > MAX_CREDENTIALS:
        raise expected("credentials", "array too long")
    found: set[tuple[bytes, bytes]] = set()
    for text in named:
        key = parse_hash(text)
        if key is None:
            raise expected("credentials", "an array of CredentialID(hash256)")
        entry = selected.view.read(key)
        problem = None
        if entry is None or entry.type != "Credential":
            problem = "credentials don't exist"
        elif not entry.has_flag(CREDENTIAL_ACCEPTED):
            problem = "credentials aren't accepted"
        elif entry.get("Expiration", 2**32) < selected.view.info.parent_close_time:
            problem = "credentials are expired"
        elif entry["Subject"] != source:
            problem = "credentials doesn't belong to the root account"
        elif (entry["Issuer"], entry["CredentialType"]) in found:
            problem = "duplicates in credentials"
        else:
            found.add((entry["Issuer"], entry["CredentialType"]))
        if problem is not None:
            raise refusal("badCredentials", problem, body=selected.answer)
    return found
