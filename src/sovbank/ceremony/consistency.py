"""What the parts of a bundle must be to each other, in numbered steps; each refusal names the place.

1. One operation for each transaction, none twice, and each id follows from its own parameters.
2. Every transaction survives the ledger's format and is unsigned, of the one account, made for several
   signers, bound to the bundle's network and to a ticket or sequence of its own.
3. The expiry is the smallest LastLedgerSequence and lies after the ledger at which the signers were read.
4. The signers stand in the ledger's order, none twice, not the account itself, and can reach the quorum.
5. The totals and the number of effects are those of the transactions.
6. The signatures stand in order, one of a signer for a transaction at most, each of a listed transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.ceremony.limits import (
    MAX_TRANSACTION_BYTES,
    MAX_TRANSACTION_VALUES,
    MAX_TRANSACTIONS_BYTES,
)
from sovbank.ceremony.records import Bundle, Operation, Signature
from sovbank.ceremony.totals import totals_of
from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind
from sovbank.errors.base import SovbankError
from sovbank.errors.ceremony import BundleInconsistent, BundleTooLarge
from sovbank.wire.addresses import decode_address
from sovbank.wire.codec import encode_tx

_LAST_LEGACY_NETWORK = 1024
_TF_PARTIAL_PAYMENT = 0x00020000
_LONGEST_JSON = 4 * MAX_TRANSACTION_BYTES
_COMMON = ("TransactionType", "Account", "Fee", "LastLedgerSequence")
# What the ledger demands of the types that officers are told about in words (xrpl.org, transaction types).
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Clawback": ("Amount",),
    "NFTokenBurn": ("NFTokenID",),
    "NFTokenMint": ("NFTokenTaxon",),
    "Payment": ("Destination", "Amount"),
    "SignerListSet": ("SignerQuorum",),
    "TicketCreate": ("TicketCount",),
    "TrustSet": ("LimitAmount",),
}
_SIGNED = ("TxnSignature", "Signers", "hash")


def check_consistency(bundle: Bundle) -> None:
    """Refuse a bundle whose parts contradict each other.

    Raises
    ------
    BundleInconsistent, BundleTooLarge
    """
    _check_operations(bundle)
    _check_transactions(bundle)
    _check_expiry(bundle)
    _check_signers(bundle)
    _check_totals(bundle)
    _check_order(bundle)


def signature_order(signature: Signature) -> tuple[int, bytes]:
    """Return the key by which signatures stand in a bundle: transaction, then the signer's AccountID."""
    return signature.transaction, decode_address(signature.signer)


def _check_operations(bundle: Bundle) -> None:
    operations = bundle.purpose.operations
    if len(operations) != len(bundle.transactions):
        raise _wrong("purpose.operations", f"{len(operations)} for {len(bundle.transactions)} transactions")
    if len({operation.id for operation in operations}) != len(operations):
        raise _wrong("purpose.operations", "an operation stands twice")
    for place, (operation, tx) in enumerate(zip(operations, bundle.transactions, strict=True)):
        if not _follows(operation):
            raise _wrong(
                f"purpose.operations.{place}.id", "it does not follow from kind, parameters, reference"
            )
        if "InvoiceID" in tx and tx["InvoiceID"] != operation.id.upper():
            raise _wrong(f"transactions.{place}.InvoiceID", "it is not the id of the transaction's operation")


def _follows(operation: Operation) -> bool:
    # A mint's id is computed by the contract's rule, which needs more than the bundle; signing compares it.
    if operation.kind == Kind.MINT:
        return True
    return operation.id == operation_id(operation.kind, operation.parameters, operation.reference)


def _check_transactions(bundle: Bundle) -> None:
    slots: set[tuple[str, int]] = set()
    total = 0
    if _values_in(bundle.transactions) > MAX_TRANSACTION_VALUES:
        raise BundleTooLarge(f"the transactions hold more than {MAX_TRANSACTION_VALUES} values")
    for place, tx in enumerate(bundle.transactions):
        where = f"transactions.{place}"
        if len(str(tx)) > _LONGEST_JSON:
            raise BundleTooLarge(f"{where} has more than {_LONGEST_JSON} characters")
        try:
            size = len(encode_tx(tx))
        except SovbankError as refusal:
            raise _wrong(where, refusal.message) from refusal
        total += size
        if size > MAX_TRANSACTION_BYTES or total > MAX_TRANSACTIONS_BYTES:
            raise BundleTooLarge(f"{where} makes the list of transactions larger than any ceremony needs")
        _check_common(bundle, where, tx)
        slot = _slot(where, tx)
        if slot in slots:
            raise _wrong(where, f"its {slot[0]} {slot[1]} stands twice")
        slots.add(slot)


def _values_in(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + sum(map(_values_in, value.values()))
    if isinstance(value, list | tuple):
        return 1 + sum(map(_values_in, value))
    return 1


def _check_common(bundle: Bundle, where: str, tx: Mapping[str, Any]) -> None:
    for name in (*_COMMON, *_REQUIRED.get(str(tx.get("TransactionType")), ())):
        if name not in tx:
            raise _wrong(f"{where}.{name}", "it is missing")
    signed = next((name for name in _SIGNED if name in tx), None)
    if signed is not None:
        raise _wrong(f"{where}.{signed}", "the transaction is signed already")
    if tx["Account"] != bundle.signer_list.account:
        raise _wrong(f"{where}.Account", "it is not the account of the signer list")
    if tx.get("SigningPubKey") != "":
        raise _wrong(f"{where}.SigningPubKey", "the transaction is not made for several signers")
    network = bundle.network.id if bundle.network.id > _LAST_LEGACY_NETWORK else None
    if tx.get("NetworkID") != network:
        raise _wrong(f"{where}.NetworkID", f"{tx.get('NetworkID')} on network {bundle.network.id}")
    if tx["TransactionType"] == "Payment" and tx.get("Flags", 0) & _TF_PARTIAL_PAYMENT:
        raise _wrong(f"{where}.Flags", "a partial payment may deliver less than it says")


def _slot(where: str, tx: Mapping[str, Any]) -> tuple[str, int]:
    ticket, sequence = tx.get("TicketSequence"), tx.get("Sequence")
    if ticket is not None and ticket > 0 and sequence == 0:
        return "ticket", int(ticket)
    if ticket is None and isinstance(sequence, int) and sequence > 0:
        return "sequence", sequence
    raise _wrong(f"{where}.Sequence", "a transaction has either a ticket or a sequence")


def _check_expiry(bundle: Bundle) -> None:
    last = min(tx["LastLedgerSequence"] for tx in bundle.transactions)
    if bundle.expiry.ledger_index != last:
        raise _wrong(
            "expiry.ledger_index", f"{bundle.expiry.ledger_index}, but the transactions end at {last}"
        )
    if bundle.signer_list.ledger_index >= last:
        raise _wrong("signer_list.ledger_index", "the signers were read after the bundle expires")


def _check_signers(bundle: Bundle) -> None:
    accounts = [signer.account for signer in bundle.signer_list.signers]
    if accounts != sorted(set(accounts), key=decode_address):
        raise _wrong("signer_list.signers", "they are not in the ledger's order, each once")
    if bundle.signer_list.account in accounts:
        raise _wrong("signer_list.signers", "the account itself cannot be one of its signers")
    if bundle.signer_list.quorum > sum(signer.weight for signer in bundle.signer_list.signers):
        raise _wrong("signer_list.quorum", "the signers cannot reach it")


def _check_totals(bundle: Bundle) -> None:
    try:
        expected = totals_of(bundle.transactions)
    except (SovbankError, ValueError) as refusal:
        raise _wrong("transactions", f"an amount cannot be added up ({type(refusal).__name__})") from refusal
    if bundle.totals != expected:
        raise _wrong("totals", "they are not what the transactions add up to")
    if bundle.effects is not None and len(bundle.effects) != len(bundle.transactions):
        raise _wrong("effects", f"{len(bundle.effects)} for {len(bundle.transactions)} transactions")


def _check_order(bundle: Bundle) -> None:
    keys = [signature_order(signature) for signature in bundle.signatures]
    if keys != sorted(set(keys)):
        raise _wrong("signatures", "they are not in order, each signer once for a transaction")
    if keys and keys[-1][0] >= len(bundle.transactions):
        raise _wrong("signatures", "one is for a transaction that is not in the list")


def _wrong(path: str, what: str) -> BundleInconsistent:
    return BundleInconsistent(f"{path}: {what}", details={"path": path})
