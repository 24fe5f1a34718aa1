"""The JSON-RPC client: what it accepts, and how each failure is named."""

from __future__ import annotations

import json
import socket
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from sovbank.errors.xrpl import NodeAnswerMalformed, NodeError, NodeReplyLost, NodeUnreachable
from sovbank.xrpl import client as client_module
from sovbank.xrpl.client import NodeClient


def answering(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> NodeClient:
    return NodeClient(
        "http://node.test/",
        transport=httpx.MockTransport(
            lambda request: httpx.Response(status, content=body, headers=headers or {})
        ),
    )


def test_a_result_is_returned_with_its_fractions_exact() -> None:
    client = answering(b'{"result": {"base_fee_xrp": 1e-05, "seq": 2, "status": "success"}}')
    assert client.call("server_info") == {"base_fee_xrp": Decimal("0.00001"), "seq": 2, "status": "success"}


def test_the_request_is_what_a_node_expects() -> None:
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.headers["content-type"], json.loads(request.content)))
        return httpx.Response(200, json={"result": {}})

    NodeClient("http://node.test/", transport=httpx.MockTransport(answer)).call("tx", {"transaction": "AB"})
    assert seen == [("POST", "application/json", {"method": "tx", "params": [{"transaction": "AB"}]})]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Server is overloaded",
        b"[]",
        b'{"result": []}',
        b'{"result": {"a": NaN}}',
        b'{"result": {"a": Infinity}}',
        b'{"result": {"a": 1, "a": 2}}',
        b'{"result": {}, "result": {}}',
        b'{"result": {"a": "\xff"}}',
        b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"result": {"a": ' + b"9" * 10_000 + b"}}",
        b'{"answer": {}}',
    ],
)
def test_anything_but_one_result_object_is_refused(body: bytes) -> None:
    with pytest.raises(NodeAnswerMalformed):
        answering(body).call("server_info")


def test_an_error_of_the_node_keeps_its_token() -> None:
    body = b'{"result": {"error": "actNotFound", "error_message": "Account not found.", "status": "error"}}'
    with pytest.raises(NodeError) as caught:
        answering(body).call("account_info")
    assert caught.value.error == "actNotFound"
    assert "Account not found." in caught.value.message
    with pytest.raises(NodeError):
        answering(b'{"result": {"status": "error"}}').call("x")


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, NodeReplyLost), (503, NodeReplyLost), (400, NodeAnswerMalformed), (302, NodeAnswerMalformed)],
)
def test_http_statuses_are_told_apart(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        answering(b"{}", status, {"location": "http://elsewhere.test/"}).call("submit")


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("no"), NodeUnreachable),
        (httpx.ConnectTimeout("no"), NodeUnreachable),
        (httpx.ReadTimeout("no"), NodeReplyLost),
        (httpx.WriteError("no"), NodeReplyLost),
        (httpx.ReadError("no"), NodeReplyLost),
        (httpx.RemoteProtocolError("no"), NodeReplyLost),
    ],
)
def test_what_never_left_is_told_apart_from_a_lost_answer(failure: Exception, error: type[Exception]) -> None:
    calls = []

    def fail(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise failure

    client = NodeClient("http://node.test/", transport=httpx.MockTransport(fail))
    with pytest.raises(error):
        client.call("submit")
    assert len(calls) == 1


def test_a_read_is_repeated_once_after_a_lost_answer() -> None:
    answers = iter([httpx.ReadError("closed"), httpx.Response(200, json={"result": {"seq": 1}})])

    def answer(request: httpx.Request) -> httpx.Response:
        item = next(answers)
        if isinstance(item, Exception):
            raise item
        return item

    assert NodeClient("http://n.test/", transport=httpx.MockTransport(answer)).read("ledger") == {"seq": 1}


def test_an_answer_above_the_cap_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 1000)
    assert answering(b'{"result": {"a": "%s"}}' % (b"x" * 900)).call("x")
    with pytest.raises(NodeAnswerMalformed, match="1000 bytes"):
        answering(b'{"result": {"a": "%s"}}' % (b"x" * 1000)).call("x")


def test_a_compressed_answer_is_refused_before_it_grows() -> None:
    import gzip

    packed = gzip.compress(b'{"result": {}}')
    with pytest.raises(NodeAnswerMalformed, match="compressed"):
        answering(packed, headers={"content-encoding": "gzip"}).call("x")


def test_a_connection_is_kept_and_a_proxy_in_the_environment_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    connections = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            connections.add(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "14")
            self.end_headers()
            self.wfile.write(b'{"result": {}}')

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = NodeClient(f"http://127.0.0.1:{server.server_port}/")
        for _ in range(5):
            client.call("server_info")
        client.close()
    finally:
        server.shutdown()
        server.server_close()
    assert len(connections) == 1


def test_a_node_that_drips_its_answer_runs_into_the_deadline() -> None:
    times = iter([0.0, 1.0, 3.0, 6.0])

    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            yield from (b'{"result"', b": ", b"{}}")

    client = NodeClient(
        "http://node.test/",
        transport=httpx.MockTransport(lambda request: httpx.Response(200, stream=Drip())),
        timeout_seconds=5,
        monotonic=lambda: next(times),
    )
    with pytest.raises(NodeReplyLost, match="longer than 5 s"):
        client.call("server_info")


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(NodeUnreachable):
            NodeClient(f"http://127.0.0.1:{port}/", timeout_seconds=2).call("server_info")
