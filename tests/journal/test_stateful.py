"""Random sequences of calls, legal or not: both databases do what the model in memory does."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from journal_samples import ACCOUNT, blob, event, new_operation, signature
from model import Model

from sovbank.core.ids import operation_id
from sovbank.core.machine import OPERATIONS, AttemptState, Kind, State
from sovbank.errors.base import SovbankError
from sovbank.journal.port import AttemptRow, LogKind, NewOperation, SignatureRow
from sovbank.journal.sql_journal import SqlJournal
from sovbank.journal.store import Store, open_store
from sovbank.journal.verify import verify_journal

KINDS = st.sampled_from([Kind.MINT, Kind.MINT, Kind.FUND])
NUMBERS = st.sampled_from([1, 1, 1, 2, 3])
TICKETS = st.integers(1, 2)

OUTCOMES = st.sampled_from(
    [
        (AttemptState.SUCCEEDED, "tesSUCCESS"),
        (AttemptState.WITHOUT_EFFECT, "tecPATH_DRY"),
        (AttemptState.WITHOUT_EFFECT, "expired"),
    ]
)


class Comparison(RuleBasedStateMachine):
    """Each rule makes one call on the journal and on the model."""

    make: ClassVar[Callable[[], tuple[str, Callable[[], None]]]]
    operations = Bundle("operations")

    @initialize()
    def begin(self) -> None:
        self.url, self._remove = type(self).make()
        self.store: Store = open_store(self.url)
        self.journal = SqlJournal(self.store)
        self.model = Model()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            assert verify_journal(self.url).head.seq == self.model.rows
            self._remove()

    def _same(self, refused: str | None, call: Callable[[], Any]) -> None:
        found = None
        try:
            call()
        except SovbankError as error:
            found = type(error).__name__
        assert found == refused

    @rule(
        target=operations,
        kind=KINDS,
        reference=st.sampled_from(["R-1", "R-2"]),
        amount=st.sampled_from(["1.00", "1.00", "1.00", "2.00"]),
    )
    def open(self, kind: Kind, reference: str, amount: str) -> str | None:
        new = new_operation(reference, kind, amount)
        refused = self.model.open(new)
        self._same(refused, lambda: self.journal.open_operation(new, event(LogKind.INTENT)))
        return new.id if refused is None else next(iter(self.model.operations))

    @rule(target=operations, of=operations, number=st.integers(1, 2))
    def open_cancellation(self, of: str | None, number: int) -> str | None:
        if of is None:
            return None
        parameters, reference = {"operation": of}, f"cancel:{of[:8]}:{number}"
        identity = operation_id(Kind.CANCELLATION, parameters, reference)
        new = NewOperation(identity, Kind.CANCELLATION, reference, parameters, "coo")
        self._same(self.model.open(new), lambda: self.journal.open_operation(new, event(LogKind.INTENT)))
        return new.id

    @rule(
        operation=operations,
        after=st.sampled_from([*[None] * 9, *[State.CANCELLED] * 4, *State]),
        stale=st.sampled_from([False, False, True]),
        facts=st.sampled_from([{}, {"a": "1"}, {"a": "2"}, {"b": "1"}]),
    )
    def advance(self, operation: str | None, after: State | None, stale: bool, facts: dict[str, str]) -> None:
        """Mostly a legal step, with ``after`` left open; ``stale`` takes it from where it once stood."""
        if operation is None:
            return
        held = self.model.operations[operation]
        before = State.INTENT if stale else held.state
        steps = OPERATIONS[held.new.kind].steps.get(before, frozenset())
        after = after or State(min(steps - {State.CANCELLED}, default=State.POSTED))
        self._same(
            self.model.advance(operation, before, after, facts),
            lambda: self.journal.advance(operation, before=before, after=after, event=event(), facts=facts),
        )

    @rule(operation=operations, ticket=TICKETS)
    def bind(self, operation: str | None, ticket: int) -> None:
        if operation is None:
            return
        new = AttemptRow(operation, 0, ACCOUNT, ticket, None, 20, 10, "{}", AttemptState.BOUND, *[None] * 4)
        self._same(
            self.model.bind(operation, ticket, new),
            lambda: self.journal.bind_attempt(
                operation,
                account=ACCOUNT,
                ticket=ticket,
                sequence=None,
                first_ledger=10,
                last_ledger=20,
                unsigned="{}",
                event=event(),
            ),
        )

    @rule(operation=operations, number=NUMBERS)
    def begin_signature(self, operation: str | None, number: int) -> None:
        if operation is None:
            return
        self._same(
            self.model.sign(operation, number, LogKind.SIGN_BEGIN, None),
            lambda: self.journal.begin_signature(operation, number, event(LogKind.SIGN_BEGIN)),
        )

    @rule(
        operation=operations,
        number=NUMBERS,
        signer=st.sampled_from(["rA", "rB"]),
        content=st.sampled_from([b"1", b"2"]),
    )
    def store_signature(self, operation: str | None, number: int, signer: str, content: bytes) -> None:
        if operation is None:
            return
        row: SignatureRow = signature(operation, signer, attempt=number, content=content)
        self._same(
            self.model.sign(operation, number, LogKind.SIGN_DONE, row),
            lambda: self.journal.store_signature(row, event(LogKind.SIGN_DONE)),
        )

    @rule(operation=operations, number=NUMBERS, text=st.sampled_from(["x", "y", "z"]))
    def store_blob(self, operation: str | None, number: int, text: str) -> None:
        if operation is None:
            return
        data, tx_hash = blob(text)
        self._same(
            self.model.blob(operation, number, data, tx_hash),
            lambda: self.journal.store_blob(
                operation, number, blob=data, tx_hash=tx_hash, event=event(LogKind.SIGN_DONE)
            ),
        )

    @rule(operation=operations, number=NUMBERS)
    def submit(self, operation: str | None, number: int) -> None:
        if operation is None:
            return
        self._same(
            self.model.submit(operation, number),
            lambda: self.journal.mark_submitted(operation, number, event(LogKind.SUBMIT)),
        )

    @rule(
        operation=operations,
        number=NUMBERS,
        outcome=OUTCOMES,
    )
    def finish(self, operation: str | None, number: int, outcome: tuple[AttemptState, str]) -> None:
        if operation is None:
            return
        state, result = outcome
        self._same(
            self.model.finish(operation, number, state, result),
            lambda: self.journal.finish_attempt(
                operation, number, state=state, result=result, validated_ledger=9, event=event()
            ),
        )

    @rule(operation=operations, ticket=TICKETS, outcome=OUTCOMES)
    def whole_attempt(self, operation: str | None, ticket: int, outcome: tuple[AttemptState, str]) -> None:
        """Go the whole way of one attempt, as far as it is allowed."""
        if operation is None:
            return
        self.bind(operation, ticket)
        number = max(1, len(self.model.operations[operation].attempts))
        self.begin_signature(operation, number)
        self.store_signature(operation, number, "rA", b"1")
        self.store_blob(operation, number, f"{operation}-{number}")
        self.submit(operation, number)
        self.finish(operation, number, outcome)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.url)
        self.journal = SqlJournal(self.store)

    @invariant()
    def the_same_is_held(self) -> None:
        if not hasattr(self, "journal"):
            return
        rows = {row.id: row for row in self.journal.operations()}
        assert rows.keys() == self.model.operations.keys()
        for operation, held in self.model.operations.items():
            assert (rows[operation].state, rows[operation].facts) == (held.state, held.facts)
            assert self.journal.attempts(operation) == held.attempts
            for attempt in held.attempts:
                found = {
                    (attempt.number, row.signer): row.signature
                    for row in self.journal.signatures(operation, attempt.number)
                }
                assert found == {key: one for key, one in held.signatures.items() if key[0] == attempt.number}
        assert self.journal.bound_tickets(ACCOUNT) == self.model.tickets.keys()
        assert self.journal.head().seq == self.model.rows


@pytest.mark.parametrize(("backend", "examples"), [("sqlite", 40), ("postgres", 8)])
def test_random_calls_agree_with_the_model(
    backend: str, examples: int, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        template: Path = request.getfixturevalue("template_file")

        def make() -> tuple[str, Callable[[], None]]:
            directory = Path(tempfile.mkdtemp(prefix="journal-"))
            for path in template.parent.iterdir():
                shutil.copy(path, directory)
            return f"sqlite:///{directory / template.name}", lambda: shutil.rmtree(directory)

    else:
        server = request.getfixturevalue("cluster")
        database = request.getfixturevalue("template_database")

        def make() -> tuple[str, Callable[[], None]]:
            name = server.database(database)
            return server.url(name), lambda: server.sql(f"DROP DATABASE {name} WITH (FORCE)")

    machine = type(f"Comparison_{backend}", (Comparison,), {"make": staticmethod(make)})
    machine.TestCase.settings = settings(max_examples=examples, stateful_step_count=30, deadline=None)  # type: ignore[attr-defined]
    machine.TestCase().runTest()  # type: ignore[attr-defined]
