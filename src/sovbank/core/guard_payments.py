"""The guarded signer's rules for the rows that move tokens: mint, distribute, burn and bounce.

Each row function returns the fields that it has looked at beside the common ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.core.money import parse_ledger_value
from sovbank.core.permits import (
    BouncePermit,
    BurnPermit,
    DistributePermit,
    MintPermit,
    PaymentTerms,
    TokenReceipt,
    TokenTerms,
)
from sovbank.errors.core import MalformedAmount
from sovbank.errors.guard import (
    AlreadyPaid,
    ControlPlanePaused,
    DepositExhausted,
    DepositMissing,
    DestinationNotWhitelisted,
    FlagsNotAllowed,
    IndirectPayment,
    MintNotExecutable,
    NotToSender,
    PartialPayment,
    ReceiptAmountDiffers,
    ReceiptElsewhere,
    ReceiptMissing,
    WrongAccount,
    WrongAmount,
    WrongDestination,
    WrongDestinationTag,
    WrongDirection,
    WrongInvoice,
    WrongToken,
    WrongTransactionType,
)

Tx = Mapping[str, Any]

_TF_PARTIAL_PAYMENT = 0x00020000
_INDIRECT = ("Paths", "SendMax", "DeliverMin")
_PAYMENT_FIELDS = frozenset({"Amount", "Destination", "DestinationTag", "InvoiceID"})


def check_mint(tx: Tx, permit: MintPermit, _network_id: int) -> frozenset[str]:
    """Check a mint: executable now, and exactly the request's payment out of its issuer."""
    if not permit.executable:
        raise MintNotExecutable("MintGuard does not let this mint be executed")
    if permit.payment.account != permit.payment.amount.issuer:
        raise WrongDirection("a mint starts at the issuer")
    return _check_payment(tx, permit.payment)


def check_distribute(tx: Tx, permit: DistributePermit, _network_id: int) -> frozenset[str]:
    """Check a distribution: covered by a booked deposit, to a whitelisted account, not paused."""
    payment = permit.payment
    if permit.paused:
        raise ControlPlanePaused("the control plane is paused: nothing is distributed")
    if not permit.whitelisted:
        raise DestinationNotWhitelisted(f"{payment.destination} is not whitelisted")
    if permit.deposit_left is None:
        raise DepositMissing("no booked deposit stands behind the distribution")
    if payment.amount.value > permit.deposit_left:
        raise DepositExhausted(f"the deposit has {permit.deposit_left} left, not {payment.amount.value}")
    _check_between_holders(payment)
    return _check_payment(tx, payment)


def check_burn(tx: Tx, permit: BurnPermit, _network_id: int) -> frozenset[str]:
    """Check a burn: the whole of a validated receipt, from where it arrived to the issuer."""
    _check_receipt(permit.receipt, permit.payment)
    if permit.payment.destination != permit.payment.amount.issuer:
        raise WrongDirection("a burn ends at the issuer")
    return _check_payment(tx, permit.payment)


def check_bounce(tx: Tx, permit: BouncePermit, _network_id: int) -> frozenset[str]:
    """Check a bounce: the whole of a validated receipt, from where it arrived to its sender."""
    receipt = _check_receipt(permit.receipt, permit.payment)
    if permit.payment.destination != receipt.sender:
        raise NotToSender(f"the receipt came from {receipt.sender}, not {permit.payment.destination}")
    _check_between_holders(permit.payment)
    return _check_payment(tx, permit.payment)


def check_amount(found: Any, terms: TokenTerms, *, counterparty: str) -> None:
    """Refuse an amount field that is not exactly the terms; ``counterparty`` stands in its issuer field."""
    if not isinstance(found, Mapping) or found.keys() != {"currency", "issuer", "value"}:
        raise WrongToken("the amount is not one of a token")
    if type(found["value"]) is not str:
        raise WrongAmount(f"the amount {found['value']!r} is not text")
    if (found["currency"], found["issuer"]) != (terms.currency, counterparty):
        raise WrongToken(
            f"the amount is in {found['currency']} of {found['issuer']},"
            f" not in {terms.currency} of {counterparty}"
        )
    try:
        value = parse_ledger_value(found["value"])
    except MalformedAmount as error:
        raise WrongAmount(error.message) from error
    if value != terms.value:
        raise WrongAmount(f"the amount is {value}, permitted is {terms.value}")


def _check_between_holders(payment: PaymentTerms) -> None:
    if payment.amount.issuer in (payment.account, payment.destination):
        raise WrongDirection("the issuer has no part in a payment between holders")


def _check_receipt(receipt: TokenReceipt | None, payment: PaymentTerms) -> TokenReceipt:
    if receipt is None:
        raise ReceiptMissing("no validated receipt stands behind the payment")
    if receipt.account != payment.account:
        raise ReceiptElsewhere(f"the receipt arrived on {receipt.account}, not on {payment.account}")
    if receipt.delivered != payment.amount:
        raise ReceiptAmountDiffers(
            f"the receipt delivered {receipt.delivered.value}, the payment is {payment.amount.value}"
        )
    return receipt


def _check_payment(tx: Tx, payment: PaymentTerms) -> frozenset[str]:
    if payment.paid_by is not None:
        raise AlreadyPaid(f"transaction {payment.paid_by} already carries this InvoiceID")
    if tx.get("TransactionType") != "Payment":
        raise WrongTransactionType(f"a {tx.get('TransactionType')} is not a Payment")
    if tx.get("Account") != payment.account:
        raise WrongAccount(f"the payment is from {tx.get('Account')}, permitted is {payment.account}")
    if tx.get("Destination") != payment.destination:
        raise WrongDestination(f"the payment is to {tx.get('Destination')}, not {payment.destination}")
    _check_tag(tx, payment.destination_tag)
    _check_flags(tx)
    if any(name in tx for name in _INDIRECT):
        raise IndirectPayment("the payment has Paths, SendMax or DeliverMin")
    check_amount(tx.get("Amount"), payment.amount, counterparty=payment.amount.issuer)
    if payment.amount.value <= 0:
        raise WrongAmount(f"the permitted amount {payment.amount.value} is not above zero")
    if not payment.invoice_id or tx.get("InvoiceID") != payment.invoice_id.upper():
        raise WrongInvoice(f"InvoiceID is {tx.get('InvoiceID')}, not {payment.invoice_id.upper()}")
    return _PAYMENT_FIELDS


def _check_tag(tx: Tx, expected: int | None) -> None:
    found = tx.get("DestinationTag")
    if type(found) is not type(expected) or found != expected:
        raise WrongDestinationTag(f"the destination tag is {found}, permitted is {expected}")


def _check_flags(tx: Tx) -> None:
    flags = tx.get("Flags", 0)
    if type(flags) is not int:
        raise FlagsNotAllowed(f"the flags are {flags!r}")
    if flags & _TF_PARTIAL_PAYMENT:
        raise PartialPayment("the payment carries tfPartialPayment")
    if flags:
        raise FlagsNotAllowed(f"a payment carries no flags, not 0x{flags:08X}")
