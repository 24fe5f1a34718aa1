"""Refusals of bank statements."""

from __future__ import annotations

from sovbank.errors.base import Failed, UsageRefused

_WHOLE = "Nothing was imported. Ask the bank for the file again; do not correct it by hand."


class StatementMalformed(Failed):
    """A statement file is not exactly what its format says; the message names row and column."""

    code = "bank.statement-malformed"
    default_next_step = _WHOLE


class StatementTooLarge(StatementMalformed):
    """A statement file is larger than this program reads."""

    code = "bank.statement-too-large"
    default_next_step = "Nothing was imported. Ask the bank for a statement of a shorter period."


class ReferenceRepeated(StatementMalformed):
    """Two entries of one file carry the same reference, so one of them may be a duplicate."""

    code = "bank.reference-repeated"
    default_next_step = _WHOLE


class StatementFormatUnknown(UsageRefused):
    """No reader exists for the named statement format."""

    code = "bank.statement-format-unknown"
    default_next_step = "Name one of the formats of docs/bank-statements.md."
