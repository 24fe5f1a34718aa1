"""One EVM chain as the adapter sees it: pinned by chain id, read at final blocks, never going back.

A block is final when the profile's number of blocks stand on it. The ``finalized`` tag is not used: it means
the head on some development chains and block 0 on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sovbank.errors.evm import (
    ContractMissing,
    EvmNodeBehind,
    EvmNodeHostile,
    EvmNodeRefused,
    EvmNodeUnreachable,
    EvmReplyLost,
    WrongEvmChain,
)
from sovbank.evm.answers import data, fields, quantity
from sovbank.evm.node import EvmNode, RpcError
from sovbank.evm.refusals import refusal_of

EXECUTION_REVERTED = 3


@dataclass(frozen=True)
class Block:
    """A block's number, hash (0x and 64 hex digits), Unix time, and base fee in wei per gas."""

    number: int
    hash: str
    time: int
    base_fee: int

    @property
    def tag(self) -> str:
        """The number as the node takes it."""
        return hex(self.number)


class EvmSession:
    """Reads of one chain through one node.

    Parameters
    ----------
    node
        The connection.
    chain_id
        The chain that the profile names; another one is refused before anything else is asked.
    confirmations
        How many blocks must stand on a block to make it final.
    """

    def __init__(self, node: EvmNode, *, chain_id: int, confirmations: int) -> None:
        self.chain_id = chain_id
        self.confirmations = confirmations
        self._node = node
        self._pinned = False
        self._highest = 0
        self._with_code: set[str] = set()

    def read(self, method: str, *params: Any) -> Any:
        """Return the result of a question, from the right chain.

        Raises
        ------
        WrongEvmChain, EvmNodeUnreachable, EvmNodeHostile, EvmNodeRefused
        ControlPlaneRefused
            A contract reverted.
        """
        self._pin()
        return self._ask(method, *params)

    def submit(self, raw: bytes) -> Any:
        """Send a signed transaction once and return what the node says.

        Raises
        ------
        EvmNodeUnreachable, EvmReplyLost, EvmNodeHostile, WrongEvmChain
        RpcError
            The node refused it.
        """
        self._pin()
        return self._node.call("eth_sendRawTransaction", "0x" + raw.hex())

    def head(self) -> Block:
        """Return the newest block.

        Raises
        ------
        EvmNodeBehind
            It is older than one seen before.
        """
        block = self._block("latest")
        if block.number < self._highest:
            raise EvmNodeBehind(f"the node is at block {block.number}, block {self._highest} was seen before")
        self._highest = block.number
        return block

    def final(self) -> Block:
        """Return the newest final block."""
        head = self.head()
        if self.confirmations == 0:
            return head
        return self.block(max(0, head.number - self.confirmations))

    def block(self, number: int) -> Block:
        """Return the block with the number."""
        found = self._block(hex(number))
        if found.number != number:
            raise EvmNodeHostile(f"the node gave block {found.number} for block {number}")
        return found

    def call(self, to: str, content: bytes, block: Block, *, sender: str | None = None) -> bytes:
        """Return what a call returns on the state after a block. A revert is raised as a refusal."""
        request = {"to": to, "data": "0x" + content.hex()}
        if sender is not None:
            request["from"] = sender
        return data(self.read("eth_call", request, block.tag), "answer to a call")

    def code(self, address: str, block: Block) -> bytes:
        """Return the code at an address after a block."""
        return data(self.read("eth_getCode", address, block.tag), "code")

    def storage(self, address: str, slot: bytes, block: Block) -> bytes:
        """Return the 32 bytes of a storage slot after a block."""
        answer = self.read("eth_getStorageAt", address, "0x" + slot.hex(), block.tag)
        return data(answer, "storage", length=32)

    def require_code(self, address: str, name: str, block: Block) -> None:
        """Refuse when there is no contract at the address; asked once for each.

        Raises
        ------
        ContractMissing
        """
        if address in self._with_code:
            return
        if not self.code(address, block):
            raise ContractMissing(f"there is no {name} at {address} on chain {self.chain_id}")
        self._with_code.add(address)

    def nonce(self, address: str, tag: str) -> int:
        """Return how many transactions an address has sent, at a block or in all with ``pending``."""
        return quantity(self.read("eth_getTransactionCount", address, tag), "transaction count")

    def balance(self, address: str) -> int:
        """Return what an address holds, in wei."""
        return quantity(self.read("eth_getBalance", address, "latest"), "balance")

    def close(self) -> None:
        """Close the connection."""
        self._node.close()

    def _pin(self) -> None:
        if self._pinned:
            return
        found = quantity(self._ask("eth_chainId"), "chain id")
        if found != self.chain_id:
            raise WrongEvmChain(f"the node serves chain {found}, the profile names {self.chain_id}")
        self._pinned = True

    def _ask(self, method: str, *params: Any) -> Any:
        try:
            return self._node.read(method, *params)
        except EvmReplyLost as lost:
            raise EvmNodeUnreachable(lost.message) from lost
        except RpcError as error:
            raise node_refusal(error) from error

    def _block(self, tag: str) -> Block:
        answer = self.read("eth_getBlockByNumber", tag, False)
        if answer is None:
            raise EvmNodeHostile(f"the node has no block {tag}")
        content = fields(answer, "block")
        return Block(
            number=quantity(content.get("number"), "block number"),
            hash="0x" + data(content.get("hash"), "block hash", length=32).hex(),
            time=quantity(content.get("timestamp"), "block time"),
            base_fee=quantity(content.get("baseFeePerGas"), "base fee"),
        )


def node_refusal(error: RpcError) -> Exception:
    """Return the error of the tree that a node's error means: a contract's refusal, or the node's own."""
    if error.data is not None or error.code == EXECUTION_REVERTED:
        return refusal_of(error.data or b"")
    return EvmNodeRefused(f"the node refuses: {error.message} ({error.code})")
