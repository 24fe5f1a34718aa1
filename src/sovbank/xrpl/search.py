"""Searches in an account's history."""

from __future__ import annotations

from collections.abc import Sequence

from sovbank.xrpl.envelope import invoice
from sovbank.xrpl.port import LedgerReader, ValidatedTransaction


def find_invoice(
    reader: LedgerReader,
    account: str,
    invoice_id: str,
    *,
    first_ledger: int | None = None,
    last_ledger: int | None = None,
) -> Sequence[ValidatedTransaction]:
    """Return the account's validated transactions that carry the InvoiceID, oldest first, failed ones too.

    The ledger does not enforce that an InvoiceID is unique, so this is searched before every signature.
    ``first_ledger`` must be old enough to cover the operation; a gap from there on raises ``NodeGap``.
    """
    wanted = invoice(invoice_id)
    history = reader.transactions(account, first_ledger=first_ledger, last_ledger=last_ledger)
    return [transaction for transaction in history if transaction.tx.get("InvoiceID") == wanted]
