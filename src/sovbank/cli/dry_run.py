"""What --dry-run shows, and the refusal where nothing can be shown: it is never ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sovbank.errors.cli import DryRunNotPossible

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.operations.execution import Preview

_SUCCESS = "tesSUCCESS"


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
    pairs = [(name, value) for name, value in sorted(tx.items()) if not isinstance(value, list)]
    run.out.result(
        result={"dry_run": True, "result": preview.result, "transaction": tx},
        human=lambda out: out.panel(
            f"Nothing was signed or sent. The node says it {would}: {preview.result}", pairs
        ),
    )
