"""Write docs/bundle.schema.json from the bundle's records; ``--check`` fails when it is not up to date."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sovbank.ceremony.records import Bundle

TARGET = Path(__file__).resolve().parents[1] / "docs" / "bundle.schema.json"
_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Ceremony bundle",
    "description": "The form of a bundle file. Its bytes must also be canonical (RFC 8785) and its parts must"
    " agree: docs/bundle.md.",
}


def render() -> str:
    """Return the whole document."""
    schema = Bundle.model_json_schema()
    return json.dumps({**schema, **_HEAD}, indent=2, sort_keys=True) + "\n"


def main() -> int:
    """Write the document, or compare it."""
    text = render()
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
