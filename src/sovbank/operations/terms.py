"""What the payments of operations must be, as the guard compares them."""

from __future__ import annotations

from decimal import Decimal

from sovbank.core.permits import AnchorTerms, PaymentTerms, TokenTerms
from sovbank.journal.port import OperationRow
from sovbank.operations.history import payment_of
from sovbank.operations.house import House


def tag_of(operation_id: str, place: int = 0) -> int:
    """Return the destination tag that an operation id gives: 32 of its bits, from the given place on."""
    return int(operation_id[8 * place : 8 * place + 8], 16)


def token_terms(house: House, asset: str, value: Decimal) -> TokenTerms:
    """Return an amount of an asset as the ledger names it."""
    return TokenTerms(value, house.ledger_currency(asset), house.issuer_of(asset).address)


def anchor_terms(house: House, operation: OperationRow) -> AnchorTerms:
    """Return the memo that binds a payment to the intent row of its operation."""
    anchor = house.journal.anchor(operation.id)
    return AnchorTerms(anchor.seq, anchor.hash)


def payment_terms(
    house: House,
    operation: OperationRow,
    *,
    account: str,
    destination: str,
    amount: TokenTerms,
    destination_tag: int | None = None,
) -> PaymentTerms:
    """Return the one payment that the operation may make, with what the account's history says of it now."""
    paid = payment_of(house, operation, account)
    return PaymentTerms(
        account=account,
        destination=destination,
        amount=amount,
        invoice_id=operation.id,
        destination_tag=destination_tag,
        paid_by=paid.tx_hash if paid is not None else None,
    )
