"""One keep-alive connection to one node that is asked with JSON over HTTP.

The answer's size is capped while it streams, the whole request has one deadline, and the JSON is parsed
strictly: no duplicate names, no NaN, fractions as Decimal. A request that never left is told apart from
one whose answer was lost, because after the second the outcome is unknown.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import httpx

from sovbank.core import strict_json
from sovbank.errors.base import SovbankError

TIMEOUT_SECONDS = 20.0
CONNECT_SECONDS = 5.0
_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

Answer = TypeVar("Answer")


class JsonConnection:
    """What the clients of both ledgers' nodes have in common; each names its own limit and errors.

    Parameters
    ----------
    url
        The node's address.
    timeout_seconds
        Deadline of one request, from sending it to the last byte of its answer.
    transport
        What carries the requests; a real connection unless a test passes another.
    monotonic
        The clock of the deadline, in seconds.
    """

    most_bytes: ClassVar[int]
    """The largest answer that is read."""
    unreachable: ClassVar[type[SovbankError]]
    """The request never left."""
    reply_lost: ClassVar[type[SovbankError]]
    """It left, and no answer came."""
    malformed: ClassVar[type[SovbankError]]
    """What came is no answer."""

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

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _post(self, document: object) -> tuple[int, bytes]:
        """Send a document once; return the HTTP status and the body of the answer."""
        body = json.dumps(document).encode()
        deadline = self._monotonic() + self._timeout
        try:
            with self._http.stream("POST", self.url, content=body, headers=_HEADERS) as response:
                return response.status_code, self._body(response, deadline)
        except _NEVER_LEFT as error:
            raise self.unreachable(f"no connection to {self.url}: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self.reply_lost(
                f"the answer of {self.url} was lost: {type(error).__name__}: {error}"
            ) from error

    def _parse(self, body: bytes) -> Any:
        try:
            return strict_json.loads(body, parse_float=Decimal)
        except ValueError as error:
            raise self.malformed(f"{self.url} did not answer with JSON: {str(error)[:120]}") from error

    def _again_if_lost(self, ask: Callable[[], Answer]) -> Answer:
        """Return what a call that changes nothing returns; a lost answer is asked for once more.

        An idle connection that the node has closed looks just like a lost answer.
        """
        try:
            return ask()
        except self.reply_lost:
            return ask()

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            # A compressed answer could grow past any cap in one piece; none was asked for.
            if response.is_server_error:
                return b""  # a gateway's own page, of which only the status counts
            raise self.malformed(f"{self.url} sent a compressed answer")
        data = bytearray()
        for piece in response.iter_bytes():
            data += piece
            if len(data) > self.most_bytes:
                raise self.malformed(f"{self.url} answered with more than {self.most_bytes} bytes")
            if self._monotonic() > deadline:
                raise self.reply_lost(f"the answer of {self.url} took longer than {self._timeout:g} s")
        return bytes(data)
