"""How values read in JSON: addresses, currency codes, hex and numbers as the server prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sovbank.devnet.ledger.fields import DECIMAL_UINT64, FIELDS
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import result_of
from sovbank.devnet.ledger.values import XRP, XRP_CURRENCY, Amount, Issue, MptAmount
from sovbank.wire.addresses import encode_address

_ISO_LETTERS: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789<>(){}[]|?!@#$%^&*"
)
_NO_CURRENCY: Final = bytes(19) + b"\x01"


def hexadecimal(value: bytes) -> str:
    """Give upper-case hex digits."""
    return value.hex().upper()


def currency_text(currency: bytes) -> str:
    """Give the three letters of a currency that has such a code, else 40 hex digits."""
    if currency == XRP_CURRENCY:
        return "XRP"
    if currency == _NO_CURRENCY:
        return "1"
    letters = currency[12:15]
    if (
        not any(currency[:12])
        and not any(currency[15:])
        and letters != b"XRP"
        and _ISO_LETTERS.issuperset(letters)
    ):
        return letters.decode("ascii")
    return hexadecimal(currency)


def account_text(account: bytes) -> str:
    """Give the address of an account id; nothing for an empty one."""
    return encode_address(account) if account else ""


def amount_text(amount: Amount) -> Any:
    """Give the JSON of an amount: a string of drops, or an object."""
    if isinstance(amount, int):
        return str(amount)
    if isinstance(amount, MptAmount):
        return {"mpt_issuance_id": hexadecimal(amount.issuance), "value": str(amount.value)}
    return {
        "currency": currency_text(amount.currency),
        "issuer": encode_address(amount.issuer),
        "value": amount.text(),
    }


def _issue_text(issue: Any) -> dict[str, str]:
    if not isinstance(issue, Issue):
        return {"mpt_issuance_id": hexadecimal(issue)}
    if issue == XRP:
        return {"currency": "XRP"}
    return {"currency": currency_text(issue.currency), "issuer": encode_address(issue.issuer)}


def _step_text(step: Mapping[str, bytes]) -> dict[str, Any]:
    text: dict[str, Any] = {}
    kind = 0
    if "account" in step:
        text["account"], kind = account_text(step["account"]), kind | 0x01
    if "currency" in step:
        text["currency"], kind = currency_text(step["currency"]), kind | 0x10
    if "mpt" in step:
        text["mpt_issuance_id"], kind = hexadecimal(step["mpt"]), kind | 0x40
    if "issuer" in step:
        text["issuer"], kind = account_text(step["issuer"]), kind | 0x20
    text["type"] = kind
    return text


def _array_text(array: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{name: fields_text(inner) for name, inner in element.items()} for element in array]


def _same(value: Any) -> Any:
    return value


_RENDERERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("UInt8", "UInt16", "UInt32"), _same),
    "UInt64": lambda value: f"{value:x}",
    "Int32": lambda value: int.from_bytes(value, "big", signed=True),
    "Amount": amount_text,
    "AccountID": account_text,
    "Currency": currency_text,
    "STArray": _array_text,
    "STObject": lambda value: fields_text(value),
    "Vector256": lambda value: [hexadecimal(item) for item in value],
    "PathSet": lambda value: [[_step_text(step) for step in path] for path in value],
    "Issue": _issue_text,
}
_FIELD_RENDERERS: Final = {
    name: str if name in DECIMAL_UINT64 else _RENDERERS.get(field.type, hexadecimal)
    for name, field in FIELDS.items()
}
_FIELD_RENDERERS["TransactionType"] = _FIELD_RENDERERS["LedgerEntryType"] = _same
_FIELD_RENDERERS["TransactionResult"] = lambda value: result_of(value).name


def fields_text(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give the JSON of an object's fields."""
    return {name: _FIELD_RENDERERS[name](value) for name, value in fields.items()}


def entry_text(entry: LedgerEntry) -> dict[str, Any]:
    """Give the JSON of a ledger entry: its fields, its type and its key as ``index``."""
    text = fields_text(entry.fields)
    text["LedgerEntryType"] = entry.type
    text["index"] = hexadecimal(entry.key)
    if entry.type == "MPTokenIssuance":
        issuance: bytes = entry["Sequence"].to_bytes(4, "big") + entry["Issuer"]
        text["mpt_issuance_id"] = hexadecimal(issuance)
    return text
