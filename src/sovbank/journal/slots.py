"""Tickets and sequences: bound to one operation for good, and shared only with what cancels that operation.

Of two transactions on one ticket or sequence the ledger applies at most one. So an operation that expired
unused takes its own again, and a cancellation takes the one that it is to use up.
"""

from __future__ import annotations

from sqlalchemy import insert

from sovbank.core.machine import AttemptState, Kind
from sovbank.errors.journal import NotToShare, TicketTaken
from sovbank.journal import readings
from sovbank.journal.port import AttemptRow, OperationRow
from sovbank.journal.store import Writing
from sovbank.journal.tables import TICKET

# By the transaction itself, by another one of the account, or by the cancellation.
_USED_UP = ("tec", "superseded", "cancelled")
_UNSENT = (AttemptState.BOUND, AttemptState.SIGNING, AttemptState.SIGNED)
_SHARING = {
    "ticket": "SELECT operation_id, state FROM attempt WHERE account = ? AND ticket = ?",
    "sequence": "SELECT operation_id, state FROM attempt WHERE account = ? AND sequence = ?",
}


def bind(tx: Writing, operation: OperationRow, number: int, new: AttemptRow) -> None:
    """Bind an attempt's ticket or sequence to its operation, or find that it may share it.

    Raises ``TicketTaken``, ``NotToShare``.
    """
    form, slot = ("ticket", new.ticket) if new.ticket is not None else ("sequence", new.sequence)
    named = f"{form} {slot} of {new.account}"
    rows = tx.query(
        "SELECT operation_id FROM ticket WHERE account = ? AND form = ? AND number = ?",
        (new.account, form, slot),
    )
    if not rows:
        tx.connection.execute(
            insert(TICKET).values(
                account=new.account, form=form, number=slot, operation_id=operation.id, attempt=number
            )
        )
        return
    holder = rows[0][0]
    if _used_up(tx, operation.id, new):
        raise TicketTaken(f"{named} was used up by operation {operation.id}")
    if holder == operation.id:
        _refuse_while_cancelled(tx, operation.id, form, new, named)
    elif holder != _cancels(operation):
        raise TicketTaken(f"{named} is bound to operation {holder}")
    elif not _can_be_cancelled(tx, holder, new):
        raise NotToShare(f"no unsent attempt of operation {holder} is open on {named}")


def _cancels(operation: OperationRow) -> str | None:
    """Return the id of the operation that a cancellation cancels; None for every other kind."""
    return operation.parameters.get("operation") if operation.kind is Kind.CANCELLATION else None


def _can_be_cancelled(tx: Writing, holder: str, new: AttemptRow) -> bool:
    return any(_same_slot(row, new) and row.state in _UNSENT for row in readings.attempts(tx.query, holder))


def _used_up(tx: Writing, operation_id: str, new: AttemptRow) -> bool:
    return any(
        _same_slot(row, new) and (row.result or "").startswith(_USED_UP)
        for row in readings.attempts(tx.query, operation_id)
    )


def _refuse_while_cancelled(tx: Writing, operation_id: str, form: str, new: AttemptRow, named: str) -> None:
    """The holder takes its own again only when no cancellation can still use it."""
    slot = new.ticket if form == "ticket" else new.sequence
    for other, state in tx.query(_SHARING[form], (new.account, slot)):
        if other != operation_id and state != AttemptState.WITHOUT_EFFECT:
            raise TicketTaken(f"{named} is shared with operation {other}, which cancels")


def _same_slot(row: AttemptRow, new: AttemptRow) -> bool:
    return (row.account, row.ticket, row.sequence) == (new.account, new.ticket, new.sequence)
