"""Signatures from other wallets: a raw multisigned ``tx_blob`` becomes signatures of its bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sovbank.ceremony.difference import Difference, first_difference
from sovbank.ceremony.finalise import signatures_for, signer_entry
from sovbank.ceremony.records import Bundle, Signature
from sovbank.ceremony.signing import add_signatures
from sovbank.errors.ceremony import BlobMatchesNothing, BlobNotMultisigned
from sovbank.wire.codec import decode_hex, encode_tx

RAW_WALLET = "raw-wallet"
"""What ``unchecked`` says of a signature from a wallet that knows nothing of the bundle."""


def signatures_of_blob(bundle: Bundle, text: str) -> tuple[Signature, ...]:
    """Return the signatures that a blob in hex carries, not yet verified.

    Raises
    ------
    BlobMatchesNothing
        It is no transaction of the bundle; the first difference from the nearest one is named.
    BlobNotMultisigned
    MalformedBlob, BlobTooLarge, BlobTooDeep
    """
    _, tx = decode_hex(text.strip())
    signers = tx.pop("Signers", None)
    if not signers or "TxnSignature" in tx:
        raise BlobNotMultisigned("the blob carries no list of signers")
    place = _place(bundle, tx)
    return tuple(_signature(place, entry.get("Signer", {})) for entry in signers)


def add_blobs(bundle: Bundle, texts: Iterable[str]) -> Bundle:
    """Return the bundle with the verified signatures of raw blobs added."""
    found = [signature for text in texts for signature in signatures_of_blob(bundle, text)]
    return add_signatures(bundle, found)


def blob_of(bundle: Bundle, transaction: int, signers: Iterable[str]) -> str:
    """Return the raw multisigned blob, in hex, of one transaction with the signatures of some signers.

    For other wallets and tools: it need not reach the quorum, and says nothing of the bundle.
    """
    wanted = set(signers)
    chosen = [one for one in signatures_for(bundle, transaction) if one.signer in wanted]
    tx = {**bundle.transactions[transaction], "Signers": [signer_entry(one) for one in chosen]}
    return encode_tx(tx).hex().upper()


def _place(bundle: Bundle, tx: Mapping[str, Any]) -> int:
    nearest: Difference | None = None
    for place, expected in enumerate(bundle.transactions):
        parted = first_difference(expected, tx)
        if parted is None:
            return place
        if nearest is None or _slot(expected) == _slot(tx):
            nearest = Difference(f"transactions.{place}.{parted.path}", parted.expected, parted.found)
    details = {} if nearest is None else vars(nearest)
    where = "" if nearest is None else f": {nearest.path} is {nearest.found}, not {nearest.expected}"
    raise BlobMatchesNothing(f"the blob is no transaction of this bundle{where}", details=dict(details))


def _slot(tx: Mapping[str, Any]) -> tuple[Any, Any]:
    return tx.get("Sequence"), tx.get("TicketSequence")


def _signature(place: int, entry: Mapping[str, Any]) -> Signature:
    from pydantic import ValidationError

    try:
        return Signature(
            transaction=place,
            signer=entry.get("Account", ""),
            public_key=entry.get("SigningPubKey", ""),
            signature=entry.get("TxnSignature", ""),
            unchecked=(RAW_WALLET,),
        )
    except ValidationError as error:
        name = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BlobNotMultisigned(f"an entry of the blob's signers has a wrong {name}") from error
