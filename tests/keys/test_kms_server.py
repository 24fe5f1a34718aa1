"""moto as it is: why the tests' KMS server corrects it. When moto is fixed, take the correction out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sovbank.keys.device import secp256k1_key
from sovbank.wire.hashes import sha512_half
from sovbank.wire.signatures import verify_digest

DIGEST = sha512_half(b"any message")


@pytest.fixture
def plain_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    import boto3
    from moto import mock_aws

    with mock_aws():
        yield boto3.session.Session(
            aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1"
        ).client("kms")


def sign(client: Any, key: str, digest: bytes) -> bytes:
    answer = client.sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")
    return bytes(answer["Signature"])


def verifies(client: Any, key: str, digest: bytes, signature: bytes) -> bool:
    public = secp256k1_key(client.get_public_key(KeyId=key)["PublicKey"][-65:])
    return verify_digest(public.data, digest, signature, must_be_canonical=False)


def new_key(client: Any) -> str:
    made = client.create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


def test_moto_hashes_the_digest_again(plain_moto: Any) -> None:
    import hashlib

    key = new_key(plain_moto)
    signature = sign(plain_moto, key, DIGEST)
    assert not verifies(plain_moto, key, DIGEST, signature), "moto honours DIGEST now: see kms_server.py"
    assert verifies(plain_moto, key, hashlib.sha256(DIGEST).digest(), signature)


def test_moto_takes_digests_of_any_length_and_signs_with_disabled_keys(plain_moto: Any) -> None:
    key = new_key(plain_moto)
    assert sign(plain_moto, key, DIGEST[:31]), "moto refuses short digests now: see kms_server.py"
    plain_moto.disable_key(KeyId=key.rpartition("/")[2])
    assert sign(plain_moto, key, DIGEST), "moto refuses disabled keys now: see kms_server.py"


def test_the_corrected_server_does_as_kms_does(kms: Any) -> None:
    key = kms.create()
    assert verifies(kms.admin, key, DIGEST, sign(kms.admin, key, DIGEST))
    with pytest.raises(ClientError, match="ValidationException"):
        sign(kms.admin, key, DIGEST[:31])
    assert kms.admin.get_public_key(KeyId=key)["KeyId"] == key
    kms.admin.disable_key(KeyId=key.rpartition("/")[2])
    with pytest.raises(ClientError, match="DisabledException"):
        sign(kms.admin, key, DIGEST)
