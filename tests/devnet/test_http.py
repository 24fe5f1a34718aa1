"""Heads of requests, byte by byte: what is answered, what is refused, and whether the connection goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.devnet import http
from sovbank.devnet.http import Listener, Reply, text_reply

BODY = b'{"a":1}'


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the port of a listener that says the body again; an empty body gets 204."""

    def respond(body: bytes) -> Reply:
        return Reply(200, "text/plain", body) if body else Reply(204, "text/plain", b"")

    listener = Listener(0, respond, option="--port")
    listener.start()
    yield listener.port
    listener.stop()


def talk(port: int, *pieces: bytes) -> bytes:
    """Send pieces, end sending, and give everything that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
        return received


def request(*fields: bytes, body: bytes = BODY, line: bytes = b"POST / HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Content-Length: %d" % len(body), *fields, b"", b""]) + body


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def test_an_answer_is_whole_and_says_its_length(port: int) -> None:
    head, _, body = talk(port, request()).partition(b"\r\n\r\n")
    assert body == BODY
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    names = [line.split(b":")[0] for line in lines[1:]]
    assert names == [b"Server", b"Date", b"Content-Type", b"Content-Length"]


def test_an_answer_without_content_has_no_length(port: int) -> None:
    head, _, body = talk(port, request(body=b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 No Content")
    assert (b"Content-Length" in head, body) == (False, b"")


def test_requests_follow_each_other_however_they_are_cut(port: int) -> None:
    two = request() + b"\r\n" + request(body=b"xy")
    for pieces in ([two], [two[:30], two[30:90], two[90:]], [bytes([byte]) for byte in two]):
        received = talk(port, *pieces)
        assert statuses(received) == [200, 200]
        assert received.endswith(b"\r\n\r\nxy")


@pytest.mark.parametrize(
    ("first", "answers"),
    [
        (request(b"Connection: close"), 1),
        (request(b"connection: Close"), 1),
        (request(b"Connection: keep-alive"), 2),
        (request(line=b"POST / HTTP/1.0"), 1),
        (request(b"Connection: keep-alive", line=b"POST / HTTP/1.0"), 2),
        (request(line=b"GET / HTTP/1.1", body=b""), 2),
    ],
)
def test_the_client_says_whether_the_connection_stays(port: int, first: bytes, answers: int) -> None:
    received = talk(port, first + request())
    assert statuses(received) == [200] * answers
    assert (b"Connection: close" in received) is (answers == 1)


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(port: int) -> None:
    received = talk(port, request(b"Expect: 100-continue"))
    assert statuses(received) == [100, 200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n\r\n\r\n", 400),
        (b"POST /\r\n\r\n", 400),
        (b"POST / HTTP/1.1", 400),
        (b"POST  / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/2\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400),
        (b"PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 501),
        (request(line=b"GET / HTTP/1.1"), 501),
        (b"POST / HTTP/1.1\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 1_0\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 9" + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", 400),
        (request(b"Content-Length: 3"), 400),
        (request(b"Transfer-Encoding: chunked"), 411),
        (request(b"Transfer-Encoding : chunked"), 400),
        (request(b" folded: line"), 400),
        (request(b": no name"), 400),
        (request(b"no colon"), 400),
        (request(b"Host: localhost", b"Host: localhost"), 400),
        (request(b"Host: bank.example"), 403),
        (request(b"Host: 127.0.0.1.bank.example:5005"), 403),
        (request(*[b"X-%d: y" % number for number in range(http.MAX_FIELDS)]), 431),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * http.MAX_LINE_BYTES + b"\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(port: int, sent: bytes, status: int) -> None:
    received = talk(port, sent)
    assert statuses(received) == [status]
    assert b"Connection: close" in received


@pytest.mark.parametrize("host", [b"127.0.0.1:5005", b"LocalHost", b"localhost:1", b"[::1]:8545", b"[::1]"])
def test_this_machine_has_several_names(port: int, host: bytes) -> None:
    assert statuses(talk(port, request(b"Host: " + host))) == [200]


@given(noise=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_answered_with_refusals_at_most(port: int, noise: bytes) -> None:
    assert all(status in (400, 411, 413, 501, 505) for status in statuses(talk(port, noise)))


def test_a_client_that_goes_away_harms_nobody(port: int) -> None:
    for sent in (b"", b"POST", request()[:40], request()):
        connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert statuses(talk(port, request())) == [200]


def test_a_silent_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http._Handler, "timeout", 0.1)
    listener = Listener(0, lambda _: text_reply(200, "x"), option="--port")
    listener.start()
    try:
        with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as connection:
            assert connection.recv(100) == b""
    finally:
        listener.stop()


def test_many_connections_are_served_side_by_side(port: int) -> None:
    connections = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(64)]
    for connection in connections:
        connection.sendall(request())
    for connection in reversed(connections):
        assert connection.recv(65_536).endswith(BODY)
        connection.close()
