"""What the guarded signer works with: keys at hand, conditions, evidence, and its view of the journal.

The journal's own port satisfies none of this by name: ports do not know each other. Operations adapt it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sovbank.core.machine import AttemptState
from sovbank.core.permits import Permit
from sovbank.keys.port import Signer


@dataclass(frozen=True)
class OfficerKey:
    """A key at hand and for whom it signs: ``account`` is the officer's, or the sending account itself."""

    account: str
    signer: Signer
    officer: str


@dataclass(frozen=True)
class Conditions:
    """What the validated ledger says when a key is about to be used.

    ``signers`` are the accounts on the sending account's signer list; ``regular_keys`` maps an account to
    the address of its regular key, where it has one; ``fee_cap`` is the highest fee in drops.
    """

    network_id: int
    validated_ledger: int
    fee_cap: int
    signers: frozenset[str]
    regular_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """How to read, at the very moment, what the permit rests on. Called once for every signature."""

    conditions: Callable[[], Conditions]
    permit: Callable[[], Permit]


class RecordedAttempt(Protocol):
    """An attempt as the journal holds it (``journal.port.AttemptRow``)."""

    @property
    def operation_id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def account(self) -> str: ...
    @property
    def ticket(self) -> int | None: ...
    @property
    def sequence(self) -> int | None: ...
    @property
    def last_ledger(self) -> int: ...
    @property
    def unsigned(self) -> str: ...
    @property
    def state(self) -> AttemptState: ...


@dataclass(frozen=True)
class SignatureBegun:
    """What sign.begin records: who is about to sign what, with which key in which device, and why."""

    officer: str
    signer: str
    key_fingerprint: str
    payload_sha256: str
    row: str
    network_id: int
    device: str


@dataclass(frozen=True)
class MadeSignature:
    """A signature that was verified. ``signer`` is the account it counts for."""

    operation_id: str
    attempt: int
    signer: str
    public_key: bytes
    signature: bytes
    payload_sha256: str


class SigningLog(Protocol):
    """The few calls of the journal that signing needs; each change is durable when the call returns."""

    def attempt(self, operation_id: str, number: int) -> RecordedAttempt:
        """Return the attempt."""
        ...

    def made(self, operation_id: str, number: int) -> Sequence[MadeSignature]:
        """Return the signatures of the attempt that are recorded."""
        ...

    def begin(self, attempt: RecordedAttempt, begun: SignatureBegun) -> None:
        """Record sign.begin; the attempt goes to ``signing``."""
        ...

    def store(self, attempt: RecordedAttempt, made: MadeSignature, begun: SignatureBegun) -> None:
        """Record the signature and sign.done."""
        ...
