"""Adding signatures to a bundle. Every one is verified against the keys that the bundle's snapshot allows.

The master key of a signer counts unless it is disabled, the regular key if there is one. What is signed:
``SMT\\0``, the transaction with an empty SigningPubKey, the signer's AccountID (xrpl.org: Multi-Signing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sovbank.ceremony.consistency import signature_order
from sovbank.ceremony.records import Bundle, Signature, Signer
from sovbank.errors.ceremony import BundleInconsistent, KeyNotOfSigner, SignatureWrong, StrangerSigned
from sovbank.wire.addresses import address_of_public_key, decode_address
from sovbank.wire.codec import encode_for_multisigning
from sovbank.wire.signatures import verify

_ACCOUNT_ID_BYTES = 20


class Payloads:
    """The signing payloads of a bundle's transactions, each encoded once."""

    def __init__(self, transactions: Iterable[Mapping[str, Any]]) -> None:
        self._transactions = tuple(transactions)
        self._stems: dict[int, bytes] = {}

    def payload(self, transaction: int, signer: str) -> bytes:
        """Return what the signer signs for the transaction at the place."""
        stem = self._stems.get(transaction)
        if stem is None:
            encoded = encode_for_multisigning(self._transactions[transaction], signer)
            stem = self._stems[transaction] = encoded[:-_ACCOUNT_ID_BYTES]
        return stem + decode_address(signer)


def check_signature(bundle: Bundle, signature: Signature, payloads: Payloads) -> None:
    """Refuse a signature that the ledger would not count, as far as the bundle's snapshot tells.

    Raises
    ------
    StrangerSigned, KeyNotOfSigner, SignatureWrong
    """
    where = f"the signature of {signature.signer} over transaction {signature.transaction}"
    details = {"signer": signature.signer, "transaction": str(signature.transaction)}
    signer = bundle.signer(signature.signer)
    if signer is None:
        raise StrangerSigned(f"{signature.signer} is not on the bundle's signer list", details=details)
    public_key = bytes.fromhex(signature.public_key)
    if not _may_sign(signer, public_key):
        address = address_of_public_key(public_key)
        raise KeyNotOfSigner(f"{where} was made with the key {address}, which is not theirs", details=details)
    payload = payloads.payload(signature.transaction, signature.signer)
    if not verify(public_key, payload, bytes.fromhex(signature.signature)):
        raise SignatureWrong(f"{where} does not verify", details=details)


def check_signatures(bundle: Bundle) -> None:
    """Refuse a bundle with a signature that does not count, and name it."""
    payloads = Payloads(bundle.transactions)
    for signature in bundle.signatures:
        check_signature(bundle, signature, payloads)


def add_signatures(bundle: Bundle, signatures: Iterable[Signature]) -> Bundle:
    """Return the bundle with verified signatures added; of two by one signer the smaller stays.

    Raises
    ------
    StrangerSigned, KeyNotOfSigner, SignatureWrong
    BundleInconsistent
        A signature names a transaction that the bundle does not have.
    """
    payloads = Payloads(bundle.transactions)
    kept = {signature_order(signature): signature for signature in bundle.signatures}
    for signature in signatures:
        if signature.transaction >= len(bundle.transactions):
            raise BundleInconsistent(f"the bundle has no transaction {signature.transaction}")
        check_signature(bundle, signature, payloads)
        key = signature_order(signature)
        kept[key] = min(kept.get(key, signature), signature, key=_size)
    return bundle.model_copy(update={"signatures": tuple(kept[key] for key in sorted(kept))})


def _size(signature: Signature) -> tuple[str, str, tuple[str, ...]]:
    # Any total order will do, as long as every machine uses the same one.
    return signature.signature, signature.public_key, signature.unchecked


def _may_sign(signer: Signer, public_key: bytes) -> bool:
    address = address_of_public_key(public_key)
    return (address == signer.account and not signer.master_disabled) or address == signer.regular_key
