"""Cancellations: a no-op on the ticket or sequence of a transaction that is not to apply.

Of two transactions on one ticket the ledger applies at most one, so the no-op rules out the other for good,
whoever holds its signatures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sovbank.core import strict_json
from sovbank.core.ids import is_operation_id, operation_id
from sovbank.core.machine import AttemptState, Kind, State
from sovbank.core.permits import CancellationPermit
from sovbank.errors.cancellation import CancellationWrong, CancelTooLate
from sovbank.errors.core import NotInProfile
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.carried_steps import under_live_list
from sovbank.operations.execution import Movement, close_movement
from sovbank.operations.handed_over import draft_of, record_handed_over
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.moving import move_on
from sovbank.operations.people import proposer_here
from sovbank.operations.rivals import (
    attempts_on,
    close_overtaken,
    find_rival,
    slot_name,
)
from sovbank.operations.terms import anchor_terms
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx

FACTS = ("cancels", "cancels_more")
"""The transaction that is cancelled, as canonical JSON text, for the screens of those who sign."""

_OVER = (State.POSTED, State.CANCELLED)
_MOST_FACT = 2000  # what a bundle carries as one fact
_PARAMETERS = {"account", "operation", "attempt", "slot"}
_SLOT = re.compile(r"(ticket|sequence) ([1-9][0-9]{0,9})", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_REFERENCE = re.compile(r"cancel:([0-9a-f]{32}):([1-9][0-9]{0,3}):[1-9][0-9]{0,8}", re.ASCII)


def open_cancellation(house: House, attempt: AttemptRow) -> OperationRow:
    """Record the cancellation of an attempt, or return the one that is not finished yet."""
    name = _account_name(house, attempt.account)
    parameters = {
        "account": name,
        "operation": attempt.operation_id,
        "attempt": str(attempt.number),
        "slot": slot_name(attempt),
    }
    stem, number = f"cancel:{attempt.operation_id[:32]}:{attempt.number}", 1
    while (known := house.journal.find(Kind.CANCELLATION, f"{stem}:{number}")) is not None:
        if known.state not in _OVER:
            return known
        number += 1
    reference = f"{stem}:{number}"
    actor = proposer_here(house, house.account(name))
    texts = (attempt.unsigned[:_MOST_FACT], attempt.unsigned[_MOST_FACT : 2 * _MOST_FACT])
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.CANCELLATION, parameters, reference),
            kind=Kind.CANCELLATION,
            reference=reference,
            parameters=parameters,
            created_by=actor,
            facts={name: text for name, text in zip(FACTS, texts, strict=True) if text},
        ),
        intent(house, actor, account=attempt.account),
    )
    return operation


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return the no-op of a cancellation, which is built on its own ticket or sequence and on no other.

    Any quorum of the list that stands on the ledger signs it: also while that list is being changed.

    Raises
    ------
    CancellationWrong, AccountMissing, SignerUnnamed
    """
    ticket, sequence = _slot_of(operation)
    account = house.account(operation.parameters["account"])

    def build(envelope: Envelope, anchor: Anchor) -> Tx:
        found = (envelope.account, envelope.ticket, envelope.sequence)
        if found != (account.address, ticket, sequence):
            raise CancellationWrong(f"the cancellation is of {operation.parameters['slot']}, and of no other")
        return builders.no_op(envelope, anchor=anchor)

    def permit() -> CancellationPermit:
        return CancellationPermit(
            anchor=anchor_terms(house, operation), account=account.address, ticket=ticket, sequence=sequence
        )

    return Movement(
        under_live_list(house, account),
        build,
        permit,
        refuse=lambda: refuse_lost(house, operation),
        slot=(ticket, sequence),
        actor=operation.created_by,
    )


def take_over(house: House, exported: ExportedOperation) -> OperationRow:
    """Record a cancellation that another machine proposed.

    Raises
    ------
    CancellationWrong
        It does not follow from itself, or this machine recorded another transaction for what it cancels.
    """
    _require_shown(house, draft_of(exported))
    return record_handed_over(
        house, exported, {name: exported.facts[name] for name in FACTS if name in exported.facts}
    )


def receive(house: House, operation: OperationRow) -> OperationRow:
    """Refuse a cancellation that comes too late, and return its operation as it is.

    Raises
    ------
    CancelTooLate
    """
    refuse_lost(house, operation)
    return operation


def refuse_lost(house: House, operation: OperationRow) -> None:
    """Refuse a cancellation whose ticket or sequence went to what it was to cancel.

    Raises
    ------
    CancelTooLate
    """
    attempts = house.journal.attempts(operation.id)
    if not attempts:
        return
    rival = find_rival(house, attempts[-1])
    if rival is not None:
        named = operation.parameters["operation"][:16]
        raise CancelTooLate(
            f"what was to be cancelled used {slot_name(attempts[-1])} first: transaction {rival.tx_hash} in"
            f" validated ledger {rival.ledger_index}",
            next_step=f"Nothing takes it back. Take it up with `sovbank ops resume {named}`, and close this"
            f" with `sovbank ops cancel {operation.id[:16]}`.",
        )


def cancelled_transaction(facts: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return the transaction that a cancellation says it cancels; None where it is too long to be carried."""
    try:
        tx = strict_json.loads("".join(facts.get(name, "") for name in FACTS).encode())
    except ValueError:
        return None
    return tx if isinstance(tx, dict) and {"Account", "Sequence", "TransactionType"} <= tx.keys() else None


def close(house: House, operation: OperationRow) -> OperationRow:
    """Close what a final cancellation has cancelled, where that is known, and post the cancellation."""
    if operation.state is not State.FINAL:
        return operation
    close_cancelled(house, operation)
    return close_movement(house, operation)


def adopt_no_op(house: House, operation: OperationRow) -> OperationRow:
    """Post a cancellation that was not bound here, once the ledger shows its no-op in place of an attempt.

    It was signed and sent by other machines; this one knows the cancellation from a file.
    """
    for attempt in house.journal.attempts(operation.parameters["operation"]):
        rival = find_rival(house, attempt) if slot_name(attempt) == operation.parameters["slot"] else None
        if rival is None:
            continue
        if attempt.state is not AttemptState.WITHOUT_EFFECT:
            close_overtaken(house, attempt, rival, actor=operation.created_by)
        shown = LogEvent(
            LogKind.OBSERVE,
            actor="ledger",
            network=house.network_id,
            account=attempt.account,
            tx_hash=rival.tx_hash,
            result=rival.result,
            decision="found on the ledger",
        )
        facts = {"tx_hash": rival.tx_hash, "validated_ledger": str(rival.ledger_index)}
        if operation.state is State.INTENT:
            operation = move_on(house, operation, State.EXECUTING, shown)
        if operation.state is State.EXECUTING:
            operation = move_on(house, operation, State.FINAL, shown, facts)
        return close_movement(house, operation)
    return operation


def close_cancelled(house: House, operation: OperationRow) -> None:
    """Close the attempt that a validated no-op has overtaken."""
    for mine in house.journal.attempts(operation.id)[-1:]:
        for attempt in attempts_on(house, operation.parameters["operation"], mine):
            is_over = attempt.state in (AttemptState.SUCCEEDED, AttemptState.WITHOUT_EFFECT)
            rival = None if is_over else find_rival(house, attempt)
            if rival is None:
                continue
            close_overtaken(house, attempt, rival, actor=operation.created_by)


def give_up(house: House, operation: OperationRow, *, why: str) -> OperationRow:
    """Close a cancellation of which nothing can apply any more, or which nothing needs any more."""
    event = LogEvent(
        LogKind.ABORT, actor=operation.created_by, network=house.network_id, decision="cancelled", result=why
    )
    return move_on(house, operation, State.CANCELLED, event)


def _slot_of(operation: OperationRow) -> tuple[int | None, int | None]:
    """Return the ticket or the sequence, after holding the operation against itself.

    Raises
    ------
    CancellationWrong
    """
    parameters = operation.parameters
    reference = _REFERENCE.fullmatch(operation.reference)
    slot = _SLOT.fullmatch(parameters.get("slot", ""))
    follows = (
        parameters.keys() == _PARAMETERS
        and is_operation_id(parameters["operation"])
        and _NUMBER.fullmatch(parameters["attempt"]) is not None
        and reference is not None
        and reference.groups() == (parameters["operation"][:32], parameters["attempt"])
        and operation_id(Kind.CANCELLATION, parameters, operation.reference) == operation.id
    )
    if slot is None or not follows or int(slot[2]) >= 2**32:
        raise CancellationWrong(f"cancellation {operation.id[:16]} does not follow from its own parameters")
    return (int(slot[2]), None) if slot[1] == "ticket" else (None, int(slot[2]))


def _require_shown(house: House, row: OperationRow) -> None:
    """Refuse a cancellation that shows another transaction than the one that was bound to its slot.

    Where that one is not known, at least the account and the slot must be those of what is shown.
    """
    ticket, sequence = _slot_of(row)
    address = house.account(row.parameters["account"]).address
    shown = "".join(row.facts.get(name, "") for name in FACTS)
    for attempt in house.journal.attempts(row.parameters["operation"]):
        same = (attempt.account, attempt.ticket, attempt.sequence) == (address, ticket, sequence)
        if same and attempt.unsigned[: len(FACTS) * _MOST_FACT] == shown:
            return
        if same and attempt.state is not AttemptState.WITHOUT_EFFECT:
            raise CancellationWrong(
                f"another transaction was bound to {row.parameters['slot']} here than the bundle shows"
            )
    tx = cancelled_transaction(row.facts)
    if tx is None or (tx["Account"], tx.get("TicketSequence"), tx["Sequence"]) != (
        address,
        ticket,
        sequence or 0,
    ):
        raise CancellationWrong(f"the bundle shows no transaction on {row.parameters['slot']}")


def _account_name(house: House, address: str) -> str:
    for name, account in house.profile.accounts.items():
        if account.address == address:
            return name
    raise NotInProfile(f"{address} is no account of this profile")
