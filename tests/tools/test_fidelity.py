"""The table of transcripts: what agrees, what differs, and what cannot be used, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fidelity
from sovbank.devnet.server import DevnetConfig, DevnetServer

RECORDED = fidelity.RECORDED


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Give the address of a fresh devnet in this process."""
    config = DevnetConfig(tmp_path / "state", network_id=0, xrpl_port=0, evm_port=None, manual_close=True)
    running = DevnetServer(config)
    yield f"http://127.0.0.1:{running.xrpl_port}"
    running.stop()


@pytest.fixture
def altered(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes a recorded transcript again, changed."""

    def write(name: str, change: Callable[[Any], None]) -> Path:
        recorded = json.loads((RECORDED / f"{name}.json").read_text())
        change(recorded)
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(recorded))
        return path

    return write


def test_each_transcript_gets_a_devnet_of_its_network_and_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert fidelity.main([str(RECORDED / "network_id.json"), str(RECORDED / "clawback.json")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["transcript", "steps", "agreed", "differences", "seconds"]
    assert lines[1][:4] == ["network_id", "17", "17", "0"]
    assert lines[2][:4] == ["clawback", "41", "41", "0"]
    assert lines[3][:4] == ["all", "58", "58", "0"]


def test_changed_metadata_is_shown_with_path_and_both_values(
    altered: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def change(recorded: Any) -> None:
        step = next(one for one in recorded["steps"] if "meta" in one["response"]["result"])
        step["response"]["result"]["meta"]["TransactionIndex"] += 7

    path = altered("clawback", change)
    assert fidelity.main([str(path.parent)]) == 1
    out = capsys.readouterr().out
    assert ["clawback", "41", "40", "1"] in [line.split()[:4] for line in out.splitlines()]
    assert "meta.TransactionIndex: wanted 7, got 0" in out


def test_a_server_that_runs_already_is_judged(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(RECORDED / "simulate.json")
    assert fidelity.main(["--url", server, path]) == 0
    assert fidelity.main(["--url", server, path]) == 1
    assert "is not fresh" in capsys.readouterr().err


def test_a_command_makes_the_server_fresh(server: str, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    arguments = ["--url", server, str(RECORDED / "server.json")]
    assert fidelity.main([*arguments, "--before", f"echo {{network}} >> {seen}"]) == 0
    assert seen.read_text() == "0\n"
    assert fidelity.main([*arguments, "--before", "exit 3"]) == 2


def test_a_step_without_an_answer_differs(server: str, altered: Callable[..., Path]) -> None:
    def change(recorded: Any) -> None:
        recorded["steps"][-1]["request"] = {"method": "ping", "params": "unparsable"}

    path = altered("simulate", change)
    network, steps = fidelity.read(path)
    verdict = fidelity.replay("simulate", steps, server)
    assert network == 0
    assert len(verdict.wrong) == 1
    assert "HTTP 400" in str(verdict.wrong[0][1][0])


def test_when_the_server_goes_the_rest_differs(altered: Callable[..., Path]) -> None:
    _, steps = fidelity.read(RECORDED / "simulate.json")
    verdict = fidelity.replay("simulate", steps, "http://127.0.0.1:9/")
    assert len(verdict.wrong) == len(steps)
    assert "no answer" in str(verdict.wrong[-1][1][0])


@pytest.mark.parametrize("text", ["", "[]", '{"steps": [{}]}', '{"steps": [{"request": {"method": 1}}]}'])
def test_what_is_no_transcript_is_said(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text(text)
    assert fidelity.main([str(tmp_path)]) == 2
    assert "bad.json is not a transcript" in capsys.readouterr().err


def test_nothing_to_compare_is_no_agreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fidelity.main([str(tmp_path)]) == 2
    assert fidelity.main(["--url", "ftp://host", str(RECORDED / "server.json")]) == 2
    assert fidelity.main(["--url", "http://127.0.0.1:9", str(RECORDED / "server.json")]) == 2
    assert "does not answer" in capsys.readouterr().err
