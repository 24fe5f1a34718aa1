"""Recording what another machine described, in a file or in a bundle, once it has been compared."""

from __future__ import annotations

from collections.abc import Mapping

from sovbank.core.machine import State
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import NewOperation, OperationRow
from sovbank.operations.history import IMPORTED
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent

CEREMONY, IMPORT = "ceremony", "import"
"""Who records it: the name of whoever opened it elsewhere is a claim, kept in the log row's body."""


def draft_of(exported: ExportedOperation) -> OperationRow:
    """Return what was described as a row that is recorded nowhere, to be compared."""
    return OperationRow(
        id=exported.id,
        kind=exported.kind,
        reference=exported.reference,
        parameters=exported.parameters,
        state=State.INTENT,
        created_by=exported.created_by,
        created_at=exported.created_at,
        updated_at=exported.created_at,
        facts=exported.facts,
    )


def record_handed_over(
    house: House,
    exported: ExportedOperation,
    facts: Mapping[str, str],
    *,
    actor: str = CEREMONY,
    account: str | None = None,
    body: Mapping[str, str] | None = None,
) -> OperationRow:
    """Record a compared operation with the facts that this machine found, and where the other's log stood."""
    origin = {"log_id": exported.log.log_id, "log_seq": str(exported.log.seq), "log_hash": exported.log.hash}
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=exported.id,
            kind=exported.kind,
            reference=exported.reference,
            parameters=exported.parameters,
            created_by=actor,
            facts={**facts, IMPORTED: exported.log.log_id},
        ),
        intent(house, actor, account=account, body={**origin, **(body or {})}),
    )
    return operation
