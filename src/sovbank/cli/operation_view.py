"""How an operation is shown: as data for programs, and as a panel for an officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.cli.render import Output
    from sovbank.journal.port import OperationRow

_TITLES = {
    "mint": "Mint",
    "distribute": "Distribution",
    "burn": "Redemption and burn",
    "settings": "Setting",
    "trust-line": "Trust line",
    "authorize": "Authorisation of a trust line",
    "whitelist": "Admission",
    "attest": "Attestation of reserves",
    "freeze": "Global freeze",
    "cancellation": "Cancellation of a transaction",
    "membership": "Membership",
    "membership-end": "End of a membership",
    "membership-withdrawal": "Withdrawal of a membership",
}
# Labels of at most twelve letters, so that 64 hex digits still fit beside them on 80 columns.
_LABELS = {
    "operation": "cancels",
    "destination_tag": "tag",
    "document_sha256": "document",
    "expires_on": "valid until",
}
_FACTS = (
    ("requested_by", "requested by"),
    ("approved_by", "approved by"),
    ("confirmed_by", "confirmed by"),
    ("cancelled_by", "cancelled by"),
    ("destination_tag", "tag"),
    ("receipt_tx", "received in"),
    ("nftoken_id", "NFToken"),
    ("offer_id", "offer"),
    ("reason", "reason"),
    ("revoked_by", "revoked by"),
    ("withdrawn_by", "withdrawn by"),
    ("tx_hash", "transaction"),
    ("validated_ledger", "in ledger"),
    ("attestation_tx", "attestation"),
)


def operation_data(operation: OperationRow) -> dict[str, Any]:
    """Return an operation for ``--json``."""
    return {
        "id": operation.id,
        "kind": operation.kind.value,
        "reference": operation.reference,
        "state": operation.state.value,
        "parameters": dict(operation.parameters),
        "facts": dict(operation.facts),
        "created_by": operation.created_by,
        "created_at": operation.created_at,
        "updated_at": operation.updated_at,
    }


def give_operation(
    run: Run,
    operation: OperationRow,
    *,
    result: Mapping[str, Any] | None = None,
    more: Sequence[tuple[str, Any]] = (),
) -> None:
    """Give an operation as the outcome of a command."""
    run.out.result(
        operation=operation_data(operation),
        result=result,
        human=lambda out: show_operation(out, operation, more=more),
    )


def show_operation(out: Output, operation: OperationRow, *, more: Sequence[tuple[str, Any]] = ()) -> None:
    """Write an operation for an officer: the amount first, then where it stands and what proves it."""
    out.panel(operation_title(operation), [*operation_pairs(operation), *more])


def operation_title(operation: OperationRow) -> str:
    """Return what an operation of this kind is called."""
    return _TITLES.get(operation.kind.value, operation.kind.value)


def operation_pairs(operation: OperationRow) -> list[tuple[str, Any]]:
    """Return names and values of an operation, in the order in which they matter."""
    pairs: list[tuple[str, Any]] = [("state", operation.state.value), *_subject(operation)]
    pairs += [("reference", operation.reference), ("operation", operation.id)]
    return [*pairs, *((label, operation.facts[name]) for name, label in _FACTS if operation.facts.get(name))]


def _subject(operation: OperationRow) -> list[tuple[str, Any]]:
    parameters = dict(operation.parameters)
    pairs: list[tuple[str, Any]] = []
    if "amount" in parameters and "asset" in parameters:
        from sovbank.core.money import format_amount, parse_amount

        amount = format_amount(parse_amount(parameters.pop("amount")))
        pairs.append(("amount", f"{amount} {parameters.pop('asset')}"))
    if "step" in parameters and operation.facts.get("title"):
        # The step says the same for machines.
        parameters.pop("step")
        pairs.append(("what", operation.facts["title"]))
    pairs += [(_label(name), value) for name, value in parameters.items() if value]
    if operation.kind.value == "cancellation":
        from sovbank.cli.cancel_view import cancelled_sentence

        pairs.append(("instead of", cancelled_sentence(operation)))
    return pairs


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))
