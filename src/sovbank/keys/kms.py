"""The ``awskms:`` backend: secp256k1 keys in AWS KMS, which sign digests and never leave it.

A key is opened in these steps:

1. DescribeKey gives the key's own ARN, which every later call names: an alias that is moved meanwhile changes
   nothing; key spec, usage and state are what they must be,
2. GetPublicKey answers for that key, and its DER is the one form that a secp256k1 key has (SEC 1, RFC 5480),
3. Sign is asked for a digest (MessageType DIGEST), and the answer is for that key and algorithm,
4. the signature is given a low S and verified by two libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sovbank.errors import devices
from sovbank.errors.base import KeyRefused
from sovbank.errors.keys import NoSuchKey
from sovbank.keys.device import checked_secp256k1, require_digest, secp256k1_key
from sovbank.keys.kms_uri import KmsUri, is_key_arn, parse_kms_key
from sovbank.keys.port import PublicKey, Takes
from sovbank.keys.retry import Retry

KEY_SPEC = "ECC_SECG_P256K1"
KEY_USAGE = "SIGN_VERIFY"
ALGORITHM = "ECDSA_SHA_256"
_LONGEST_DER_SIGNATURE = 80
# SubjectPublicKeyInfo of an uncompressed secp256k1 key: SEQUENCE { SEQUENCE { id-ecPublicKey, secp256k1 },
# BIT STRING of 65 bytes }.
_SPKI_PREFIX = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a034200")
_TRY_AGAIN = (devices.KmsThrottled, devices.KmsUnreachable)


class Kms(Protocol):
    """The three calls of KMS that are used, one try each."""

    def describe_key(self, key_id: str) -> Mapping[str, Any]:
        """Return the KeyMetadata of DescribeKey."""
        ...

    def get_public_key(self, key_id: str) -> Mapping[str, Any]:
        """Return the answer of GetPublicKey."""
        ...

    def sign(self, key_id: str, digest: bytes) -> Mapping[str, Any]:
        """Return the answer of Sign over a digest."""
        ...


@dataclass(frozen=True)
class KmsSigner:
    """A key in KMS. Only digests go in, and only verified signatures come out."""

    uri: str
    public_key: PublicKey
    arn: str
    _kms: Kms
    _retry: Retry

    @property
    def takes(self) -> Takes:
        """A 32-byte digest."""
        return Takes.DIGEST

    @property
    def device(self) -> str:
        """The key's ARN, for the record of a ceremony."""
        return self.arn

    def sign(self, payload: bytes) -> bytes:
        """Return the strict DER signature, low S, over a 32-byte digest.

        Raises
        ------
        PayloadRefused, SignatureInvalid
        NoSuchKey, KeyCannotSign, KmsAccessDenied, KmsKeyDisabled, KmsThrottled, KmsUnreachable
        KmsNotConfigured, KmsRefused, KmsAnswerInvalid
        """
        require_digest(self.uri, payload)
        # Signing twice over one digest gives two valid signatures of which one is used: asking again is safe.
        answer = self._retry.call(lambda: self._kms.sign(self.arn, payload), when=_TRY_AGAIN)
        signature = answer.get("Signature")
        if answer.get("KeyId") != self.arn or answer.get("SigningAlgorithm") != ALGORITHM:
            raise devices.KmsAnswerInvalid(f"Sign answered for another key or algorithm than {self.arn}")
        if not isinstance(signature, bytes) or len(signature) > _LONGEST_DER_SIGNATURE:
            raise devices.KmsAnswerInvalid("Sign answered without a signature")
        return checked_secp256k1(self.public_key, payload, signature)


class KmsBackend:
    """The key store behind ``awskms:`` URIs; a client is made for each region when it is first needed.

    Parameters
    ----------
    connect
        Makes the client of a region; None is the region of this machine's AWS configuration.
    retry
        How often a throttled or unanswered call is made again.
    """

    def __init__(
        self, *, connect: Callable[[str | None], Kms] | None = None, retry: Retry | None = None
    ) -> None:
        self._connect = connect or _connect
        self._retry = retry or Retry()
        self._clients: dict[str | None, Kms] = {}

    def open(self, uri: str) -> KmsSigner:
        """Return the signer of the key that the URI names.

        Raises
        ------
        MalformedKeyUri, NoSuchKey, WrongCurve, KeyCannotSign
        KmsNotConfigured, KmsAccessDenied, KmsKeyDisabled, KmsThrottled, KmsUnreachable
        KmsRefused, KmsAnswerInvalid
        """
        return self._open(uri, _TRY_AGAIN)

    def _open(self, uri: str, try_again: tuple[type[KeyRefused], ...]) -> KmsSigner:
        named = parse_kms_key(uri)
        kms = self._client(named.region)
        arn = _check(named, self._retry.call(lambda: kms.describe_key(named.key_id), when=try_again))
        answer = self._retry.call(lambda: kms.get_public_key(arn), when=try_again)
        return KmsSigner(uri, _public_key(arn, answer), arn, kms, self._retry)

    def public_key(self, uri: str) -> PublicKey | None:
        """Return the public half, or None where these credentials do not reach the key.

        Raises
        ------
        MalformedKeyUri, WrongCurve, KeyCannotSign, KmsKeyDisabled, KmsThrottled, KmsRefused, KmsAnswerInvalid
        """
        try:
            # A machine without a network is told at once.
            return self._open(uri, (devices.KmsThrottled,)).public_key
        except (NoSuchKey, devices.KmsNotConfigured, devices.KmsAccessDenied, devices.KmsUnreachable):
            return None

    def _client(self, region: str | None) -> Kms:
        if region not in self._clients:
            self._clients[region] = self._connect(region)
        return self._clients[region]


def _connect(region: str | None) -> Kms:
    from sovbank.keys.kms_client import KmsClient

    return KmsClient(region)


def _check(named: KmsUri, metadata: Mapping[str, Any]) -> str:
    arn = metadata.get("Arn")
    if not isinstance(arn, str) or not is_key_arn(arn):
        raise devices.KmsAnswerInvalid("DescribeKey answered without the ARN of a key")
    if "alias/" not in named.key_id and arn.rpartition("/")[2] != named.key_id.rpartition("/")[2]:
        raise devices.KmsAnswerInvalid(f"DescribeKey answered for another key than {named.key_id}")
    spec, usage, state = (metadata.get(name) for name in ("KeySpec", "KeyUsage", "KeyState"))
    if usage != KEY_USAGE:
        raise devices.KeyCannotSign(f"KMS key {arn} has the usage {usage}, not {KEY_USAGE}")
    if spec != KEY_SPEC:
        raise devices.WrongCurve(f"KMS key {arn} is of the key spec {spec}, not {KEY_SPEC}")
    if state != "Enabled" or metadata.get("Enabled") is not True:
        raise devices.KmsKeyDisabled(f"KMS key {arn} is in the state {state}")
    return arn


def _public_key(arn: str, answer: Mapping[str, Any]) -> PublicKey:
    # KMS answers with the key's ARN; the key id alone is what some stand-ins give.
    if answer.get("KeyId") not in (arn, arn.rpartition("/")[2]):
        raise devices.KmsAnswerInvalid(f"GetPublicKey answered for another key than {arn}")
    der = answer.get("PublicKey")
    if not isinstance(der, bytes) or len(der) != len(_SPKI_PREFIX) + 65 or not der.startswith(_SPKI_PREFIX):
        raise devices.KmsAnswerInvalid(f"GetPublicKey answered with no secp256k1 key for {arn}")
    return secp256k1_key(der[len(_SPKI_PREFIX) :])
