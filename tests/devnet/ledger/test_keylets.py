"""Keys of entries against the keys that the real server gave the same entries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sovbank.devnet.ledger import keylets
from sovbank.wire.addresses import decode_address
from sovbank.wire.currency import encode_currency

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"


def entries() -> Iterator[dict[str, Any]]:
    """Yield every entry that an answer shows with its key."""
    for path in sorted(TRANSCRIPTS.glob("*.json")):
        for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
            result = step["response"]["result"]
            yield from result.get("account_objects", [])
            if "account_data" in result:
                yield result["account_data"]
            for element in (result.get("meta") or {}).get("AffectedNodes", []):
                for node in element.values():
                    fields = node.get("NewFields") or node.get("FinalFields")
                    if fields:
                        kind, index = node["LedgerEntryType"], node["LedgerIndex"]
                        yield {**fields, "LedgerEntryType": kind, "index": index}


def currency(text: str) -> bytes:
    """Give the 20 bytes of a currency code."""
    code = encode_currency(text)
    return bytes.fromhex(code) if len(code) == 40 else bytes(12) + code.encode() + bytes(5)


def line(entry: dict[str, Any]) -> bytes:
    """Give the key of a trust line from its two limits."""
    low, high = entry["LowLimit"], entry["HighLimit"]
    return keylets.trust_line(
        decode_address(high["issuer"]), decode_address(low["issuer"]), currency(low["currency"])
    )


def preauthorisation(entry: dict[str, Any]) -> bytes:
    """Give the key of a preauthorisation, of one account or of a set of credentials."""
    owner = decode_address(entry["Account"])
    if "Authorize" in entry:
        return keylets.deposit_preauth(owner, decode_address(entry["Authorize"]))
    inner = [element["Credential"] for element in entry["AuthorizeCredentials"]]
    pairs = [(decode_address(one["Issuer"]), bytes.fromhex(one["CredentialType"])) for one in inner]
    return keylets.deposit_preauth_credentials(owner, reversed(pairs))


KEYS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "AccountRoot": lambda e: keylets.account(decode_address(e["Account"])),
    "RippleState": line,
    "SignerList": lambda e: keylets.signer_list(decode_address(e["Owner"])),
    "Ticket": lambda e: keylets.ticket(decode_address(e["Account"]), e["TicketSequence"]),
    "DepositPreauth": preauthorisation,
    "MPTokenIssuance": lambda e: keylets.mptoken_issuance(
        keylets.mpt_id(e["Sequence"], decode_address(e["Issuer"]))
    ),
    "MPToken": lambda e: keylets.mptoken(bytes.fromhex(e["MPTokenIssuanceID"]), decode_address(e["Account"])),
    "Credential": lambda e: keylets.credential(
        decode_address(e["Subject"]), decode_address(e["Issuer"]), bytes.fromhex(e["CredentialType"])
    ),
    "PermissionedDomain": lambda e: keylets.permissioned_domain(decode_address(e["Owner"]), e["Sequence"]),
}


def test_keys_are_the_servers() -> None:
    seen: Counter[str] = Counter()
    for entry in entries():
        kind = entry["LedgerEntryType"]
        if kind in KEYS:
            assert KEYS[kind](entry).hex().upper() == entry["index"], entry
            seen[kind] += 1
    assert set(seen) == set(KEYS)


def test_pages_of_directories_are_the_servers() -> None:
    seen = 0
    for entry in entries():
        if entry["LedgerEntryType"] != "DirectoryNode" or "Owner" not in entry:
            continue
        root = keylets.owner_directory(decode_address(entry["Owner"]))
        assert root.hex().upper() == entry["RootIndex"]
        assert entry["index"] in {keylets.page(root, number).hex().upper() for number in range(8)}
        seen += 1
    assert seen > 0


def test_token_pages_lie_between_their_owners_bounds() -> None:
    owner, token = b"\x01" * 20, bytes(20) + b"\x05" * 12
    low, high = keylets.nftoken_page_min(owner), keylets.nftoken_page_max(owner)
    assert low < keylets.nftoken_page(owner, token) < high
    assert keylets.nftoken_buy_offers(token + token) != keylets.nftoken_sell_offers(token + token)
