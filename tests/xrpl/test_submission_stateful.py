"""An officer, a network that loses and repeats, a node that errs and lies, and a stranger with old blobs.

Whatever the order: an outcome called final is what the ledger holds for good, and one operation takes effect
at most once, however many attempts it needs.
"""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sovbank.errors.base import SovbankError
from sovbank.wire.codec import decode_tx
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl import builders
from sovbank.xrpl.client import NodeClient
from sovbank.xrpl.envelope import Envelope
from sovbank.xrpl.port import Evidence, Outcome, Submission
from sovbank.xrpl.session import NodeSession
from sovbank.xrpl.submission import NodeSubmitter

ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
HOLDER = "r9ChUX4vyajSX4ssDLGZSFSGXNvKMQEPJP"
NETWORK = 21338
INVOICE = "5A" * 32
WINDOW = 4

NETWORK_FAULTS = ("refused", "lost-before", "lost-after", "503-before", "503-after", "garbage")
FAULTS = {
    "server_info": ("behind", "other-network", "blocked", *NETWORK_FAULTS),
    "submit": ("busy", "terQUEUED", "other-hash", *NETWORK_FAULTS),
    "tx": ("hide", "not-all", "altered", "other-result", "false-validated", "future-ledger", *NETWORK_FAULTS),
    "account_tx": ("short", "hide", *NETWORK_FAULTS),
    "account_info": NETWORK_FAULTS,
    "account_objects": ("hide", *NETWORK_FAULTS),
}


def machine(fake_node: Any, sign: Any) -> type[RuleBasedStateMachine]:
    class Officer(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.node = fake_node()
            self.now = 0.0
            client = NodeClient("http://node.test/", transport=self.node.transport())
            self.session = NodeSession(client, network_id=NETWORK)
            self.submitter = NodeSubmitter(self.session, clock=lambda: self.now, sleep=self.wait)
            self.blobs: list[bytes] = []
            self.finals: list[tuple[Submission, Evidence]] = []
            self.slots = [{"ticket": 20}, {"sequence": 50}, {"ticket": 21}, {"ticket": 22}]
            self.fillers = 0x30
            self.done = False
            self.attempt = self.bind(self.slots.pop(0))

        def bind(self, slot: dict[str, int]) -> Submission:
            last = self.node.validated + WINDOW
            fields = {"ticket": None, "sequence": None, **slot}
            envelope = Envelope(ISSUER, NETWORK, last, 10, False, **fields)
            unsigned = builders.mint(
                envelope, destination=HOLDER, currency="FTHUSD", amount=Decimal(5), invoice_id=INVOICE
            )
            self.fillers += 1
            blob = sign(unsigned, f"{self.fillers:02X}")
            self.blobs.append(blob)
            return Submission(
                blob, transaction_id(blob), ISSUER, fields["ticket"], fields["sequence"], last - WINDOW, last
            )

        def wait(self, seconds: float) -> None:
            self.now += seconds

        def learn(self, evidence: Evidence) -> None:
            if evidence.outcome is Outcome.PENDING:
                return
            self.finals.append((self.attempt, evidence))
            self.done = evidence.outcome is Outcome.SUCCEEDED
            if self.done:
                return
            expired = evidence.outcome is Outcome.EXPIRED
            slot = {"ticket": self.attempt.ticket, "sequence": self.attempt.sequence}
            if not expired:
                if not self.slots:
                    self.done = True
                    return
                slot = self.slots.pop(0)
            self.attempt = self.bind({name: value for name, value in slot.items() if value is not None})

        @precondition(lambda self: not self.done)
        @rule(method=st.sampled_from(sorted(FAULTS)), data=st.data())
        def something_will_go_wrong(self, method: str, data: st.DataObject) -> None:
            self.node.faults[method] = data.draw(st.sampled_from(FAULTS[method]))

        @precondition(lambda self: not self.done)
        @rule()
        def send(self) -> None:
            self.calmly(lambda: self.submitter.send(self.attempt))

        @precondition(lambda self: not self.done)
        @rule()
        def look(self) -> None:
            self.calmly(lambda: self.learn(self.submitter.outcome(self.attempt)))

        @precondition(lambda self: not self.done)
        @rule(seconds=st.sampled_from([0, 1]))
        def settle(self, seconds: int) -> None:
            self.calmly(
                lambda: self.learn(self.submitter.settle(self.attempt, timeout_seconds=float(seconds)))
            )

        @rule(result=st.sampled_from(["tesSUCCESS", "tesSUCCESS", "tecPATH_DRY"]))
        def a_ledger_closes(self, result: str) -> None:
            self.node.result = result
            self.node.close()

        @rule()
        def the_window_passes(self) -> None:
            for _ in range(WINDOW + 1):
                self.node.close()

        @rule(place=st.integers(0, 99))
        def somebody_resends_an_old_blob(self, place: int) -> None:
            self.node.take(self.blobs[place % len(self.blobs)])

        @rule(place=st.integers(0, 99))
        def somebody_drops_a_surplus_signature(self, place: int) -> None:
            tx = decode_tx(self.blobs[place % len(self.blobs)])
            self.node.take(sign({k: v for k, v in tx.items() if k != "TxnSignature"}, "2f"))

        @rule()
        def another_transaction_takes_the_slot(self) -> None:
            slot = {"ticket": self.attempt.ticket, "sequence": self.attempt.sequence}
            self.node.take(sign(builders.no_op(Envelope(ISSUER, NETWORK, 9999, 10, False, **slot)), "2e"))

        @rule(ranges=st.sampled_from([None, None, "empty", "1-9", "11-9999", "1-12,14-9999"]))
        def the_history_has_or_loses_gaps(self, ranges: str | None) -> None:
            self.node.ranges = ranges

        def calmly(self, act: Any) -> None:
            # Refusals of our own tree only; anything else fails the test.
            with contextlib.suppress(SovbankError):
                act()
            self.node.faults.clear()

        def effects(self) -> list[Any]:
            return [
                item
                for item in self.node.applied
                if item.tx.get("InvoiceID") == INVOICE and item.result == "tesSUCCESS"
            ]

        @invariant()
        def at_most_one_effect(self) -> None:
            assert len(self.effects()) <= 1

        @invariant()
        def what_was_called_final_holds(self) -> None:
            for submission, evidence in self.finals:
                if evidence.outcome is Outcome.SUCCEEDED:
                    assert evidence.tx_hash in {item.tx_hash for item in self.effects()}
                if evidence.outcome is Outcome.EXPIRED:
                    assert submission.tx_hash not in {item.tx_hash for item in self.node.applied}
                if evidence.outcome is Outcome.FAILED:
                    assert evidence.tx_hash not in {item.tx_hash for item in self.effects()}

        def teardown(self) -> None:
            # With an honest node and time, every attempt reaches its end.
            self.node.faults.clear()
            self.node.ranges = None
            for _ in range(12):
                if self.done:
                    break
                self.calmly(lambda: self.learn(self.submitter.outcome(self.attempt)))
                self.node.result = "tesSUCCESS"
                if not self.done:
                    self.calmly(lambda: self.submitter.send(self.attempt))
                self.node.close()
            assert self.done
            self.at_most_one_effect()

    return Officer


def test_no_outcome_is_wrong_and_no_effect_is_doubled(fake_node_class: Any, loosely_signed: Any) -> None:
    run_state_machine_as_test(
        machine(fake_node_class, loosely_signed),
        settings=settings(
            max_examples=100,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
