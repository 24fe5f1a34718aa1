"""Metadata: what a transaction did to the ledger, and the thread from each entry to its last transaction.

A node shows FinalFields (NewFields without defaults when created) and, when modified or deleted,
PreviousFields that changed. An entry threads itself when it is made or changed; making or deleting one
also threads the accounts it belongs to. Source of the rules: xrpld ``ledger/ApplyStateTable.cpp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.fields import (
    ALWAYS_IN_METADATA,
    FIELDS,
    NEVER_IN_METADATA,
    ONLY_WHEN_DELETED,
)
from sovbank.devnet.ledger.objects import FORMATS, LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import Amount
from sovbank.devnet.ledger.view import Action, Sandbox

_HIDDEN_WHEN_ALIVE: Final = NEVER_IN_METADATA | ONLY_WHEN_DELETED
_HIDDEN_BEFORE: Final = _HIDDEN_WHEN_ALIVE | ALWAYS_IN_METADATA
_THREADED: Final = frozenset(name for name, entry in FORMATS.items() if entry.threaded)


_ZERO_IS_DEFAULT: Final = frozenset(
    name for name, field in FIELDS.items() if field.type.startswith("Hash") or field.type == "Currency"
)


def is_default(name: str, value: Any) -> bool:
    """Tell whether NewFields leave the value out; a zero of a token stays, as does any account."""
    if name in _ZERO_IS_DEFAULT:
        return not any(value)
    return not value


def _new_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields.items()
        if name not in _HIDDEN_WHEN_ALIVE and not is_default(name, value)
    }


def _final_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _HIDDEN_WHEN_ALIVE}


def _last_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in NEVER_IN_METADATA}


_ABSENT: Final = object()


def _changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in before.items()
        if name not in _HIDDEN_BEFORE and after.get(name, _ABSENT) != value
    }


class _Builder:
    """Collects the nodes of one transaction's metadata."""

    def __init__(self, sandbox: Sandbox, transaction: bytes, sequence: int) -> None:
        self.sandbox = sandbox
        self.transaction = transaction
        self.sequence = sequence
        self.nodes: dict[bytes, tuple[str, dict[str, Any]]] = {}
        self.threaded_only: dict[bytes, LedgerEntry] = {}

    def node(self, kind: str, entry: LedgerEntry) -> dict[str, Any]:
        """Give the node of an entry, made on first use."""
        known = self.nodes.get(entry.key)
        if known is None:
            known = self.nodes[entry.key] = (kind, {"LedgerEntryType": entry.type, "LedgerIndex": entry.key})
        elif known[0] != kind:
            known = self.nodes[entry.key] = (kind, known[1])
        return known[1]

    def thread(self, entry: LedgerEntry) -> None:
        """Make the transaction the entry's last, and note the one before beside it."""
        before, at = entry.get("PreviousTxnID", bytes(32)), entry.get("PreviousTxnLgrSeq", 0)
        if before == self.transaction:
            return
        entry["PreviousTxnID"], entry["PreviousTxnLgrSeq"] = self.transaction, self.sequence
        if any(before):
            known = self.nodes.get(entry.key)
            node = known[1] if known else self.node("ModifiedNode", entry)
            node.setdefault("PreviousTxnID", before)
            node.setdefault("PreviousTxnLgrSeq", at)

    def thread_account(self, account: bytes) -> None:
        """Thread an AccountRoot that may not be part of the changes otherwise."""
        key = keylets.account(account)
        entry = self.threaded_only.get(key)
        if entry is None:
            change = self.sandbox.changes.get(key)
            if change is not None and change.action is Action.ERASED:
                return
            if change is not None and change.action is not Action.LENT:
                entry = change.entry
            else:
                below = self.sandbox.base.read(key)
                if below is None:
                    return
                entry = self.threaded_only[key] = below.copy()
        self.thread(entry)

    def thread_owners(self, entry: LedgerEntry) -> None:
        """Thread the accounts that an entry belongs to."""
        if entry.type == "AccountRoot":
            return
        if entry.type == "RippleState":
            self.thread_account(entry["LowLimit"].issuer)
            self.thread_account(entry["HighLimit"].issuer)
            return
        for field in ("Account", "Destination"):
            if field in entry:
                self.thread_account(entry[field])

    def created(self, entry: LedgerEntry) -> None:
        node = self.node("CreatedNode", entry)
        self.thread_owners(entry)
        if entry.type in _THREADED:
            self.thread(entry)
        self._put(node, "NewFields", _new_fields(entry.fields))

    def modified(self, before: LedgerEntry, after: LedgerEntry) -> None:
        if before.fields == after.fields:
            return
        node = self.node("ModifiedNode", after)
        if after.type in _THREADED:
            self.thread(after)
        self._put_previous(node, before, after)
        self._put(node, "FinalFields", _final_fields(after.fields))

    def deleted(self, before: LedgerEntry, last: LedgerEntry) -> None:
        node = self.node("DeletedNode", last)
        self.thread_owners(before)
        self._put_previous(node, before, last)
        self._put(node, "FinalFields", _last_fields(last.fields))

    @staticmethod
    def _put_previous(node: dict[str, Any], before: LedgerEntry, after: LedgerEntry) -> None:
        """Show what changed; a field that was missing leaves nothing to show, and yet the empty frame."""
        changed = _changed_fields(before.fields, after.fields)
        if changed or after.fields.keys() - before.fields.keys() - _HIDDEN_BEFORE:
            node["PreviousFields"] = changed

    @staticmethod
    def _put(node: dict[str, Any], name: str, fields: dict[str, Any]) -> None:
        if fields:
            node[name] = fields


def build(
    sandbox: Sandbox,
    *,
    transaction: bytes,
    sequence: int,
    result: TER,
    index: int,
    delivered: Amount | None,
) -> dict[str, Any]:
    """Make the metadata of a transaction whose changes are in a sandbox, and thread the entries it touched.

    ``index`` is the transaction's place in the ledger. Accounts that are touched by threading alone join
    the sandbox's changes. Values are native; ``text.fields_text`` and ``encoding.encode`` take them.
    """
    builder = _Builder(sandbox, transaction, sequence)
    for key in sorted(sandbox.changes):
        change = sandbox.changes[key]
        if change.action is Action.INSERTED:
            builder.created(change.entry)
        elif change.action is not Action.LENT:
            before = sandbox.base.read(key)
            if before is None:
                raise RuntimeError(f"changed an entry that was not there: {change.entry!r}")
            if change.action is Action.ERASED:
                builder.deleted(before, change.entry)
            else:
                builder.modified(before, change.entry)
    for entry in builder.threaded_only.values():
        sandbox.raw_put(entry)
    meta: dict[str, Any] = {
        "TransactionIndex": index,
        "TransactionResult": int(result),
        "AffectedNodes": tuple(
            {kind: node} for _, (kind, node) in sorted(builder.nodes.items(), key=lambda item: item[0])
        ),
    }
    if delivered is not None:
        meta["DeliveredAmount"] = delivered
    return meta
