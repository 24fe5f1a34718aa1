"""Keys in KMS, over a real server process: what is checked, what is tried again, which error comes out."""

from __future__ import annotations

import base64
import logging
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sovbank.errors import devices
from sovbank.errors.base import ExitStatus, KeyRefused, SovbankError
from sovbank.errors.keys import (
    MalformedKeyUri,
    MalformedPublicKey,
    NoSuchKey,
    PayloadRefused,
    SignatureInvalid,
)
from sovbank.keys.kms import KmsBackend
from sovbank.keys.kms_client import KmsClient
from sovbank.keys.kms_uri import parse_kms_key
from sovbank.keys.retry import Retry
from sovbank.wire.signatures import SECP256K1_ORDER, parse_der, verify_digest

KEY_ID = "4d1c07bc-d671-4e55-abe5-c80b1d086398"
ARN = f"arn:aws:kms:eu-central-1:123456789012:key/{KEY_ID}"
DIGEST = bytes(range(32))


class Clock:
    """Counts waits and does not wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def retry(self) -> Retry:
        return Retry(sleep=self.waits.append)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def clients() -> dict[str | None, KmsClient]:
    return {}


@pytest.fixture
def backend(kms: Any, clock: Clock, clients: dict[str | None, KmsClient]) -> KmsBackend:
    """A backend of the test's own; boto3's clients, which take long to make, are kept."""

    def connect(region: str | None) -> KmsClient:
        if region not in clients:
            clients[region] = KmsClient(region)
        return clients[region]

    return KmsBackend(connect=connect, retry=clock.retry())


ACCEPTED = {
    "key arn": (ARN, "eu-central-1"),
    "alias arn": ("arn:aws:kms:us-east-1:123456789012:alias/bank/ceo", "us-east-1"),
    "multi-region": ("arn:aws:kms:us-east-1:123456789012:key/mrk-" + "0" * 32, "us-east-1"),
    "gov cloud": (f"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/{KEY_ID}", "us-gov-west-1"),
    "china": (f"arn:aws-cn:kms:cn-north-1:123456789012:key/{KEY_ID}", "cn-north-1"),
    "key id": (KEY_ID, None),
    "multi-region id": ("mrk-" + "a" * 32, None),
    "alias": ("alias/ceo", None),
}
REFUSED_URIS = [
    "",
    "ceo",
    "alias/",
    "alias/aws/ebs",
    "alias/ceo cfo",
    "alias/ceo?x",
    KEY_ID.upper(),
    KEY_ID + "0",
    KEY_ID + "\n",
    "arn:aws:s3:::bucket",
    f"arn:aws:kms:eu-central-1:12345678901:key/{KEY_ID}",
    f"arn:aws:kms::123456789012:key/{KEY_ID}",
    f"arn:aws:kms:eu-central-1:123456789012:{KEY_ID}",
    f"arn:aws:kms:eu-central-1:123456789012:key/{KEY_ID}/x",
    "arn:aws:kms:eu-central-1:123456789012:alias/aws/ebs",
    f"//{KEY_ID}",
]


@pytest.mark.parametrize("name", ACCEPTED)
def test_uris(name: str) -> None:
    rest, region = ACCEPTED[name]
    named = parse_kms_key(f"awskms:{rest}")
    assert (named.key_id, named.region) == (rest, region)


@pytest.mark.parametrize("rest", REFUSED_URIS)
def test_refused_uris(rest: str) -> None:
    with pytest.raises(MalformedKeyUri, match="not a KMS key"):
        parse_kms_key(f"awskms:{rest}")


def test_arn_id_and_alias_name_one_key(backend: KmsBackend, kms: Any) -> None:
    arn = kms.create()
    key_id = arn.rpartition("/")[2]
    alias = f"alias/{key_id}"
    kms.admin.create_alias(AliasName=alias, TargetKeyId=key_id)
    alias_arn = f"{arn.rpartition(':')[0]}:{alias}"
    signers = [backend.open(f"awskms:{name}") for name in (arn, key_id, alias, alias_arn)]
    assert {signer.public_key for signer in signers} == {signers[0].public_key}
    assert {signer.device for signer in signers} == {arn}
    assert backend.public_key(f"awskms:{alias}") == signers[0].public_key
    # The alias is moved: the open signer goes on with the key that it was.
    kms.admin.update_alias(AliasName=alias, TargetKeyId=kms.create().rpartition("/")[2])
    assert verify_digest(signers[2].public_key.data, DIGEST, signers[2].sign(DIGEST))
    assert backend.open(f"awskms:{alias}").public_key != signers[0].public_key


def test_an_alias_without_a_key(backend: KmsBackend) -> None:
    for missing in ("alias/nobody", KEY_ID, ARN):
        with pytest.raises(NoSuchKey) as caught:
            backend.open(f"awskms:{missing}")
        assert caught.value.exit_status is ExitStatus.KEY
        assert backend.public_key(f"awskms:{missing}") is None


@pytest.mark.parametrize(
    ("spec", "usage", "refusal"),
    [
        ("ECC_NIST_P256", "SIGN_VERIFY", devices.WrongCurve),
        ("ECC_NIST_P384", "SIGN_VERIFY", devices.WrongCurve),
        ("RSA_2048", "SIGN_VERIFY", devices.WrongCurve),
        ("RSA_2048", "ENCRYPT_DECRYPT", devices.KeyCannotSign),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", devices.KeyCannotSign),
        ("HMAC_256", "GENERATE_VERIFY_MAC", devices.KeyCannotSign),
    ],
)
def test_keys_of_another_kind(
    backend: KmsBackend, kms: Any, spec: str, usage: str, refusal: type[KeyRefused]
) -> None:
    with pytest.raises(refusal) as caught:
        backend.open(f"awskms:{kms.create(spec, usage)}")
    assert spec in caught.value.message or usage in caught.value.message
    assert kms.calls().get("Sign", 0) == 0


def test_a_key_that_is_disabled_before_or_after_it_is_opened(backend: KmsBackend, kms: Any) -> None:
    arn = kms.create()
    key_id = arn.rpartition("/")[2]
    signer = backend.open(f"awskms:{arn}")
    kms.admin.disable_key(KeyId=key_id)
    with pytest.raises(devices.KmsKeyDisabled):
        signer.sign(DIGEST)
    with pytest.raises(devices.KmsKeyDisabled, match="Disabled"):
        backend.open(f"awskms:{arn}")
    kms.admin.enable_key(KeyId=key_id)
    assert signer.sign(DIGEST)
    kms.admin.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    with pytest.raises(devices.KmsKeyDisabled, match="PendingDeletion"):
        backend.open(f"awskms:{arn}")


FAILURES: dict[str, tuple[str, type[KeyRefused], int]] = {
    "throttled": ("ThrottlingException", devices.KmsThrottled, 5),
    "internal": ("KMSInternalException", devices.KmsUnreachable, 5),
    "dependency": ("DependencyTimeoutException", devices.KmsUnreachable, 5),
    "no answer": ("drop", devices.KmsUnreachable, 5),
    "denied": ("AccessDeniedException", devices.KmsAccessDenied, 1),
    "disabled": ("DisabledException", devices.KmsKeyDisabled, 1),
    "state": ("KMSInvalidStateException", devices.KmsKeyDisabled, 1),
    "missing": ("NotFoundException", NoSuchKey, 1),
    "usage": ("InvalidKeyUsageException", devices.KeyCannotSign, 1),
    "token": ("UnrecognizedClientException", devices.KmsNotConfigured, 1),
    "expired": ("ExpiredTokenException", devices.KmsNotConfigured, 1),
    "unknown": ("SomethingNewException", devices.KmsRefused, 1),
    "rubbish": ("rubbish", devices.KmsAnswerInvalid, 1),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("operation", ["DescribeKey", "GetPublicKey", "Sign"])
def test_failures(backend: KmsBackend, kms: Any, clock: Clock, name: str, operation: str) -> None:
    fault, refusal, calls = FAILURES[name]
    uri = f"awskms:{kms.create()}"
    signer = backend.open(uri)
    kms.order(operation, *[fault] * 9)
    with pytest.raises(refusal) as caught:
        signer.sign(DIGEST) if operation == "Sign" else backend.open(uri)
    assert type(caught.value) is refusal
    assert caught.value.exit_status is ExitStatus.KEY
    assert caught.value.next_step
    assert kms.calls()[operation] == calls, "botocore's own retries are off"
    assert len(clock.waits) == calls - 1


@pytest.mark.parametrize("fault", ["ThrottlingException", "KMSInternalException", "drop"])
def test_a_failure_that_passes_is_not_noticed(
    backend: KmsBackend, kms: Any, clock: Clock, fault: str
) -> None:
    signer = backend.open(f"awskms:{kms.create()}")
    kms.order("Sign", fault, fault, fault, fault)
    signature = signer.sign(DIGEST)
    assert verify_digest(signer.public_key.data, DIGEST, signature)
    assert len(clock.waits) == 4


def spki(header: str, point: str) -> str:
    return base64.b64encode(bytes.fromhex(header + point)).decode()


ANSWERS: dict[str, tuple[str, Mapping[str, Any], type[SovbankError]]] = {
    "another key signs": ("Sign", {"KeyId": ARN}, devices.KmsAnswerInvalid),
    "another algorithm": ("Sign", {"SigningAlgorithm": "ECDSA_SHA_384"}, devices.KmsAnswerInvalid),
    "no signature": ("Sign", {"Signature": None}, devices.KmsAnswerInvalid),
    "no key id": ("Sign", {"KeyId": None}, devices.KmsAnswerInvalid),
    "an empty signature": ("Sign", {"Signature": ""}, SignatureInvalid),
    "half of base64": ("Sign", {"Signature": "A"}, devices.KmsAnswerInvalid),
    "a number": ("Sign", {"Signature": 7}, devices.KmsAnswerInvalid),
    "an endless signature": ("Sign", {"Signature": "A" * 4000}, devices.KmsAnswerInvalid),
    "not der": ("Sign", {"Signature": base64.b64encode(bytes(70)).decode()}, SignatureInvalid),
    "another signature": (
        "Sign",
        {"Signature": base64.b64encode(bytes.fromhex("3006020101020101")).decode()},
        SignatureInvalid,
    ),
    "a list": ("Sign", {"KeyId": [], "SigningAlgorithm": {}}, devices.KmsAnswerInvalid),
    "public key of another": ("GetPublicKey", {"KeyId": ARN}, devices.KmsAnswerInvalid),
    "no public key": ("GetPublicKey", {"PublicKey": None}, devices.KmsAnswerInvalid),
    "an empty public key": ("GetPublicKey", {"PublicKey": ""}, devices.KmsAnswerInvalid),
    "no point": (
        "GetPublicKey",
        {"PublicKey": spki("3056301006072a8648ce3d020106052b8104000a034200", "04" + "11" * 64)},
        MalformedPublicKey,
    ),
    "compressed": (
        "GetPublicKey",
        {"PublicKey": spki("3036301006072a8648ce3d020106052b8104000a032200", "02" + "11" * 32)},
        devices.KmsAnswerInvalid,
    ),
    "p256": (
        "GetPublicKey",
        {"PublicKey": spki("3059301306072a8648ce3d020106082a8648ce3d030107034200", "04" + "11" * 64)},
        devices.KmsAnswerInvalid,
    ),
    "described as another": ("DescribeKey", {"Arn": ARN}, devices.KmsAnswerInvalid),
    "described as an alias": (
        "DescribeKey",
        {"Arn": "arn:aws:kms:eu-central-1:123456789012:alias/ceo"},
        devices.KmsAnswerInvalid,
    ),
    "no arn": ("DescribeKey", {"Arn": None}, devices.KmsAnswerInvalid),
    "no spec": ("DescribeKey", {"KeySpec": None}, devices.WrongCurve),
    "no usage": ("DescribeKey", {"KeyUsage": None}, devices.KeyCannotSign),
    "no state": ("DescribeKey", {"KeyState": None}, devices.KmsKeyDisabled),
    "a number for a name": ("DescribeKey", {"Arn": 7}, devices.KmsAnswerInvalid),
    "not enabled": ("DescribeKey", {"Enabled": False}, devices.KmsKeyDisabled),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_not_trusted(backend: KmsBackend, kms: Any, clock: Clock, name: str) -> None:
    operation, fields, refusal = ANSWERS[name]
    uri = f"awskms:{kms.create()}"
    signer = backend.open(uri)
    kms.order(operation, fields)
    with pytest.raises(refusal) as caught:
        signer.sign(DIGEST) if operation == "Sign" else backend.open(uri)
    assert type(caught.value) is refusal
    assert clock.waits == []


def test_a_high_s_is_made_low(backend: KmsBackend, kms: Any) -> None:
    signer = backend.open(f"awskms:{kms.create()}")
    r, s = parse_der(signer.sign(DIGEST)) or (0, 0)
    from sovbank.wire.signatures import encode_der

    high = encode_der(r, SECP256K1_ORDER - s)
    kms.order("Sign", {"Signature": base64.b64encode(high).decode()})
    assert parse_der(signer.sign(DIGEST)) == (r, s)


def test_only_digests_are_sent(backend: KmsBackend, kms: Any) -> None:
    signer = backend.open(f"awskms:{kms.create()}")
    kms.order("Sign")
    for payload in (b"", bytes(31), bytes(33), b"STX\0 a whole transaction"):
        with pytest.raises(PayloadRefused):
            signer.sign(payload)
    assert kms.calls().get("Sign", 0) == 0


SET_UP: dict[str, tuple[dict[str, str | None], type[KeyRefused]]] = {
    "no credentials": ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, devices.KmsNotConfigured),
    "half the credentials": ({"AWS_SECRET_ACCESS_KEY": None}, devices.KmsNotConfigured),
    "no region": ({"AWS_DEFAULT_REGION": None}, devices.KmsNotConfigured),
    "unknown profile": ({"AWS_PROFILE": "nobody"}, devices.KmsNotConfigured),
    "nothing listens": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, devices.KmsUnreachable),
    "no url": ({"AWS_ENDPOINT_URL": "kms.example"}, devices.KmsUnreachable),
}


@pytest.mark.parametrize("name", SET_UP)
def test_a_machine_that_is_not_set_up(
    kms: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    key_id = kms.create().rpartition("/")[2]
    variables, refusal = SET_UP[name]
    for variable, value in variables.items():
        if value is None:
            monkeypatch.delenv(variable)
        else:
            monkeypatch.setenv(variable, value)
    with pytest.raises(refusal):
        KmsBackend(retry=clock.retry()).open(f"awskms:{key_id}")
    waited = len(clock.waits)
    assert KmsBackend(retry=clock.retry()).public_key(f"awskms:{key_id}") is None
    assert len(clock.waits) == waited, "a machine that holds no such key says so at once"


def test_the_region_of_an_arn_needs_no_configuration(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = kms.create()
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert KmsBackend().open(f"awskms:{arn}").sign(DIGEST)


def test_credentials_are_not_shown(
    backend: KmsBackend, kms: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    signer = backend.open(f"awskms:{kms.create()}")
    signer.sign(DIGEST)
    shown = repr(signer) + repr(backend) + caplog.text
    for fault in ("AccessDeniedException", "UnrecognizedClientException", "rubbish"):
        kms.order("Sign", fault)
        with pytest.raises(KeyRefused) as caught:
            signer.sign(DIGEST)
        shown += repr(caught.value) + caught.value.message + repr(caught.value.details)
    assert not re.search("canary", shown, re.IGNORECASE)


def test_boto3_is_imported_when_a_key_is_opened() -> None:
    script = "import sys, sovbank.keys.kms as kms\nkms.KmsBackend()\nprint({'boto3'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_the_documents_name_the_permissions() -> None:
    document = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
    for action in ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"):
        assert action in document
        assert action in devices.KmsAccessDenied.default_next_step
