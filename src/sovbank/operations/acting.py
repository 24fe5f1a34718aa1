"""Acting on the control plane: recorded and sent, the receipt recorded, the operation moved on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sovbank.core.machine import State
from sovbank.errors.evm import ControlPlaneRefused
from sovbank.evm.port import ChainSigner, Receipt, Recorder
from sovbank.journal.port import LogEvent, LogKind, OperationRow
from sovbank.operations.chain import receipt_event, recorder
from sovbank.operations.house import House
from sovbank.operations.moving import move_on
from sovbank.operations.people import chain_signer


class Send(Protocol):
    """An acting method of the control plane that lacks only the officer's key and what records it."""

    def __call__(self, *, signer: ChainSigner, record: Recorder) -> Receipt: ...


@dataclass(frozen=True)
class Act:
    """One transaction: its name in the log, who acts, what sends it, and the kind of its receipt's row."""

    step: str
    actor: str
    send: Send
    kind: LogKind = LogKind.OBSERVE

    def event(self, receipt: Receipt) -> LogEvent:
        """Return the log row for the transaction at the confirmation depth."""
        return receipt_event(self.kind, receipt, actor=self.actor, step=self.step)


def found_event(what: str, *, actor: str = "control-plane") -> LogEvent:
    """Return the log row for a step that the control plane shows as taken by somebody else."""
    return LogEvent(LogKind.OBSERVE, actor=actor, rule="control-plane", decision=f"found {what}")


def perform(house: House, operation: OperationRow, act: Act) -> Receipt:
    """Send the transaction, which is on record before it leaves, and return its receipt.

    Raises
    ------
    ControlPlaneRefused
    """
    record = recorder(house, operation.id, actor=act.actor, step=act.step)
    return act.send(signer=chain_signer(house, act.actor), record=record)


def perform_unless_taken(
    house: House, operation: OperationRow, act: Act, taken: Callable[[], bool]
) -> Receipt | None:
    """Perform the act; None when it is refused because somebody was first, here or elsewhere.

    ``taken`` asks the control plane, after a refusal, whether the step was taken already.

    Raises
    ------
    ControlPlaneRefused
    """
    try:
        return perform(house, operation, act)
    except ControlPlaneRefused:
        if not taken():
            raise
        return None


def perform_and_move(
    house: House,
    operation: OperationRow,
    act: Act,
    after: State,
    facts: Mapping[str, str] | None = None,
    *,
    hash_as: str | None = None,
    taken: Callable[[], bool] = lambda: False,
    found: Callable[[], OperationRow] | None = None,
) -> OperationRow:
    """Perform the act, record its receipt and move the operation on; one that is there gets the row alone.

    Parameters
    ----------
    facts
        What the operation learns by it; ``hash_as`` names the fact that keeps the transaction's hash.
    taken
        As in ``perform_unless_taken``.
    found
        Returns the operation when the step was taken already; by default as it stands in the journal.

    Raises
    ------
    ControlPlaneRefused
    """
    receipt = perform_unless_taken(house, operation, act, taken)
    if receipt is None:
        return found() if found is not None else house.journal.operation(operation.id)
    event = act.event(receipt)
    if operation.state is after:
        house.journal.note(event, operation_id=operation.id)
        return house.journal.operation(operation.id)
    learned = {hash_as: receipt.tx_hash} if hash_as is not None else {}
    return move_on(house, operation, after, event, {**(facts or {}), **learned})
