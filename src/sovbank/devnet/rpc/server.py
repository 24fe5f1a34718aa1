"""``server_info``, ``server_state``, ``fee``, ``ping`` and ``random``: about the server itself."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sovbank.devnet.ledger.header import EPOCH_OFFSET
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.rpc.request import Request

BUILD_VERSION: Final = "3.2.0"
"""The version of xrpld whose answers these are."""
_DROPS: Final = Decimal(1_000_000)
_LEVEL: Final = 256
_EXPECTED_SIZE: Final = 1000


def _common(request: Request) -> dict[str, Any]:
    history = request.node.ledger.history
    uptime = int(time.monotonic() - request.node.started)
    first, last = history.first_sequence, history.last.header.sequence
    common: dict[str, Any] = {
        "build_version": BUILD_VERSION,
        "complete_ledgers": str(first) if first == last else f"{first}-{last}",
        "io_latency_ms": 1,
        "jq_trans_overflow": "0",
        "load_factor": 1,
        "peer_disconnects": "0",
        "peer_disconnects_resources": "0",
        "peers": 0,
        "pubkey_validator": "none",
        "server_state": "full",
        "time": datetime.now(UTC).strftime("%Y-%b-%d %H:%M:%S.%f UTC"),
        "uptime": uptime,
        "validation_quorum": 0,
    }
    if request.node.network_id:
        common["network_id"] = request.node.network_id
    return common


def handle_info(request: Request) -> dict[str, Any]:
    """Answer ``server_info``."""
    closed = request.node.ledger.history.last
    fees = request.node.ledger.open.info.fees
    age = int(time.time()) - EPOCH_OFFSET - closed.header.close_time
    info = _common(request) | {
        "hostid": "devnet",
        "last_close": {"converge_time_s": 0.1, "proposers": 0},
        "validated_ledger": {
            "age": max(age, 0),
            "base_fee_xrp": _number(fees.base),
            "hash": hexadecimal(closed.hash),
            "reserve_base_xrp": _number(fees.reserve),
            "reserve_inc_xrp": _number(fees.increment),
            "seq": closed.header.sequence,
        },
    }
    return {"info": info}


def _number(drops: int) -> int | float:
    """Give XRP as the JSON number the server prints; not for computing."""
    xrp = drops / _DROPS
    return int(xrp) if xrp == xrp.to_integral_value() else float(xrp)


def handle_state(request: Request) -> dict[str, Any]:
    """Answer ``server_state``."""
    closed = request.node.ledger.history.last
    fees = request.node.ledger.open.info.fees
    state = _common(request) | {
        "last_close": {"converge_time": 100, "proposers": 0},
        "load_base": _LEVEL,
        "load_factor": _LEVEL,
        "load_factor_fee_escalation": _LEVEL,
        "load_factor_fee_queue": _LEVEL,
        "load_factor_fee_reference": _LEVEL,
        "load_factor_server": _LEVEL,
        "validated_ledger": {
            "base_fee": fees.base,
            "close_time": closed.header.close_time,
            "hash": hexadecimal(closed.hash),
            "reserve_base": fees.reserve,
            "reserve_inc": fees.increment,
            "seq": closed.header.sequence,
        },
    }
    return {"state": state}


def handle_fee(request: Request) -> dict[str, Any]:
    """Answer ``fee``: this server is never loaded, so the fee is always the base fee."""
    ledger = request.node.ledger
    base = str(ledger.open.info.fees.base)
    return {
        "current_ledger_size": str(len(ledger.open.transactions)),
        "current_queue_size": "0",
        "drops": {
            "base_fee": base,
            "median_fee": "5000",
            "minimum_fee": base,
            "open_ledger_fee": base,
        },
        "expected_ledger_size": str(_EXPECTED_SIZE),
        "ledger_current_index": ledger.current_sequence,
        "levels": {
            "median_level": "128000",
            "minimum_level": str(_LEVEL),
            "open_ledger_level": str(_LEVEL),
            "reference_level": str(_LEVEL),
        },
    }


def handle_version(request: Request) -> dict[str, Any]:
    """Answer ``version``: which versions of the interface there are."""
    if request.version == 1:
        return {"version": dict.fromkeys(("first", "good", "last"), "1.0.0")}
    return {"version": {"first": 1, "last": 2}}


def handle_ping(request: Request) -> dict[str, Any]:  # noqa: ARG001
    """Answer ``ping``."""
    return {"role": "admin"}


def handle_random(request: Request) -> dict[str, Any]:  # noqa: ARG001
    """Answer ``random``."""
    return {"random": secrets.token_hex(32).upper()}
