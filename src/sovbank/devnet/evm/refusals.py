"""How the devnet's EVM says no, in the words and codes of other Ethereum nodes.

These never leave the endpoint: it turns them into JSON-RPC errors.
"""

from __future__ import annotations

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
SERVER_ERROR = -32000
EXECUTION_REVERTED = 3

_ERROR_STRING = bytes.fromhex("08c379a0")


class RpcRefusal(Exception):
    """A JSON-RPC error: code, message and, for reverts, the revert data."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_object(self) -> dict[str, object]:
        """Return the ``error`` member of the answer."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


class InvalidParams(RpcRefusal):
    """A parameter is missing, superfluous or malformed."""

    def __init__(self, message: str) -> None:
        super().__init__(INVALID_PARAMS, message)


class TransactionRefused(RpcRefusal):
    """A transaction or call cannot be executed at all."""

    def __init__(self, message: str) -> None:
        super().__init__(SERVER_ERROR, message)


class CallReverted(RpcRefusal):
    """A contract reverted; ``data`` is what it returned, from which a client names the error."""

    def __init__(self, output: bytes) -> None:
        reason = _reason(output)
        super().__init__(
            EXECUTION_REVERTED,
            f"execution reverted: {reason}" if reason else "execution reverted",
            "0x" + output.hex(),
        )


def _reason(output: bytes) -> str:
    if not output.startswith(_ERROR_STRING) or len(output) < 68:
        return ""
    length = int.from_bytes(output[36:68], "big")
    return output[68 : 68 + min(length, 1024)].decode("utf-8", "replace")
