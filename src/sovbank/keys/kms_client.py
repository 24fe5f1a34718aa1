"""Three calls of AWS KMS: one try each, with botocore's own retries off and errors of our tree.

Credentials come from boto3's own chain (environment, shared files, SSO, roles) and are never read here.
``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_KMS`` are honoured by botocore.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sovbank.errors import devices
from sovbank.errors.base import KeyRefused
from sovbank.errors.keys import NoSuchKey

CONNECT_SECONDS = 5
READ_SECONDS = 10
_LONGEST_MESSAGE = 300

# AWS error codes: KMS API reference, "Common errors" and the errors of DescribeKey, GetPublicKey and Sign.
_CODES: Mapping[str, type[KeyRefused]] = {
    "NotFoundException": NoSuchKey,
    "AccessDeniedException": devices.KmsAccessDenied,
    "AccessDenied": devices.KmsAccessDenied,
    "DisabledException": devices.KmsKeyDisabled,
    "KMSInvalidStateException": devices.KmsKeyDisabled,
    "KeyUnavailableException": devices.KmsUnreachable,
    "InvalidKeyUsageException": devices.KeyCannotSign,
    "InvalidArnException": NoSuchKey,
    "ThrottlingException": devices.KmsThrottled,
    "Throttling": devices.KmsThrottled,
    "ThrottledException": devices.KmsThrottled,
    "RequestLimitExceeded": devices.KmsThrottled,
    "TooManyRequestsException": devices.KmsThrottled,
    "LimitExceededException": devices.KmsThrottled,
    "KMSInternalException": devices.KmsUnreachable,
    "DependencyTimeoutException": devices.KmsUnreachable,
    "InternalFailure": devices.KmsUnreachable,
    "ServiceUnavailable": devices.KmsUnreachable,
    "ServiceUnavailableException": devices.KmsUnreachable,
    "UnrecognizedClientException": devices.KmsNotConfigured,
    "InvalidClientTokenId": devices.KmsNotConfigured,
    "InvalidSignatureException": devices.KmsNotConfigured,
    "SignatureDoesNotMatch": devices.KmsNotConfigured,
    "IncompleteSignature": devices.KmsNotConfigured,
    "MissingAuthenticationToken": devices.KmsNotConfigured,
    "MissingAuthenticationTokenException": devices.KmsNotConfigured,
    "ExpiredTokenException": devices.KmsNotConfigured,
    "ExpiredToken": devices.KmsNotConfigured,
    "RequestExpired": devices.KmsNotConfigured,
    "OptInRequired": devices.KmsNotConfigured,
}


class KmsClient:
    """KMS in one region; None is the region of this machine's AWS configuration."""

    def __init__(self, region: str | None) -> None:
        with _only_our_errors("AWS KMS"):
            self._client = _make_client(region)

    def describe_key(self, key_id: str) -> Mapping[str, Any]:
        """Return the KeyMetadata of DescribeKey."""
        with _only_our_errors(f"KMS key {key_id}"):
            answer = self._client.describe_key(KeyId=key_id)
        metadata = answer.get("KeyMetadata")
        if not isinstance(metadata, dict):
            raise devices.KmsAnswerInvalid("DescribeKey answered without KeyMetadata")
        return metadata

    def get_public_key(self, key_id: str) -> Mapping[str, Any]:
        """Return the answer of GetPublicKey."""
        with _only_our_errors(f"KMS key {key_id}"):
            answer: Mapping[str, Any] = self._client.get_public_key(KeyId=key_id)
        return answer

    def sign(self, key_id: str, digest: bytes) -> Mapping[str, Any]:
        """Return the answer of Sign over a 32-byte digest."""
        with _only_our_errors(f"KMS key {key_id}"):
            answer: Mapping[str, Any] = self._client.sign(
                KeyId=key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
            )
        return answer


def _make_client(region: str | None) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        # One attempt: keys.retry decides about more.
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
    )
    try:
        return boto3.session.Session().client("kms", region_name=region, config=config)
    except ValueError as error:
        # botocore's answer to an endpoint that is no URL.
        raise devices.KmsUnreachable("AWS_ENDPOINT_URL is not a URL") from error


@contextmanager
def _only_our_errors(what: str) -> Iterator[None]:
    from botocore import exceptions as answers
    from botocore.parsers import ResponseParserError

    try:
        yield
    except answers.ClientError as error:
        raise _refusal(error.response, what) from error
    except (
        answers.NoCredentialsError,
        answers.PartialCredentialsError,
        answers.CredentialRetrievalError,
        answers.NoRegionError,
        answers.InvalidRegionError,
        answers.ProfileNotFound,
        answers.ConfigParseError,
        answers.ConfigNotFound,
        answers.SSOError,
        answers.TokenRetrievalError,
        answers.MetadataRetrievalError,
    ) as error:
        raise devices.KmsNotConfigured(
            f"AWS is not set up on this machine: {type(error).__name__}"
        ) from error
    except (answers.HTTPClientError, answers.ConnectionError) as error:
        raise devices.KmsUnreachable(f"{what} cannot be reached: {type(error).__name__}") from error
    except (ResponseParserError, ValueError, TypeError, AttributeError) as error:
        # botocore lets the errors of base64 and of wrong JSON types out as they are.
        raise devices.KmsAnswerInvalid(f"what answered for {what} was not KMS") from error
    except answers.BotoCoreError as error:
        raise devices.KmsRefused(f"{what}: {type(error).__name__}") from error


def _refusal(response: Mapping[str, Any], what: str) -> KeyRefused:
    answer = response.get("Error") or {}
    code = str(answer.get("Code", ""))
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode", 0)
    kind = _CODES.get(code)
    if kind is None:
        unavailable = isinstance(status, int) and status >= 500
        kind = devices.KmsUnreachable if unavailable else devices.KmsRefused
    said = str(answer.get("Message", ""))[:_LONGEST_MESSAGE]
    return kind(f"{what}: {code[:80] or status}: {said}", details={"aws_error": code[:80]})
