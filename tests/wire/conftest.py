"""Blobs that a real server was given, with what it answered (tests/transcripts)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"


@dataclass(frozen=True)
class Submitted:
    """A blob, the JSON form that the server gave of it (if it did), and its answer."""

    blob: bytes
    tx_json: dict[str, Any] | None
    result: dict[str, Any]


@lru_cache(maxsize=1)
def _submitted() -> tuple[Submitted, ...]:
    found: dict[str, Submitted] = {}
    for path in sorted(TRANSCRIPTS.glob("*.json")):
        for step in json.loads(path.read_text())["steps"]:
            (params,) = step["request"].get("params") or [{}]
            blob = params.get("tx_blob")
            if step["request"]["method"] != "submit" or not isinstance(blob, str) or len(blob) < 40:
                continue
            result = step["response"].get("result", {})
            found.setdefault(blob, Submitted(bytes.fromhex(blob), result.get("tx_json"), result))
    return tuple(found.values())


@pytest.fixture(scope="session")
def submitted() -> tuple[Submitted, ...]:
    return _submitted()


@pytest.fixture(scope="session")
def blobs(submitted: tuple[Submitted, ...]) -> tuple[bytes, ...]:
    return tuple(item.blob for item in submitted)
