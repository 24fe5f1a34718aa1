"""Keystores of test cost, SoftHSM tokens and a KMS server process, in directories of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sovbank.keys.keyfile import Cost
from sovbank.keys.keystore import KeystoreDirectory
from sovbank.keys.port import Scheme, Signer
from sovbank.keys.secret import Secret

HERE = Path(__file__).parent
PASSPHRASE = b"correct horse battery"
PIN = b"pin-836251"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


class Asked:
    """A passphrase source that counts how often it was asked."""

    def __init__(self, answer: bytes = PASSPHRASE) -> None:
        self.answer = answer
        self.times: list[bool] = []

    def __call__(self, purpose: str, *, new: bool = False) -> Secret:
        self.times.append(new)
        return Secret(self.answer)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def asking() -> type[Asked]:
    return Asked


@pytest.fixture
def keystore(tmp_path: Path, asked: Asked) -> KeystoreDirectory:
    """A keystore with one key of each scheme: ``warm`` (secp256k1) and ``cold`` (Ed25519)."""
    directory = KeystoreDirectory(tmp_path / "keys", passphrase=asked)
    directory.generate("warm", Scheme.SECP256K1, cost=Cost.TEST_NETWORK)
    directory.generate("cold", Scheme.ED25519, cost=Cost.TEST_NETWORK)
    return directory


@pytest.fixture
def new_signer() -> Callable[[Scheme], Signer]:
    """Make a key in memory."""
    from sovbank.keys.software import new_private, public_key_of, software_signer

    def make(scheme: Scheme = Scheme.SECP256K1) -> Signer:
        private = new_private(scheme)
        return software_signer("keystore:test", public_key_of(scheme, private), private)

    return make


@dataclass(frozen=True)
class SoftHsm:
    """SoftHSM with the tokens of ``softhsm_tokens.py``; this process and its children see them."""

    directory: Path
    module: str = MODULE

    @property
    def configuration(self) -> str:
        return str(self.directory / "softhsm2.conf")


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    if shutil.which("softhsm2-util") is None or not Path(MODULE).exists():
        pytest.skip("needs the Debian package softhsm2")
    hsm = SoftHsm(tmp_path_factory.mktemp("softhsm"))
    subprocess.run([sys.executable, str(HERE / "softhsm_tokens.py"), str(hsm.directory)], check=True)
    # SoftHSM reads it when the module starts, once in this process.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", hsm.configuration)
        yield hsm


@pytest.fixture
def pin() -> Asked:
    return Asked(PIN)


@dataclass(frozen=True)
class KmsServer:
    """A KMS server process, the administrator's client, and faults on order (see ``kms_server.py``)."""

    url: str
    admin: Any

    def create(self, spec: str = "ECC_SECG_P256K1", usage: str = "SIGN_VERIFY") -> str:
        """Make a key and return its ARN."""
        return str(self.admin.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"])

    def order(self, operation: str, *answers: Any) -> None:
        """Let the next calls of an operation be answered so, and count calls from now on."""
        self._post({"operation": operation, "answers": answers})

    def calls(self) -> dict[str, int]:
        """Return how many calls of each operation there were."""
        return self._post(None)

    def _post(self, order: Any) -> dict[str, int]:
        data = b"" if order is None else json.dumps(order).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + "/faults", data=data)) as answer:
            return dict(json.loads(answer.read()))


@pytest.fixture(scope="session")
def kms_server() -> Iterator[KmsServer]:
    command = [sys.executable, str(HERE / "kms_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        import boto3

        admin = boto3.session.Session(
            aws_access_key_id="admin", aws_secret_access_key="admin", region_name="eu-central-1"
        ).client("kms", endpoint_url=url)
        yield KmsServer(url, admin)
        process.terminate()


@pytest.fixture
def kms(kms_server: KmsServer, monkeypatch: pytest.MonkeyPatch) -> KmsServer:
    """The KMS server, with this process set up to use it as an officer's machine would be."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", kms_server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIACANARYCANARYCANA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret-access-key")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    for operation in ("Sign", "GetPublicKey", "DescribeKey"):
        kms_server.order(operation)
    return kms_server
