"""Sending a control-plane transaction so that it takes effect at most once and is never lost sight of.

1. The node estimates the gas, and a contract that would revert names its error: nothing is signed.
2. The transaction is built for the next nonce, signed, and recorded before it leaves.
3. It is sent; when the answer is lost, the identical bytes are sent again.
4. When another process took the nonce, the bytes can never be mined: back to 2 with the next nonce.
5. The receipt is awaited to the confirmation depth, in a block that is still part of the chain.

What cannot be decided in time is ``ControlPlaneUnknown``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sovbank.errors.base import SovbankError
from sovbank.errors.evm import (
    ControlPlaneRefused,
    ControlPlaneUnknown,
    ControlPlaneWithoutEffect,
    EvmNodeBehind,
    EvmNodeHostile,
    EvmNodeRefused,
    EvmNodeUnreachable,
    EvmReplyLost,
    FeeTooHigh,
    GasMissing,
)
from sovbank.evm.answers import data, fields, quantity
from sovbank.evm.identity import keccak256
from sovbank.evm.node import RpcError
from sovbank.evm.port import ChainSigner, Receipt, Recorder
from sovbank.evm.session import Block, EvmSession, node_refusal
from sovbank.evm.transactions import Draft, Fees, Signed, sender_and_nonce, sign

GWEI = 10**9
MAX_GAS = 16_000_000
MAX_PRIORITY_FEE = 100 * GWEI
MAX_FEE = 5_000 * GWEI
SETTLE_SECONDS = 90.0
SEND_TRIES = 4
NONCE_TRIES = 20
FIRST_POLL_SECONDS = 0.02
LONGEST_POLL_SECONDS = 1.0
_NODE_FAILS = (EvmNodeUnreachable, EvmReplyLost, EvmNodeHostile, EvmNodeRefused, EvmNodeBehind)


class _Delivery(Enum):
    """What is known after sending: with the node, perhaps with it, or never to be mined."""

    TAKEN = auto()
    PERHAPS = auto()
    NONCE_USED = auto()


@dataclass(frozen=True)
class _Mined:
    """A transaction in a final block."""

    tx_hash: str
    block: Block
    succeeded: bool


class Sender:
    """Sends transactions of one session. ``settle_seconds`` bounds the wait for each."""

    def __init__(
        self,
        session: EvmSession,
        *,
        settle_seconds: float = SETTLE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._settle_seconds = settle_seconds
        self._monotonic = monotonic
        self._sleep = sleep

    def send(self, to: str | None, content: bytes, *, signer: ChainSigner, record: Recorder) -> Receipt:
        """Send a call, or create a contract when ``to`` is None, and return its receipt at depth.

        Raises
        ------
        ControlPlaneRefused
            The contract refuses; nothing was sent, or what was sent had no effect.
        ControlPlaneUnknown
            It was sent, and whether it takes effect is not known yet.
        GasMissing, FeeTooHigh, SignerMisbehaves, EvmNodeUnreachable, EvmNodeRefused
            Nothing was sent.
        """
        gas = self._estimate(to, content, signer.address)
        for _ in range(NONCE_TRIES):
            draft = self._draft(to, content, gas, signer.address)
            signed = sign(draft, signer)
            record(signed.hash, signed.raw)
            delivery = self._deliver(signed)
            if delivery is not _Delivery.NONCE_USED:
                mined = self._settle(signed.hash, signer.address, draft.nonce)
                if mined is not None:
                    return self._outcome(mined, to, content, signer.address)
            self._sleep(FIRST_POLL_SECONDS)
        raise EvmNodeRefused(f"other transactions of {signer.address} keep taking its nonce")

    def resend(self, raw: bytes) -> Receipt:
        """Send recorded bytes again and return their receipt at depth.

        Raises
        ------
        ControlPlaneWithoutEffect
            They reverted, or another transaction used their nonce.
        ControlPlaneUnknown and the node's failures as for ``send``.
        """
        sender, nonce, chain_id = sender_and_nonce(raw)
        if chain_id != self._session.chain_id:
            raise ControlPlaneWithoutEffect(f"the recorded transaction is for chain {chain_id}")
        signed = Signed("0x" + keccak256(raw).hex(), raw)
        self._deliver(signed)
        mined = self._settle(signed.hash, sender, nonce)
        if mined is None:
            raise ControlPlaneWithoutEffect(f"another transaction of {sender} used the nonce {nonce}")
        return self._outcome(mined, None, b"", sender)

    def _estimate(self, to: str | None, content: bytes, sender: str) -> int:
        request = {"from": sender, "data": "0x" + content.hex()}
        if to is not None:
            request["to"] = to
        estimate = quantity(self._session.read("eth_estimateGas", request, "pending"), "gas estimate")
        gas = estimate + estimate // 4
        if gas > MAX_GAS:
            raise FeeTooHigh(f"the node asks for {gas} gas, more than {MAX_GAS}")
        return gas

    def _draft(self, to: str | None, content: bytes, gas: int, sender: str) -> Draft:
        fees = self._fees()
        need = gas * fees.max_fee
        held = self._session.balance(sender)
        if held < need:
            raise GasMissing(f"{sender} holds {held} wei and may need {need} wei for gas")
        nonce = self._session.nonce(sender, "pending")
        return Draft(self._session.chain_id, nonce, to, content, gas, fees)

    def _fees(self) -> Fees:
        base_fee = self._session.head().base_fee
        priority = quantity(self._session.read("eth_maxPriorityFeePerGas"), "priority fee")
        fees = Fees(max_fee=2 * base_fee + priority, max_priority_fee=priority)
        if fees.max_priority_fee > MAX_PRIORITY_FEE or fees.max_fee > MAX_FEE:
            raise FeeTooHigh(f"the node asks for {fees.max_fee} wei a unit of gas, more than {MAX_FEE}")
        return fees

    def _deliver(self, signed: Signed) -> _Delivery:
        reached = False
        for attempt in range(SEND_TRIES):
            try:
                answer = self._session.submit(signed.raw)
            except EvmNodeUnreachable:
                if attempt == SEND_TRIES - 1 and not reached:
                    raise
            except (EvmReplyLost, EvmNodeHostile):
                reached = True
            except RpcError as error:
                return self._refused(error, signed, reached=reached)
            else:
                if answer == signed.hash:
                    return _Delivery.TAKEN
                reached = True  # a node that names another hash may still have taken it
            self._sleep(FIRST_POLL_SECONDS * 2**attempt)
        return _Delivery.PERHAPS

    def _refused(self, error: RpcError, signed: Signed, *, reached: bool) -> _Delivery:
        words = error.message.lower()
        if "already known" in words or "already imported" in words:
            return _Delivery.TAKEN
        if "nonce too low" in words or "replacement transaction underpriced" in words:
            return _Delivery.PERHAPS if reached or self._is_known(signed) else _Delivery.NONCE_USED
        if "nonce too high" in words or reached:
            return _Delivery.PERHAPS if reached else _Delivery.NONCE_USED
        if "insufficient funds" in words:
            raise GasMissing(f"the node refuses: {error.message}") from error
        raise node_refusal(error) from error

    def _is_known(self, signed: Signed) -> bool:
        """Say whether the chain may have the transaction: it has, or the node fails to say."""
        try:
            return self._receipt(signed.hash) is not None
        except _NODE_FAILS:
            return True

    def _settle(self, tx_hash: str, sender: str, nonce: int) -> _Mined | None:
        """Return what came of it at depth, or None when another transaction used the nonce for good."""
        last: SovbankError | None = None
        for _ in self._polls():
            try:
                receipt = self._receipt(tx_hash)
                if receipt is not None:
                    mined = self._mined(tx_hash, receipt)
                    if mined is not None:
                        return mined
                elif self._nonce_is_gone(sender, nonce) and self._receipt(tx_hash) is None:
                    # Asked for once more, because it may have been mined between the two questions.
                    return None
            except _NODE_FAILS as failure:
                last = failure
        why = f"; the node last said: {last.message}" if last is not None else ""
        raise ControlPlaneUnknown(
            f"the transaction {tx_hash} is not final after {self._settle_seconds:g} s{why}",
            details={"tx_hash": tx_hash},
        )

    def _nonce_is_gone(self, sender: str, nonce: int) -> bool:
        return self._session.nonce(sender, self._session.final().tag) > nonce

    def _polls(self) -> Iterator[None]:
        deadline = self._monotonic() + self._settle_seconds
        pause = FIRST_POLL_SECONDS
        while True:
            yield
            left = deadline - self._monotonic()
            if left <= 0:
                return
            self._sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_POLL_SECONDS)

    def _receipt(self, tx_hash: str) -> dict[str, Any] | None:
        answer = self._session.read("eth_getTransactionReceipt", tx_hash)
        if answer is None:
            return None
        receipt = fields(answer, "receipt")
        if receipt.get("blockNumber") is None:
            return None
        if receipt.get("transactionHash") != tx_hash:
            raise EvmNodeHostile("the node gave the receipt of another transaction")
        return receipt

    def _mined(self, tx_hash: str, receipt: dict[str, Any]) -> _Mined | None:
        """Return the outcome when the receipt's block is deep enough and still part of the chain."""
        number = quantity(receipt.get("blockNumber"), "block number")
        if self._session.head().number - number < self._session.confirmations:
            return None
        block_hash = "0x" + data(receipt.get("blockHash"), "block hash", length=32).hex()
        block = self._session.block(number)
        if block.hash != block_hash:
            return None
        return _Mined(tx_hash, block, succeeded=quantity(receipt.get("status"), "status") == 1)

    def _outcome(self, mined: _Mined, to: str | None, content: bytes, sender: str) -> Receipt:
        if mined.succeeded:
            return Receipt(
                tx_hash=mined.tx_hash, block_number=mined.block.number, block_time=mined.block.time
            )
        if to is not None:
            self._name_the_error(to, content, sender, before=mined.block.number)
        raise ControlPlaneWithoutEffect(
            f"the transaction {mined.tx_hash} reverted in block {mined.block.number}",
            details={"tx_hash": mined.tx_hash},
        )

    def _name_the_error(self, to: str, content: bytes, sender: str, *, before: int) -> None:
        """Run the call again on the state before its block, so that the contract names its error."""
        try:
            self._session.call(to, content, self._session.block(before - 1), sender=sender)
        except ControlPlaneRefused:
            raise
        except _NODE_FAILS:
            return
