"""What a transaction type gives the engine, and what the engine gives it.

A module of ``transactions`` exports ``TRANSACTOR``. The engine calls, in this order:

1. ``preflight``: what the transaction alone tells (tem, tel, tef), after the common fields and flags;
2. ``preclaim``: what a read-only view tells, after sequence, signature and fee; from here tec may come;
3. ``apply``: the change itself, in a sandbox where the fee is paid and the sequence or ticket is used up.
   A result other than tesSUCCESS drops the sandbox; a tec then claims the fee alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.values import Amount
from sovbank.devnet.ledger.view import ReadView, Sandbox


@dataclass(slots=True)
class PreflightContext:
    """For ``preflight``: the transaction and the network it came to."""

    tx: Transaction
    network_id: int


@dataclass(slots=True)
class PreclaimContext:
    """For ``preclaim``: the transaction and a view to read."""

    tx: Transaction
    view: ReadView


@dataclass(slots=True)
class ApplyContext:
    """For ``apply``: the transaction, the sandbox to change and what the sender had before the fee.

    ``prior_balance`` is in drops. A payment sets ``delivered`` where metadata must show DeliveredAmount.
    """

    tx: Transaction
    view: Sandbox
    prior_balance: int
    delivered: Amount | None = None


def base_fee(view: ReadView, tx: Transaction) -> int:
    """Give the least fee in drops: the base fee once, and once more for each signer."""
    return view.info.fees.base * (1 + len(tx.get("Signers", ())))


@dataclass(frozen=True, slots=True)
class Transactor:
    """A transaction type: its fields and flags, its three steps, and its fee where that is special.

    ``flags`` are the bits allowed beside the universal ones; a function gives them where they depend on
    the transaction. ``required`` and ``optional`` are field names beside the common ones; those of the
    latter that wait for an amendment are ``disabled``.
    """

    required: frozenset[str]
    optional: frozenset[str]
    flags: int | Callable[[Transaction], int]
    preflight: Callable[[PreflightContext], TER]
    preclaim: Callable[[PreclaimContext], TER]
    apply: Callable[[ApplyContext], TER]
    base_fee: Callable[[ReadView, Transaction], int] = field(default=base_fee)
    disabled: frozenset[str] = frozenset()


def names(listing: str) -> frozenset[str]:
    """Read a list of field names separated by spaces."""
    return frozenset(listing.split())


COMMON_REQUIRED: Final = names("TransactionType Account Sequence Fee SigningPubKey")
COMMON_OPTIONAL: Final = names(
    "Flags SourceTag PreviousTxnID LastLedgerSequence AccountTxnID OperationLimit Memos TicketSequence"
    " TxnSignature Signers NetworkID Delegate"
)
