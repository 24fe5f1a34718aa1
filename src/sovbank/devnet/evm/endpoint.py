"""JSON-RPC 2.0 in front of the devnet's EVM: one request or a batch in, one answer or a batch out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sovbank.devnet.evm.devnet import BLOCK_INTERVAL_SECONDS, DEFAULT_CHAIN_ID, Devnet
from sovbank.devnet.evm.methods import METHODS
from sovbank.devnet.evm.refusals import (
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    SERVER_ERROR,
    InvalidParams,
    RpcRefusal,
)
from sovbank.errors.base import SovbankError

MAX_REQUEST_BYTES = 1024 * 1024
"""How long a request may be: the HTTP server in front refuses longer ones unread."""
MAX_BATCH = 100


class EvmEndpoint:
    """Answers the requests of one chain, one at a time, from any thread."""

    def __init__(
        self,
        directory: Path,
        *,
        chain_id: int = DEFAULT_CHAIN_ID,
        block_interval: int = BLOCK_INTERVAL_SECONDS,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Rebuild the chain kept in ``directory`` or begin one; parameters and errors as for ``Devnet``."""
        settings = {} if clock is None else {"clock": clock}
        self._devnet = Devnet(directory, chain_id=chain_id, block_interval=block_interval, **settings)
        self._lock = threading.Lock()

    def handle(self, request: Any) -> dict[str, Any] | list[dict[str, Any]] | None:
        """Return the answer to a parsed request; None when it holds notifications alone."""
        if not isinstance(request, list):
            return self._answer(request)
        if not request or len(request) > MAX_BATCH:
            return _failure(None, RpcRefusal(INVALID_REQUEST, f"a batch has 1 to {MAX_BATCH} requests"))
        answers = [answer for one in request if (answer := self._answer(one)) is not None]
        return answers or None

    def close(self) -> None:
        """Let go of the state directory."""
        with self._lock:
            self._devnet.close()

    def _answer(self, request: Any) -> dict[str, Any] | None:
        if not isinstance(request, dict):
            return _failure(None, RpcRefusal(INVALID_REQUEST, "a request is an object"))
        identity = request.get("id")
        if not isinstance(identity, str | int | float | None):
            return _failure(None, RpcRefusal(INVALID_REQUEST, "an id is a string, a number or null"))
        try:
            result = self._result(request)
        except RpcRefusal as refusal:
            answer = _failure(identity, refusal)
        except SovbankError as error:
            answer = _failure(identity, RpcRefusal(SERVER_ERROR, f"{error.code}: {error.message}"))
        else:
            answer = {"jsonrpc": "2.0", "id": identity, "result": result}
        return answer if "id" in request else None

    def _result(self, request: dict[str, Any]) -> Any:
        name = request.get("method")
        if not isinstance(name, str):
            raise RpcRefusal(INVALID_REQUEST, "a request names its method")
        method = METHODS.get(name)
        if method is None:
            raise RpcRefusal(METHOD_NOT_FOUND, f"the method {name[:80]} does not exist/is not available")
        given = request.get("params", [])
        if not isinstance(given, list):
            raise InvalidParams("params are a list")
        with self._lock:
            return method(self._devnet, given)


def _failure(identity: str | int | float | None, refusal: RpcRefusal) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "error": refusal.as_object()}
