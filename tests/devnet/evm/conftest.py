"""A chain in a temporary directory, its requests, and transactions signed by another library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from sovbank.devnet.evm.endpoint import EvmEndpoint

CHAIN_ID = 21338
START = 1_800_000_000
ECHO_REVERT = "36600060003736" + "6000fd"
"""Reverts with its own calldata."""
STORE_AND_LOG = "6000356000556000356000526007602060" + "00a100"
"""Stores the first word of its calldata in slot 0 and logs it under the topic 7."""


class RpcFailure(Exception):
    """The endpoint answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: str | None = error.get("data")


@dataclass
class Clock:
    """A clock that tests turn."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Client:
    """Calls the endpoint and signs with a key that has ether."""

    endpoint: EvmEndpoint
    clock: Clock
    account: LocalAccount = field(default_factory=lambda: Account.from_key(b"\x11" * 32))

    def call(self, method: str, *params: Any) -> Any:
        answer = self.endpoint.handle({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        assert isinstance(answer, dict)
        if "error" in answer:
            raise RpcFailure(answer["error"])
        return answer["result"]

    def sign(self, **fields: Any) -> str:
        nonce = int(self.call("eth_getTransactionCount", self.account.address, "latest"), 16)
        transaction = {
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "gas": 1_000_000,
            "value": 0,
            "to": "0x" + "22" * 20,
            **fields,
        }
        if "gasPrice" not in transaction:
            transaction = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9, "type": 2} | transaction
        return "0x" + self.account.sign_transaction(transaction).raw_transaction.hex()

    def send(self, **fields: Any) -> str:
        return str(self.call("eth_sendRawTransaction", self.sign(**fields)))

    def deploy(self, runtime: str) -> str:
        code = bytes.fromhex(runtime)
        init = bytes.fromhex(f"60{len(code):02x}600c60003960{len(code):02x}6000f3") + code
        sent = self.send(to="", data="0x" + init.hex())
        return str(self.call("eth_getTransactionReceipt", sent)["contractAddress"])


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Open endpoints on one state directory; each is closed at the end."""
    opened: list[EvmEndpoint] = []
    clock = Clock()

    def open_one(*, chain_id: int = CHAIN_ID, block_interval: int = 0) -> Client:
        endpoint = EvmEndpoint(tmp_path, chain_id=chain_id, block_interval=block_interval, clock=clock)
        opened.append(endpoint)
        return Client(endpoint, clock)

    yield open_one
    for endpoint in opened:
        endpoint.close()


@pytest.fixture
def client(open_client: Callable[..., Client]) -> Client:
    """A chain whose own account has ether."""
    opened = open_client()
    opened.call("devnet_fund", opened.account.address)
    return opened


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One chain for a module's property tests."""
    clock = Clock()
    endpoint = EvmEndpoint(tmp_path_factory.mktemp("evm"), chain_id=CHAIN_ID, block_interval=0, clock=clock)
    opened = Client(endpoint, clock)
    opened.call("devnet_fund", opened.account.address)
    yield opened
    endpoint.close()
