"""The state machines of operations and of their attempts.

The durable order of a token movement, each step committed before the next begins:
intent -> hold -> approve -> ticket -> sign.begin -> sign.done -> submit -> final -> confirm -> posted.
Steps up to approve and from final on are states of the operation; those between are states of an attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sovbank.errors.core import IllegalTransition


class Kind(StrEnum):
    """What an operation does."""

    MINT = "mint"
    DISTRIBUTE = "distribute"
    BURN = "burn"
    BOUNCE = "bounce"
    SETTINGS = "settings"
    TRUST_LINE = "trust-line"
    AUTHORIZE = "authorize"
    FUND = "fund"
    WHITELIST = "whitelist"
    BLOCK = "block"
    ATTEST = "attest"
    DEPLOY = "deploy"
    BANK_IMPORT = "bank-import"
    FREEZE = "freeze"
    CANCELLATION = "cancellation"
    MEMBERSHIP = "membership"
    MEMBERSHIP_END = "membership-end"
    MEMBERSHIP_WITHDRAWAL = "membership-withdrawal"


class State(StrEnum):
    """Where an operation stands."""

    INTENT = "intent"
    HELD = "held"
    APPROVED = "approved"
    RECEIVED = "received"
    EXECUTING = "executing"
    FINAL = "final"
    CONFIRMED = "confirmed"
    POSTED = "posted"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """Where one signed attempt of an operation stands. A ticket or sequence is bound to it for good."""

    BOUND = "bound"
    SIGNING = "signing"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    WITHOUT_EFFECT = "without-effect"


UNSENT = (AttemptState.BOUND, AttemptState.SIGNING)
"""Attempts that were not put together yet: signatures may exist, a recorded blob does not."""


@dataclass(frozen=True)
class Machine:
    """A named table of allowed steps."""

    name: str
    initial: str
    steps: Mapping[str, frozenset[str]]

    def check(self, before: str, after: str) -> None:
        """Refuse a step that the table does not list.

        Raises
        ------
        IllegalTransition
        """
        if after not in self.steps.get(before, frozenset()):
            raise IllegalTransition(f"a {self.name} cannot go from {before} to {after}")

    def is_terminal(self, state: str) -> bool:
        """Say whether nothing can follow the state."""
        return not self.steps.get(state)


def _chain(*states: State, cancel_before: State | None = None) -> dict[str, frozenset[str]]:
    steps: dict[str, frozenset[str]] = {}
    cancellable = cancel_before is not None
    for before, after in pairwise(states):
        cancellable = cancellable and before is not cancel_before
        steps[before] = frozenset({after, State.CANCELLED} if cancellable else {after})
    return steps


_MINT = _chain(
    State.INTENT,
    State.HELD,
    State.APPROVED,
    State.EXECUTING,
    State.FINAL,
    State.CONFIRMED,
    State.POSTED,
    cancel_before=State.FINAL,
)
_BURN = _chain(
    State.INTENT,
    State.RECEIVED,
    State.EXECUTING,
    State.FINAL,
    State.CONFIRMED,
    State.POSTED,
    cancel_before=State.RECEIVED,
)
# The token is final when it is minted and offered, confirmed when its holder has it and the registry says so;
# one that was withdrawn before its holder took it has nothing to confirm.
_MEMBERSHIP = {
    **_chain(
        State.INTENT, State.EXECUTING, State.FINAL, State.CONFIRMED, State.POSTED, cancel_before=State.FINAL
    ),
    State.FINAL: frozenset({State.CONFIRMED, State.POSTED}),
}
# Approved by the registry's revocation, which nothing takes back; final when the token is gone.
_MEMBERSHIP_END = _chain(
    State.INTENT, State.APPROVED, State.EXECUTING, State.FINAL, State.POSTED, cancel_before=State.APPROVED
)
_LEDGER_ONLY = _chain(State.INTENT, State.EXECUTING, State.FINAL, State.POSTED, cancel_before=State.FINAL)
_RECORD = _chain(State.INTENT, State.POSTED, cancel_before=State.POSTED)

_TABLES: dict[Kind, dict[str, frozenset[str]]] = {
    Kind.MINT: _MINT,
    Kind.BURN: _BURN,
    Kind.MEMBERSHIP: _MEMBERSHIP,
    Kind.MEMBERSHIP_END: _MEMBERSHIP_END,
    Kind.MEMBERSHIP_WITHDRAWAL: _LEDGER_ONLY,
    **dict.fromkeys(
        (
            Kind.DISTRIBUTE,
            Kind.BOUNCE,
            Kind.SETTINGS,
            Kind.TRUST_LINE,
            Kind.AUTHORIZE,
            Kind.FUND,
            Kind.FREEZE,
            Kind.CANCELLATION,
        ),
        _LEDGER_ONLY,
    ),
    **dict.fromkeys((Kind.WHITELIST, Kind.BLOCK, Kind.ATTEST, Kind.DEPLOY, Kind.BANK_IMPORT), _RECORD),
}
OPERATIONS: Mapping[Kind, Machine] = {
    kind: Machine(kind.value, State.INTENT, steps) for kind, steps in _TABLES.items()
}

ATTEMPT = Machine(
    "attempt",
    AttemptState.BOUND,
    {
        AttemptState.BOUND: frozenset({AttemptState.SIGNING, AttemptState.WITHOUT_EFFECT}),
        AttemptState.SIGNING: frozenset({AttemptState.SIGNED, AttemptState.WITHOUT_EFFECT}),
        AttemptState.SIGNED: frozenset({AttemptState.SUBMITTED, AttemptState.WITHOUT_EFFECT}),
        AttemptState.SUBMITTED: frozenset({AttemptState.SUCCEEDED, AttemptState.WITHOUT_EFFECT}),
    },
)
