"""From revert data to a refusal in plain words, with the contract's values."""

from __future__ import annotations

from datetime import UTC, datetime

from sovbank.core.money import format_amount, from_micro
from sovbank.errors.control import REFUSALS, words_of
from sovbank.errors.evm import ControlPlaneRefused
from sovbank.evm.abi import RevertReason, RevertValue, revert_reason
from sovbank.evm.identity import BURN_REASONS, checksum_address

TIERS = ("unknown", "low", "medium", "high", "blocked", "internal")
"""In the order of ComplianceRegistry's ``RiskTier``."""
MINT_STATES = ("none", "held", "approved", "confirmed", "cancelled")
_ENUMS = {
    "RiskTier": TIERS,
    "MintState": MINT_STATES,
    "BurnState": ("none", "proposed", "attested"),
    "BurnReason": BURN_REASONS,
    "MembershipTier": ("none", "basic", "pro", "otc", "internal"),
}
_AMOUNTS = frozenset(
    {"amount", "approved", "available", "capacity", "committed", "figure", "globalCap", "held", "supply"}
)
_TIMES = frozenset({"asOf", "earliest", "executableFrom", "expiry", "lastAsOf", "latest", "now", "oldest"})
_AMOUNT_ERRORS = frozenset({"AmountMismatch"})
_TIME_ERRORS = frozenset({"ExpiryNotLater"})
_ROLES = frozenset({"role", "held", "wanted"})
# The officer named these; their keys on the chain would only hide what matters. They stay in the details.
_NOT_LISTED = frozenset({"accountKey", "asset", "destination"})
_LARGEST_SHOWN = 10**24
_FAR_FUTURE = 253_402_300_800


def refusal_of(data: bytes) -> ControlPlaneRefused:
    """Return the refusal that the revert data of a contract means, to be raised or quoted."""
    reason = revert_reason(data)
    if reason is None:
        shown = f"0x{data[:4].hex()}" if len(data) >= 4 else "no reason"
        return ControlPlaneRefused(f"the contract refuses, with {shown}", details={"data": "0x" + data.hex()})
    kind = REFUSALS.get(reason.name)
    values = {value.name: _shown(reason, value) for value in reason.values}
    details = {"error": reason.name, **values}
    listed = ", ".join(f"{_worded(name)} {text}" for name, text in values.items() if name not in _NOT_LISTED)
    if kind is None:
        return ControlPlaneRefused(f"the contract refuses: {reason.name} ({listed})", details=details)
    words = words_of(reason.name)
    return kind(f"{words}: {listed}" if listed else words, details=details)


def _shown(reason: RevertReason, value: RevertValue) -> str:
    names = _ENUMS.get(value.kind)
    if names is not None:
        return names[value.value] if value.value < len(names) else str(value.value)
    if value.kind == "address":
        return checksum_address(value.value)
    if value.kind == "bytes32":
        return _word_shown(value)
    if value.kind.startswith("uint"):
        return _number_shown(reason, value.name, value.value)
    return str(value.value)


def _word_shown(value: RevertValue) -> str:
    content: bytes = value.value
    text = content.rstrip(b"\0")
    if value.name in _ROLES and text.isascii():
        return text.decode("ascii") or "none"
    return content.hex()


def _number_shown(reason: RevertReason, name: str, number: int) -> str:
    if name in _AMOUNTS or reason.name in _AMOUNT_ERRORS:
        return format_amount(from_micro(number)) if number < _LARGEST_SHOWN else f"{number} micro-units"
    if (name in _TIMES or reason.name in _TIME_ERRORS) and number < _FAR_FUTURE:
        return datetime.fromtimestamp(number, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(number)


def _worded(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
