"""The transcript of an operation for an auditor: who did what when, what they saw, and what proves it.

Pure: from rows to lines. The lines fit 80 columns; an identifier that does not is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sovbank.cli.escape import escape
from sovbank.cli.layout import panel_lines, wrap
from sovbank.cli.log_view import event_of, row_pairs, said, time_of

if TYPE_CHECKING:
    from sovbank.journal.port import AttemptRow

WIDTH = 80
_WORDS_A_LINE = 4
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class LogState:
    """What came of verifying the whole log, and where it ends. ``fault`` is None where it verifies."""

    log_id: str
    rows: int
    head: str
    fault: str | None


@dataclass(frozen=True)
class Transcript:
    """All that the journal holds of an operation.

    ``subject`` are names and values that say what it is; ``rows`` its log rows, oldest first; ``screens``
    says of a row, by its number, what rendering its screen again gave; ``names`` what the profile calls an
    address.
    """

    title: str
    subject: Sequence[tuple[str, Any]]
    attempts: Sequence[AttemptRow]
    rows: Sequence[Mapping[str, Any]]
    log: LogState
    screens: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def report_lines(told: Transcript) -> list[str]:
    """Return the transcript as plain text."""
    return [
        escape(f"Transcript of {told.title}"),
        "",
        *panel_lines(told.subject, WIDTH),
        *_attempts(told),
        *_bundles(told),
        "",
        "What happened, in UTC",
        *_events(told),
        "",
        *_log(told.log),
    ]


def digests_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the digests of the bundles that the rows speak of, in order of appearance."""
    named = (said(row).get("digest", "") for row in rows)
    return list(dict.fromkeys(digest for digest in named if _DIGEST.fullmatch(digest)))


def _attempts(told: Transcript) -> Iterator[str]:
    for attempt in told.attempts:
        slot = f"ticket {attempt.ticket}" if attempt.ticket is not None else f"sequence {attempt.sequence}"
        pairs: list[tuple[str, Any]] = [
            ("state", attempt.state.value),
            ("account", _named(attempt.account, told.names)),
            ("bound to", slot),
            ("ledgers", f"{attempt.first_ledger} to {attempt.last_ledger}"),
        ]
        if attempt.tx_hash is not None:
            pairs.append(("transaction", attempt.tx_hash))
        if attempt.result is not None:
            pairs.append(("evidence", f"{attempt.result}, known at ledger {attempt.validated_ledger}"))
        yield from ("", f"Attempt {attempt.number}", *panel_lines(pairs, WIDTH))


def _bundles(told: Transcript) -> Iterator[str]:
    from sovbank.ceremony.words import digest_words

    for digest in digests_of(told.rows):
        yield from ("", "Bundle", *panel_lines([("digest", digest)], WIDTH))
        words = digest_words(digest)
        for at in range(0, len(words), _WORDS_A_LINE):
            yield f"  {at + 1:2}-{at + _WORDS_A_LINE:2}  {' '.join(words[at : at + _WORDS_A_LINE])}"


def _events(told: Transcript) -> Iterator[str]:
    for row in told.rows:
        pairs = [(name, _named(str(value), told.names)) for name, value in row_pairs(row)]
        verdict = told.screens.get(row["seq"])
        if verdict is not None:
            place = next((at for at, pair in enumerate(pairs) if pair[0] == "saw screen"), len(pairs) - 1)
            pairs.insert(place + 1, ("the screen", verdict))
        yield from ("", escape(f"{time_of(row)}  {event_of(row)}"), *panel_lines(pairs, WIDTH))


def _log(log: LogState) -> Iterator[str]:
    if log.fault is None:
        yield from wrap(f"The log verifies: its {log.rows} rows and all records are as written.", WIDTH, 0)
    else:
        yield from wrap(f"THE LOG DOES NOT VERIFY: {log.fault}", WIDTH, 0)
    yield from panel_lines([("log", log.log_id), ("rows", log.rows), ("head", log.head)], WIDTH)


def _named(value: str, names: Mapping[str, str]) -> str:
    """Return a value with what the profile calls each address in it."""
    return " ".join(f"{names[word]} ({word})" if word in names else word for word in value.split(" "))
