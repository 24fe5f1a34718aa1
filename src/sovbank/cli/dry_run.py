"""What --dry-run shows, and the refusal where nothing can be shown: it is never ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sovbank.errors.cli import DryRunNotPossible

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.operations.execution import Preview

_SUCCESS = "tesSUCCESS"
# What an officer reads first; other fields follow under the ledger's own names.
_FIRST = {
    "TransactionType": "type",
    "Account": "from",
    "Destination": "to",
    "DestinationTag": "tag",
    "Amount": "amount",
    "InvoiceID": "operation",
    "Fee": "fee",
}
# Nothing that an officer decides about.
_LEFT_OUT = frozenset({"SigningPubKey", "Memos", "Flags"})


def refuse_dry_run(run: Run, what: str) -> None:
    """Refuse --dry-run for a command that acts on the control plane or the books.

    Raises
    ------
    DryRunNotPossible
    """
    if run.options.dry_run:
        raise DryRunNotPossible(f"--dry-run cannot show {what} beforehand")


def give_preview(run: Run, preview: Preview) -> None:
    """Give what a transaction would be and what the node says of it."""
    tx = preview.transaction
    would = "would succeed" if preview.result == _SUCCESS else "WOULD FAIL"
    later = [name for name in sorted(tx) if name not in _LEFT_OUT and name not in _FIRST]
    pairs = [(label, _shown(name, tx[name])) for name, label in _FIRST.items() if name in tx]
    pairs += [(_NAMES.get(name, name), tx[name]) for name in later if name != "Sequence" or tx[name]]
    run.out.result(
        result={"dry_run": True, "result": preview.result, "transaction": tx},
        human=lambda out: out.panel(
            f"Nothing was signed or sent. The node says it {would}: {preview.result}", pairs
        ),
    )


_NAMES = {"LastLedgerSequence": "last ledger", "NetworkID": "network", "TicketSequence": "ticket"}


def _shown(name: str, value: Any) -> str:
    if name == "Fee":
        return f"{value} drops"
    if name == "InvoiceID":
        return str(value).lower()
    if not isinstance(value, dict):
        return str(value)
    from sovbank.core.money import parse_ledger_value
    from sovbank.operations.reconcile import exact
    from sovbank.wire.currency import display_currency

    amount = exact(parse_ledger_value(value["value"]))
    return f"{amount} {display_currency(value['currency'])} of {value['issuer']}"
