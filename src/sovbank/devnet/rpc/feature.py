"""``feature``: the amendments of the ledger."""

from __future__ import annotations

from typing import Any

from sovbank.devnet.ledger.genesis import AMENDMENTS, amendment_id
from sovbank.devnet.ledger.text import hexadecimal
from sovbank.devnet.rpc.refusals import refusal
from sovbank.devnet.rpc.request import Request


def handle(request: Request) -> dict[str, Any]:
    """Answer the request: every amendment, or the one that ``feature`` names."""
    features = {
        hexadecimal(amendment_id(name)): {"enabled": True, "name": name, "supported": True}
        for name in AMENDMENTS
    }
    if "feature" not in request.params:
        return {"features": features}
    named = request.params["feature"]
    if not isinstance(named, str):
        raise refusal("invalidParams")
    for key, feature in features.items():
        if named == feature["name"] or named.upper() == key:
            return {key: feature}
    raise refusal("badFeature")
