"""Acting on the control plane: each transaction is recorded in the journal before it is sent."""

from __future__ import annotations

import hashlib

from sovbank.errors.evm import ControlPlaneRefused, ControlPlaneWithoutEffect
from sovbank.evm.port import Receipt, Recorder
from sovbank.journal.port import LogEvent, LogKind
from sovbank.operations.agreement import particulars_of
from sovbank.operations.house import House


def recorder(house: House, operation_id: str | None, *, actor: str, step: str) -> Recorder:
    """Return a function that writes a signed control-plane transaction to the journal before it is sent."""

    def record(tx_hash: str, raw: bytes) -> None:
        house.journal.note(
            LogEvent(
                LogKind.SUBMIT,
                actor=actor,
                rule="control-plane",
                decision=step,
                tx_hash=tx_hash,
                payload_sha256=hashlib.sha256(raw).hexdigest(),
                body={"raw": raw.hex(), **particulars_of(house.agreement())},
            ),
            operation_id=operation_id,
        )

    return record


def sent_before(house: House, operation_id: str) -> Receipt | None:
    """Return the receipt of the operation's last recorded transaction that took effect; None without one.

    Use it when the control plane shows the effect: what is recorded is sent again only to learn its block.
    """
    said = house.journal.particulars(operation_id, LogKind.SUBMIT)
    for raw in (body["raw"] for body in reversed(said) if "raw" in body):
        try:
            return house.control.resend(bytes.fromhex(raw))
        except (ControlPlaneRefused, ControlPlaneWithoutEffect):
            continue
    return None


def receipt_event(kind: LogKind, receipt: Receipt, *, actor: str, step: str) -> LogEvent:
    """Return the log row for a control-plane transaction that reached the confirmation depth."""
    return LogEvent(
        kind,
        actor=actor,
        rule="control-plane",
        decision=step,
        tx_hash=receipt.tx_hash,
        result="confirmed",
        body={"block": str(receipt.block_number), "block_time": str(receipt.block_time)},
    )
