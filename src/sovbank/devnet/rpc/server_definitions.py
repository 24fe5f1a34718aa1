"""``server_definitions``: the types, fields and results that this ledger's bytes are made of."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, Final

from sovbank.devnet.ledger.fields import FIELDS, TRANSACTION_TYPES, TYPE_CODES
from sovbank.devnet.ledger.objects import FORMATS
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.rpc.refusals import invalid
from sovbank.devnet.rpc.request import Request, parse_hash

_WITH_LENGTH: Final = frozenset({"AccountID", "Blob", "Vector256"})


def handle(request: Request) -> dict[str, Any]:
    """Answer the request; a client that knows the definitions already names their hash."""
    known = request.params.get("hash")
    if "hash" in request.params and parse_hash(known) is None:
        raise invalid("hash")
    definitions = _definitions()
    if isinstance(known, str) and known.upper() == definitions["hash"]:
        return {"hash": definitions["hash"]}
    return dict(definitions)


@cache
def _definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = {
        "FIELDS": [
            [
                field.name,
                {
                    "isSerialized": True,
                    "isSigningField": field.signed,
                    "isVLEncoded": field.type in _WITH_LENGTH,
                    "nth": field.code,
                    "type": field.type,
                },
            ]
            for field in sorted(FIELDS.values(), key=lambda field: field.order)
        ],
        "LEDGER_ENTRY_TYPES": {entry.name: entry.code for entry in FORMATS.values()},
        "TRANSACTION_RESULTS": {result.name: int(result) for result in TER},
        "TRANSACTION_TYPES": dict(TRANSACTION_TYPES),
        "TYPES": dict(TYPE_CODES),
    }
    text = json.dumps(definitions, sort_keys=True).encode()
    definitions["hash"] = hexadecimal(hashlib.sha512(text).digest()[:32])
    return definitions
