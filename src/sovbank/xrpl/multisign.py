"""From an unsigned transaction and verified signatures to the blob that is recorded and sent.

The SDK's multisign helper is not used: it merges signatures over different transactions, and takes the
owner and duplicates. Rules: xrpl.org, Multi-Signing; xrpld: STTx and Transactor, checkMultiSign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sovbank.errors.xrpl import (
    AccountMissing,
    FeeOutOfBounds,
    QuorumNotReached,
    SignatureInvalid,
    SignerNotListed,
    SignerRepeated,
    TransactionRefused,
)
from sovbank.wire.addresses import address_of_public_key
from sovbank.wire.codec import encode_for_multisigning, encode_for_signing, encode_tx
from sovbank.wire.hashes import transaction_id
from sovbank.wire.signatures import is_public_key, verify
from sovbank.xrpl.port import AccountState, LedgerReader, SignerList
from sovbank.xrpl.quorum import choose_quorum
from sovbank.xrpl.settings import LSF_DISABLE_MASTER

MOST_SIGNATURES = 32
TF_PARTIAL_PAYMENT = 0x00020000
_SIGNING_FIELDS = ("TxnSignature", "Signers")


@dataclass(frozen=True)
class SignerSignature:
    """One signer's signature over a multisigned transaction: 33-byte public key, DER or 64-byte signature."""

    signer: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True)
class KeyFacts:
    """Which keys may sign for an account now. One that is not on the ledger signs with its master key."""

    account: str
    master_enabled: bool
    regular_key: str | None


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction ready to be recorded and sent; ``signers`` are those attached, in their order."""

    blob: bytes
    tx_hash: str
    tx: Mapping[str, Any]
    signers: tuple[str, ...]


def key_facts(account: str, state: AccountState | None) -> KeyFacts:
    """Return which keys may sign for the account, from its state (None when it is not on the ledger)."""
    if state is None:
        return KeyFacts(account, master_enabled=True, regular_key=None)
    return KeyFacts(account, not state.flags & LSF_DISABLE_MASTER, state.regular_key)


def signer_key_facts(reader: LedgerReader, signer_list: SignerList) -> dict[str, KeyFacts]:
    """Return the key facts of everybody on a signer list, read from the last validated ledger."""
    return {
        entry.account: key_facts(entry.account, reader.account(entry.account))
        for entry in signer_list.entries
    }


def check_signature(
    unsigned: Mapping[str, Any], signature: SignerSignature, signer_list: SignerList, facts: KeyFacts
) -> None:
    """Refuse one signature that the ledger would not count for this transaction.

    Raises
    ------
    SignerNotListed
        The signer is the account itself or is not on the list.
    SignatureInvalid
        The key may not sign for the signer, or the signature is not over this transaction.
    """
    signer = signature.signer
    if signer == unsigned["Account"]:
        raise SignerNotListed(f"{signer} is the account itself; it cannot stand among its own signers")
    if signer not in {entry.account for entry in signer_list.entries}:
        raise SignerNotListed(f"{signer} is not on the signer list of {unsigned['Account']}")
    check_key(signature.public_key, facts)
    payload = encode_for_multisigning(unsigned, signer)
    if not verify(signature.public_key, payload, signature.signature):
        raise SignatureInvalid(f"the signature of {signer} is not over this transaction")


def assemble(
    unsigned: Mapping[str, Any],
    signatures: Sequence[SignerSignature],
    *,
    signer_list: SignerList,
    facts: Mapping[str, KeyFacts],
    base_fee: int,
) -> SignedTransaction:
    """Return the multisigned transaction with exactly a quorum of the smallest weight attached.

    Parameters
    ----------
    unsigned
        The transaction as built, with an empty SigningPubKey.
    signatures
        What was collected, at most 32, one per signer. Each is verified here again.
    signer_list
        The account's list as a validated ledger holds it now.
    facts
        The keys of each signer as a validated ledger holds them now.
    base_fee
        The network's base fee in drops: the ledger asks for it once, and once more for each signature.

    Raises
    ------
    SignerRepeated, SignerNotListed, SignatureInvalid, QuorumNotReached
    FeeOutOfBounds
        The signed fee does not cover the signatures.
    TransactionRefused
        The transaction is already signed, is not made for several signers, or is a partial payment.
    """
    _check_unsigned(unsigned)
    if unsigned.get("SigningPubKey") != "":
        raise TransactionRefused("the transaction was not prepared for several signers")
    by_signer = _check_all(unsigned, signatures, signer_list, facts)
    weights = {entry.account: entry.weight for entry in signer_list.entries if entry.account in by_signer}
    chosen = choose_quorum(weights, signer_list.quorum)
    if chosen is None:
        raise QuorumNotReached(
            f"the signatures weigh {sum(weights.values())} of the {signer_list.quorum} that"
            f" {unsigned['Account']} needs"
        )
    _check_fee(unsigned, base_fee, len(chosen))
    return _signed({**unsigned, "Signers": [_entry(by_signer[signer]) for signer in chosen]}, chosen)


def with_signing_key(unsigned: Mapping[str, Any], public_key: bytes) -> dict[str, Any]:
    """Return the transaction as a single signer signs it: with the public key in SigningPubKey."""
    if not is_public_key(public_key):
        raise SignatureInvalid("not a public key of the ledger")
    return {**unsigned, "SigningPubKey": public_key.hex().upper()}


def single_payload(unsigned: Mapping[str, Any], public_key: bytes) -> bytes:
    """Return the message that a single signer signs."""
    return encode_for_signing(with_signing_key(unsigned, public_key))


def assemble_single(
    unsigned: Mapping[str, Any], public_key: bytes, signature: bytes, *, facts: KeyFacts, base_fee: int
) -> SignedTransaction:
    """Return the transaction signed by one key of its account, after verifying the signature.

    Raises
    ------
    SignatureInvalid, FeeOutOfBounds, TransactionRefused
    """
    _check_unsigned(unsigned)
    if facts.account != unsigned["Account"]:
        raise SignatureInvalid(f"the keys of {facts.account} cannot sign for {unsigned['Account']}")
    check_key(public_key, facts)
    if not verify(public_key, single_payload(unsigned, public_key), signature):
        raise SignatureInvalid(f"the signature for {facts.account} is not over this transaction")
    _check_fee(unsigned, base_fee, 0)
    tx = {**with_signing_key(unsigned, public_key), "TxnSignature": signature.hex().upper()}
    return _signed(tx, (facts.account,))


def _check_all(
    unsigned: Mapping[str, Any],
    signatures: Sequence[SignerSignature],
    signer_list: SignerList,
    facts: Mapping[str, KeyFacts],
) -> dict[str, SignerSignature]:
    if len(signatures) > MOST_SIGNATURES:
        raise SignerRepeated(f"{len(signatures)} signatures; the most is {MOST_SIGNATURES}")
    by_signer: dict[str, SignerSignature] = {}
    for signature in signatures:
        if signature.signer in by_signer:
            raise SignerRepeated(f"{signature.signer} signed twice")
        known = facts.get(signature.signer)
        if known is None:
            if signature.signer in {entry.account for entry in signer_list.entries}:
                raise AccountMissing(f"the keys of {signature.signer} were not read from the ledger")
            raise SignerNotListed(f"{signature.signer} is not on the signer list of {unsigned['Account']}")
        check_signature(unsigned, signature, signer_list, known)
        by_signer[signature.signer] = signature
    return by_signer


def _check_unsigned(unsigned: Mapping[str, Any]) -> None:
    if any(name in unsigned for name in _SIGNING_FIELDS):
        raise TransactionRefused("the transaction already carries a signature")
    if unsigned.get("TransactionType") == "Payment" and unsigned.get("Flags", 0) & TF_PARTIAL_PAYMENT:
        raise TransactionRefused("a partial payment is never signed: it may deliver less than it says")


def check_key(public_key: bytes, facts: KeyFacts) -> None:
    """Refuse a key with which the ledger would not let the account sign.

    Raises
    ------
    SignatureInvalid
    """
    if not is_public_key(public_key):
        raise SignatureInvalid(f"the signature for {facts.account} comes without a public key of the ledger")
    address = address_of_public_key(public_key)
    if address == facts.account:
        if not facts.master_enabled:
            raise SignatureInvalid(f"the master key of {facts.account} is disabled")
    elif address != facts.regular_key:
        raise SignatureInvalid(f"the key {address} may not sign for {facts.account}")


def _check_fee(unsigned: Mapping[str, Any], base_fee: int, signers: int) -> None:
    needed = base_fee * (1 + signers)
    if int(unsigned["Fee"]) < needed:
        raise FeeOutOfBounds(
            f"the fee of {unsigned['Fee']} drops does not cover {signers} signatures; {needed} are needed"
        )


def _entry(signature: SignerSignature) -> dict[str, Any]:
    return {
        "Signer": {
            "Account": signature.signer,
            "SigningPubKey": signature.public_key.hex().upper(),
            "TxnSignature": signature.signature.hex().upper(),
        }
    }


def _signed(tx: dict[str, Any], signers: tuple[str, ...]) -> SignedTransaction:
    blob = encode_tx(tx)
    return SignedTransaction(blob, transaction_id(blob), tx, signers)
