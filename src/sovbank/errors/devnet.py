"""Errors of the embedded devnet: its server, its journal and the bytes it is sent."""

from __future__ import annotations

from typing import Any

from sovbank.errors.base import EnvironmentRefused, StoreDamaged, UsageRefused


class InvalidTransaction(UsageRefused):
    """Bytes sent as a transaction are not one; the message is the server's ``error_exception``."""

    code = "devnet.invalid-transaction"
    default_next_step = "Encode and sign the transaction again."


class PortInUse(EnvironmentRefused):
    """Another program listens on a port that the devnet was to serve."""

    code = "devnet.port-in-use"
    default_next_step = "Stop the other program, or name a free port with --xrpl-port or --evm-port."


class PortRefused(EnvironmentRefused):
    """The system does not let the devnet listen on a port."""

    code = "devnet.port-refused"
    default_next_step = "Name another port with --xrpl-port or --evm-port."


class DevnetRunning(EnvironmentRefused):
    """A devnet is running on this state directory already."""

    code = "devnet.already-running"
    default_next_step = "Use the one that runs, stop it with `sovbank devnet down`, or name another --state."


class StateUnusable(EnvironmentRefused):
    """The state directory cannot be created, read or written."""

    code = "devnet.state-unusable"
    default_next_step = "Name a directory that you may write with --state."


class JournalDamaged(StoreDamaged):
    """The devnet's journal holds a line that the devnet did not write."""

    code = "devnet.journal-damaged"
    default_next_step = "Start over with `sovbank devnet reset`; a devnet holds nothing of value."


class JournalForeign(StoreDamaged):
    """The devnet's journal belongs to another network id or was written by another format version."""

    code = "devnet.journal-foreign"
    default_next_step = "Name the network id that the journal was made with, or start over with --fresh."


class RequestRefused(UsageRefused):
    """A JSON-RPC request was answered with an error; ``token`` is the server's name for it.

    ``body`` is what the answer carries beside the error.
    """

    code = "devnet.request-refused"
    default_next_step = "Correct the request; the message says what is wrong."

    def __init__(
        self, token: str, message: str, *, number: int | None = None, body: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.token = token
        self.number = number
        self.body = dict(body or {})
