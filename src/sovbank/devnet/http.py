"""Listeners on loopback: HTTP/1.1 with keep-alive in front of a function from request body to answer.

The head of a request is read here and not by ``http.server``, which takes longer over it than the ledger
takes over most requests. Source of the rules: RFC 9112.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from io import BufferedIOBase
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import ClassVar, Final, NamedTuple

from sovbank.errors.devnet import PortInUse, PortRefused

LOG = logging.getLogger(__name__)
LOOPBACK: Final = "127.0.0.1"
MAX_REQUEST_BYTES: Final = 1_000_000
MAX_LINE_BYTES: Final = 65_536
MAX_FIELDS: Final = 100
IDLE_SECONDS: Final = 60
"""A connection that says nothing for so long is closed."""
_HOSTS: Final = frozenset({b"127.0.0.1", b"localhost", b"[::1]"})
_LINE_ENDS: Final = frozenset({b"\r\n", b"\n"})
_ONCE: Final = frozenset({b"content-length", b"host", b"transfer-encoding"})


class Reply(NamedTuple):
    """An HTTP answer: status, content type and body."""

    status: int
    content_type: str
    body: bytes


Responder = Callable[[bytes], Reply]


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def text_reply(status: int, text: str) -> Reply:
    """Give an answer of plain text."""
    return Reply(status, "text/plain; charset=utf-8", f"{text}\r\n".encode())


class _Head(NamedTuple):
    """Request line and header fields; names are in lower case."""

    method: bytes
    version: bytes
    fields: dict[bytes, bytes]

    @property
    def stays_open(self) -> bool:
        """Whether the client wants to send more on this connection."""
        options = self.fields.get(b"connection", b"").lower()
        return b"keep-alive" in options if self.version == b"HTTP/1.0" else b"close" not in options

    @property
    def is_for_us(self) -> bool:
        """Whether the client means this machine: a web page that had its name rebound does not."""
        host = self.fields.get(b"host", b"localhost").lower()
        return host in _HOSTS or host.rpartition(b":")[0] in _HOSTS

    @property
    def length(self) -> int | None:
        """The length of the body in bytes, or None where it cannot be known beforehand."""
        value = self.fields.get(b"content-length", b"")
        if b"transfer-encoding" in self.fields or not value.isdigit():
            return None
        return int(value) if len(value) < 16 else MAX_REQUEST_BYTES + 1


class _Refused(Exception):
    """A request that is not answered; the connection is closed after the reason is given."""

    def __init__(self, status: HTTPStatus) -> None:
        self.reply = text_reply(status, status.phrase)


def _read_head(stream: BufferedIOBase) -> _Head | None:
    """Read the head of a request; None where the client has ended the connection."""
    line = stream.readline(MAX_LINE_BYTES)
    if line in _LINE_ENDS:
        line = stream.readline(MAX_LINE_BYTES)
    if not line:
        return None
    parts = line.split(b" ")
    if len(parts) != 3 or not line.endswith(b"\n"):
        raise _Refused(HTTPStatus.BAD_REQUEST)
    method, _, version = parts
    if version.rstrip() not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise _Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    return _Head(method, version.rstrip(), _read_fields(stream))


def _read_fields(stream: BufferedIOBase) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for _ in range(MAX_FIELDS):
        line = stream.readline(MAX_LINE_BYTES)
        if line in _LINE_ENDS:
            return fields
        name, colon, value = line.partition(b":")
        # A name with a space is an old way to go on with the line before, or an attempt to hide a field.
        if not colon or not line.endswith(b"\n") or not name or name.split() != [name]:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        name = name.lower()
        if name in fields and name in _ONCE:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        fields[name] = value.strip()
    raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


class _Handler(StreamRequestHandler):
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    responder: ClassVar[Responder]

    def handle(self) -> None:
        """Answer one request after the other."""
        try:
            while self._answer_one():
                pass
        except _Refused as refused:
            self._send(refused.reply, close=True)

    def _answer_one(self) -> bool:
        head = _read_head(self.rfile)
        if head is None:
            return False
        if head.method == b"POST":
            body = self._body(head)
            reply = type(self).responder(body)
        elif head.method == b"GET" and head.length in (None, 0):
            reply = text_reply(HTTPStatus.OK, "sovbank devnet: POST JSON-RPC requests here")
        else:
            raise _Refused(HTTPStatus.NOT_IMPLEMENTED)
        self._send(reply, close=not head.stays_open)
        return head.stays_open

    def _body(self, head: _Head) -> bytes:
        length = head.length
        if not head.is_for_us:
            raise _Refused(HTTPStatus.FORBIDDEN)
        if length is None:
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        if length > MAX_REQUEST_BYTES:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if head.fields.get(b"expect", b"").lower() == b"100-continue":
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(length)
        if len(body) < length:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        return body

    def _send(self, reply: Reply, *, close: bool) -> None:
        """Send head and body at once: in two pieces the second may wait for the first to be acknowledged."""
        lines = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            "Server: sovbank-devnet",
            f"Date: {_date(int(time.time()))}",
            f"Content-Type: {reply.content_type}",
        ]
        if reply.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(reply.body)}")
        if close:
            lines.append("Connection: close")
        self.request.sendall("\r\n".join([*lines, "\r\n"]).encode("ascii") + reply.body)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Log a broken connection; the others go on."""
        LOG.debug("connection from %s broke", client_address, exc_info=True)


class Listener:
    """Serves one port on loopback from its own thread.

    Port 0 takes a free one; ``port`` tells which.

    Raises
    ------
    PortInUse, PortRefused
        The port cannot be listened on; ``option`` is the flag that names another.
    """

    def __init__(self, port: int, responder: Responder, *, option: str) -> None:
        handler = type("Handler", (_Handler,), {"responder": staticmethod(responder)})
        try:
            self._server = _Server((LOOPBACK, port), handler)
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                raise PortInUse(
                    f"port {port} on {LOOPBACK} is in use",
                    next_step=f"Stop the program that listens on port {port}, or name a free port with"
                    f" {option}.",
                ) from error
            raise PortRefused(
                f"cannot listen on port {port} of {LOOPBACK}: {error}",
                next_step=f"Name another port with {option}.",
            ) from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and let go of the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
