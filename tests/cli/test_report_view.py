"""The transcript of an operation, from made-up rows: complete, at 80 columns, and safe to print."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.ceremony.words import digest_words
from sovbank.cli.log_view import event_of, log_row, row_pairs
from sovbank.cli.report_view import WIDTH, LogState, Transcript, digests_of, report_lines
from sovbank.core.machine import AttemptState
from sovbank.journal.port import AttemptRow, LogKind

ADDRESS = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
DIGEST, SCREEN, FINGERPRINT, PAYLOAD = ("d1" * 32, "5c" * 32, "f1" * 32, "b0" * 32)
TX = "AB" * 32
SERIAL = "token officers, serial 0a1b2c, model SoftHSM v2"


def row(seq: int, particulars: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    """A row as the journal holds it, read back."""
    blank = dict.fromkeys(("account", "ticket", "last_ledger", "key", "payload_sha256", "tx_hash", "rule"))
    value = {
        **blank,
        "decision": None,
        "result": None,
        "operation": "0e" * 32,
        "actor": "ceo",
        "host": "vault",
        "software": "0.1.0",
        "kind": "observe",
        "time": f"2026-11-22T02:22:{seq:02}.000001Z",
        **members,
    }
    said = None if particulars is None else json.dumps(particulars)
    return log_row(seq, f"{seq:064x}", json.dumps(value).encode(), said)


def attempt(**changes: Any) -> AttemptRow:
    members = {
        "operation_id": "0e" * 32,
        "number": 1,
        "account": ADDRESS,
        "ticket": 16,
        "sequence": None,
        "last_ledger": 983,
        "first_ledger": 83,
        "unsigned": "{}",
        "state": AttemptState.SUCCEEDED,
        "blob": b"",
        "tx_hash": TX,
        "result": "tesSUCCESS",
        "validated_ledger": 183,
    }
    return AttemptRow(**{**members, **changes})


ROWS = [
    row(1, kind="intent"),
    row(
        2,
        {"signer": ADDRESS, "device": SERIAL, "screen_sha256": SCREEN, "agreed": "Yes", "login": "alice"},
        kind="sign.begin",
        rule="guard.mint",
        decision="allowed",
        key=FINGERPRINT,
        payload_sha256=PAYLOAD,
    ),
    row(3, {"digest": DIGEST, "unchecked": "control-plane validated-ledger"}, decision="co-signed"),
    row(4, {"raw": "00" * 500}, kind="submit", tx_hash=TX),
]
GOOD = LogState("ab" * 16, 4, f"{4:064x}", None)


def told(**changes: Any) -> Transcript:
    members: dict[str, Any] = {
        "title": "Mint DEP-1",
        "subject": [("amount", "2,500.25 FTHUSD")],
        "attempts": [attempt()],
        "rows": ROWS,
        "log": GOOD,
        "names": {ADDRESS: "ceo"},
    }
    return Transcript(**{**members, **changes})


def test_the_transcript_says_who_saw_and_signed_what_with_which_key() -> None:
    text = "\n".join(report_lines(told()))
    for part in (
        *("Mint DEP-1", "2,500.25 FTHUSD", "tesSUCCESS, known at ledger 183", TX, DIGEST, SCREEN),
        *(FINGERPRINT, PAYLOAD, SERIAL, f"ceo ({ADDRESS})", "alice@vault, version 0.1.0"),
        *("agreed", "control-plane validated-ledger", "2026-11-22 02:22:02", "ticket 16"),
    ):
        assert part in text, part
    assert "00" * 20 not in text.replace("0" * 20, ""), "signed bytes are not for people"
    for one in ROWS:
        assert one["hash"] in text


def test_events_stand_in_the_order_of_the_log() -> None:
    times = re.findall(r"(?m)^2026-11-22 02:22:(\d\d)  ", "\n".join(report_lines(told())))
    assert times == ["01", "02", "03", "04"]


def test_the_words_of_a_bundle_are_those_that_were_read_aloud() -> None:
    text = " ".join("\n".join(report_lines(told())).split())
    shown = re.sub(r" (?:\d+-\s?\d+) ", " ", text.split(DIGEST)[1])
    assert shown.split()[:32] == list(digest_words(DIGEST))


def test_the_last_lines_are_the_head_of_a_log_that_verifies() -> None:
    *_, verdict, log, rows, head = report_lines(told())
    assert verdict == "The log verifies: its 4 rows and all records are as written."
    assert (log.split()[1], rows.split()[1], head.split()[1]) == (GOOD.log_id, "4", GOOD.head)


def test_a_log_that_does_not_verify_is_said_loudly() -> None:
    lines = report_lines(told(log=LogState("ab" * 16, 4, "ff" * 32, "row 3: it was changed")))
    assert any(line.startswith("THE LOG DOES NOT VERIFY: row 3") for line in lines)
    assert not any("verifies" in line for line in lines)


def test_what_rendering_a_screen_again_gave_stands_beside_its_digest() -> None:
    lines = report_lines(told(screens={2: "rendered again from the copy kept here: the same"}))
    place = next(number for number, line in enumerate(lines) if SCREEN in line)
    assert "the same" in lines[place + 1]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["drift", "form", "evidence", "left_out"]), st.text(max_size=300)),
        max_size=3,
    ),
    st.text(max_size=60),
)
def test_it_fits_80_columns_and_nothing_in_it_moves_the_terminal(
    particulars: list[dict[str, str]], actor: str
) -> None:
    hostile = [row(number, said, actor=actor) for number, said in enumerate(particulars, start=1)]
    title, *lines = report_lines(told(rows=[*ROWS, *hostile], title=f"Mint {actor}"))
    assert title.isprintable()
    for line in lines:
        assert line.isprintable(), ascii(line)
        assert len(line) <= WIDTH or len(line.split()) == 1, line


def test_digests_are_named_once_and_only_where_they_are_digests() -> None:
    rows = [row(1, {"digest": DIGEST}), row(2, {"digest": "../../etc"}), row(3, {"digest": DIGEST})]
    assert digests_of(rows) == [DIGEST]


@pytest.mark.parametrize("kind", list(LogKind))
def test_every_kind_of_row_is_put_into_words(kind: LogKind) -> None:
    assert event_of({"kind": kind.value, "decision": "never heard of", "rule": None}) not in ("", "damaged")


def test_a_damaged_row_is_shown_as_one() -> None:
    broken = log_row(7, "aa" * 32, b"\xff{", "not json")
    assert event_of(broken) == "damaged"
    assert ("row", 7) in row_pairs(broken)
    assert any("damaged" in line for line in report_lines(told(rows=[broken])))
