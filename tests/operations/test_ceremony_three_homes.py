"""An issuer mint, three of five: an HSM, a KMS and a keystore, in homes that share nothing but files.

Every signature is an exact "Yes" on a terminal of the officer's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bank_machine import ASSET, Bank, Ran
from officers_homes import COLUMNS, OfficerHome, officers_homes, require_packages

from sovbank.ceremony.reading import parse_bundle
from sovbank.cli.app import run_command
from sovbank.cli.bundle_view import bundle_lines
from sovbank.core.machine import Kind, State
from sovbank.journal.port import OperationRow

AMOUNT = Decimal("2500.25")
WRONG = ("ceremony.signature-wrong",)
ALTERED = ("ceremony.bundle-differs", "ceremony.bundle-inconsistent", "ceremony.transaction-not-derived")
SIGNERS = ("ceo", "cfo", "ciso")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@dataclass(frozen=True)
class Ceremony:
    """A bundle that three officers signed, each in a home of their own."""

    operation: OperationRow
    proposed: Path
    digest: str
    signed: dict[str, Path]
    screens: dict[str, str]


@pytest.fixture(scope="module")
def homes(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, OfficerHome]]:
    require_packages()
    with officers_homes(bank, tmp_path_factory.mktemp("officers")) as made:
        yield made


@pytest.fixture(scope="module")
def ceremony(bank: Bank, homes: dict[str, OfficerHome], tmp_path_factory: pytest.TempPathFactory) -> Ceremony:
    folder = tmp_path_factory.mktemp("post")
    deposit = bank.deposit(str(AMOUNT))
    desk(bank, "mint", "request", "--asset", ASSET, "--amount", str(AMOUNT), "--deposit", deposit)
    operation = bank.house.journal.find(Kind.MINT, deposit)
    assert operation is not None
    desk(bank, "mint", "approve", operation.id)
    proposed = folder / "mint.json"
    made = desk(bank, "multisig", "new", operation.id, "-o", str(proposed))
    signed, screens = {}, {}
    for name in SIGNERS:
        signed[name] = folder / f"mint-{name}.json"
        status, screens[name] = homes[name].sign(proposed, signed[name], "Yes")
        assert status == 0, screens[name]
    return Ceremony(operation, proposed, made.data["result"]["digest"], signed, screens)


def desk(bank: Bank, *arguments: str, home: Path | None = None, expect: int = 0) -> Ran:
    """Run one command line of the desk, in its home or in a copy."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bank.environment(home).items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_command(["--json", "--yes", "--no-input", *arguments])
    ran = Ran(status, out.getvalue(), err.getvalue())
    assert ran.status == expect, f"{arguments}: {ran}"
    return ran


def signers_so_far(bank: Bank) -> list[tuple[str, list[str]]]:
    found = desk(bank, "multisig", "status").data["result"]["ceremonies"]
    return [(one["operation"], one["signed"]) for one in found]


def copy_of_the_desk(bank: Bank, home: Path) -> Path:
    shutil.copytree(bank.stage.home, home, ignore=shutil.ignore_patterns("devnet"))
    return home


def test_nobody_signs_without_an_exact_yes(
    homes: dict[str, OfficerHome], ceremony: Ceremony, tmp_path: Path
) -> None:
    for name, answer in (("ceo", "yes"), ("cfo", "Yes!"), ("ciso", "")):
        target = tmp_path / f"{name}.json"
        status, shown = homes[name].sign(ceremony.proposed, target, answer)
        assert (status, target.exists()) == (1, False), shown
        assert "prompt.declined" in shown or "was not" in shown


def test_each_officer_saw_what_they_signed(ceremony: Ceremony) -> None:
    for name, shown in ceremony.screens.items():
        for part in ("not production", "2,500.25 FTHUSD", f"Digest {ceremony.digest}", "weight 0 of 3"):
            assert part in " ".join(shown.split()), f"{name} did not see {part!r}"
        words = shown.split("1- 8")[1].split()
        assert words[:4] == ceremony.screens["ceo"].split("1- 8")[1].split()[:4]
    assert json.loads(ceremony.proposed.read_bytes())["signatures"] == []


def test_a_tampered_file_goes_nowhere(
    bank: Bank, homes: dict[str, OfficerHome], ceremony: Ceremony, tmp_path: Path
) -> None:
    before = signers_so_far(bank)
    content = ceremony.signed["ceo"].read_text()
    signature = json.loads(content)["signatures"][0]["signature"]
    changes = {
        "amount": content.replace('"2500.25"', '"9500.25"'),
        "destination": content.replace(bank.treasury, bank.customer.address),
        "signature": content.replace(signature, signature[:-2] + ("00" if signature[-2:] != "00" else "01")),
    }
    for what, altered in changes.items():
        assert altered != content
        file, target = tmp_path / f"{what}.json", tmp_path / f"{what}-signed.json"
        file.write_text(altered)
        status = 6 if what == "signature" else 5
        collected = desk(bank, "multisig", "collect", str(file), expect=status).data["error"]
        sign = ("multisig", "sign", str(file), "-o", str(target))
        signed = desk(bank, *sign, home=homes["ciso"].path, expect=status).data["error"]
        for code in (collected["code"], signed["code"]):
            assert code in (WRONG if what == "signature" else ALTERED), what
        assert not target.exists()
    assert signers_so_far(bank) == before


def test_a_fork_of_the_desks_log_is_named_by_who_signed_before(
    bank: Bank, homes: dict[str, OfficerHome], ceremony: Ceremony, tmp_path: Path
) -> None:
    content = ceremony.proposed.read_text()
    end = json.loads(content)["checkpoint"]
    forked = tmp_path / "forked.json"
    forked.write_text(content.replace(end["hash"], "ee" * 32))
    inspect = ("multisig", "inspect", str(forked))
    refused = desk(bank, *inspect, home=homes["ciso"].path, expect=5).data["error"]
    assert refused["code"] == "ceremony.log-forked"
    assert refused["details"]["anchor"] == f"{end['seq']}:{end['hash']}"
    stranger = copy_of_the_desk(bank, tmp_path / "stranger")
    desk(bank, *inspect, home=stranger)
    for file in stranger.rglob("journal.sqlite*"):
        file.unlink()
    desk(bank, *inspect, home=stranger)


DEVICES = {"ceo": "token officers, serial ", "cfo": "arn:aws:kms:eu-central-1:", "ciso": "keystore"}


def transcript(bank: Bank, ceremony: Ceremony, home: Path | None = None) -> dict[str, Any]:
    shown = desk(bank, "ops", "show", ceremony.operation.id, "--report", home=home)
    return dict(shown.data["result"])


def transcript_is_whole(bank: Bank, ceremony: Ceremony, home: Path, file: Path) -> None:
    """Every step stands in the desk's transcript, in order, down to the head of the log."""
    told = transcript(bank, ceremony, home)
    steps = [(event["kind"], event["decision"]) for event in told["events"]]
    for step in (("observe", "handed-out"), ("observe", "collected"), ("sign.done", "assembled")):
        assert step in steps
    collected = [event["particulars"] for event in told["events"] if event["decision"] == "collected"]
    taken = " ".join(said.get("taken_in", "") for said in collected).split()
    accounts = {bank.house.officer(name).account for name in SIGNERS}
    assert sorted(accounts) == sorted(taken)
    assert [event["seq"] for event in told["events"]] == sorted(event["seq"] for event in told["events"])
    head = desk(bank, "ledger", "verify", home=home).data["result"]
    assert (told["log_verifies"], told["head"]) == (True, head["head"])
    desk(bank, "ops", "show", ceremony.operation.id, "--report", "-o", str(file), home=home)
    text = file.read_text()
    assert text.rstrip().endswith(head["head"])
    assert all(len(line) <= COLUMNS or len(line.split()) == 1 for line in text.splitlines())
    assert all(event["hash"] in text for event in told["events"])


def test_it_is_merged_in_every_order_and_submitted_once(
    bank: Bank, homes: dict[str, OfficerHome], ceremony: Ceremony, tmp_path: Path
) -> None:
    held = bank.balance(bank.treasury)
    desks, merged = [], set()
    for number, order in enumerate(itertools.permutations(SIGNERS)):
        home = copy_of_the_desk(bank, tmp_path / f"desk-{number}")
        files = [str(ceremony.signed[name]) for name in order]
        waiting = desk(bank, "multisig", "collect", files[0], home=home, expect=15)
        assert waiting.data["error"]["code"] == "ceremony.waiting-for-cosigners"
        target = tmp_path / f"merged-{number}.json"
        done = desk(bank, "multisig", "collect", *files[1:], files[0], "-o", str(target), home=home)
        assert (done.data["result"]["complete"], done.data["result"]["digest"]) == (True, ceremony.digest)
        merged.add(target.read_bytes())
        desks.append(home)
    assert len(json.loads(merged.pop())["signatures"]) == 3
    hashes = {
        desk(bank, "multisig", "submit", ceremony.operation.id, home=home).data["operation"]["facts"][
            "tx_hash"
        ]
        for home in desks
    }
    assert len(hashes) == 1
    transcript_is_whole(bank, ceremony, desks[0], tmp_path / "report.txt")
    assert bank.balance(bank.treasury) == held + AMOUNT, "minted once"
    found = bank.house.ledger.transaction(hashes.pop())
    assert found is not None
    keys = {one["Signer"]["Account"]: one["Signer"]["SigningPubKey"] for one in found.tx["Signers"]}
    assert set(keys) == {bank.house.officer(name).account for name in SIGNERS}
    desk(bank, "ops", "resume", ceremony.operation.id)
    assert bank.house.journal.operation(ceremony.operation.id).state is State.POSTED
    for home in (None, *(one.path for one in homes.values())):
        desk(bank, "ledger", "verify", home=home)


def test_every_line_of_the_screen_fits(ceremony: Ceremony) -> None:
    """Identifiers stay whole: no terminal breaks them where an officer compares them."""
    for shown in ceremony.screens.values():
        asked = shown.split("Sign this bundle?")[0]
        wide = [line for line in asked.splitlines() if len(line) > COLUMNS]
        assert all(len(line.split()) == 1 for line in wide), wide


def test_each_home_logged_what_its_officer_saw_and_in_which_device_the_key_is(
    bank: Bank, homes: dict[str, OfficerHome], ceremony: Ceremony
) -> None:
    lines = [*bundle_lines(bank.house, parse_bundle(ceremony.proposed.read_bytes())), "Sign this bundle?"]
    screen = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    for name in SIGNERS:
        asked = ceremony.screens[name].split(' Type "Yes"')[0]
        assert asked.split() == " ".join(lines).split(), f"the terminal of {name} showed something else"
        told = transcript(bank, ceremony, homes[name].path)
        events = {event["kind"]: event for event in told["events"]}
        begun, done = events["sign.begin"], events["sign.done"]
        assert begun["particulars"]["screen_sha256"] == screen
        assert begun["particulars"]["agreed"] == "Yes at the terminal"
        for row in (begun, done):
            assert row["particulars"]["device"].startswith(DEVICES[name])
            assert row["actor"] == name
        signed = json.loads(ceremony.signed[name].read_bytes())["signatures"]
        keys = {hashlib.sha256(bytes.fromhex(one["public_key"])).hexdigest() for one in signed}
        assert begun["key"] in keys
        (seen,) = [event["screen_again"] for event in told["events"] if event["decision"] == "co-signed"]
        assert seen == "rendered again from the copy kept here: the same"
        assert told["bundles"][0]["digest"] == ceremony.digest


@pytest.mark.parametrize(
    ("left", "expected"),
    [(None, "not rendered again: this machine keeps no copy of the bundle"), (b"{", "not rendered again")],
)
def test_without_a_sound_copy_of_the_bundle_a_screen_is_not_rendered_again(
    bank: Bank,
    homes: dict[str, OfficerHome],
    ceremony: Ceremony,
    tmp_path: Path,
    left: bytes | None,
    expected: str,
) -> None:
    home = tmp_path / "ciso"
    shutil.copytree(homes["ciso"].path, home)
    for copy in home.rglob("bundles/*.json"):
        copy.unlink()
        if left is not None:
            copy.write_bytes(left)
    told = transcript(bank, ceremony, home)
    (seen,) = [event["screen_again"] for event in told["events"] if event["decision"] == "co-signed"]
    assert seen.startswith(expected)


def test_a_transcript_of_a_log_that_was_changed_says_so_and_fails(
    bank: Bank, homes: dict[str, OfficerHome], ceremony: Ceremony, tmp_path: Path
) -> None:
    home = tmp_path / "ciso"
    shutil.copytree(homes["ciso"].path, home)
    (journal,) = home.rglob("journal.sqlite")
    with sqlite3.connect(journal) as connection:
        connection.execute("UPDATE log_body SET particulars = replace(particulars, 'Yes at', 'No at')")
    shown = desk(bank, "ops", "show", ceremony.operation.id, "--report", home=home, expect=10).data
    assert shown["error"]["code"] == "log.tampered"
    assert shown["result"]["log_verifies"] is False
    assert "THE LOG DOES NOT VERIFY" in shown["result"]["report"]
