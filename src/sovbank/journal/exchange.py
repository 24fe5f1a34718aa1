"""An operation as a file for another officer's machine: canonical JSON with the sender's log position."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sovbank.core import strict_json
from sovbank.core.canonical import canonical_json
from sovbank.core.ids import check_reference, is_operation_id, operation_id
from sovbank.core.machine import Kind
from sovbank.errors.core import MalformedReference
from sovbank.errors.journal import ExportMalformed, RecordRefused
from sovbank.journal.clock import moment, stamp
from sovbank.journal.port import LogHead, OperationRow
from sovbank.journal.text import check_text

SCHEMA = "sovbank.operation-export"
VERSION = 1
MAX_EXPORT_BYTES = 64 * 1024
_TOP = frozenset({"schema", "version", "operation", "log"})
_OPERATION = frozenset({"id", "kind", "reference", "parameters", "facts", "created_by", "created_at"})
_LOG = frozenset({"id", "seq", "hash"})
_LOG_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class ExportedOperation:
    """What an export holds. ``log`` is the sender's log position at the export.

    Nothing of it is believed: a mint is compared with MintGuard before anything is done with it.
    """

    id: str
    kind: Kind
    reference: str
    parameters: Mapping[str, str]
    facts: Mapping[str, str]
    created_by: str
    created_at: datetime
    log: LogHead


def export_operation(operation: OperationRow, *, log: LogHead) -> bytes:
    """Return the file of an operation: canonical JSON and a line end.

    Raises ``RecordRefused`` when it would be larger than a reader accepts.
    """
    data = canonical_json(
        {
            "schema": SCHEMA,
            "version": VERSION,
            "operation": {
                "id": operation.id,
                "kind": operation.kind.value,
                "reference": operation.reference,
                "parameters": dict(operation.parameters),
                "facts": dict(operation.facts),
                "created_by": operation.created_by,
                "created_at": stamp(operation.created_at),
            },
            "log": {"id": log.log_id, "seq": log.seq, "hash": log.hash},
        }
    )
    if len(data) >= MAX_EXPORT_BYTES:
        raise RecordRefused(f"the operation is larger than {MAX_EXPORT_BYTES} bytes")
    return data + b"\n"


def parse_export(data: bytes) -> ExportedOperation:
    """Return what an exported file holds.

    The id of every kind but a mint is computed again; a mint's is computed by the control plane.
    Raises ``ExportMalformed`` for anything that ``export_operation`` would not have written.
    """
    top = _object(_loads(data), _TOP, "file")
    if top["schema"] != SCHEMA or type(top["version"]) is not int or top["version"] != VERSION:
        raise ExportMalformed("the file is not an exported operation of this version")
    operation = _object(top["operation"], _OPERATION, "operation")
    log = _object(top["log"], _LOG, "log position")
    found = ExportedOperation(
        id=_text(operation, "id"),
        kind=_kind(operation),
        reference=_reference(operation),
        parameters=_texts(operation, "parameters"),
        facts=_texts(operation, "facts"),
        created_by=_text(operation, "created_by"),
        created_at=_moment(operation),
        log=_position(log),
    )
    if canonical_json(top) != data.removesuffix(b"\n"):
        raise ExportMalformed("the file is not canonical JSON")
    _check_id(found)
    return found


def _loads(data: bytes) -> Any:
    if len(data) > MAX_EXPORT_BYTES:
        raise ExportMalformed(f"the file is larger than {MAX_EXPORT_BYTES} bytes")
    try:
        return strict_json.loads(data)
    except ValueError as error:
        raise ExportMalformed("the file is not JSON") from error


def _object(value: Any, members: frozenset[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != members:
        raise ExportMalformed(f"the {what} does not have exactly the members {', '.join(sorted(members))}")
    return value


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value[name]
    if not isinstance(text, str):
        raise ExportMalformed(f"{name} is not text")
    try:
        return check_text(text, name)
    except RecordRefused as error:
        raise ExportMalformed(error.message) from error


def _texts(value: Mapping[str, Any], name: str) -> dict[str, str]:
    texts = value[name]
    if not isinstance(texts, dict):
        raise ExportMalformed(f"{name} are not names with text")
    return {_text({"name": key}, "name"): _text(texts, key) for key in texts}


def _kind(value: Mapping[str, Any]) -> Kind:
    try:
        return Kind(_text(value, "kind"))
    except ValueError as error:
        raise ExportMalformed("there is no such kind of operation") from error


def _reference(value: Mapping[str, Any]) -> str:
    try:
        return check_reference(_text(value, "reference"))
    except MalformedReference as error:
        raise ExportMalformed(error.message) from error


def _moment(value: Mapping[str, Any]) -> datetime:
    text = _text(value, "created_at")
    try:
        found = moment(text)
    except ValueError as error:
        raise ExportMalformed("created_at is not a UTC time") from error
    if stamp(found) != text:
        raise ExportMalformed("created_at is not a UTC time")
    return found


def _position(value: Mapping[str, Any]) -> LogHead:
    seq = value["seq"]
    head = LogHead(log_id=_text(value, "id"), seq=seq, hash=_text(value, "hash"))
    if type(seq) is not int or not 1 <= seq < 2**53:
        raise ExportMalformed("the log position has no row number")
    if not _LOG_ID.fullmatch(head.log_id) or not _HASH.fullmatch(head.hash):
        raise ExportMalformed("the log position is not one")
    return head


def _check_id(found: ExportedOperation) -> None:
    if not is_operation_id(found.id):
        raise ExportMalformed("the id is not an operation id")
    if found.kind is Kind.MINT:
        return
    if operation_id(found.kind.value, found.parameters, found.reference) != found.id:
        raise ExportMalformed("the id does not follow from the operation's content")
