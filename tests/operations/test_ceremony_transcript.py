"""What the logs of a ceremony's machines say: who did what, what they saw, and with which device."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from paper_bank import Paper, approved_mint

from sovbank.ceremony.digest import digest_of, to_bytes
from sovbank.ceremony.records import Bundle
from sovbank.journal import readings
from sovbank.operations import mint_execution
from sovbank.operations.agreement import Agreement, screen_sha256
from sovbank.operations.chain import sent_before
from sovbank.operations.multisig.collecting import collect, gather
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.transcript import note_handed_out

SCREEN = screen_sha256(["Network 21338", "Sign this bundle?"])
AGREED = Agreement("alice", "Yes at the terminal", SCREEN)


@pytest.fixture
def bundle(paper: Paper) -> Bundle:
    return propose(paper.house, [approved_mint(paper).id], window=900, top_up=False)


def rows(machine: Paper) -> list[dict[str, Any]]:
    """The rows of a machine with their particulars."""
    with machine.store.read() as query:
        found = readings.newest_log_rows(query, limit=10_000)
    return [{**json.loads(data), "said": json.loads(said) if said else {}} for _, _, data, said in found]


def at(machine: Paper, agreement: Agreement = AGREED) -> Paper:
    """The machine with somebody at its terminal."""
    return replace(machine, house=replace(machine.house, agreement=lambda: agreement))


def only(machine: Paper, **members: object) -> dict[str, str]:
    (row,) = [one for one in rows(machine) if members.items() <= one.items()]
    return dict(row["said"])


def test_the_screen_that_was_agreed_to_stands_before_the_key_is_used(paper: Paper, bundle: Bundle) -> None:
    machine = at(paper.other_machine("ceo"))
    cosign(machine.house, bundle)
    begun, done = only(machine, kind="sign.begin"), only(machine, kind="sign.done")
    ceo = machine.house.officer("ceo").account
    assert begun == {
        "signer": ceo,
        "device": "keystore",
        "login": "alice",
        "agreed": "Yes at the terminal",
        "screen_sha256": SCREEN,
    }
    assert done == {"signer": ceo, "device": "keystore"}


def test_the_signed_bundle_its_checkpoint_and_what_was_seen_are_noted(paper: Paper, bundle: Bundle) -> None:
    first = cosign(at(paper.other_machine("ceo")).house, bundle).bundle
    machine = at(paper.other_machine("cfo"))
    cosign(machine.house, first, drift=["a signer is new", "the quorum is 4"])
    said = only(machine, decision="co-signed")
    assert said["digest"] == digest_of(bundle)
    assert said["seen"] == f"0:{machine.house.officer('ceo').account}"
    assert said["drift"].splitlines() == ["a signer is new", "the quorum is 4"]
    assert (said["officers"], said["unchecked"]) == ("cfo", "")
    assert (said["screen_sha256"], said["login"]) == (SCREEN, "alice")
    assert (said["log_seq"], said["log_hash"]) == (str(bundle.checkpoint.seq), bundle.checkpoint.hash)


def test_nobody_asked_is_nobody_agreed(paper: Paper, bundle: Bundle) -> None:
    machine = at(paper.other_machine("ceo"), Agreement("alice"))
    cosign(machine.house, bundle, offline=True)
    assert "agreed" not in only(machine, kind="sign.begin")
    assert "control-plane" in only(machine, decision="co-signed")["unchecked"]


def test_what_left_the_desk_and_what_came_back_is_noted(paper: Paper, bundle: Bundle) -> None:
    desk = at(paper)
    note_handed_out(desk.house, bundle)
    out = only(desk, decision="handed-out")
    assert out["digest"] == digest_of(bundle)
    assert out["window"].endswith(str(bundle.expiry.ledger_index))
    signed = cosign(paper.other_machine("ceo").house, bundle).bundle
    offline = cosign(paper.other_machine("cfo").house, bundle, offline=True).bundle
    files = [to_bytes(one) for one in (signed, offline)]
    collect(desk.house, gather(files, expected=bundle), form="2 bundles")
    accounts = {name: desk.house.officer(name).account for name in ("ceo", "cfo")}
    note = only(desk, decision="collected", kind="observe")
    assert set(note["taken_in"].split()) == set(accounts.values())
    assert (note["form"], note["login"], note["digest"]) == ("2 bundles", "alice", digest_of(bundle))
    came = {row["actor"]: row["said"] for row in rows(desk) if row["kind"] == "sign.done"}
    assert came["ceo"] == {"signer": accounts["ceo"], "unchecked": ""}
    assert "validated-ledger" in came["cfo"]["unchecked"]


def test_a_mint_signed_at_one_machine_says_what_was_agreed_to(paper: Paper) -> None:
    machine = at(paper)
    mint_execution.execute(machine.house, approved_mint(machine).id)
    begun = [row["said"] for row in rows(machine) if row["kind"] == "sign.begin"]
    assert len(begun) == 3
    assert {one["screen_sha256"] for one in begun} == {SCREEN}
    sent = [row["said"] for row in rows(machine) if row["decision"] == "request-mint" and row["said"]]
    assert sent[0]["agreed"] == "Yes at the terminal"
    assert only(machine, kind="submit", rule=None)["login"] == "alice"


def test_the_control_planes_part_is_found_beside_what_the_ledger_was_sent(paper: Paper) -> None:
    machine = at(paper)
    operation = approved_mint(machine)
    mint_execution.execute(machine.house, operation.id)
    resent: list[bytes] = []
    machine.control.resend = resent.append  # type: ignore[method-assign]
    sent_before(machine.house, operation.id)
    approval = next(
        row for row in reversed(rows(machine)) if row["decision"] == "approve-mint" and "raw" in row["said"]
    )
    assert [raw.hex() for raw in resent] == [approval["said"]["raw"]]


def test_a_screens_digest_is_of_its_lines_alone() -> None:
    assert screen_sha256(["a", "b"]) != screen_sha256(["a b"])
    # printf 'Network\nSign?' | sha256sum
    assert screen_sha256(["Network", "Sign?"]) == (
        "2ce9f8244de0c9e7ad92cb6689ee1017b099891a30602dd2dd3c2feaddf6d84d"
    )
