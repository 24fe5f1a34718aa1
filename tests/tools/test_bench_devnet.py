"""The devnet's benchmark, small: what it prints, what it requires, and what it refuses."""

from __future__ import annotations

import re

import pytest

import bench_devnet

SMALL = ["--accounts", "12", "--payments", "24", "--queries", "10", "--connections", "3", "--closes", "50"]


def test_every_phase_has_its_line_and_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_devnet.main([*SMALL, "--need-ms", "10000", "--need-rate", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    counts = {line[:34].strip(): line[34:].split()[0] for line in lines[2:7]}
    assert counts == {
        "accounts made": "13",
        "trust lines opened": "12",
        "account_info, validated": "10",
        "account_info, current": "10",
        "payments, 3 connections": "24",
    }
    assert lines[7].startswith("all 24 payments are in ")
    assert lines[8].split()[:4] == ["closes", "without", "transactions", "50"]
    assert re.fullmatch(r"a day of such closes, one every 3 s, keeps -?\d+ MB", lines[9])
    assert lines[10].endswith("kept")


def test_a_limit_that_is_not_kept_ends_in_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_devnet.main([*SMALL, "--need-rate", "1e9"]) == 1
    assert capsys.readouterr().out.endswith("BROKEN\n")


@pytest.mark.parametrize("arguments", [["--connections", "1"], ["--accounts", "3"]])
def test_too_few_of_anything_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        bench_devnet.main(arguments)
