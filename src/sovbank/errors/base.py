"""The root of the error tree and its families, one family per exit status.

A leaf is a class with a ``code`` (stable, ``family.rule``), a docstring that says when it is raised,
and a default ``next_step``. Raise it with the particulars of the case as the message::

    raise UnknownKey("unknown key 'quorun' in [accounts.issuer]")
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """Exit statuses of the program, the same for every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    ENVIRONMENT = 3
    KEY = 4
    POLICY = 5
    QUORUM = 6
    REJECTED = 7
    UNKNOWN = 8
    STORE = 9
    TAMPERED = 10
    TRUNCATED = 11
    UNANCHORED = 12
    UNREADABLE = 13
    DRIFT = 14
    WAITING = 15
    INTERRUPTED = 130


class SovbankError(Exception):
    """Root of the tree. Only its descendants leave a port, an operation or a command.

    Parameters
    ----------
    message
        What happened in this case, one sentence, no secrets. It may contain hostile text: the
        output layer escapes it.
    next_step
        What the reader can do now; the class's default when omitted.
    details
        Further particulars as strings, for ``--json``.
    """

    code: ClassVar[str] = ""
    exit_status: ClassVar[ExitStatus] = ExitStatus.FAILED
    default_next_step: ClassVar[str] = ""

    def __init__(
        self, message: str, *, next_step: str | None = None, details: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step if next_step is not None else self.default_next_step
        self.details = dict(details or {})


class Failed(SovbankError):
    """The command failed for a reason that no other family names."""

    exit_status = ExitStatus.FAILED


class UsageRefused(SovbankError):
    """The command line is wrong, or an answer was needed and there is no terminal."""

    exit_status = ExitStatus.USAGE


class EnvironmentRefused(SovbankError):
    """The profile, an endpoint or the machine is not as it must be."""

    exit_status = ExitStatus.ENVIRONMENT


class KeyRefused(SovbankError):
    """A key, a PIN or an HSM is missing, ambiguous, or misbehaves."""

    exit_status = ExitStatus.KEY


class PolicyRefused(SovbankError):
    """A rule of the bank, of the control plane or of screening forbids it."""

    exit_status = ExitStatus.POLICY


class QuorumIncomplete(SovbankError):
    """Signatures are missing, or the signer list no longer matches."""

    exit_status = ExitStatus.QUORUM


class LedgerRejected(SovbankError):
    """A ledger gave a final refusal."""

    exit_status = ExitStatus.REJECTED


class OutcomeUnknown(SovbankError):
    """It may or may not have happened. Resume it; do not start it again."""

    exit_status = ExitStatus.UNKNOWN


class StoreDamaged(SovbankError):
    """The journal is damaged, missing, or cannot be written."""

    exit_status = ExitStatus.STORE


class DriftFound(SovbankError):
    """A ledger differs from the profile, or the reconciliation does not balance."""

    exit_status = ExitStatus.DRIFT


class Waiting(SovbankError):
    """Nothing is wrong; somebody else acts next.

    ``waiting_for`` is one of approver, confirmer, co-signers, holder, bank, timelock.
    """

    exit_status = ExitStatus.WAITING

    def __init__(
        self,
        message: str,
        *,
        waiting_for: str,
        next_step: str | None = None,
        details: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step, details=details)
        self.waiting_for = waiting_for
