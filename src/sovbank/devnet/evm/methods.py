"""The JSON-RPC methods of the devnet's EVM (github.com/ethereum/execution-apis), each a small function.

Mutating methods beyond ``eth_sendRawTransaction`` are for development alone: ``evm_mine``,
``evm_increaseTime`` and ``devnet_fund``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sovbank import __version__
from sovbank.devnet.evm import params as read
from sovbank.devnet.evm import shapes
from sovbank.devnet.evm.chain import ETHER, Call, Mined
from sovbank.devnet.evm.devnet import MOST_BLOCKS_AT_ONCE, Devnet
from sovbank.devnet.evm.logs import get_logs
from sovbank.devnet.evm.refusals import InvalidParams, TransactionRefused

GWEI = 10**9
FUND_ETHER = 100
MOST_FEE_BLOCKS = 1024
_MOST_SECONDS = 400 * 86_400

Params = Sequence[Any]
Method = Callable[[Devnet, Params], Any]


def block_of_tag(devnet: Devnet, tag: Any, *, name: str = "block") -> Mined | None:
    """Return the block that a tag or number names; None when there is none yet.

    ``pending`` gives the head: the callers that tell them apart look at the tag themselves. There are no
    forks here, so ``safe`` and ``finalized`` are the head as well.
    """
    head = devnet.head()
    if tag is None or tag in ("latest", "safe", "finalized", "pending"):
        return head
    if tag == "earliest":
        return devnet.chain.blocks[0]
    number = read.quantity(tag, name, most=2**63 - 1)
    return devnet.chain.blocks[number] if number <= head.number else None


def existing_block(devnet: Devnet, tag: Any) -> Mined:
    """Return the block that a tag, number, or EIP-1898 object names, or refuse."""
    if isinstance(tag, dict):
        if set(tag) == {"blockHash"} or set(tag) == {"blockHash", "requireCanonical"}:
            found = devnet.chain.block_of_hash(read.data(tag["blockHash"], "blockHash", length=32))
        elif set(tag) == {"blockNumber"}:
            found = block_of_tag(devnet, tag["blockNumber"])
        else:
            raise InvalidParams("a block object names blockHash or blockNumber")
    else:
        found = block_of_tag(devnet, tag)
    if found is None:
        raise TransactionRefused("header not found")
    return found


def chain_id(devnet: Devnet, given: Params) -> str:
    """``eth_chainId``."""
    read.take(given, 0, 0)
    return shapes.quantity(devnet.chain.chain_id)


def net_version(devnet: Devnet, given: Params) -> str:
    """``net_version``: the chain id in decimal digits."""
    read.take(given, 0, 0)
    return str(devnet.chain.chain_id)


def client_version(_: Devnet, given: Params) -> str:
    """``web3_clientVersion``."""
    read.take(given, 0, 0)
    return f"sovbank-devnet/{__version__}/py-evm"


def block_number(devnet: Devnet, given: Params) -> str:
    """``eth_blockNumber``."""
    read.take(given, 0, 0)
    return shapes.quantity(devnet.head().number)


def nothing(_: Devnet, given: Params) -> list[Any]:
    """``eth_accounts``: no keys live here."""
    read.take(given, 0, 0)
    return []


def syncing(_: Devnet, given: Params) -> bool:
    """``eth_syncing``."""
    read.take(given, 0, 0)
    return False


def block_by_number(devnet: Devnet, given: Params) -> dict[str, Any] | None:
    """``eth_getBlockByNumber``."""
    tag, full = read.take(given, 1, 2)
    if tag is None:
        raise InvalidParams("block is missing")
    found = block_of_tag(devnet, tag)
    if tag == "pending":
        return shapes.pending_block(
            devnet.chain.head, time=devnet.next_time(), base_fee=devnet.chain.next_base_fee
        )
    return shapes.block(found, full=read.flag(full, "full")) if found else None


def block_by_hash(devnet: Devnet, given: Params) -> dict[str, Any] | None:
    """``eth_getBlockByHash``."""
    block_hash, full = read.take(given, 1, 2)
    found = devnet.chain.block_of_hash(read.data(block_hash, "block hash", length=32))
    return shapes.block(found, full=read.flag(full, "full")) if found else None


def transaction_by_hash(devnet: Devnet, given: Params) -> dict[str, Any] | None:
    """``eth_getTransactionByHash``."""
    (transaction_hash,) = read.take(given, 1, 1)
    place = devnet.chain.place_of(read.data(transaction_hash, "hash", length=32))
    return shapes.transaction(*place) if place else None


def transaction_receipt(devnet: Devnet, given: Params) -> dict[str, Any] | None:
    """``eth_getTransactionReceipt``."""
    (transaction_hash,) = read.take(given, 1, 1)
    place = devnet.chain.place_of(read.data(transaction_hash, "hash", length=32))
    return shapes.receipt(*place) if place else None


def send_raw_transaction(devnet: Devnet, given: Params) -> str:
    """``eth_sendRawTransaction``: the transaction is mined at once, in a block of its own."""
    (raw,) = read.take(given, 1, 1)
    content = read.data(raw, "raw transaction")
    transaction = devnet.chain.decode(content)
    if devnet.chain.place_of(transaction.hash):
        raise TransactionRefused("already known")
    devnet.mine(content)
    return shapes.data(transaction.hash)


def call(devnet: Devnet, given: Params) -> str:
    """``eth_call``."""
    fields, tag = read.take(given, 1, 2)
    block = existing_block(devnet, tag)
    at = devnet.next_time() if tag == "pending" else None
    return shapes.data(devnet.chain.call(_call(fields), block, at=at))


def estimate_gas(devnet: Devnet, given: Params) -> str:
    """``eth_estimateGas``: on the pending block unless another is named."""
    fields, tag = read.take(given, 1, 2)
    block = existing_block(devnet, tag)
    at = devnet.next_time() if tag in (None, "pending") else None
    return shapes.quantity(devnet.chain.estimate(_call(fields), block, at=at))


def balance(devnet: Devnet, given: Params) -> str:
    """``eth_getBalance``."""
    account, tag = read.take(given, 1, 2)
    state = devnet.chain.state(existing_block(devnet, tag))
    return shapes.quantity(state.get_balance(read.address(account)))


def transaction_count(devnet: Devnet, given: Params) -> str:
    """``eth_getTransactionCount``."""
    account, tag = read.take(given, 1, 2)
    state = devnet.chain.state(existing_block(devnet, tag))
    return shapes.quantity(state.get_nonce(read.address(account)))


def code(devnet: Devnet, given: Params) -> str:
    """``eth_getCode``."""
    account, tag = read.take(given, 1, 2)
    return shapes.data(devnet.chain.state(existing_block(devnet, tag)).get_code(read.address(account)))


def storage_at(devnet: Devnet, given: Params) -> str:
    """``eth_getStorageAt``: the slot as a quantity or as 32 bytes."""
    account, slot, tag = read.take(given, 2, 3)
    place = (
        int.from_bytes(read.data(slot, "slot", length=32), "big")
        if isinstance(slot, str) and len(slot) == 66
        else read.quantity(slot, "slot")
    )
    state = devnet.chain.state(existing_block(devnet, tag))
    return f"0x{state.get_storage(read.address(account), place):064x}"


def gas_price(devnet: Devnet, given: Params) -> str:
    """``eth_gasPrice``."""
    read.take(given, 0, 0)
    return shapes.quantity(devnet.chain.next_base_fee + GWEI)


def priority_fee(_: Devnet, given: Params) -> str:
    """``eth_maxPriorityFeePerGas``."""
    read.take(given, 0, 0)
    return shapes.quantity(GWEI)


def fee_history(devnet: Devnet, given: Params) -> dict[str, Any]:
    """``eth_feeHistory``: rewards are what every transaction here needs to offer, which is nothing."""
    count, newest, percentiles = read.take(given, 2, 3)
    wanted = read.number(count, "block count", most=MOST_FEE_BLOCKS)
    last = existing_block(devnet, newest).number
    first = max(0, last - wanted + 1)
    blocks = devnet.chain.blocks[first : last + 1]
    following = (
        devnet.chain.next_base_fee
        if last == devnet.chain.head.number
        else int(devnet.chain.blocks[last + 1].header.base_fee_per_gas)
    )
    fees = [int(block.header.base_fee_per_gas) for block in blocks]
    history: dict[str, Any] = {
        "oldestBlock": shapes.quantity(first),
        "baseFeePerGas": [shapes.quantity(fee) for fee in [*fees, following]],
        "gasUsedRatio": [int(block.header.gas_used) / int(block.header.gas_limit) for block in blocks],
    }
    if percentiles is not None:
        if not isinstance(percentiles, list) or len(percentiles) > 100:
            raise InvalidParams("reward percentiles are a list of at most 100")
        history["reward"] = [[shapes.quantity(GWEI)] * len(percentiles) for _ in blocks]
    return history


def increase_time(devnet: Devnet, given: Params) -> str:
    """``evm_increaseTime``: set the chain's clock forward by seconds."""
    (seconds,) = read.take(given, 1, 1)
    return shapes.quantity(devnet.increase_time(read.number(seconds, "seconds", most=_MOST_SECONDS)))


def mine(devnet: Devnet, given: Params) -> str:
    """``evm_mine``: mine empty blocks, one unless a number is given."""
    (count,) = read.take(given, 0, 1)
    for _ in range(1 if count is None else read.number(count, "blocks", most=MOST_BLOCKS_AT_ONCE)):
        devnet.mine()
    return "0x0"


def fund(devnet: Devnet, given: Params) -> str:
    """``devnet_fund``: send ether from the faucet to an address (100 unless an amount in wei is given)."""
    account, amount = read.take(given, 1, 2)
    wei = FUND_ETHER * ETHER if amount is None else read.quantity(amount, "wei", most=10**6 * ETHER)
    raw = devnet.chain.fund(read.address(account), wei)
    return shapes.data(devnet.mine(raw).transactions[0].hash)


def _call(fields: Any) -> Call:
    given = read.call_fields(fields)
    return Call(given.sender, given.to, given.value, given.data, given.gas)


METHODS: dict[str, Method] = {
    "eth_accounts": nothing,
    "eth_blockNumber": block_number,
    "eth_call": call,
    "eth_chainId": chain_id,
    "eth_estimateGas": estimate_gas,
    "eth_feeHistory": fee_history,
    "eth_gasPrice": gas_price,
    "eth_getBalance": balance,
    "eth_getBlockByHash": block_by_hash,
    "eth_getBlockByNumber": block_by_number,
    "eth_getCode": code,
    "eth_getLogs": lambda devnet, given: get_logs(devnet, given, find=existing_block),
    "eth_getStorageAt": storage_at,
    "eth_getTransactionByHash": transaction_by_hash,
    "eth_getTransactionCount": transaction_count,
    "eth_getTransactionReceipt": transaction_receipt,
    "eth_maxPriorityFeePerGas": priority_fee,
    "eth_sendRawTransaction": send_raw_transaction,
    "eth_syncing": syncing,
    "net_version": net_version,
    "web3_clientVersion": client_version,
    "devnet_fund": fund,
    "evm_increaseTime": increase_time,
    "evm_mine": mine,
}
