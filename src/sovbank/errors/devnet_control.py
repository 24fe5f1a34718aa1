"""Refusals of starting, stopping and asking a devnet of this machine."""

from __future__ import annotations

from sovbank.errors.base import EnvironmentRefused, LedgerRejected


class DevnetNotStarted(EnvironmentRefused):
    """The devnet's process ended before it answered, or did not answer in time."""

    code = "devnet.not-started"
    default_next_step = "Read the log that the message names."


class DevnetNotRunning(EnvironmentRefused):
    """No devnet runs on the state directory."""

    code = "devnet.not-running"
    default_next_step = "Start one with `sovbank devnet up`."


class DevnetNotStopped(EnvironmentRefused):
    """The devnet did not end in time after it was told to."""

    code = "devnet.not-stopped"
    default_next_step = "Look at its log; end its process by the id that the message names."


class DevnetUnreachable(EnvironmentRefused):
    """A devnet of this machine does not answer, or answers something else."""

    code = "devnet.unreachable"
    default_next_step = "See `sovbank devnet status`."


class FundingRefused(LedgerRejected):
    """The devnet's ledger refused a payment from genesis."""

    code = "devnet.funding-refused"
    default_next_step = "Mend what the result code names; a new account needs at least the base reserve."
