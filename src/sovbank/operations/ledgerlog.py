"""Log rows that operations write for steps on the XRP Ledger."""

from __future__ import annotations

from collections.abc import Mapping

from sovbank.journal.port import AttemptRow, LogEvent, LogKind
from sovbank.operations.house import House


def intent(
    house: House, actor: str, *, account: str | None = None, body: Mapping[str, str] | None = None
) -> LogEvent:
    """Return the row that opens an operation."""
    return LogEvent(
        LogKind.INTENT, actor=actor, network=house.network_id, account=account, body=dict(body or {})
    )


def attempt_event(
    house: House,
    kind: LogKind,
    attempt: AttemptRow,
    *,
    actor: str,
    tx_hash: str | None = None,
    result: str | None = None,
    decision: str | None = None,
    body: Mapping[str, str] | None = None,
) -> LogEvent:
    """Return a row about one attempt, with its account, ticket, window and hash (recorded, or as given)."""
    return LogEvent(
        kind,
        actor=actor,
        network=house.network_id,
        account=attempt.account,
        ticket=attempt.ticket,
        last_ledger=attempt.last_ledger,
        tx_hash=tx_hash or attempt.tx_hash,
        result=result,
        decision=decision,
        body=dict(body or {}),
    )
