"""Bundles for tests, and signers whose signatures are made apart from the code under test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import coincurve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sovbank.ceremony.create import Draft, create_bundle
from sovbank.ceremony.records import (
    Bundle,
    Change,
    Checkpoint,
    Effects,
    Network,
    Operation,
    Signature,
    Signer,
)
from sovbank.ceremony.signing import Payloads
from sovbank.core.ids import operation_id
from sovbank.wire.addresses import address_of_public_key, encode_address

CURRENCY = b"FTHUSD".ljust(20, b"\0").hex().upper()
NETWORK = Network(id=21338, name="devnet")


@dataclass(frozen=True)
class Person:
    """A key and the address that it is the master key of."""

    secret: bytes
    ed25519: bool = False

    @property
    def public(self) -> bytes:
        if self.ed25519:
            return b"\xed" + Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        return coincurve.PrivateKey(self.secret).public_key.format()

    @property
    def address(self) -> str:
        return address_of_public_key(self.public)

    def sign(self, message: bytes, *, nonce: int = 0) -> bytes:
        """Sign; another nonce gives another valid secp256k1 signature."""
        if self.ed25519:
            return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)
        digest = hashlib.sha512(message).digest()[:32]
        key = coincurve.PrivateKey(self.secret)
        if nonce == 0:
            return key.sign(digest, hasher=None)
        return _sign_with(self.secret, digest, nonce)


def person(name: str, *, ed25519: bool = False) -> Person:
    return Person(hashlib.sha256(name.encode()).digest(), ed25519)


ISSUER = person("issuer").address
TREASURY = person("treasury").address
CEO, CFO, COO = person("ceo"), person("cfo", ed25519=True), person("coo")
REGULAR = person("regular key of the head of compliance", ed25519=True)
HEAD, CISO, STRANGER = person("head"), person("ciso"), person("stranger")
SIGNERS = (
    Signer(account=CEO.address, weight=1, master_disabled=False, regular_key=None),
    Signer(account=CFO.address, weight=1, master_disabled=False, regular_key=None),
    Signer(account=COO.address, weight=2, master_disabled=False, regular_key=None),
    Signer(account=HEAD.address, weight=1, master_disabled=True, regular_key=REGULAR.address),
    Signer(account=CISO.address, weight=1, master_disabled=False, regular_key=REGULAR.address),
)
PEOPLE = {CEO.address: CEO, CFO.address: CFO, COO.address: COO, HEAD.address: REGULAR, CISO.address: CISO}


def operation(place: int = 0, **changes: Any) -> Operation:
    kind, reference = "distribute", f"DEP-2026-{place:04d}"
    parameters = {"asset": "FTHUSD", "amount": f"{250000 + place}.50", "destination": TREASURY}
    fields = {
        "id": operation_id(kind, parameters, reference),
        "kind": kind,
        "reference": reference,
        "parameters": parameters,
        "facts": {},
        "attempt": 1,
    }
    return Operation(**{**fields, **changes})


def payment(place: int = 0, **changes: Any) -> dict[str, Any]:
    tx = {
        "TransactionType": "Payment",
        "Account": ISSUER,
        "Destination": TREASURY,
        "Amount": {"currency": CURRENCY, "issuer": ISSUER, "value": f"{250000 + place}.5"},
        "InvoiceID": operation(place).id.upper(),
        "Fee": "120",
        "Flags": 0,
        "Sequence": 0,
        "TicketSequence": 10 + place,
        "LastLedgerSequence": 900 + place,
        "NetworkID": 21338,
        "SigningPubKey": "",
    }
    return {name: value for name, value in {**tx, **changes}.items() if value is not None}


def draft(count: int = 1, **changes: Any) -> Draft:
    fields: dict[str, Any] = {
        "network": NETWORK,
        "production": False,
        "words": "Mint 250,000.50 FTHUSD to the treasury, deposit DEP-2026-0000",
        "operations": [operation(place) for place in range(count)],
        "transactions": [payment(place) for place in range(count)],
        "account": ISSUER,
        "quorum": 3,
        "signers": SIGNERS,
        "ledger_index": 400,
        "ledger_hash": "AB" * 32,
        "now": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        "checkpoint": Checkpoint(log_id="7f3c", seq=41, hash="5a" * 32),
        "effects": [
            Effects(
                result="tesSUCCESS",
                changes=(Change(what="FTHUSD held by the treasury", before="0", after="250000.5"),),
            )
        ]
        * count,
    }
    return Draft(**{**fields, **changes})


def bundle(count: int = 1, **changes: Any) -> Bundle:
    return create_bundle(draft(count, **changes))


def signature(
    of: Bundle, signer: str, place: int = 0, *, by: Person | None = None, nonce: int = 0, **changes: Any
) -> Signature:
    who = by or PEOPLE[signer]
    message = Payloads(of.transactions).payload(place, signer)
    fields = {
        "transaction": place,
        "signer": signer,
        "public_key": who.public.hex().upper(),
        "signature": who.sign(message, nonce=nonce).hex().upper(),
        "unchecked": (),
    }
    return Signature(**{**fields, **changes})


def anonymous_address(number: int) -> str:
    return encode_address(hashlib.sha256(str(number).encode()).digest()[:20])


def _sign_with(secret: bytes, digest: bytes, nonce: int) -> bytes:
    # ECDSA by hand, so that one key gives several valid signatures over one message.
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    k = int.from_bytes(hashlib.sha256(secret + nonce.to_bytes(8, "big")).digest(), "big") % order
    point = coincurve.PrivateKey(k.to_bytes(32, "big")).public_key.format(compressed=False)
    r = int.from_bytes(point[1:33], "big") % order
    s = pow(k, -1, order) * (int.from_bytes(digest, "big") + r * int.from_bytes(secret, "big")) % order
    s = min(s, order - s)
    body = b"".join(_integer(value) for value in (r, s))
    return bytes([0x30, len(body)]) + body


def _integer(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([2, len(data)]) + data
