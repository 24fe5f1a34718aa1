"""`multisig cancel` and `ops cancel` on the embedded devnet: what its ledger makes of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bank_machine import ASSET, Bank

from sovbank.ceremony.digest import digest_of
from sovbank.ceremony.finalise import finalise
from sovbank.ceremony.reading import parse_bundle
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl.port import Submission
from sovbank.xrpl.quorum import choose_quorum

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def operation(bank: Bank) -> str:
    """An approved mint."""
    requested = bank.call(
        "mint", "request", "--asset", ASSET, "--amount", "1000", "--deposit", bank.deposit("1000")
    )
    operation = str(requested.data["operation"]["id"])
    bank.call("mint", "approve", operation)
    return operation


def quorum(bank: Bank, file: Path) -> str:
    """Have the keys here sign a bundle, collect it, and return its first operation."""
    bundle = parse_bundle(file.read_bytes())
    signed = file.with_suffix(".signed")
    bank.call("multisig", "sign", str(file), "-o", str(signed), "--expect-digest", digest_of(bundle))
    bank.call("multisig", "collect", str(signed))
    return bundle.purpose.operations[0].id


def send_anyway(bank: Bank, signed: Path) -> str:
    """Hand a quorum's signatures of a bundle's transaction to the node, as whoever holds them could."""
    bundle = parse_bundle(signed.read_bytes())
    chosen = choose_quorum({one.signer: 1 for one in bundle.signatures}, bundle.signer_list.quorum)
    assert chosen is not None
    blob, tx = finalise(bundle, 0, chosen), bundle.transactions[0]
    first, last = bundle.signer_list.ledger_index, tx["LastLedgerSequence"]
    sent = Submission(blob, transaction_id(blob), tx["Account"], tx["TicketSequence"], None, first, last)
    return bank.house.submitter.send(sent)


def test_a_ceremony_is_cancelled_attempted_again_and_paid_once(
    bank: Bank, operation: str, tmp_path: Path
) -> None:
    held = bank.balance(bank.treasury)
    first, cancels, again = (tmp_path / name for name in ("mint.json", "cancel.json", "again.json"))
    bank.call("multisig", "new", operation, "-o", str(first))
    quorum(bank, first)
    refused = bank.call("ops", "cancel", operation, expect=5)
    assert refused.data["error"]["code"] == "cancel.own-command"

    made = bank.call("multisig", "cancel", operation, "-o", str(cancels))
    assert made.data["result"]["cancelled"] is False
    assert f"CANCELS attempt 1 of operation {operation}" in made.err
    assert "pays 1,000 FTHUSD to treasury" in made.err
    second = bank.call("multisig", "cancel", operation, "-o", str(tmp_path / "second.json"))
    assert second.data["result"]["digest"] == made.data["result"]["digest"]
    blocked = bank.call("multisig", "submit", operation, expect=5)
    assert blocked.data["error"]["code"] == "cancel.under-way"
    cancellation = quorum(bank, cancels)
    done = bank.call("multisig", "submit", cancellation)
    assert done.data["operation"]["state"] == "posted"

    assert send_anyway(bank, first.with_suffix(".signed")) == "tefNO_TICKET"
    assert bank.balance(bank.treasury) == held
    left = bank.call("multisig", "cancel", operation).data["result"]
    assert left["cancelled"] is True
    assert left["transactions"][0]["result"] == "cancelled"
    shown = bank.call("ops", "show", operation).data["result"]["attempts"]
    assert [(one["state"], one["result"]) for one in shown] == [("without-effect", "cancelled")]

    bank.call("multisig", "new", operation, "-o", str(again))
    tickets = [json.loads(file.read_bytes())["transactions"][0]["TicketSequence"] for file in (first, again)]
    assert tickets[0] != tickets[1]
    quorum(bank, again)
    bank.call("multisig", "submit", operation)
    assert bank.balance(bank.treasury) == held + 1000
    late = bank.call("multisig", "cancel", operation, expect=5)
    assert late.data["error"]["code"] == "cancel.too-late"
    bank.call("mint", "confirm", operation)
    bank.call("ledger", "verify")
    log = tmp_path / "log.jsonl"
    bank.call("ledger", "export", str(log))
    subprocess.run([sys.executable, str(TOOLS / "verify_log.py"), str(log)], check=True, capture_output=True)


def test_a_machine_without_a_ticket_bound_has_nothing_to_cancel(bank: Bank, operation: str) -> None:
    left = bank.call("multisig", "cancel", operation).data["result"]
    assert left["cancelled"] is True
    assert left["transactions"][0]["attempt"] is None
