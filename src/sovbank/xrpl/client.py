"""The JSON-RPC of an XRP Ledger node: one request, one result object, and the node's own errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.errors.xrpl import NodeAnswerMalformed, NodeError, NodeReplyLost, NodeUnreachable
from sovbank.transport.connection import JsonConnection


class NodeClient(JsonConnection):
    """A JSON-RPC client of one XRP Ledger node."""

    most_bytes = 16 * 1024 * 1024
    unreachable, reply_lost, malformed = NodeUnreachable, NodeReplyLost, NodeAnswerMalformed

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the ``result`` object of one call, made once.

        Raises
        ------
        NodeUnreachable, NodeReplyLost, NodeAnswerMalformed
        NodeError
            The node answered with an error of its own.
        """
        status, body = self._post({"method": method, "params": [dict(params or {})]})
        if status >= 500:
            raise NodeReplyLost(f"{self.url} answered {method} with HTTP {status}")
        if status != 200:
            raise NodeAnswerMalformed(f"{self.url} answered {method} with HTTP {status}")
        return self._result(method, self._parse(body))

    def read(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of a call that changes nothing; a lost answer is asked for once more."""
        return self._again_if_lost(lambda: self.call(method, params))

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
