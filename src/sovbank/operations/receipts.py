"""What arrived on the redemption account for a redemption, and whether it is what was announced."""

from __future__ import annotations

from decimal import Decimal

from sovbank.core.machine import Kind
from sovbank.core.money import format_amount, parse_amount
from sovbank.core.permits import TokenReceipt, TokenTerms
from sovbank.errors.operations import ReceiptUnsuitable
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations.house import House
from sovbank.operations.terms import token_terms
from sovbank.wire.currency import display_currency
from sovbank.xrpl.port import DROPS_PER_XRP, TokenAmount, ValidatedTransaction


def find_receipt(house: House, operation: OperationRow) -> ValidatedTransaction | None:
    """Return the first payment under the tag that is exactly what was announced; None if none came.

    Anybody can send anything under any tag, so what does not suit is passed over while something does.

    Raises
    ------
    ReceiptUnsuitable
        Payments arrived and none of them suits; says what is wrong with the first.
    """
    refusals = []
    for payment in _payments(house, operation):
        refusal = _unsuitable(house, operation, payment)
        if refusal is None:
            return payment
        refusals.append(refusal)
    if refusals:
        more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
        raise ReceiptUnsuitable(refusals[0] + more)
    return None


def receipt_of(house: House, operation: OperationRow, payment: ValidatedTransaction) -> TokenReceipt | None:
    """Return a payment as the guard compares it; None when it did not deliver a token."""
    delivered = payment.delivered
    if not isinstance(delivered, TokenAmount):
        return None
    return TokenReceipt(
        tx_hash=payment.tx_hash,
        account=redemption_address(house, operation),
        sender=str(payment.tx["Account"]),
        delivered=TokenTerms(delivered.value, delivered.currency, delivered.issuer),
    )


def redemption_address(house: House, operation: OperationRow) -> str:
    """Return the account on which the redemption is received."""
    return house.redemption_of(operation.parameters["asset"]).address


def _payments(house: House, operation: OperationRow) -> list[ValidatedTransaction]:
    address = redemption_address(house, operation)
    tag = int(operation.facts["destination_tag"])
    return [
        found
        for found in house.ledger.transactions(address)
        if found.tx.get("TransactionType") == "Payment"
        and found.tx.get("Destination") == address
        and found.tx.get("DestinationTag") == tag
        and found.result == "tesSUCCESS"
    ]


def _unsuitable(house: House, operation: OperationRow, payment: ValidatedTransaction) -> str | None:
    receipt = receipt_of(house, operation, payment)
    amount = parse_amount(operation.parameters["amount"])
    if receipt is None or receipt.delivered != token_terms(house, operation.parameters["asset"], amount):
        asset = operation.parameters["asset"]
        return f"{payment.tx_hash} delivered {_delivered(payment)}, not {format_amount(amount)} {asset}"
    if receipt.sender != operation.parameters["holder"]:
        return f"{payment.tx_hash} came from {receipt.sender}, not from the holder"
    for other in house.journal.operations(kind=Kind.BURN, limit=ALL_ROWS):
        if other.id != operation.id and other.facts.get("receipt_tx") == payment.tx_hash:
            return f"{payment.tx_hash} belongs to redemption {other.reference}"
    return None


def _delivered(payment: ValidatedTransaction) -> str:
    delivered = payment.delivered
    if isinstance(delivered, TokenAmount):
        return f"{delivered.value} {display_currency(delivered.currency)} of {delivered.issuer}"
    if delivered is None:
        return "nothing that counts here"
    return f"{Decimal(delivered) / DROPS_PER_XRP} XRP"
