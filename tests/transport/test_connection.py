"""The connection under both ledgers' clients: its caps, its deadline, and the errors that each port names."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
import pytest

from sovbank.errors.evm import EvmNodeHostile, EvmNodeUnreachable, EvmReplyLost
from sovbank.errors.xrpl import NodeAnswerMalformed, NodeReplyLost, NodeUnreachable
from sovbank.evm.node import EvmNode
from sovbank.xrpl.client import NodeClient

URL = "http://node.test/"


class Port(NamedTuple):
    """A client, what it must raise, and its own limit."""

    client: type[NodeClient] | type[EvmNode]
    unreachable: type[Exception]
    lost: type[Exception]
    malformed: type[Exception]
    most_bytes: int


PORTS = {
    "xrpl": Port(NodeClient, NodeUnreachable, NodeReplyLost, NodeAnswerMalformed, 16 * 1024 * 1024),
    "evm": Port(EvmNode, EvmNodeUnreachable, EvmReplyLost, EvmNodeHostile, 8 * 1024 * 1024),
}


@pytest.fixture(params=PORTS.values(), ids=PORTS.keys())
def port(request: pytest.FixtureRequest) -> Port:
    """Each port in turn."""
    found: Port = request.param
    return found


def answer_to(request: bytes, result: Any) -> bytes:
    """Return an answer that both protocols take: the result, under the request's number if it has one."""
    return json.dumps({"id": json.loads(request).get("id"), "result": result}).encode()


def over(port: Port, respond: Callable[[httpx.Request], httpx.Response], **options: Any) -> Any:
    """Return the port's client over a transport of ours."""
    return port.client(URL, transport=httpx.MockTransport(respond), **options)


def test_fractions_are_exact(port: Port) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        content = answer_to(request.content, {"fee": "HERE"}).replace(b'"HERE"', b"0.1000000000000000055")
        return httpx.Response(200, content=content)

    assert over(port, respond).call("x") == {"fee": Decimal("0.1000000000000000055")}


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (httpx.ConnectError("no"), "unreachable"),
        (httpx.ConnectTimeout("no"), "unreachable"),
        (httpx.PoolTimeout("no"), "unreachable"),
        (httpx.ReadTimeout("no"), "lost"),
        (httpx.WriteError("no"), "lost"),
        (httpx.ReadError("no"), "lost"),
        (httpx.RemoteProtocolError("no"), "lost"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_what_never_left_is_told_apart_from_a_lost_answer(port: Port, failure: Exception, name: str) -> None:
    calls = []

    def fail(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise failure

    with pytest.raises(getattr(port, name)):
        over(port, fail).call("submit")
    assert len(calls) == 1


def test_a_read_is_repeated_once_after_a_lost_answer(port: Port) -> None:
    failures: list[Exception] = [httpx.ReadError("closed")]

    def respond(request: httpx.Request) -> httpx.Response:
        if failures:
            raise failures.pop()
        return httpx.Response(200, content=answer_to(request.content, {"seq": 1}))

    client = over(port, respond)
    assert client.read("ledger") == {"seq": 1}
    failures += [httpx.ReadError("closed")] * 3
    with pytest.raises(port.lost):
        client.read("ledger")
    assert len(failures) == 1


def test_a_read_that_never_left_is_not_repeated(port: Port) -> None:
    calls = []

    def fail(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("no")

    with pytest.raises(port.unreachable):
        over(port, fail).read("ledger")
    assert len(calls) == 1


def test_an_answer_above_the_cap_is_cut_off(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    assert port.client.most_bytes == port.most_bytes
    monkeypatch.setattr(port.client, "most_bytes", 1000)
    length = 900

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=answer_to(request.content, {"a": "x" * length}))

    client = over(port, respond)
    assert client.call("x")
    length = 1000
    with pytest.raises(port.malformed, match="more than 1000 bytes"):
        client.call("x")


@pytest.mark.parametrize(("status", "name"), [(200, "malformed"), (503, "lost")])
def test_a_compressed_answer_is_refused_before_it_grows(port: Port, status: int, name: str) -> None:
    """It is not unpacked, and a gateway's compressed page is a lost answer like a plain one."""
    packed = gzip.compress(b'{"result": {}}')

    class Packed(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            yield packed
            raise AssertionError("the answer was read to its end")

    headers = {"content-encoding": "gzip"}
    client = over(port, lambda request: httpx.Response(status, headers=headers, stream=Packed()))
    with pytest.raises(getattr(port, name), match="compressed" if status == 200 else "HTTP 503"):
        client.call("x")


def test_a_redirection_is_not_followed(port: Port) -> None:
    seen = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(307, headers={"location": "http://elsewhere.test/"})

    with pytest.raises(port.malformed):
        over(port, respond).call("x")
    assert seen == [URL]


def test_a_node_that_drips_its_answer_runs_into_the_deadline(port: Port) -> None:
    times = iter([0.0, 1.0, 3.0, 6.0])

    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            yield from (b'{"result"', b": ", b"{}}")

    client = over(
        port,
        lambda request: httpx.Response(200, stream=Drip()),
        timeout_seconds=5,
        monotonic=lambda: next(times),
    )
    with pytest.raises(port.lost, match="longer than 5 s"):
        client.call("server_info")


def test_a_connection_is_kept_and_a_proxy_in_the_environment_is_ignored(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    connections = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = answer_to(self.rfile.read(int(self.headers["Content-Length"])), {})
            connections.add(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        client = port.client(f"http://127.0.0.1:{server.server_port}/")
        for _ in range(5):
            client.call("server_info")
        client.close()
    finally:
        server.shutdown()
        server.server_close()
    assert len(connections) == 1


def test_nobody_listening_is_unreachable(port: Port) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port_number = held.getsockname()[1]
        with pytest.raises(port.unreachable):
            port.client(f"http://127.0.0.1:{port_number}/", timeout_seconds=2).call("server_info")


@pytest.mark.parametrize("url", ["ftp://node.test/", "node.test", "http://[::"])
def test_an_address_that_is_none_fails_in_the_ports_words(port: Port, url: str) -> None:
    with pytest.raises((port.unreachable, port.lost)):
        port.client(url).call("server_info")
