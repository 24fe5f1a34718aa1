"""A ledger in memory for operations: accounts, tickets, history, and a verdict for each sent blob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sovbank.errors.xrpl import NodeGap
from sovbank.wire.codec import decode_tx
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl.evidence import SUPERSEDED, has_same_effect
from sovbank.xrpl.port import (
    AccountState,
    Evidence,
    Outcome,
    ServerState,
    Submission,
    TokenAmount,
    TrustLine,
    ValidatedTransaction,
)

SUCCESS = "tesSUCCESS"


class FakeLedger:
    """Both ledger ports. ``verdicts`` are taken in order: a result code, ``lost`` or ``never``."""

    def __init__(self, network_id: int) -> None:
        self.network_id = network_id
        self.validated = 1000
        self.complete_from = 2
        self.accounts: dict[str, AccountState] = {}
        self.held_tickets: dict[str, list[int]] = {}
        self.lines: list[TrustLine] = []
        self.objects: dict[str, list[Mapping[str, Any]]] = {}
        self.history: list[ValidatedTransaction] = []
        self.verdicts: list[str] = []
        self.sent: list[bytes] = []
        self.simulated: list[Mapping[str, Any]] = []
        self.account_reads = 0

    # Reading

    def server_state(self) -> ServerState:
        return ServerState(self.network_id, "fake", self.validated, 1, 10, 1_000_000, 200_000, False)

    def account(self, address: str) -> AccountState | None:
        self.account_reads += 1
        return self.accounts.get(address)

    def trust_lines(self, address: str, *, peer: str | None = None) -> Sequence[TrustLine]:
        return [line for line in self.lines if line.account == address and peer in (None, line.peer)]

    def tickets(self, address: str) -> Sequence[int]:
        return sorted(self.held_tickets.get(address, []))

    def owned_objects(self, address: str) -> Sequence[Mapping[str, Any]]:
        return self.objects.get(address, [])

    def transaction(self, tx_hash: str) -> ValidatedTransaction | None:
        return next((found for found in self.history if found.tx_hash == tx_hash), None)

    def transactions(
        self, address: str, *, first_ledger: int | None = None, last_ledger: int | None = None
    ) -> Sequence[ValidatedTransaction]:
        first = self.complete_from if first_ledger is None else first_ledger
        last = self.validated if last_ledger is None else last_ledger
        if first < self.complete_from or last > self.validated:
            raise NodeGap(f"the node's history does not cover the ledgers {first} to {last}")
        return [
            found
            for found in self.history
            if address in (found.tx.get("Account"), found.tx.get("Destination"))
            and first <= found.ledger_index <= last
        ]

    def simulate(self, tx: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        self.simulated.append(tx)
        return SUCCESS, {}

    # Submitting

    def send(self, submission: Submission) -> str:
        raise NotImplementedError("operations settle, they do not send")

    def outcome(self, submission: Submission) -> Evidence:
        for found in self.history:
            if self._same_slot(found, submission):
                if not has_same_effect(decode_tx(submission.blob), found.tx):
                    detail = f"its slot was used by {found.tx_hash}"
                    failed = Outcome.FAILED
                    return Evidence(failed, SUPERSEDED, found.ledger_index, submission.tx_hash, detail)
                done = Outcome.SUCCEEDED if found.result == SUCCESS else Outcome.FAILED
                return Evidence(done, found.result, found.ledger_index, found.tx_hash, found.result)
        if self.validated > submission.last_ledger:
            return Evidence(Outcome.EXPIRED, "expired", None, submission.tx_hash, "the window passed")
        return Evidence(Outcome.PENDING, "unknown", None, submission.tx_hash, "not validated yet")

    def settle(self, submission: Submission, *, timeout_seconds: float) -> Evidence:
        known = self.outcome(submission)
        if known.outcome is not Outcome.PENDING:
            return known
        self.sent.append(submission.blob)
        verdict = self.verdicts.pop(0) if self.verdicts else SUCCESS
        if verdict == "lost":
            return known
        if verdict == "never":
            self.validated = submission.last_ledger + 1
            return self.outcome(submission)
        self.apply(submission.blob, verdict)
        return self.outcome(submission)

    def apply(
        self, blob: bytes, result: str = SUCCESS, *, tx_hash: str | None = None
    ) -> ValidatedTransaction:
        """Put a transaction into the next validated ledger, under its own hash unless one is given."""
        tx = decode_tx(blob)
        return self.validate(tx, result, tx_hash=tx_hash or transaction_id(blob))

    def validate(
        self, tx: Mapping[str, Any], result: str = SUCCESS, *, tx_hash: str, delivered: Any = None
    ) -> ValidatedTransaction:
        """Put a transaction into the next validated ledger."""
        self.validated += 1
        amount = delivered if delivered is not None else tx.get("Amount")
        found = ValidatedTransaction(
            tx_hash=tx_hash,
            tx=tx,
            result=result,
            ledger_index=self.validated,
            delivered=_delivered(amount) if result == SUCCESS else None,
            close_time=None,
        )
        self.history.append(found)
        ticket, account = tx.get("TicketSequence"), str(tx["Account"])
        if ticket is not None:
            self.held_tickets[account].remove(ticket)
        elif account in self.accounts:
            state = self.accounts[account]
            self.accounts[account] = replace(state, sequence=state.sequence + 1)
        return found

    @staticmethod
    def _same_slot(found: ValidatedTransaction, submission: Submission) -> bool:
        if found.tx.get("Account") != submission.account:
            return False
        if submission.ticket is not None:
            return bool(found.tx.get("TicketSequence") == submission.ticket)
        return bool(found.tx.get("Sequence") == submission.sequence)


def _delivered(amount: Any) -> int | TokenAmount | None:
    if isinstance(amount, dict):
        return TokenAmount(Decimal(amount["value"]), amount["currency"], amount["issuer"])
    return None if amount is None else int(amount)
