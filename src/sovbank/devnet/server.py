"""The devnet as a program: both endpoints on loopback, closes by the clock, and an orderly end.

The state directory holds the journals, a lock against a second devnet, and ``devnet.json``, which tells
other programs where the running one listens.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol

from sovbank.core import strict_json
from sovbank.devnet.http import Listener, Reply, Responder, text_reply
from sovbank.devnet.journal import Journal
from sovbank.devnet.node import Node
from sovbank.errors.base import SovbankError
from sovbank.errors.devnet import DevnetRunning, StateUnusable

LOG = logging.getLogger(__name__)

DEFAULT_NETWORK_ID: Final = 21338
DEFAULT_XRPL_PORT: Final = 5005
DEFAULT_EVM_PORT: Final = 8545
CLOSE_SECONDS: Final = 3.0
XRPL_JOURNAL: Final = "xrpl.journal"
EVM_JOURNAL: Final = "evm.journal"
RUNNING_FILE: Final = "devnet.json"
LOCK_FILE: Final = "devnet.lock"
_JSON_TYPE: Final = "application/json; charset=UTF-8"
_PARSE_ERROR: Final = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}}


class EvmEndpoint(Protocol):
    """The EVM beside the ledger: parsed JSON-RPC in, the answer out."""

    def handle(self, request: Any) -> dict[str, Any] | list[dict[str, Any]] | None:
        """Answer a parsed request or batch; None when it holds notifications alone."""
        ...

    def close(self) -> None:
        """Let go of the state directory."""
        ...


EvmFactory = Callable[[Path, int], EvmEndpoint]
"""Makes the EVM from the state directory and the chain id."""


@dataclass(frozen=True, slots=True)
class DevnetConfig:
    """What a devnet is started with.

    ``network_id`` is the ledger's and the EVM's chain id; below 1 the chain id is the usual one. Ports of 0
    are chosen by the system. ``evm_port`` None serves no EVM. ``close_seconds`` counts for automatic closes.
    """

    state: Path
    network_id: int = DEFAULT_NETWORK_ID
    xrpl_port: int = DEFAULT_XRPL_PORT
    evm_port: int | None = DEFAULT_EVM_PORT
    fresh: bool = False
    manual_close: bool = False
    close_seconds: float = CLOSE_SECONDS


def py_evm(directory: Path, chain_id: int) -> EvmEndpoint:
    """Make the EVM that runs in this process."""
    from sovbank.devnet.evm import open_endpoint

    return open_endpoint(directory, chain_id=chain_id)


def xrpl_responder(node: Node) -> Responder:
    """Give the function that answers the ledger's requests."""
    from sovbank.devnet.rpc.dispatch import Unparsable, answer

    def respond(body: bytes) -> Reply:
        try:
            request = strict_json.loads(body)
        except ValueError as error:
            return text_reply(400, f"Unable to parse request: {error}")
        try:
            reply = answer(node, request)
        except Unparsable as error:
            return text_reply(400, str(error))
        return Reply(200, _JSON_TYPE, json.dumps(reply, separators=(",", ":")).encode() + b"\n")

    return respond


def evm_responder(endpoint: EvmEndpoint) -> Responder:
    """Give the function that answers the EVM's requests."""

    def respond(body: bytes) -> Reply:
        try:
            request = strict_json.loads(body)
        except ValueError:
            reply: Any = _PARSE_ERROR
        else:
            reply = endpoint.handle(request)
        if reply is None:
            return Reply(204, _JSON_TYPE, b"")
        return Reply(200, _JSON_TYPE, json.dumps(reply, separators=(",", ":")).encode())

    return respond


class _StateDirectory:
    """The state directory, locked for one devnet."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # What a killed devnet left behind names a process that may be another program by now.
            (path / RUNNING_FILE).unlink(missing_ok=True)
            if fresh:
                for name in (XRPL_JOURNAL, EVM_JOURNAL):
                    (path / name).unlink(missing_ok=True)
        except BlockingIOError as error:
            os.close(self._lock)
            raise DevnetRunning(f"a devnet is running on {path}") from error
        except OSError as error:
            raise StateUnusable(f"{path}: {error.strerror or error}") from error

    def announce(self, facts: dict[str, Any]) -> None:
        """Tell other programs what runs here."""
        temporary = self.path / f"{RUNNING_FILE}.new"
        temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        temporary.replace(self.path / RUNNING_FILE)

    def release(self) -> None:
        """Take the announcement back and let another devnet in."""
        (self.path / RUNNING_FILE).unlink(missing_ok=True)
        os.close(self._lock)


class DevnetServer:
    """A running devnet.

    Raises
    ------
    DevnetRunning, StateUnusable, PortInUse, PortRefused, JournalDamaged, JournalForeign
        It cannot start; nothing is left listening.
    """

    def __init__(self, config: DevnetConfig, *, evm: EvmFactory = py_evm) -> None:
        self._config = config
        self._stopping = threading.Event()
        self._closers: list[Callable[[], None]] = []
        try:
            self._start(evm)
        except BaseException:
            self.stop()
            raise

    def _start(self, evm: EvmFactory) -> None:
        config = self._config
        state = _StateDirectory(config.state, fresh=config.fresh)
        self._closers.append(state.release)
        journal = Journal(config.state / XRPL_JOURNAL, network_id=config.network_id)
        self.node = Node(network_id=config.network_id, journal=journal)
        self._closers.append(self.node.stop)
        self.xrpl_port = self._listen(config.xrpl_port, xrpl_responder(self.node), "--xrpl-port")
        self.evm_port: int | None = None
        if config.evm_port is not None:
            endpoint = evm(config.state, config.network_id if config.network_id > 0 else DEFAULT_NETWORK_ID)
            self._closers.append(endpoint.close)
            self.evm_port = self._listen(config.evm_port, evm_responder(endpoint), "--evm-port")
        if not config.manual_close:
            closer = threading.Thread(target=self._close_by_clock, daemon=True)
            closer.start()
            self._closers.append(closer.join)
        state.announce(self.facts())

    def _listen(self, port: int, responder: Responder, option: str) -> int:
        listener = Listener(port, responder, option=option)
        self._closers.append(listener.stop)
        listener.start()
        return listener.port

    def _close_by_clock(self) -> None:
        while not self._stopping.wait(self._config.close_seconds):
            try:
                self.node.close_ledger()
            except SovbankError as error:
                LOG.error("%s: %s", error.code, error.message)

    def facts(self) -> dict[str, Any]:
        """Tell where this devnet listens."""
        return {
            "pid": os.getpid(),
            "network_id": self._config.network_id,
            "xrpl_port": self.xrpl_port,
            "evm_port": self.evm_port,
            "manual_close": self._config.manual_close,
        }

    def stop(self) -> None:
        """Stop answering, write everything down and let go of ports and directory."""
        self._stopping.set()
        while self._closers:
            self._closers.pop()()

    def wait(self) -> None:
        """Serve until SIGTERM or SIGINT comes, then stop. Only for the main thread."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        self._stopping.wait()
        self.stop()


def serve(config: DevnetConfig, *, ready: Callable[[DevnetServer], None] | None = None) -> None:
    """Run a devnet until it is told to stop; ``ready`` is called once it answers.

    Raises
    ------
    DevnetRunning, StateUnusable, PortInUse, PortRefused, JournalDamaged, JournalForeign
        It cannot start.
    """
    server = DevnetServer(config)
    if ready is not None:
        ready(server)
    server.wait()
