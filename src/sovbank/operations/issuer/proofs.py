"""Proofs that signers hold their keys: the ledger takes any account for a signer list and asks nobody.

A proof is a signature over a labelled text that names the network, the account, its whole new signer list and
the signer. It is a file: the signer makes it on their own machine, and it is worth nothing for another list.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import StringConstraints, ValidationError

from sovbank.core.canonical import canonical_json
from sovbank.core.profile import Address, Record
from sovbank.errors.signers import NotASigner, ProofInvalid, ProofMalformed
from sovbank.errors.xrpl import SignatureInvalid
from sovbank.journal.port import LogEvent, LogKind
from sovbank.keys.trial import sign_labelled
from sovbank.operations.agreement import particulars_of
from sovbank.operations.house import House
from sovbank.operations.steps import signers_of
from sovbank.wire.signatures import verify
from sovbank.xrpl.multisign import KeyFacts, check_key
from sovbank.xrpl.port import SignerList

LABEL = b"sovbank signer proof\0"
MAX_PROOF_BYTES = 4096
_Hex = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}){32,80}$")]


class KeyProof(Record):
    """One signer's proof. ``public_key`` and ``signature`` are hex, as the ledger writes them."""

    account: Address
    signer: Address
    public_key: _Hex
    signature: _Hex

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the public key, in hex."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()


def make_proof(house: House, account: str, officer: str) -> KeyProof:
    """Have an officer sign the proof for an account's list as the profile names it, and log it.

    Raises
    ------
    NotASigner
        And whatever the key refuses.
    """
    desired, entry = house.account(account), house.officer(officer)
    if officer not in desired.signers:
        raise NotASigner(f"{officer} does not sign for {account} in the profile")
    signers = signers_of(desired, house.profile.officers)
    message = message_of(house.network_id, desired.address, signers, entry.account)
    signer = house.keys.signer(entry.key)
    proof = KeyProof(
        account=desired.address,
        signer=entry.account,
        public_key=signer.public_key.data.hex(),
        signature=sign_labelled(signer, message).signature.hex(),
    )
    log_proof(house, proof, officer=officer, message=message, device=signer.device)
    return proof


def parse_proof(data: bytes) -> KeyProof:
    """Return the proof in a file.

    Raises
    ------
    ProofMalformed
    """
    if len(data) > MAX_PROOF_BYTES:
        raise ProofMalformed(f"a proof has at most {MAX_PROOF_BYTES} bytes")
    try:
        return KeyProof.model_validate_json(data)
    except ValidationError as error:
        raise ProofMalformed("the file is not a proof of a signer's key") from error


def check_proof(proof: KeyProof, message: bytes, facts: KeyFacts) -> None:
    """Refuse a proof that the ledger's own rules would not count: another text, or a key that may not sign.

    Raises
    ------
    ProofInvalid
    """
    public_key = bytes.fromhex(proof.public_key)
    try:
        check_key(public_key, facts)
    except SignatureInvalid as refusal:
        raise ProofInvalid(f"the proof of {proof.signer}: {refusal.message}") from refusal
    if not verify(public_key, message, bytes.fromhex(proof.signature)):
        raise ProofInvalid(f"the proof of {proof.signer} is not over this account's new signer list")


def message_of(network: int, account: str, signers: SignerList, signer: str) -> bytes:
    """Return the labelled text that a signer signs."""
    return LABEL + canonical_json(
        {
            "network": network,
            "account": account,
            "quorum": signers.quorum,
            "signers": {entry.account: entry.weight for entry in signers.entries},
            "signer": signer,
        }
    )


def log_proof(
    house: House, proof: KeyProof, *, officer: str, message: bytes, device: str | None = None
) -> None:
    """Log that a signer proved their key; ``device`` is what holds it, where that is at this machine."""
    here = {} if device is None else {"device": device, **particulars_of(house.agreement())}
    house.journal.note(
        LogEvent(
            LogKind.ADMIN,
            actor=officer,
            network=house.network_id,
            account=proof.account,
            key_fingerprint=proof.fingerprint,
            payload_sha256=hashlib.sha256(message).hexdigest(),
            rule="signers.key-proof",
            decision="proved",
            body={"signer": proof.signer, "signature": proof.signature, **here},
        )
    )
