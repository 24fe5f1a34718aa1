"""One keep-alive JSON-RPC connection to one EVM node.

The answer's size is capped while it streams, the whole request has one deadline, and the JSON is parsed
strictly. Three failures are told apart: the request never left, its answer was lost, and the answer is not
an answer. The node's own errors come out as ``RpcError``, which the adapter turns into errors of the tree.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from sovbank.core import strict_json
from sovbank.errors.evm import EvmNodeHostile, EvmNodeUnreachable, EvmReplyLost

MAX_ANSWER_BYTES = 8 * 1024 * 1024
TIMEOUT_SECONDS = 20.0
CONNECT_SECONDS = 5.0


class RpcError(Exception):
    """The node's own error: its code, message, and for reverts the data that the contract returned."""

    def __init__(self, code: int, message: str, data: bytes | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class EvmNode:
    """A JSON-RPC client of one EVM node. ``transport`` and ``monotonic`` are the real ones unless given."""

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._timeout = timeout_seconds
        self._monotonic = monotonic
        self._numbers = itertools.count(1)
        # A proxy or a .netrc from the environment could answer in the node's place.
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
            transport=transport,
            trust_env=False,
            follow_redirects=False,
        )

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call, made once.

        Raises
        ------
        EvmNodeUnreachable
            The request never left.
        EvmReplyLost
            It left, and no answer came.
        EvmNodeHostile
            What came is no answer to it.
        RpcError
            The node refused it.
        """
        number = next(self._numbers)
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
        status, body = self._post(json.dumps(request).encode())
        if status >= 500 and not body.lstrip().startswith(b"{"):
            raise EvmReplyLost(f"{self.url} answered {method} with HTTP {status}")
        return self._result(method, number, _parse(body, self.url))

    def read(self, method: str, *params: Any) -> Any:
        """Return the result of a call that changes nothing; a lost answer is asked for once more.

        An idle connection that the node has closed looks just like a lost answer.
        """
        try:
            return self.call(method, *params)
        except EvmReplyLost:
            return self.call(method, *params)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _post(self, body: bytes) -> tuple[int, bytes]:
        deadline = self._monotonic() + self._timeout
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        try:
            with self._http.stream("POST", self.url, content=body, headers=headers) as response:
                return response.status_code, self._body(response, deadline)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            raise EvmNodeUnreachable(f"no connection to {self.url}: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EvmReplyLost(
                f"the answer of {self.url} was lost: {type(error).__name__}: {error}"
            ) from error

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        data = bytearray()
        for piece in response.iter_raw():
            data += piece
            if len(data) > MAX_ANSWER_BYTES:
                raise EvmNodeHostile(f"{self.url} answered with more than {MAX_ANSWER_BYTES} bytes")
            if self._monotonic() > deadline:
                raise EvmReplyLost(f"the answer of {self.url} took longer than {self._timeout:g} s")
        return bytes(data)

    def _result(self, method: str, number: int, answer: Any) -> Any:
        if not isinstance(answer, dict) or ("result" in answer) == ("error" in answer):
            raise EvmNodeHostile(f"{self.url} answered {method} with neither a result nor an error")
        if "error" in answer:
            raise _rpc_error(answer["error"], self.url)
        if answer.get("id") != number:
            raise EvmNodeHostile(f"{self.url} answered {method} with the answer to another request")
        return answer["result"]


def _rpc_error(error: Any, url: str) -> RpcError:
    if not isinstance(error, dict) or type(error.get("code")) is not int:
        raise EvmNodeHostile(f"{url} answered with an error that has no code")
    data = error.get("data")
    if isinstance(data, dict):  # some nodes wrap the revert data once more
        data = data.get("data")
    try:
        content = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else None
    except ValueError:
        content = None
    return RpcError(error["code"], str(error.get("message", ""))[:300], content)


def _parse(body: bytes, url: str) -> Any:
    try:
        return strict_json.loads(body)
    except ValueError as error:
        raise EvmNodeHostile(f"{url} did not answer with JSON: {str(error)[:120]}") from error
