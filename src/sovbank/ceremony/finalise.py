"""From a bundle with enough signatures to the blobs that a server takes, and how far a bundle has come.

Which signers to attach is decided elsewhere (always exactly a quorum, of the smallest weight that suffices):
surplus signatures make a transaction's hash malleable, because anybody can drop them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sovbank.ceremony.records import Bundle, Signature
from sovbank.ceremony.signing import Payloads, check_signature
from sovbank.errors.ceremony import QuorumNotExact
from sovbank.wire.addresses import decode_address
from sovbank.wire.codec import encode_tx


@dataclass(frozen=True)
class Standing:
    """How far one transaction has come: who signed, who can still sign, and the weight reached."""

    transaction: int
    signed: tuple[str, ...]
    missing: tuple[str, ...]
    weight: int
    quorum: int

    @property
    def is_complete(self) -> bool:
        """Whether the signatures reach the quorum."""
        return self.weight >= self.quorum


def standing_of(bundle: Bundle) -> tuple[Standing, ...]:
    """Return how far each transaction has come; signatures are counted, not verified."""
    return tuple(_standing(bundle, place) for place in range(len(bundle.transactions)))


def signatures_for(bundle: Bundle, transaction: int) -> tuple[Signature, ...]:
    """Return the signatures over the transaction at the place, in the order of their AccountIDs."""
    return tuple(one for one in bundle.signatures if one.transaction == transaction)


def finalise(bundle: Bundle, transaction: int, signers: Sequence[str]) -> bytes:
    """Return the multisigned blob of one transaction with exactly the signatures of the given signers.

    Raises
    ------
    QuorumNotExact
        One of them has not signed, together they are short of the quorum, or one is superfluous.
    StrangerSigned, KeyNotOfSigner, SignatureWrong
    """
    by_signer = {one.signer: one for one in signatures_for(bundle, transaction)}
    absent = [signer for signer in signers if signer not in by_signer]
    if absent:
        raise QuorumNotExact(f"{absent[0]} has not signed transaction {transaction}")
    weights = {one.account: one.weight for one in bundle.signer_list.signers}
    chosen = sorted(set(signers), key=decode_address)
    payloads = Payloads(bundle.transactions)
    for signer in chosen:
        check_signature(bundle, by_signer[signer], payloads)
    weight, quorum = sum(weights[signer] for signer in chosen), bundle.signer_list.quorum
    if weight < quorum or any(weight - weights[signer] >= quorum for signer in chosen):
        raise QuorumNotExact(
            f"the signatures for transaction {transaction} weigh {weight}, not just {quorum}"
        )
    return encode_tx(
        {
            **bundle.transactions[transaction],
            "Signers": [signer_entry(by_signer[signer]) for signer in chosen],
        }
    )


def signer_entry(signature: Signature) -> dict[str, dict[str, str]]:
    """Return a signature as an entry of the ledger's Signers field."""
    return {
        "Signer": {
            "Account": signature.signer,
            "SigningPubKey": signature.public_key,
            "TxnSignature": signature.signature,
        }
    }


def _standing(bundle: Bundle, place: int) -> Standing:
    signed = {one.signer for one in signatures_for(bundle, place)}
    signers = bundle.signer_list.signers
    return Standing(
        transaction=place,
        signed=tuple(one.account for one in signers if one.account in signed),
        missing=tuple(one.account for one in signers if one.account not in signed),
        weight=sum(one.weight for one in signers if one.account in signed),
        quorum=bundle.signer_list.quorum,
    )
