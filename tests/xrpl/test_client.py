"""The JSON-RPC client: what it accepts, and how each failure is named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sovbank.errors.xrpl import NodeAnswerMalformed, NodeError, NodeReplyLost
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
