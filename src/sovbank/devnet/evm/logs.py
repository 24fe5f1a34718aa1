"""``eth_getLogs``: events by block range, address and topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sovbank.devnet.evm import params as read
from sovbank.devnet.evm import shapes
from sovbank.devnet.evm.chain import Mined
from sovbank.devnet.evm.devnet import Devnet
from sovbank.devnet.evm.refusals import InvalidParams, TransactionRefused

MOST_LOGS = 10_000
MOST_ALTERNATIVES = 1_000
_TOPICS = 4
_FIELDS = frozenset({"fromBlock", "toBlock", "blockHash", "address", "topics"})

Find = Callable[[Devnet, Any], Mined]


def get_logs(devnet: Devnet, given: Sequence[Any], *, find: Find) -> list[dict[str, Any]]:
    """Return the logs that the filter object matches, oldest first; more than the most is refused."""
    (wanted,) = read.take(given, 1, 1)
    if not isinstance(wanted, dict) or set(wanted) - _FIELDS:
        raise InvalidParams("the filter is not an object of known fields")
    addresses = _addresses(wanted.get("address"))
    topics = _topics(wanted.get("topics"))
    found: list[dict[str, Any]] = []
    for block in _blocks(devnet, wanted, find):
        for index in range(len(block.transactions)):
            found += [log for log in shapes.logs(block, index) if _matches(log, addresses, topics)]
        if len(found) > MOST_LOGS:
            raise TransactionRefused(f"query returned more than {MOST_LOGS} results")
    return found


def _blocks(devnet: Devnet, wanted: dict[str, Any], find: Find) -> Sequence[Mined]:
    if wanted.get("blockHash") is not None:
        if wanted.get("fromBlock") is not None or wanted.get("toBlock") is not None:
            raise InvalidParams("blockHash goes without fromBlock and toBlock")
        return [find(devnet, {"blockHash": wanted["blockHash"]})]
    first = find(devnet, wanted.get("fromBlock")).number
    last = find(devnet, wanted.get("toBlock")).number
    if first > last:
        raise InvalidParams("fromBlock is after toBlock")
    return devnet.chain.blocks[first : last + 1]


def _addresses(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    listed = value if isinstance(value, list) else [value]
    if len(listed) > MOST_ALTERNATIVES:
        raise InvalidParams("too many addresses")
    return frozenset("0x" + read.address(one).hex() for one in listed)


def _topics(value: Any) -> list[frozenset[str] | None]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _TOPICS:
        raise InvalidParams(f"topics are a list of at most {_TOPICS}")
    return [_alternatives(one) for one in value]


def _alternatives(value: Any) -> frozenset[str] | None:
    if value is None or value == []:
        return None
    listed = value if isinstance(value, list) else [value]
    if len(listed) > MOST_ALTERNATIVES:
        raise InvalidParams("too many topics")
    return frozenset("0x" + read.data(one, "topic", length=32).hex() for one in listed)


def _matches(
    log: dict[str, Any], addresses: frozenset[str] | None, topics: list[frozenset[str] | None]
) -> bool:
    if addresses is not None and log["address"].lower() not in addresses:
        return False
    if len(topics) > len(log["topics"]):
        return False
    return all(
        wanted is None or topic in wanted for wanted, topic in zip(topics, log["topics"], strict=False)
    )
