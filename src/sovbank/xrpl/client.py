"""One keep-alive JSON-RPC connection to one node.

The answer's size is capped while it streams, the whole request has one deadline, and the JSON is parsed
strictly: no duplicate names, no NaN, fractions as Decimal. A request that never left is told apart from
one whose answer was lost, because after the second the outcome is unknown.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import httpx

from sovbank.core import strict_json
from sovbank.errors.xrpl import NodeAnswerMalformed, NodeError, NodeReplyLost, NodeUnreachable

MAX_ANSWER_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 20.0
CONNECT_SECONDS = 5.0


class NodeClient:
    """A JSON-RPC client of one XRP Ledger node.

    Parameters
    ----------
    url
        The node's JSON-RPC address.
    timeout_seconds
        Deadline of one request, from sending it to the last byte of its answer.
    transport
        What carries the requests; a real connection unless a test passes another.
    monotonic
        The clock of the deadline, in seconds.
    """

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
        # A proxy or a .netrc from the environment could answer in the node's place.
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
            transport=transport,
            trust_env=False,
            follow_redirects=False,
        )

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the ``result`` object of one call, made once.

        Raises
        ------
        NodeUnreachable, NodeReplyLost, NodeAnswerMalformed
        NodeError
            The node answered with an error of its own.
        """
        body = json.dumps({"method": method, "params": [dict(params or {})]}).encode()
        status, data = self._post(body)
        if status >= 500:
            raise NodeReplyLost(f"{self.url} answered {method} with HTTP {status}")
        if status != 200:
            raise NodeAnswerMalformed(f"{self.url} answered {method} with HTTP {status}")
        return self._result(method, _parse(data, self.url))

    def read(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of a call that changes nothing; a lost answer is asked for once more.

        An idle connection that the node has closed looks just like a lost answer.
        """
        try:
            return self.call(method, params)
        except NodeReplyLost:
            return self.call(method, params)

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
            raise NodeUnreachable(f"no connection to {self.url}: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NodeReplyLost(
                f"the answer of {self.url} was lost: {type(error).__name__}: {error}"
            ) from error

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            # A compressed answer could grow past any cap in one piece; none was asked for.
            raise NodeAnswerMalformed(f"{self.url} sent a compressed answer")
        data = bytearray()
        for piece in response.iter_bytes():
            data += piece
            if len(data) > MAX_ANSWER_BYTES:
                raise NodeAnswerMalformed(f"{self.url} answered with more than {MAX_ANSWER_BYTES} bytes")
            if self._monotonic() > deadline:
                raise NodeReplyLost(f"the answer of {self.url} took longer than {self._timeout:g} s")
        return bytes(data)

    def _result(self, method: str, answer: Any) -> dict[str, Any]:
        result = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(result, dict):
            raise NodeAnswerMalformed(f"{self.url} answered {method} without a result object")
        error = result.get("error")
        if error is None and result.get("status", "success") == "success":
            return result
        token = error if isinstance(error, str) else "unnamed"
        reason = result.get("error_message") or result.get("error_exception") or "no reason given"
        refusal = NodeError(f"{self.url} refused {method}: {token}: {str(reason)[:200]}", error=token)
        if isinstance(result.get("searched_all"), bool):
            refusal.details["searched_all"] = str(result["searched_all"]).lower()
        raise refusal


def _parse(data: bytes, url: str) -> Any:
    try:
        return strict_json.loads(data, parse_float=Decimal)
    except ValueError as error:
        raise NodeAnswerMalformed(f"{url} did not answer with JSON: {str(error)[:120]}") from error
