"""Rows of the audit log: as data for programs, as a table, and one by one with all that they say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sovbank.cli.render import Column

if TYPE_CHECKING:
    from sovbank.cli.render import Output

# By kind, then by what the row decided (or the first word of its rule).
_EVENTS: Mapping[str, Mapping[str, str]] = {
    "genesis": {"": "the log was begun"},
    "intent": {"": "the operation was opened"},
    "approve": {"plan": "a plan was accepted", "": "approved"},
    "observe": {
        "bound": "a transaction was bound",
        "executing": "its execution began",
        "bundled": "a bundle was made",
        "handed-out": "the bundle was handed out",
        "co-signed": "a bundle was signed here",
        "collected": "signatures were collected",
        "succeeded": "the ledger shows its effect",
        "expired": "proven to be without effect",
        "control-plane": "final on the control plane",
        "": "observed",
    },
    "sign.begin": {
        "ceremony": "a signature came from another machine",
        "guard": "a key is about to sign",
        "": "a key is about to sign",
    },
    "sign.done": {
        "assembled": "a quorum of signatures was put together",
        "ceremony": "its signature was verified and recorded",
        "guard": "the key signed; the signature was verified",
        "": "the signature was recorded",
    },
    "submit": {"control-plane": "signed for the control plane, and sent", "": "sent to the XRP Ledger"},
    "final": {"posted": "posted", "tesSUCCESS": "final in a validated ledger", "": "it is over"},
    "abort": {"": "an attempt was given up"},
    "admin": {
        "proved": "a signer proved their key",
        "given up": "given up to a new signer list",
        "": "changed",
    },
    "checkpoint": {"": "a checkpoint was written"},
}
_LONGEST_NAME = 12
_LABELS = {
    "operations": "together",
    # Where the proposer's log was when the bundle was made.
    "log_id": "their log",
    "log_seq": "their row",
    "log_hash": "their hash",
    "ledger": "at ledger",
    "proposers_attempt": "their try",
}
# What a table has no room for and nobody reads: signed bytes.
_BYTES = frozenset({"raw", "signature"})


def log_row(seq: int, row_hash: str, data: bytes, particulars: str | None) -> dict[str, Any]:
    """Return a stored row for ``--json``; one that is damaged is shown as such and found by ``verify``."""
    return {
        **(_parsed(data) or {"damaged": data[:200].hex()}),
        "seq": seq,
        "hash": row_hash,
        "particulars": _parsed(particulars.encode(errors="surrogateescape")) if particulars else None,
    }


def event_of(row: Mapping[str, Any]) -> str:
    """Return in words what a row records."""
    words = _EVENTS.get(str(row.get("kind")), {"": "damaged"})
    keys = (row.get("decision"), row.get("result"), str(row.get("rule") or "").partition(".")[0], "")
    return next(words[str(key)] for key in keys if key is not None and str(key) in words)


def said(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a row's particulars for people: empty ones and signed bytes are left out."""
    held = row.get("particulars") or {}
    return {name: str(value) for name, value in held.items() if value and name not in _BYTES}


def show_log(out: Output, rows: Sequence[Mapping[str, Any]], *, of_one: bool = False) -> None:
    """Write log rows as a table: what happened, and as many of the particulars as have room.

    Rows that are all ``of_one`` operation need no column for it.
    """
    if not rows:
        out.line("The audit log has no such rows.")
        return
    table = [
        [
            row["seq"],
            time_of(row),
            row.get("actor"),
            event_of(row),
            *([] if of_one else [str(row.get("operation") or "")[:16]]),
            _joined(row.get("decision"), row.get("result")),
            row.get("account"),
            row.get("tx_hash"),
            "; ".join(f"{name} {value}" for name, value in said(row).items()),
        ]
        for row in rows
    ]
    names = ("row", "time (UTC)", "actor", "what happened")
    columns = [Column(name, right=name == "row", wrap=name == "what happened") for name in names]
    rest = (*(() if of_one else ("operation",)), "result", "account", "transaction")
    more = [Column(name, optional=True) for name in rest]
    out.table([*columns, *more, Column("particulars", wrap=True, optional=True)], table)


def show_rows(out: Output, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write log rows one by one, with everything that they say."""
    for number, row in enumerate(rows):
        if number:
            out.line()
        out.panel(f"{time_of(row)}  {event_of(row)}", row_pairs(row))


def time_of(row: Mapping[str, Any]) -> str:
    """Return when a row was written, in UTC, to the second."""
    return str(row.get("time") or "")[:19].replace("T", " ")


def row_pairs(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what a row says as names and values: who, what, with which key, what was seen, and its place.

    Names have at most twelve letters, so that 64 hex digits fit beside them on 80 columns.
    """
    held = said(row)
    pairs: list[tuple[str, Any]] = [
        ("who", row.get("actor")),
        ("at", f"{_login(held)}{row.get('host')}, version {row.get('software')}"),
        ("decided", _joined(row.get("rule"), row.get("decision"), row.get("result"))),
        ("account", row.get("account")),
        ("ticket", row.get("ticket")),
        ("last ledger", row.get("last_ledger")),
        ("for", held.pop("signer", None)),
        ("key", row.get("key")),
        ("in", held.pop("device", None)),
        ("signs", row.get("payload_sha256")),
        ("saw screen", held.pop("screen_sha256", None)),
        ("agreed", held.pop("agreed", None)),
        ("unchecked", held.pop("unchecked", None)),
        ("transaction", row.get("tx_hash")),
    ]
    pairs += [(_short(name), value) for name, value in held.items()]
    pairs += [("row", row.get("seq")), ("row hash", row.get("hash"))]
    return [(name, value) for name, value in pairs if value not in (None, "")]


def _parsed(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _login(held: dict[str, str]) -> str:
    login = held.pop("login", None)
    return "" if login is None else f"{login}@"


def _short(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))[:_LONGEST_NAME]
