"""Identity of operations: the same command gives the same operation.

An operation id is SHA-256 over its kind, its parameters without the expiry, and its reference. It binds the
bank reference, the control-plane request and the XRP Ledger InvoiceID together.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from sovbank.core.canonical import digest
from sovbank.errors.core import MalformedReference

_DOMAIN = "sovbank/operation/v1"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", re.ASCII)
_OPERATION_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f]{8,64}", re.ASCII)
BANK_REFERENCE_CHARACTERS = 32


def check_reference(text: str) -> str:
    """Return the reference, or refuse one that a bank or a file name could not carry.

    Raises
    ------
    MalformedReference
    """
    if not _REFERENCE.fullmatch(text):
        raise MalformedReference(f"not a reference: {text[:80]!r}")
    return text


def is_operation_id(text: str) -> bool:
    """Say whether the text is an operation id: 64 lower-case hex digits."""
    return _OPERATION_ID.fullmatch(text) is not None


def is_operation_prefix(text: str) -> bool:
    """Say whether the text can name an operation: at least eight of its lower-case hex digits."""
    return _PREFIX.fullmatch(text) is not None


def operation_id(kind: str, parameters: Mapping[str, str], reference: str) -> str:
    """Return the 64 hex digits that identify an operation of any kind but a mint.

    ``parameters`` are strings only (amounts in plain digits) and hold no expiry. A mint's id is computed by
    ``sovbank.evm.identity.mint_request_id``, because the contract computes the same one.
    """
    return digest(
        _DOMAIN,
        {"kind": kind, "parameters": dict(parameters), "reference": check_reference(reference)},
    )


def bank_message_id(operation: str) -> str:
    """Return the operation's name on a payment instruction: 32 base32 characters, 160 bits of the id."""
    return base64.b32encode(bytes.fromhex(operation)).decode()[:BANK_REFERENCE_CHARACTERS]
