"""Blocks, transactions, receipts and logs in the shapes of the Ethereum JSON-RPC."""

from __future__ import annotations

from typing import Any

import rlp
from eth_utils.address import to_checksum_address

from sovbank.devnet.evm.chain import Mined, Transaction


def quantity(number: int) -> str:
    """Return a number as 0x and hex digits without leading zeros."""
    return hex(number)


def data(content: bytes) -> str:
    """Return bytes as 0x and hex digits."""
    return "0x" + content.hex()


def checksum_address(address: bytes) -> str:
    """Return the address with the checksum in its letters (EIP-55)."""
    return str(to_checksum_address(address))


def block(mined: Mined, *, full: bool) -> dict[str, Any]:
    """Return a block with its transactions in full or as hashes."""
    header = mined.header
    body: list[Any] = (
        [transaction(mined, index) for index in range(len(mined.transactions))]
        if full
        else [data(one.hash) for one in mined.transactions]
    )
    return {
        "number": quantity(mined.number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "mixHash": data(header.mix_hash),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": "0x" + header.bloom.to_bytes(256, "big").hex(),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "withdrawalsRoot": data(header.withdrawals_root),
        "requestsHash": data(header.requests_hash),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "miner": checksum_address(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "extraData": data(header.extra_data),
        "size": quantity(len(rlp.encode(header)) + sum(len(raw) for raw in mined.raw)),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "timestamp": quantity(header.timestamp),
        "transactions": body,
        "uncles": [],
        "withdrawals": [],
    }


def pending_block(head: Mined, *, time: int, base_fee: int) -> dict[str, Any]:
    """Return the block that would be mined next, without transactions, hash and nonce."""
    shape = block(Mined(head.header, (), (), (), ()), full=False)
    shape.update(
        {
            "number": quantity(head.number + 1),
            "hash": None,
            "nonce": None,
            "miner": None,
            "logsBloom": None,
            "parentHash": data(head.header.hash),
            "timestamp": quantity(time),
            "gasUsed": quantity(0),
            "baseFeePerGas": quantity(base_fee),
        }
    )
    return shape


def transaction(mined: Mined, index: int) -> dict[str, Any]:
    """Return a mined transaction."""
    one = mined.transactions[index]
    kind = _type_of(one)
    shape: dict[str, Any] = {
        "hash": data(one.hash),
        "type": quantity(kind),
        "chainId": quantity(one.chain_id or 0),
        "nonce": quantity(one.nonce),
        "from": checksum_address(one.sender),
        "to": checksum_address(one.to) if one.to else None,
        "value": quantity(one.value),
        "gas": quantity(one.gas),
        "gasPrice": quantity(effective_gas_price(mined, one)),
        "input": data(one.data),
        "blockHash": data(mined.header.hash),
        "blockNumber": quantity(mined.number),
        "transactionIndex": quantity(index),
        "v": quantity(one.y_parity if kind else one.v),
        "r": quantity(one.r),
        "s": quantity(one.s),
    }
    if kind:
        shape["yParity"] = quantity(one.y_parity)
        shape["accessList"] = [
            {"address": checksum_address(account), "storageKeys": [f"0x{slot:064x}" for slot in slots]}
            for account, slots in one.access_list
        ]
    if kind == 2:
        shape["maxFeePerGas"] = quantity(one.max_fee_per_gas)
        shape["maxPriorityFeePerGas"] = quantity(one.max_priority_fee_per_gas)
    return shape


def receipt(mined: Mined, index: int) -> dict[str, Any]:
    """Return the receipt of a mined transaction."""
    one = mined.transactions[index]
    result = mined.receipts[index]
    before = mined.receipts[index - 1].gas_used if index else 0
    created = mined.created[index]
    return {
        "transactionHash": data(one.hash),
        "transactionIndex": quantity(index),
        "blockHash": data(mined.header.hash),
        "blockNumber": quantity(mined.number),
        "from": checksum_address(one.sender),
        "to": checksum_address(one.to) if one.to else None,
        "contractAddress": checksum_address(created) if created else None,
        "type": quantity(_type_of(one)),
        "status": quantity(1 if result.state_root == b"\x01" else 0),
        "gasUsed": quantity(result.gas_used - before),
        "cumulativeGasUsed": quantity(result.gas_used),
        "effectiveGasPrice": quantity(effective_gas_price(mined, one)),
        "logsBloom": "0x" + result.bloom.to_bytes(256, "big").hex(),
        "logs": logs(mined, index),
    }


def logs(mined: Mined, index: int) -> list[dict[str, Any]]:
    """Return the logs of one transaction of a block, numbered through the block."""
    first = sum(len(result.logs) for result in mined.receipts[:index])
    return [
        {
            "address": checksum_address(log.address),
            "topics": [f"0x{topic:064x}" for topic in log.topics],
            "data": data(log.data),
            "blockNumber": quantity(mined.number),
            "blockHash": data(mined.header.hash),
            "blockTimestamp": quantity(mined.header.timestamp),
            "transactionHash": data(mined.transactions[index].hash),
            "transactionIndex": quantity(index),
            "logIndex": quantity(first + position),
            "removed": False,
        }
        for position, log in enumerate(mined.receipts[index].logs)
    ]


def effective_gas_price(mined: Mined, one: Transaction) -> int:
    """Return what a unit of gas cost the sender, in wei."""
    base_fee = int(mined.header.base_fee_per_gas)
    return min(int(one.max_fee_per_gas), base_fee + int(one.max_priority_fee_per_gas))


def _type_of(one: Transaction) -> int:
    return int(getattr(one, "type_id", None) or 0)
