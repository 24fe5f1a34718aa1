"""The chain is rebuilt from its journal, whatever happened to the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sovbank.devnet.evm.journal import FILE_NAME
from sovbank.errors.evm import (
    EvmJournalDamaged,
    EvmJournalLocked,
    EvmJournalOfOtherChain,
    EvmJournalUnwritable,
)

from .conftest import STORE_AND_LOG, Client

_MINE_UNTIL_KILLED = """
import sys
from pathlib import Path
from sovbank.devnet.evm.endpoint import EvmEndpoint
endpoint = EvmEndpoint(Path(sys.argv[1]), chain_id=21338)
for number in range(1, 100000):
    endpoint.handle({"id": 1, "method": "devnet_fund", "params": ["0x" + "44" * 20, hex(number)]})
    head = endpoint.handle({"id": 1, "method": "eth_getBlockByNumber", "params": ["latest", False]})
    print(head["result"]["number"], head["result"]["hash"], flush=True)
"""


def test_a_reopened_chain_is_the_same_chain(open_client: Callable[..., Client]) -> None:
    first = open_client()
    first.call("devnet_fund", first.account.address)
    contract = first.deploy(STORE_AND_LOG)
    sent = first.send(to=contract, data="0x" + f"{5:064x}")
    shift = int(first.call("evm_increaseTime", 500), 16)
    first.call("evm_mine")
    head = first.call("eth_getBlockByNumber", "latest", True)
    receipt = first.call("eth_getTransactionReceipt", sent)
    first.endpoint.close()

    second = open_client()
    assert second.call("eth_getBlockByNumber", "latest", True) == head
    assert second.call("eth_getTransactionReceipt", sent) == receipt
    assert second.call("eth_getStorageAt", contract, "0x0", "latest") == "0x" + f"{5:064x}"
    second.clock.now += 100
    second.call("evm_mine")
    assert (
        int(second.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) == second.clock.now + shift
    )


def test_every_block_that_was_answered_survives_a_kill(
    tmp_path: Path, open_client: Callable[..., Client]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _MINE_UNTIL_KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [process.stdout.readline().split() for _ in range(7)]
    process.send_signal(signal.SIGKILL)
    told += [line.split() for line in process.communicate()[0].splitlines() if len(line.split()) == 2]
    client = open_client()
    for number, block_hash in told:
        assert client.call("eth_getBlockByNumber", number, False)["hash"] == block_hash
    assert int(client.call("eth_blockNumber"), 16) <= len(told) + 1


def test_a_torn_last_line_is_dropped(tmp_path: Path, open_client: Callable[..., Client]) -> None:
    first = open_client()
    first.call("evm_mine", 3)
    first.endpoint.close()
    journal = tmp_path / FILE_NAME
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-10])
    second = open_client()
    assert second.call("eth_blockNumber") == "0x2"
    second.call("evm_mine")
    second.endpoint.close()
    assert open_client().call("eth_blockNumber") == "0x3"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "line 2 is not JSON"),
        ("[1]", "line 2 is not an object"),
        ('{"time":1}', "line 2 is not a block"),
        ('{"time":"1","raw":[],"hash":"0x00"}', "no valid 'time'"),
        ('{"shift":-1}', "no valid 'shift'"),
        ('{"time":1900000000,"raw":["0x01"],"hash":"0x00"}', "cannot be replayed"),
        ('{"time":1900000000,"raw":[],"hash":"0x00"}', "another block"),
    ],
)
def test_a_damaged_line_is_named(
    tmp_path: Path, open_client: Callable[..., Client], line: str, words: str
) -> None:
    first = open_client()
    first.call("evm_mine", 2)
    first.endpoint.close()
    journal = tmp_path / FILE_NAME
    lines = journal.read_text().splitlines()
    lines[1] = line
    journal.write_text("\n".join(lines) + "\n")
    with pytest.raises(EvmJournalDamaged, match=words):
        open_client()


def test_a_journal_of_another_format_is_refused(tmp_path: Path, open_client: Callable[..., Client]) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({"format": 2}) + "\n")
    with pytest.raises(EvmJournalDamaged, match="line 1"):
        open_client()


def test_one_directory_has_one_server(open_client: Callable[..., Client]) -> None:
    open_client()
    with pytest.raises(EvmJournalLocked):
        open_client()


def test_one_directory_has_one_chain(open_client: Callable[..., Client]) -> None:
    open_client().endpoint.close()
    with pytest.raises(EvmJournalOfOtherChain):
        open_client(chain_id=5)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    from sovbank.devnet.evm.devnet import Devnet

    with pytest.raises(EvmJournalUnwritable):
        Devnet(tmp_path / "missing")


def test_after_a_failed_write_nothing_is_answered(
    open_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = open_client()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        answer = client.endpoint.handle({"id": 1, "method": "evm_mine"})
    assert isinstance(answer, dict)
    assert "No space left" in answer["error"]["message"]
    again = client.endpoint.handle({"id": 1, "method": "evm_mine"})
    assert isinstance(again, dict)
    assert "devnet.evm-journal-unwritable" in again["error"]["message"]
