"""The JSON schema in docs/ describes what is written, and refuses what is refused for its form."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from make_samples import DATA, samples

from sovbank.ceremony.reading import parse_bundle
from sovbank.core.canonical import canonical_json
from sovbank.errors.ceremony import BundleMalformed

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "bundle.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_up_to_date_and_a_schema() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        generator = import_module("generate_bundle_schema")
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert generator.TARGET.read_text() == generator.render(), "run `make docs`"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", samples())
def test_every_sample_validates(name: str) -> None:
    VALIDATOR.validate(json.loads((DATA / f"{name}.json").read_bytes()))


def _spoilt() -> dict[str, Any]:
    values = json.loads((DATA / "signed.json").read_bytes())
    spoilt = {f"without {name}": {k: v for k, v in values.items() if k != name} for name in values}
    spoilt["unknown key"] = {**values, "comment": ""}
    spoilt["unknown key inside"] = {**values, "network": {**values["network"], "url": ""}}
    spoilt["wrong type"] = {**values, "production": "no"}
    spoilt["wrong digest"] = {**values, "checkpoint": {**values["checkpoint"], "hash": "00"}}
    spoilt["lower-case signature"] = {
        **values,
        "signatures": [{**values["signatures"][0], "signature": "ab" * 70}],
    }
    return spoilt


@pytest.mark.parametrize("name", _spoilt())
def test_schema_and_reader_refuse_the_same_forms(name: str) -> None:
    values = _spoilt()[name]
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(values)
    with pytest.raises(BundleMalformed):
        parse_bundle(canonical_json(values))


def test_the_schema_names_every_key_as_required() -> None:
    for record in (SCHEMA, *SCHEMA["$defs"].values()):
        assert record["additionalProperties"] is False
        assert sorted(record["required"]) == sorted(record["properties"])
