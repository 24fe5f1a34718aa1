"""From an operation to the transaction that it gives, anew on every machine that is asked to sign it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sovbank.ceremony.difference import first_difference
from sovbank.ceremony.records import Bundle, Operation
from sovbank.core.machine import Kind, State
from sovbank.core.permits import AnchorTerms, Permit
from sovbank.errors.base import SovbankError
from sovbank.errors.ceremony import BundleInconsistent, TransactionNotDerived
from sovbank.evm.identity import mint_request_id
from sovbank.journal.port import OperationRow
from sovbank.operations.execution import Movement
from sovbank.operations.house import House
from sovbank.operations.mint_record import terms_of
from sovbank.operations.multisig.carried import carried
from sovbank.xrpl.envelope import Anchor, Envelope, read_anchor


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return what the operation wants of the ledger.

    Raises
    ------
    WrongKind
        Operations of this kind are not signed in ceremonies.
    """
    return carried(operation.kind).movement(house, operation)


def row_of(house: House, described: Operation) -> OperationRow:
    """Return the operation that a bundle describes, as a row that is recorded nowhere.

    Raises
    ------
    BundleInconsistent
        No such kind, a mint whose id does not follow from its parameters, or facts beyond those of its kind.
    """
    now = datetime.now(UTC)
    try:
        kind = Kind(described.kind)
        row = OperationRow(
            id=described.id,
            kind=kind,
            reference=described.reference,
            parameters=dict(described.parameters),
            state=State.APPROVED,
            created_by="bundle",
            created_at=now,
            updated_at=now,
            facts=dict(described.facts),
        )
        follows = kind is not Kind.MINT or mint_request_id(terms_of(house, row, expiry=0)) == row.id
    except (ValueError, KeyError) as error:
        raise BundleInconsistent(f"operation {described.id} is not one of this bank's: {error}") from error
    if not follows:
        raise BundleInconsistent(f"operation {described.id} does not follow from its own parameters")
    if not row.facts.keys() <= set(carried(kind).facts):
        raise BundleInconsistent(f"operation {described.id} has facts from which nothing is derived")
    return row


def require_derived(house: House, bundle: Bundle) -> None:
    """Refuse a bundle with a transaction that is not exactly what its operation gives.

    Raises
    ------
    TransactionNotDerived
        With the first field that differs.
    """
    for place, described in enumerate(bundle.purpose.operations):
        _require_derived(house, bundle, place, row_of(house, described))


def anchored_permit(movement: Movement, tx: Mapping[str, Any]) -> Callable[[], Permit]:
    """Return the movement's permit with the proposer's anchor, which only the proposer's log can show."""
    anchor = read_anchor(tx)
    terms = None if anchor is None else AnchorTerms(anchor.sequence, anchor.head)
    return lambda: replace(movement.permit(), anchor=terms)


def _require_derived(house: House, bundle: Bundle, place: int, row: OperationRow) -> None:
    tx = bundle.transactions[place]
    anchor = read_anchor(tx)
    if anchor is not None and anchor.sequence > bundle.checkpoint.seq:
        raise BundleInconsistent(f"transactions.{place}.Memos: its anchor is newer than the proposer's log")
    try:
        derived = movement_of(house, row).build(_envelope(bundle, tx), anchor or Anchor(1, "0" * 64))
    except (ValueError, KeyError) as error:
        raise TransactionNotDerived(f"operation {row.id} gives no transaction: {error!r}") from error
    except SovbankError as refusal:
        raise TransactionNotDerived(
            f"operation {row.id} gives no transaction: {refusal.message}", next_step=refusal.next_step
        ) from refusal
    parted = first_difference(derived, tx)
    if parted is not None:
        path = f"transactions.{place}.{parted.path}"
        raise TransactionNotDerived(
            f"{path} is {parted.found}; the operation's parameters give {parted.expected}",
            details={"path": path, "expected": parted.expected, "found": parted.found},
        )


def _envelope(bundle: Bundle, tx: Mapping[str, Any]) -> Envelope:
    ticket = tx.get("TicketSequence")
    return Envelope(
        account=bundle.signer_list.account,
        network_id=bundle.network.id,
        last_ledger=int(tx["LastLedgerSequence"]),
        fee=int(tx["Fee"]),
        multisigned=True,
        ticket=ticket,
        sequence=int(tx["Sequence"]) if ticket is None else None,
    )
