"""Errors of the JSON-RPC interface: the server's tokens, numbers and messages."""

from __future__ import annotations

from typing import Any, Final

from sovbank.errors.devnet import RequestRefused

_ERRORS: Final[dict[str, tuple[int, str]]] = {
    "actMalformed": (35, "Account malformed."),
    "actNotFound": (19, "Account not found."),
    "badFeature": (40, "Feature unknown or invalid."),
    "badCredentials": (95, "Credentials do not exist, are not accepted, or have expired."),
    "dstActNotFound": (50, "Destination account not found."),
    "domainMalformed": (97, "Domain is malformed."),
    "entryNotFound": (98, "Entry not found."),
    "excessiveLgrRange": (78, "Ledger range exceeds 1000."),
    "internal": (73, "Internal error."),
    "invalidHotWallet": (30, "Invalid hotwallet."),
    "invalidLgrRange": (79, "Ledger range is invalid."),
    "invalidParams": (31, "Invalid parameters."),
    "lgrIdxsInvalid": (57, "Ledger indexes invalid."),
    "lgrIdxMalformed": (58, "Ledger index malformed."),
    "lgrNotFound": (21, "Ledger not found."),
    "lgrNotValidated": (22, "Ledger not validated."),
    "notImpl": (74, "Not implemented."),
    "notSupported": (75, "Operation not supported."),
    "objectNotFound": (92, "The requested object was not found."),
    "signingMalformed": (63, "Signing of transaction is malformed."),
    "srcActMalformed": (65, "Source account is malformed."),
    "srcActMissing": (66, "Source account not provided."),
    "srcActNotFound": (67, "Source account not found."),
    "transactionSigned": (96, "Transaction should not be signed."),
    "txnNotFound": (29, "Transaction not found."),
    "unexpectedLedgerType": (99, "Unexpected ledger type."),
    "unknownCmd": (32, "Unknown method."),
    "wrongNetwork": (4, "Wrong network."),
}

SECRETS: Final = ("passphrase", "secret", "seed", "seed_hex")
"""Parameters that hold a key; no answer repeats them."""


def refusal(token: str, message: str | None = None, *, body: dict[str, Any] | None = None) -> RequestRefused:
    """Make an error of the server's, with its own message unless another is given."""
    number, usual = _ERRORS[token]
    return RequestRefused(token, message or usual, number=number, body=body)


def bare_refusal(token: str, message: str = "") -> RequestRefused:
    """Make an error that has a token and no number, as some answers of the server do."""
    return RequestRefused(token, message)


def malformed(token: str, message: str) -> RequestRefused:
    """Make an error of its own token under the number of invalid parameters."""
    return RequestRefused(token, message, number=_ERRORS["invalidParams"][0])


def missing(field: str) -> RequestRefused:
    """Make the error for a field that is not there."""
    return refusal("invalidParams", f"Missing field '{field}'.")


def invalid(field: str) -> RequestRefused:
    """Make the error for a field whose value makes no sense."""
    return refusal("invalidParams", f"Invalid field '{field}'.")


def expected(field: str, kind: str) -> RequestRefused:
    """Make the error for a field of the wrong kind."""
    return refusal("invalidParams", f"Invalid field '{field}', not {kind}.")


def answer_of(error: RequestRefused) -> dict[str, Any]:
    """Give the result object that carries an error."""
    answer = {**error.body, "error": error.token}
    if error.number is not None:
        answer["error_code"] = error.number
        answer["error_message"] = error.message
    elif error.message:
        answer["error_exception"] = error.message
    return answer
