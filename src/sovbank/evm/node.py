"""The JSON-RPC of an EVM node: one request, one result.

Three failures are told apart: the request never left, its answer was lost, and the answer is not an answer.
The node's own errors come out as ``RpcError``, which the adapter turns into errors of the tree.
"""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

from sovbank.errors.evm import EvmNodeHostile, EvmNodeUnreachable, EvmReplyLost
from sovbank.transport.connection import JsonConnection


class RpcError(Exception):
    """The node's own error: its code, message, and for reverts the data that the contract returned."""

    def __init__(self, code: int, message: str, data: bytes | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class EvmNode(JsonConnection):
    """A JSON-RPC client of one EVM node."""

    most_bytes = 8 * 1024 * 1024
    unreachable, reply_lost, malformed = EvmNodeUnreachable, EvmReplyLost, EvmNodeHostile
    _numbers: ClassVar = itertools.count(1)  # over all nodes: no two requests of this process share one

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
        status, body = self._post(request)
        if status >= 500 and not body.lstrip().startswith(b"{"):
            raise EvmReplyLost(f"{self.url} answered {method} with HTTP {status}")
        return self._result(method, number, self._parse(body))

    def read(self, method: str, *params: Any) -> Any:
        """Return the result of a call that changes nothing; a lost answer is asked for once more."""
        return self._again_if_lost(lambda: self.call(method, *params))

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
