"""docs/keys.md names every rule of the guarded signer and what a keystore holds."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

from sovbank.errors import guard
from sovbank.keys.keystore import KeystoreDirectory

DOCUMENT = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")


def test_every_rule_is_in_the_document_and_no_other() -> None:
    codes = {item.code for _, item in inspect.getmembers(guard, inspect.isclass) if "guard" in item.code}
    named = set(re.findall(r"`(guard\.[a-z-]+)`", DOCUMENT))
    assert named == codes - {guard.SigningRefused.code}


def test_the_fields_of_the_files_are_those_described(keystore: KeystoreDirectory) -> None:
    described = {
        name
        for row in re.findall(r"^\| (`[^|]+`) \|", DOCUMENT, re.MULTILINE)
        for name in re.findall("`(.+?)`", row)
    }
    for file in ("keystore.json", "warm.key"):
        assert set(json.loads((keystore.path / file).read_text())) <= described
