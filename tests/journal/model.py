"""The journal in memory: what the port promises, in the fewest words, to compare the real ones with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sovbank.core.machine import ATTEMPT, OPERATIONS, AttemptState, Kind, State
from sovbank.journal.port import AttemptRow, LogKind, NewOperation, SignatureRow

Refused = str | None


@dataclass
class Held:
    """One operation and its attempts."""

    new: NewOperation
    state: State = State.INTENT
    facts: dict[str, str] = field(default_factory=dict)
    attempts: list[AttemptRow] = field(default_factory=list)
    signatures: dict[tuple[int, str], bytes] = field(default_factory=dict)


class Model:
    """Operations by id, tickets by number, and how many log rows there are. Refusals are class names."""

    def __init__(self) -> None:
        self.operations: dict[str, Held] = {}
        self.tickets: dict[int, str] = {}
        self.rows = 1

    def open(self, new: NewOperation) -> Refused:
        """Open an operation."""
        for held in self.operations.values():
            if (held.new.kind, held.new.reference) == (new.kind, new.reference):
                return None if held.new == new else "ReferenceTaken"
        self.operations[new.id] = Held(new, facts=dict(new.facts))
        self.rows += 1
        return None

    def advance(self, operation: str, before: State, after: State, facts: dict[str, str]) -> Refused:
        """Move an operation on."""
        held = self.operations[operation]
        if after not in OPERATIONS[held.new.kind].steps.get(before, frozenset()):
            return "IllegalTransition"
        if held.state is not before:
            return "MovedOn"
        if after is State.CANCELLED and self._open(held):
            return "AttemptOpen"
        if any(held.facts.get(name, value) != value for name, value in facts.items()):
            return "FactChanged"
        held.state = after
        held.facts |= facts
        self.rows += 1
        return None

    def bind(self, operation: str, ticket: int, new: AttemptRow) -> Refused:
        """Open an attempt."""
        held = self.operations[operation]
        if not OPERATIONS[held.new.kind].steps.get(held.state):
            return "IllegalTransition"
        if self._open(held):
            return "AttemptOpen"
        if any(row.ticket == ticket and row.result == "tecPATH_DRY" for row in held.attempts):
            return "TicketTaken"
        refused = self._share(held, ticket, self.tickets.setdefault(ticket, operation))
        if refused:
            return refused
        held.attempts.append(replace(new, number=len(held.attempts) + 1))
        self.rows += 1
        return None

    def sign(self, operation: str, number: int, kind: LogKind, signature: SignatureRow | None) -> Refused:
        """Begin a signature, or store one."""
        found = self._attempt(operation, number)
        if found is None:
            return "NoSuchAttempt"
        if kind is LogKind.SIGN_BEGIN or found.state is AttemptState.BOUND:
            refused = self._step(operation, found, AttemptState.SIGNING, same=True)
            if refused:
                return refused
        if signature is not None:
            held = self.operations[operation]
            held.signatures.setdefault((number, signature.signer), signature.signature)
        self.rows += 1
        return None

    def blob(self, operation: str, number: int, blob: bytes, tx_hash: str) -> Refused:
        """Store a blob."""
        found = self._attempt(operation, number)
        if found is None:
            return "NoSuchAttempt"
        if found.blob is not None:
            return None
        if any(row.tx_hash == tx_hash for held in self.operations.values() for row in held.attempts):
            return "TransactionTaken"
        refused = self._step(operation, found, AttemptState.SIGNED)
        if refused is None:
            self._put(operation, number, blob=blob, tx_hash=tx_hash)
            self.rows += 1
        return refused

    def submit(self, operation: str, number: int) -> Refused:
        """Mark an attempt as submitted."""
        found = self._attempt(operation, number)
        if found is None:
            return "NoSuchAttempt"
        refused = self._step(operation, found, AttemptState.SUBMITTED, same=True)
        self.rows += refused is None
        return refused

    def finish(self, operation: str, number: int, state: AttemptState, result: str) -> Refused:
        """Finish an attempt."""
        found = self._attempt(operation, number)
        if found is None:
            return "NoSuchAttempt"
        if (found.state, found.result) == (state, result):
            return None
        refused = self._step(operation, found, state)
        if refused is None:
            self._put(operation, number, result=result, validated_ledger=9)
            self.rows += 1
        return refused

    def _share(self, held: Held, ticket: int, holder: str) -> Refused:
        if holder == held.new.id:
            others = (other for other in self.operations.values() if other is not held)
            taken = any(
                row.ticket == ticket and self._live(row) for other in others for row in other.attempts
            )
            return "TicketTaken" if taken else None
        if held.new.kind is not Kind.CANCELLATION or held.new.parameters["operation"] != holder:
            return "TicketTaken"
        rows = [row for row in self.operations[holder].attempts if row.ticket == ticket and self._live(row)]
        sent = (AttemptState.SUBMITTED, AttemptState.SUCCEEDED)
        return "NotToShare" if all(row.state in sent for row in rows) else None

    def _attempt(self, operation: str, number: int) -> AttemptRow | None:
        attempts = self.operations[operation].attempts
        return attempts[number - 1] if number <= len(attempts) else None

    def _step(self, operation: str, row: AttemptRow, after: AttemptState, *, same: bool = False) -> Refused:
        if same and row.state is after:
            return None
        if after not in ATTEMPT.steps.get(row.state, frozenset()):
            return "IllegalTransition"
        self._put(operation, row.number, state=after)
        return None

    def _put(self, operation: str, number: int, **values: object) -> None:
        attempts = self.operations[operation].attempts
        attempts[number - 1] = replace(attempts[number - 1], **values)  # type: ignore[arg-type]

    def _open(self, held: Held) -> bool:
        return any(self._live(row) for row in held.attempts)

    @staticmethod
    def _live(row: AttemptRow) -> bool:
        return row.state is not AttemptState.WITHOUT_EFFECT
