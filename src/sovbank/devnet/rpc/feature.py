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
    for key, feature in features.items():
        if isinstance(named, str) and named in (key, feature["name"]):
            return {key: feature}
    raise refusal("badFeature")
