"""Refusals of XRP Ledger bytes and addresses."""

from __future__ import annotations

from sovbank.errors.base import UsageRefused

_ASK_AGAIN = "Ask the sender for the blob again; do not sign or submit this one."


class MalformedBlob(UsageRefused):
    """The bytes are not one canonical XRP Ledger object."""

    code = "wire.malformed-blob"
    default_next_step = _ASK_AGAIN


class BlobTooLarge(UsageRefused):
    """The blob is larger than any transaction this program handles."""

    code = "wire.blob-too-large"
    default_next_step = _ASK_AGAIN


class BlobTooDeep(UsageRefused):
    """Objects and arrays are nested deeper than any transaction needs."""

    code = "wire.blob-too-deep"
    default_next_step = _ASK_AGAIN


class NotEncodable(UsageRefused):
    """A transaction cannot be written in the ledger's format without loss."""

    code = "wire.not-encodable"
    default_next_step = "Correct the named field; nothing was signed."


class MalformedAddress(UsageRefused):
    """The text is not a classic XRP Ledger address."""

    code = "wire.malformed-address"
    default_next_step = "Give a classic address (it starts with r). X-addresses are not accepted."


class MalformedCurrency(UsageRefused):
    """The text is not a currency code that the ledger accepts for a token."""

    code = "wire.malformed-currency"
    default_next_step = "Use three characters other than XRP, up to 20 ASCII characters, or 40 hex digits."
