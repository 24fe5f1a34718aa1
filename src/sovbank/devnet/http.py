"""Listeners on loopback: HTTP/1.1 with keep-alive in front of a function from request body to answer."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Final, NamedTuple

from sovbank.errors.devnet import PortInUse, PortRefused

LOG = logging.getLogger(__name__)
LOOPBACK: Final = "127.0.0.1"
MAX_REQUEST_BYTES: Final = 1_000_000
IDLE_SECONDS: Final = 60
"""A connection that says nothing for so long is closed."""


class Reply(NamedTuple):
    """An HTTP answer: status, content type and body."""

    status: int
    content_type: str
    body: bytes


Responder = Callable[[bytes], Reply]


def text_reply(status: int, text: str) -> Reply:
    """Give an answer of plain text."""
    return Reply(status, "text/plain; charset=utf-8", f"{text}\r\n".encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sovbank-devnet"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    responder: ClassVar[Responder]

    def do_POST(self) -> None:
        """Answer a request."""
        length = self._length()
        if not self._is_for_us():
            self._send(text_reply(403, "Forbidden"), close=True)
        elif length is None:
            self._send(text_reply(411, "Length required"), close=True)
        elif length > MAX_REQUEST_BYTES:
            self._send(text_reply(413, "Request too large"), close=True)
        else:
            body = self.rfile.read(length)
            if len(body) == length:
                self._send(type(self).responder(body))

    def do_GET(self) -> None:
        """Tell a browser what this is."""
        self._send(text_reply(200, "sovbank devnet: POST JSON-RPC requests here"))

    def _is_for_us(self) -> bool:
        """Tell whether the client means this machine: a web page that had its name rebound does not."""
        host = self.headers.get("Host", LOOPBACK)
        return host.rsplit(":", 1)[0] in (LOOPBACK, "localhost", "[::1]")

    def _length(self) -> int | None:
        value = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (value.isascii() and value.isdigit()):
            return None
        return int(value) if len(value) < 16 else MAX_REQUEST_BYTES + 1

    def _send(self, reply: Reply, *, close: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log at debug level: a request every few milliseconds is no news."""
        LOG.debug("%s %s", self.address_string(), format % args)


class _Server(ThreadingHTTPServer):
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
