"""Verification of a journal: its chain, its end, anchors from elsewhere, and the records it vouches for.

1. Every row is the canonical form of a row, in sequence, and repeats the hash of the one before it.
2. Every row's body is there and has the digests that the row carries.
3. The log ends where its head row and, for SQLite, the file beside the database say; it begins with genesis.
4. Every anchor (a position known from outside) is a row of this log.
5. Every operation, statement, customer and attestation is as the last log row about it left it, and none
   exists without such a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sovbank.errors.base import SovbankError, StoreDamaged
from sovbank.errors.journal import (
    HeadMissing,
    JournalMissing,
    LogTampered,
    LogTruncated,
    LogUnanchored,
    LogUnreadable,
)
from sovbank.journal import subjects
from sovbank.journal.address import SqliteAddress, parse_address
from sovbank.journal.chain import (
    GENESIS_PREV,
    NOTHING,
    RowFault,
    body_sha256,
    particulars_digest,
    read_row,
    record_digest,
    row_hash,
)
from sovbank.journal.head import head_path, read_head
from sovbank.journal.lock import locked
from sovbank.journal.port import LogHead, LogKind
from sovbank.journal.reader import Reader, open_reader
from sovbank.journal.readings import Query

_PAGE = 2000
_SUBJECTS_AT_ONCE = 200
_KINDS = frozenset(kind.value for kind in LogKind)
_ROWS = (
    "SELECT l.seq, l.prev, l.hash, l.operation_id, l.data, "
    "b.seq, b.subject, b.subject_salt, b.subject_digest, "
    "b.particulars, b.particulars_salt, b.particulars_digest "
    "FROM log l LEFT JOIN log_body b ON b.seq = l.seq WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq LIMIT ?"
)


@dataclass(frozen=True)
class Anchor:
    """A position of the log that is known from outside of the journal."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Verified:
    """A log that is as it was written.

    ``tail`` counts the rows after the last anchor, ``erased`` the bodies whose particulars were erased.
    """

    head: LogHead
    tail: int
    erased: int
    records: int


@dataclass
class _Chain:
    """What the rows read so far add up to."""

    end: LogHead
    hashes: dict[int, str]
    erased: int = 0
    digests: dict[str, tuple[bytes, str]] = field(default_factory=dict)


def verify_journal(url: str, *, anchors: Sequence[Anchor] = (), most_tail: int | None = None) -> Verified:
    """Verify the journal at a URL; writers may go on meanwhile.

    ``most_tail`` is how many rows may follow the last anchor. Raises ``LogTampered``, ``LogTruncated``,
    ``LogUnanchored``, ``LogUnreadable``, and ``JournalMissing`` when there is nothing at the URL.
    """
    try:
        with open_reader(url) as reader:
            return _verify(url, reader, anchors, most_tail)
    except JournalMissing:
        raise
    except StoreDamaged as error:
        raise LogUnreadable(error.message) from error


def _verify(url: str, reader: Reader, anchors: Sequence[Anchor], most_tail: int | None) -> Verified:
    noted, recorded = _known_ends(url, reader)
    chain = _read_chain(reader, recorded, keep={anchor.seq for anchor in anchors} | {noted.seq})
    _check_end(chain, recorded, noted)
    tail = _check_anchors(chain, anchors)
    records = _check_subjects(reader, chain)
    if most_tail is not None and tail > most_tail:
        raise LogUnanchored(
            f"{tail} rows follow the last anchor, {most_tail} are allowed",
            details={"tail": str(tail), "rows": str(chain.end.seq)},
        )
    return Verified(head=chain.end, tail=tail, erased=chain.erased, records=records)


def _known_ends(url: str, reader: Reader) -> tuple[LogHead, tuple[LogHead | None, int]]:
    """Return the end noted outside of the database, and the head row with the log's last number."""
    address = parse_address(url)
    if not isinstance(address, SqliteAddress):
        recorded = _recorded_end(reader)
        return recorded[0] or LogHead(log_id="", seq=0, hash=GENESIS_PREV), recorded
    with locked(address.path):
        recorded = _recorded_end(reader)
        try:
            return read_head(head_path(address.path)), recorded
        except HeadMissing as error:
            raise LogTruncated(f"nothing vouches for the end of the log: {error.message}") from error


def _recorded_end(reader: Reader) -> tuple[LogHead | None, int]:
    with reader.snapshot() as query:
        rows = query("SELECT log_id, seq, hash FROM log_head", ())
        last = query("SELECT seq FROM log ORDER BY seq DESC LIMIT 1", ())
    head = LogHead(log_id=rows[0][0], seq=rows[0][1], hash=rows[0][2]) if rows else None
    return head, last[0][0] if last else 0


def _read_chain(reader: Reader, recorded: tuple[LogHead | None, int], *, keep: set[int]) -> _Chain:
    chain = _Chain(end=LogHead(log_id="", seq=0, hash=GENESIS_PREV), hashes={})
    for row in _pages(reader, recorded[1]):
        expected = chain.end.seq + 1
        try:
            if row[0] != expected:
                raise RowFault("the row is missing")
            _check_row(chain, row)
        except RowFault as fault:
            raise _tampered(str(fault), expected) from None
        if expected in keep:
            chain.hashes[expected] = chain.end.hash
    return chain


def _pages(reader: Reader, last: int) -> Iterator[Sequence[Any]]:
    # Short reads: a long one would keep writers of a SQLite journal from committing.
    after = 0
    while True:
        with reader.snapshot() as query:
            page = query(_ROWS, (after, last, _PAGE))
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _check_row(chain: _Chain, row: Sequence[Any]) -> None:
    seq, prev, stored_hash, operation_id, data = row[:5]
    if not isinstance(data, bytes):
        raise RowFault("the row is not stored as bytes")
    value = read_row(data)
    found = row_hash(data)
    if value["prev"] != chain.end.hash:
        raise RowFault("the row does not follow the one before it")
    if (value["seq"], value["prev"], found, value["operation"]) != (seq, prev, stored_hash, operation_id):
        raise RowFault("the row's columns differ from the row")
    if value["kind"] not in _KINDS or (value["kind"] == LogKind.GENESIS) != (seq == 1):
        raise RowFault(f"the row is of kind {value['kind']!r}")
    if chain.end.seq and value["log"] != chain.end.log_id:
        raise RowFault("the row belongs to another log")
    _check_body(chain, value, row[5:])
    chain.end = LogHead(log_id=value["log"], seq=seq, hash=found)


def _check_body(chain: _Chain, value: dict[str, Any], body: Sequence[Any]) -> None:
    seq, subject, salt, digest, text, text_salt, text_digest = body
    if seq is None:
        raise RowFault("the row's body is gone")
    try:
        matches = body_sha256(digest, text_digest) == value["body_sha256"]
    except (TypeError, ValueError):
        matches = False
    if not matches:
        raise RowFault("the row's body is not the one that was written")
    if (subject is None) != (digest == NOTHING) or (salt is None) != (digest == NOTHING):
        raise RowFault("the row's body does not name the record that it vouches for")
    if text_digest == NOTHING and text is not None:
        raise RowFault("the row's particulars were added later")
    if text_digest != NOTHING:
        chain.erased += text is None
        if text is not None and not _same_particulars(text_salt, text, text_digest):
            raise RowFault("the row's particulars are not the ones that were written")
    if subject is not None:
        chain.digests[subject] = (salt, digest)


def _same_particulars(salt: Any, text: Any, digest: str) -> bool:
    if not isinstance(salt, bytes) or not isinstance(text, str):
        return False
    try:
        return particulars_digest(salt, text) == digest
    except UnicodeEncodeError:
        return False


def _check_end(chain: _Chain, recorded: tuple[LogHead | None, int], noted: LogHead) -> None:
    head, _ = recorded
    rows = {"rows": str(chain.end.seq)}
    if head is None:
        raise LogTruncated("the row that records the log's end is gone", details=rows)
    for end in (noted, head):
        if end.seq > chain.end.seq:
            raise LogTruncated(
                f"the log ends at row {chain.end.seq}, but it had {end.seq} rows", details=rows
            )
    if head.seq < chain.end.seq:
        raise _tampered(f"the log was recorded to end at row {head.seq}", head.seq + 1)
    if head != chain.end:
        raise _tampered("it is not the one that was recorded as the end", head.seq)
    if noted.log_id != head.log_id:
        raise _tampered("the log is not the one that was noted beside the database", 1)
    if noted.seq < head.seq - 1:
        raise _tampered(f"the log was noted to end at row {noted.seq}", noted.seq + 1)
    if chain.hashes[noted.seq] != noted.hash:
        raise _tampered("it is not the one that was noted as the end", noted.seq)


def _check_anchors(chain: _Chain, anchors: Sequence[Anchor]) -> int:
    for anchor in anchors:
        if anchor.seq > chain.end.seq:
            raise LogTruncated(
                f"the log ends at row {chain.end.seq}, but row {anchor.seq} is known from elsewhere",
                details={"rows": str(chain.end.seq)},
            )
        if chain.hashes.get(anchor.seq) != anchor.hash.lower():
            raise _tampered("it is not the one that is known from elsewhere", anchor.seq)
    return chain.end.seq - max((anchor.seq for anchor in anchors), default=0)


def _check_subjects(reader: Reader, chain: _Chain) -> int:
    with reader.snapshot() as query:
        present = subjects.all_subjects(query)
    names = sorted(present | chain.digests.keys())
    for start in range(0, len(names), _SUBJECTS_AT_ONCE):
        with reader.snapshot() as query:
            for name in names[start : start + _SUBJECTS_AT_ONCE]:
                _check_subject(query, chain, name)
    return len(names)


def _check_subject(query: Query, chain: _Chain, name: str) -> None:
    newer = query("SELECT seq FROM log_body WHERE subject = ? AND seq > ? LIMIT 1", (name, chain.end.seq))
    if newer:  # it moved on while the rows were read; the next verification sees it
        return
    known = chain.digests.get(name)
    if known is None:
        raise _tampered(f"{name} stands in the tables, but no log row vouches for it")
    try:
        record = subjects.record(query, name)
        matches = record is not None and record_digest(known[0], record) == known[1]
    except (SovbankError, TypeError) as error:
        raise _tampered(f"{name} is not as the log says: {error}") from error
    if not matches:
        raise _tampered(f"{name} was changed without the log")


def _tampered(message: str, row: int | None = None) -> LogTampered:
    if row is None:
        return LogTampered(message)
    return LogTampered(f"row {row}: {message}", details={"row": str(row)})
