"""A node endpoint between the program and the devnet that can kill the program at a chosen moment."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway:
    """Forwards JSON-RPC to a node; ``kill_before`` or ``kill_after`` a submission it ends the client.

    While ``armed`` is cleared, a submission waits: the test gets to know the process that it is to kill.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self.kill_before: int | None = None
        self.kill_after: int | None = None
        self.armed = threading.Event()
        self.armed.set()
        self.submissions: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = outer.pass_on(body)
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the program finds its node."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def pass_on(self, body: bytes) -> bytes:
        """Forward one request, ending the program before or after if it is a submission."""
        request = json.loads(body)
        submits = request["method"] == "submit"
        if submits:
            self.armed.wait(timeout=10)
            self.submissions.append(request["params"][0]["tx_blob"])
            if self.kill_before is not None:
                os.kill(self.kill_before, signal.SIGKILL)
                self.kill_before = None
                return b"{}"
        forwarded = urllib.request.Request(self._upstream, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(forwarded, timeout=30) as reply:
            answer: bytes = reply.read()
        if submits and self.kill_after is not None:
            os.kill(self.kill_after, signal.SIGKILL)
            self.kill_after = None
        return answer

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
