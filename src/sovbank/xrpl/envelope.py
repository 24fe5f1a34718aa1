"""The common fields of a transaction: who sends it, on which network, until when, and for what fee."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sovbank.errors.base import SovbankError
from sovbank.errors.xrpl import FeeOutOfBounds, TransactionRefused
from sovbank.wire.addresses import is_address
from sovbank.wire.codec import encode_tx

Tx = dict[str, Any]

# Networks up to 1024 must not carry a NetworkID, those above must (xrpl.org: NetworkID).
LAST_LEGACY_NETWORK = 1024
MOST_FEE_DROPS = 200_000
_HASH = re.compile(r"[0-9A-Fa-f]{64}", re.ASCII)
_ANCHOR_TYPE = b"sovbank/anchor".hex().upper()
_ANCHOR = re.compile(rb"([0-9]{1,18}) ([0-9a-f]{64})")


@dataclass(frozen=True)
class Anchor:
    """A position of the audit log that a transaction carries to the ledger: row number and its hash."""

    sequence: int
    head: str


@dataclass(frozen=True)
class Envelope:
    """The common fields of one transaction.

    ``fee`` is in drops (see ``fee_for``); ``last_ledger`` is the last ledger index in which it can apply.
    Exactly one of ``ticket`` and ``sequence`` is given. A multisigned transaction has an empty
    SigningPubKey; a single-signed one gets its key when it is signed.
    """

    account: str
    network_id: int
    last_ledger: int
    fee: int
    multisigned: bool
    ticket: int | None = None
    sequence: int | None = None


def fee_for(base_fee: int, *, signers: int = 0, margin: int = 1) -> int:
    """Return base fee x (1 + signers) x margin, in drops.

    Parameters
    ----------
    base_fee
        The node's base fee in drops.
    signers
        The most signatures that will be attached; 0 for a single signature.
    margin
        Room for congestion, since the fee is signed: a factor of 1 to 100.

    Raises
    ------
    FeeOutOfBounds
        Above the hard cap of 200,000 drops (0.2 XRP).
    """
    if base_fee < 1 or not 0 <= signers <= 32 or not 1 <= margin <= 100:
        raise TransactionRefused("the base fee, the number of signers or the margin is out of range")
    fee = base_fee * (1 + signers) * margin
    if fee > MOST_FEE_DROPS:
        raise FeeOutOfBounds(f"the fee would be {fee} drops; the most is {MOST_FEE_DROPS}")
    return fee


def finish(envelope: Envelope, kind: str, fields: Mapping[str, Any], *, flags: int = 0) -> Tx:
    """Return the transaction with its common fields, checked by the SDK's model and by the codec.

    Raises
    ------
    TransactionRefused, FeeOutOfBounds
    """
    tx: Tx = {"TransactionType": kind, **_common(envelope), "Flags": flags, **fields}
    _check_model(tx)
    try:
        encode_tx(tx)
    except SovbankError as error:
        raise TransactionRefused(f"the {kind} cannot be written exactly: {error.message}") from error
    return tx


def invoice(invoice_id: str) -> str:
    """Return the InvoiceID in the ledger's form: 64 upper-case hex digits, not all zero."""
    if not _HASH.fullmatch(invoice_id) or not int(invoice_id, 16):
        raise TransactionRefused(f"not an invoice id: {invoice_id[:80]!r}")
    return invoice_id.upper()


def memos(anchor: Anchor | None) -> dict[str, Any]:
    """Return the Memos field that carries an anchor; nothing without one."""
    if anchor is None:
        return {}
    data = f"{anchor.sequence} {anchor.head}".encode("ascii")
    if not _ANCHOR.fullmatch(data):
        raise TransactionRefused("an anchor is a row number and a SHA-256 in lower-case hex")
    return {"Memos": [{"Memo": {"MemoType": _ANCHOR_TYPE, "MemoData": data.hex().upper()}}]}


def read_anchor(tx: Mapping[str, Any]) -> Anchor | None:
    """Return the anchor that a transaction carries, or None. Memos of any other kind are passed over."""
    for item in tx.get("Memos", ()):
        memo = item.get("Memo", {})
        if memo.get("MemoType") != _ANCHOR_TYPE:
            continue
        match = _ANCHOR.fullmatch(bytes.fromhex(memo.get("MemoData", "")))
        if match:
            return Anchor(int(match[1]), match[2].decode("ascii"))
    return None


def _common(envelope: Envelope) -> Tx:
    if not is_address(envelope.account):
        raise TransactionRefused(f"not a classic address: {envelope.account[:64]!r}")
    if (envelope.ticket is None) == (envelope.sequence is None):
        raise TransactionRefused("a transaction uses either a ticket or a sequence")
    if not 1 <= envelope.fee <= MOST_FEE_DROPS:
        raise FeeOutOfBounds(f"a fee of {envelope.fee} drops is outside 1 to {MOST_FEE_DROPS}")
    common: Tx = {
        "Account": envelope.account,
        "Fee": str(envelope.fee),
        "Sequence": _index(envelope.sequence) if envelope.sequence is not None else 0,
        "LastLedgerSequence": _index(envelope.last_ledger),
    }
    if envelope.ticket is not None:
        common["TicketSequence"] = _index(envelope.ticket)
    if envelope.network_id > LAST_LEGACY_NETWORK:
        common["NetworkID"] = envelope.network_id
    if envelope.multisigned:
        common["SigningPubKey"] = ""
    return common


def _index(value: int) -> int:
    if not 1 <= value <= 2**32 - 1:
        raise TransactionRefused(f"{value} is not a ledger index or sequence")
    return value


def _check_model(tx: Tx) -> None:
    from xrpl.models.exceptions import XRPLModelException
    from xrpl.models.transactions.transaction import Transaction

    given = {name: value for name, value in tx.items() if name != "SigningPubKey"}
    if "Domain" in given:
        # The model mistakes the upper-case hex digits for upper-case letters of the domain.
        given["Domain"] = given["Domain"].lower()
    try:
        model = Transaction.from_xrpl(given)
        model.validate()
        again = model.to_xrpl()
    except (XRPLModelException, ValueError, TypeError, KeyError) as error:
        raise TransactionRefused(f"not a valid {tx['TransactionType']}: {str(error)[:200]}") from error
    again.pop("SigningPubKey", None)
    if again != given:
        changed = sorted(name for name in given.keys() | again.keys() if given.get(name) != again.get(name))
        raise TransactionRefused(f"the fields {', '.join(changed)} would not be what was meant")
