"""Operations, events and blobs to test with."""

from __future__ import annotations

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind
from sovbank.journal.port import AttemptRow, Journal, LogEvent, LogKind, NewOperation, SignatureRow
from sovbank.wire.hashes import transaction_id

ACCOUNT = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"


def event(kind: LogKind = LogKind.OBSERVE, **values: object) -> LogEvent:
    return LogEvent(kind, actor="coo", network=21338, **values)  # type: ignore[arg-type]


def new_operation(reference: str = "DEP-1", kind: Kind = Kind.FUND, amount: str = "10.00") -> NewOperation:
    parameters = {"asset": "FTHUSD", "amount": amount}
    return NewOperation(
        id=operation_id(kind.value, parameters, reference),
        kind=kind,
        reference=reference,
        parameters=parameters,
        created_by="coo",
    )


def opened(journal: Journal, reference: str = "DEP-1", kind: Kind = Kind.FUND) -> str:
    row, _ = journal.open_operation(new_operation(reference, kind), event(LogKind.INTENT))
    return row.id


def bound(
    journal: Journal, operation: str, *, ticket: int | None = 7, sequence: int | None = None
) -> AttemptRow:
    return journal.bind_attempt(
        operation,
        account=ACCOUNT,
        ticket=ticket,
        sequence=sequence,
        first_ledger=100,
        last_ledger=120,
        unsigned='{"TransactionType":"Payment"}',
        event=event(account=ACCOUNT, ticket=ticket),
    )


def blob(text: str) -> tuple[bytes, str]:
    data = text.encode()
    return data, transaction_id(data)


def signature(
    operation: str, signer: str = "rSigner", *, attempt: int = 1, content: bytes = b"sig"
) -> SignatureRow:
    return SignatureRow(
        operation_id=operation,
        attempt=attempt,
        signer=signer,
        public_key=b"\x02" * 33,
        signature=content,
        payload_sha256="ab" * 32,
    )
