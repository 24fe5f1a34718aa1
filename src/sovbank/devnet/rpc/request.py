"""A JSON-RPC request: its parameters, read strictly, and the ledger that it asks about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sovbank.devnet.ledger.history import ClosedLedger
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.ledger.view import ReadView, read_account
from sovbank.devnet.node import Node
from sovbank.devnet.rpc.coercion import decimal
from sovbank.devnet.rpc.refusals import expected, invalid, missing, refusal
from sovbank.errors.wire import MalformedAddress
from sovbank.wire.addresses import decode_address

_HEX: Final = re.compile(r"[0-9A-Fa-f]*")
_MAX_INDEX: Final = 0xFFFFFFFF


class Limits(NamedTuple):
    """The default number of items of an answer, and the most and least that may be asked for."""

    least: int
    default: int
    most: int


@dataclass(frozen=True, slots=True)
class Selected:
    """The ledger a request asks about: its state, what to say of it, and its header when it is closed."""

    view: ReadView
    answer: dict[str, Any]
    closed: ClosedLedger | None


@dataclass(frozen=True, slots=True)
class Request:
    """Parameters of a method, the node that answers, and the version of the interface (1 or 2)."""

    node: Node
    params: dict[str, Any]
    version: int = 1

    def text(self, field: str) -> str:
        """Give a string parameter that must be there."""
        if field not in self.params:
            raise missing(field)
        value = self.params[field]
        if not isinstance(value, str):
            raise invalid(field)
        return value

    def flag(self, field: str) -> bool:
        """Tell whether a parameter is set to something true."""
        return bool(self.params.get(field))

    def limit(self, limits: Limits) -> int:
        """Give how many items the answer may have.

        Administrators may ask for any number, and everybody on this server is one; the most is kept as
        a default only.
        """
        value = self.params.get("limit")
        if value is None:
            return limits.default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise expected("limit", "unsigned integer")
        if value == 0:
            raise invalid("limit")
        return min(value, _MAX_INDEX)

    def ledger(self) -> Selected:
        """Find the ledger that the request names; the open one when it names none."""
        named = [name for name in ("ledger", "ledger_hash", "ledger_index") if name in self.params]
        if len(named) > 1:
            options = "'ledger', " if "ledger" in named else ""
            raise refusal(
                "invalidParams",
                f"Exactly one of {options}'ledger_hash' or 'ledger_index' can be specified.",
            )
        if not named:
            return self._open()
        field, value = named[0], self.params[named[0]]
        if field == "ledger_hash" or (field == "ledger" and isinstance(value, str) and len(value) == 64):
            return self._by_hash(field, value)
        return self._by_index(field, value)

    def ledger_by_hash(self, value: Any) -> Selected:
        """Find the closed ledger of a hash, whatever else the request names."""
        return self._by_hash("ledger_hash", value)

    def ledger_by_index(self, value: Any) -> Selected:
        """Find the ledger of an index or a name, whatever else the request names."""
        return self._by_index("ledger_index", value)

    def _by_hash(self, field: str, value: Any) -> Selected:
        key = parse_hash(value) if isinstance(value, str) else None
        if key is None:
            raise expected(field, "hex string")
        closed = self.node.ledger.history.ledger_by_hash(key)
        if closed is None:
            raise refusal("lgrNotFound", "ledgerNotFound")
        return self._closed(closed)

    def _by_index(self, field: str, value: Any) -> Selected:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise expected(field, "string or number")
        if value in ("current", ""):
            return self._open()
        history = self.node.ledger.history
        if value in ("validated", "closed"):
            return self._closed(history.last)
        number = decimal(str(value))
        if number is None or not 0 <= number <= _MAX_INDEX or str(value).startswith("-"):
            raise expected(field, "string or number")
        closed = history.ledger(number)
        if closed is not None:
            return self._closed(closed)
        if number == self.node.ledger.current_sequence:
            return self._open()
        raise refusal("lgrNotFound", "ledgerNotFound")

    def _open(self) -> Selected:
        view = self.node.ledger.open
        answer = {"ledger_current_index": view.info.sequence, "validated": False}
        return Selected(view, answer, None)

    def _closed(self, closed: ClosedLedger) -> Selected:
        answer = {
            "ledger_hash": hexadecimal(closed.hash),
            "ledger_index": closed.header.sequence,
            "validated": True,
        }
        return Selected(self.node.ledger.view_of(closed), answer, closed)

    def account(self, selected: Selected, field: str = "account") -> bytes:
        """Give the account that a parameter names; errors carry what is known of the ledger."""
        account = parse_account(self.text(field))
        if account is None:
            raise refusal("actMalformed", body=selected.answer)
        return account

    def existing_account(self, selected: Selected, field: str = "account") -> tuple[bytes, LedgerEntry]:
        """Give the account that the request is about, and its entry in the ledger."""
        account = self.account(selected, field)
        entry = read_account(selected.view, account)
        if entry is None:
            raise refusal("actNotFound")
        return account, entry


def parse_account(text: Any) -> bytes | None:
    """Give the account id of an address, or None when it is not one."""
    if not isinstance(text, str):
        return None
    try:
        return decode_address(text)
    except MalformedAddress:
        return None


def parse_hash(text: Any, size: int = 32) -> bytes | None:
    """Give the bytes of exactly so many as hex digits, or None; a single 0 stands for all of them."""
    if text == "0":
        return bytes(size)
    if not isinstance(text, str) or len(text) != 2 * size or not _HEX.fullmatch(text):
        return None
    return bytes.fromhex(text)


def parse_blob(text: Any) -> bytes | None:
    """Give the bytes of hex digits of any length; an odd first digit stands alone, as the server reads it."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        return None
    return bytes.fromhex("0" * (len(text) % 2) + text)
