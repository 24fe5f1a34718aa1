"""Putting the transcript of an operation together: its rows, the state of the log, screens rendered again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sovbank.cli.log_view import log_row, said
from sovbank.cli.report_view import LogState, Transcript, digests_of
from sovbank.errors.base import SovbankError

if TYPE_CHECKING:
    from sovbank.cli.context import Run
    from sovbank.journal.port import LogHead, OperationRow
    from sovbank.journal.readings import Query

_MOST_ROWS = 100_000
_PLANS_BEFORE = 200


def read_transcript(run: Run, subject: str) -> tuple[Transcript, SovbankError | None]:
    """Return the transcript of an operation, and the fault of the log where it does not verify."""
    from sovbank.cli.operation_view import operation_pairs, operation_title
    from sovbank.cli.wiring.house import house_of
    from sovbank.cli.wiring.ledger import journal_reader
    from sovbank.journal import readings
    from sovbank.operations.multisig.proposing import names_of

    with journal_reader(run) as reader, reader.snapshot() as query:
        row = readings.operation(query, subject)
        attempts = readings.attempts(query, row.id)
        found = readings.newest_log_rows(query, limit=_MOST_ROWS, operation_id=row.id)
        head = readings.head(query)
        rows = [*_accepted_plan(query, row, found[0][0] if found else 0), *(log_row(*one) for one in found)]
    log, fault = _log_state(run, head)
    pairs = [*operation_pairs(row), ("created by", row.created_by), ("created", row.created_at)]
    told = Transcript(
        title=f"{operation_title(row)} {row.reference}",
        subject=pairs,
        attempts=attempts,
        rows=rows,
        log=log,
        screens=_screens(run, rows),
        names=names_of(house_of(run)),
    )
    return told, fault


def transcript_data(told: Transcript) -> dict[str, Any]:
    """Return a transcript for ``--json``."""
    from sovbank.ceremony.words import digest_words

    return {
        "bundles": [
            {"digest": digest, "words": " ".join(digest_words(digest))} for digest in digests_of(told.rows)
        ],
        "events": [{**row, "screen_again": told.screens.get(row["seq"])} for row in told.rows],
        "log_verifies": told.log.fault is None,
        "log_fault": told.log.fault,
        "log_id": told.log.log_id,
        "rows": told.log.rows,
        "head": told.log.head,
    }


def _accepted_plan(query: Query, row: OperationRow, first: int) -> list[dict[str, Any]]:
    """Return the row in which an officer accepted the plan that the operation is a step of."""
    from sovbank.journal import readings

    accepted = row.facts.get("accepted")
    if accepted is None:
        return []
    before = (log_row(*one) for one in readings.last_before(query, first, limit=_PLANS_BEFORE))
    return [one for one in before if one.get("rule") == "plan" and one.get("payload_sha256") == accepted][:1]


def _log_state(run: Run, head: LogHead) -> tuple[LogState, SovbankError | None]:
    from sovbank.cli.wiring.ledger import verify_log

    try:
        end = verify_log(run).head
    except SovbankError as fault:
        return LogState(head.log_id, head.seq, head.hash, fault.message), fault
    return LogState(end.log_id, end.seq, end.hash, None), None


def _screens(run: Run, rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Return, for each bundle that was signed here, what rendering its screen again gives."""
    from sovbank.cli.bundles import Kept
    from sovbank.cli.ceremony_steps import screen_again
    from sovbank.cli.wiring.house import house_of

    signed = [row for row in rows if row.get("decision") == "co-signed" and "screen_sha256" in said(row)]
    if not signed:
        return {}
    kept, house = Kept(run), house_of(run)
    verdicts = {}
    for row in signed:
        held = said(row)
        bundle = kept.of_digest(held.get("digest", ""), first=str(row["operation"]))
        if bundle is None:
            verdicts[row["seq"]] = "not rendered again: this machine keeps no copy of the bundle"
        elif screen_again(house, bundle, held) == held["screen_sha256"]:
            verdicts[row["seq"]] = "rendered again from the copy kept here: the same"
        else:
            verdicts[row["seq"]] = "rendered again it differs: by another version or profile"
    return verdicts
