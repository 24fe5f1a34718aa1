"""Keystores of test cost, in directories of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sovbank.keys.keyfile import Cost
from sovbank.keys.keystore import KeystoreDirectory
from sovbank.keys.port import Scheme, Signer
from sovbank.keys.secret import Secret

PASSPHRASE = b"correct horse battery"


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
