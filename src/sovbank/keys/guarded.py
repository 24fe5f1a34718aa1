"""The guarded signer: the only way from a recorded attempt to signatures of the bank's keys.

For every key that has not signed the attempt yet, in this order:

1. the attempt is read from the journal; what is signed is its recorded transaction and nothing else,
2. the key belongs to the account that it signs for, and no key or account stands there twice,
3. conditions and permit are read fresh, from the ledgers and the journal,
4. the rules of ``core.guard`` compare them with the transaction as its bytes say it,
5. sign.begin is recorded durably,
6. the key signs,
7. the signature is verified by two libraries, one of which had no part in making it,
8. the signature is recorded (sign.done).

A crash after 5 leaves the attempt in ``signing``: the next call starts at 1 with the same bytes, keeps the
signatures that were recorded and asks only the other keys. A refusal before 5 leaves no trace of a signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sovbank.core.guard import Envelope, check, check_kind, check_signer
from sovbank.core.machine import UNSENT, Kind
from sovbank.errors.base import SovbankError
from sovbank.errors.guard import AttemptNotSignable, NoSigner, RecordUnreadable
from sovbank.errors.keys import KeyNotOfAccount, SignatureInvalid
from sovbank.keys.port import Signer, Takes
from sovbank.keys.signing import (
    Conditions,
    Evidence,
    MadeSignature,
    OfficerKey,
    RecordedAttempt,
    SignatureBegun,
    SigningLog,
)
from sovbank.keys.verification import require_valid
from sovbank.wire import signatures
from sovbank.wire.addresses import address_of_public_key
from sovbank.wire.codec import decode_tx, encode_for_multisigning, encode_for_signing, encode_tx
from sovbank.wire.hashes import sha512_half

__all__ = [
    "Conditions",
    "Evidence",
    "GuardedSigner",
    "MadeSignature",
    "OfficerKey",
    "RecordedAttempt",
    "SignatureBegun",
    "SigningLog",
]

# A transaction of the largest size fits; what nests as deep as this is long does not overflow the stack.
MAX_UNSIGNED_CHARACTERS = 40_000
_SIGNED_FIELDS = ("TxnSignature", "Signers", "hash")


class GuardedSigner:
    """Signs recorded attempts that a fresh permit allows.

    Parameters
    ----------
    log
        The journal, as ``SigningLog``.
    """

    def __init__(self, log: SigningLog) -> None:
        self._log = log

    def sign(
        self, operation_id: str, attempt: int, *, kind: Kind, evidence: Evidence, keys: Sequence[OfficerKey]
    ) -> tuple[MadeSignature, ...]:
        """Return the recorded signatures of the given keys over the attempt, in the order of the keys.

        One key whose account is the attempt's own makes a single signature, with its public key as
        SigningPubKey; any other keys make signatures of a multisignature.

        Raises
        ------
        SigningRefused
            A subclass for each rule, see ``errors.guard``; nothing was recorded for the key in question.
        KeyNotOfAccount
            A key is neither the master key nor the regular key of its account.
        SignatureInvalid
            A key returned a signature that does not verify. sign.begin is recorded, the signature is not.
        """
        recorded = self._log.attempt(operation_id, attempt)
        single = _is_single(recorded, keys)
        transaction = _Transaction.of(recorded, keys[0].signer if single else None)
        conditions = evidence.conditions()
        for key in keys:
            _check_key(key, conditions)
        done = {made.signer: made for made in self._log.made(operation_id, attempt)}
        return tuple(
            self._kept(done[key.account], transaction, key)
            if key.account in done
            else self._make(recorded, transaction, kind, evidence, key)
            for key in keys
        )

    def _kept(self, made: MadeSignature, transaction: _Transaction, key: OfficerKey) -> MadeSignature:
        payload = transaction.payload(key.account)
        same_key = made.public_key == key.signer.public_key.data
        if not same_key or not signatures.verify(made.public_key, payload, made.signature):
            raise SignatureInvalid(f"the recorded signature of {key.account} does not verify")
        return made

    def _make(
        self,
        recorded: RecordedAttempt,
        transaction: _Transaction,
        kind: Kind,
        evidence: Evidence,
        key: OfficerKey,
    ) -> MadeSignature:
        if recorded.state not in UNSENT:
            raise AttemptNotSignable(f"attempt {recorded.number} is {recorded.state.value}")
        conditions, permit = evidence.conditions(), evidence.permit()
        check_kind(kind, permit)
        envelope = _envelope(recorded, conditions, transaction)
        check(transaction.fields, envelope, permit)
        if not transaction.single:
            check_signer(envelope, key.account)
        _check_key(key, conditions)
        payload = transaction.payload(key.account)
        begun = SignatureBegun(
            officer=key.officer,
            signer=key.account,
            key_fingerprint=key.signer.public_key.fingerprint,
            payload_sha256=hashlib.sha256(payload).hexdigest(),
            row=f"guard.{kind.value}",
            network_id=conditions.network_id,
            device=key.signer.device,
        )
        self._log.begin(recorded, begun)
        made = MadeSignature(
            operation_id=recorded.operation_id,
            attempt=recorded.number,
            signer=key.account,
            public_key=key.signer.public_key.data,
            signature=_signature(key.signer, payload),
            payload_sha256=begun.payload_sha256,
        )
        self._log.store(recorded, made, begun)
        return made


@dataclass(frozen=True)
class _Transaction:
    """The recorded transaction as its canonical bytes say it, and how it is going to be signed."""

    fields: Mapping[str, Any]
    signing_public_key: str

    @classmethod
    def of(cls, recorded: RecordedAttempt, single: Signer | None) -> _Transaction:
        """Return the attempt's transaction; a single signer's public key becomes its SigningPubKey."""
        public_key = "" if single is None else single.public_key.data.hex().upper()
        fields = _read(recorded)
        if single is not None:
            fields.setdefault("SigningPubKey", public_key)
        try:
            return cls(decode_tx(encode_tx(fields)), public_key)
        except SovbankError as error:
            raise RecordUnreadable(
                f"attempt {recorded.number} holds no transaction: {error.message}"
            ) from error

    @property
    def single(self) -> bool:
        """Whether the account signs by itself."""
        return bool(self.signing_public_key)

    def payload(self, account: str) -> bytes:
        """Return the bytes that the account's key signs."""
        if self.single:
            return encode_for_signing(self.fields)
        return encode_for_multisigning(self.fields, account)


def _read(recorded: RecordedAttempt) -> dict[str, Any]:
    if len(recorded.unsigned) > MAX_UNSIGNED_CHARACTERS:
        raise RecordUnreadable(f"the record of attempt {recorded.number} is too large")
    try:
        fields = json.loads(recorded.unsigned)
    except (ValueError, RecursionError) as error:
        raise RecordUnreadable(f"the record of attempt {recorded.number} is not JSON") from error
    if not isinstance(fields, dict) or any(name in fields for name in _SIGNED_FIELDS):
        raise RecordUnreadable(f"the record of attempt {recorded.number} is not an unsigned transaction")
    return fields


def _is_single(recorded: RecordedAttempt, keys: Sequence[OfficerKey]) -> bool:
    accounts = [key.account for key in keys]
    publics = [key.signer.public_key.data for key in keys]
    if not keys or len(set(accounts)) != len(accounts) or len(set(publics)) != len(publics):
        raise NoSigner("no key was given, or a key or an account twice")
    if recorded.account in accounts and len(accounts) > 1:
        raise NoSigner("an account does not sign beside its own signer list")
    return recorded.account in accounts


def _check_key(key: OfficerKey, conditions: Conditions) -> None:
    address = address_of_public_key(key.signer.public_key.data)
    if address not in (key.account, conditions.regular_keys.get(key.account)):
        raise KeyNotOfAccount(f"{key.signer.uri} is the key of {address}, not of {key.account}")


def _envelope(recorded: RecordedAttempt, conditions: Conditions, transaction: _Transaction) -> Envelope:
    return Envelope(
        account=recorded.account,
        network_id=conditions.network_id,
        validated_ledger=conditions.validated_ledger,
        last_ledger=recorded.last_ledger,
        ticket=recorded.ticket,
        sequence=recorded.sequence,
        fee_cap=conditions.fee_cap,
        signing_public_key=transaction.signing_public_key,
        signers=conditions.signers,
    )


def _signature(signer: Signer, message: bytes) -> bytes:
    handed = sha512_half(message) if signer.takes is Takes.DIGEST else message
    signature = signer.sign(handed)
    require_valid(signer.public_key, handed, signature)
    if not signatures.verify(signer.public_key.data, message, signature):
        raise SignatureInvalid(f"{signer.uri} returned a signature that the ledger would refuse")
    return signature
