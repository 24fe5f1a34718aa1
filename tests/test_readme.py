"""The README's blocks are what the program prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).parent / "sovbank"
README = (ROOT / "README.md").read_text(encoding="utf-8")
_VARYING = (
    (re.compile(r"\b0x[0-9a-fA-F]{40}\b"), "0xADDRESS"),
    (re.compile(r"\br[1-9A-HJ-NP-Za-km-z]{24,34}\b"), "rACCOUNT"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\boperation [0-9a-f]{16}\b"), "operation ID"),
    (re.compile(r"\blog [0-9a-f]{8}\b"), "log ID"),
    (re.compile(r"\bledger \d+\b"), "ledger N"),
    (re.compile(r"\btag \d+\b"), "tag N"),
    (re.compile(r"─+"), "─"),
    (re.compile(r" {2,}"), "  "),
)


def _block(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\n(.*?)```\n<!-- /{name} -->", README, re.DOTALL)
    assert found is not None, f"the README has no block {name}"
    return found[1].strip("\n")


def _run(*arguments: str, columns: int = 100) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOVBANK_")}
    done = subprocess.run(
        [str(PROGRAM), *arguments],
        env={**environment, "COLUMNS": str(columns), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip("\n")


def _steady(text: str) -> list[str]:
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return [line.strip() for line in text.splitlines()]


def test_the_help_block_is_the_program_s_help() -> None:
    assert _run("--help") == _block("help")


@pytest.mark.slow
def test_the_demo_block_is_what_the_demo_prints() -> None:
    assert _steady(_run("demo")) == _steady(_block("demo"))
