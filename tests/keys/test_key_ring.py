"""The key ring: which keys of a profile this machine has, wherever they are."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.cli.wiring.keys import KeyRing
from sovbank.errors.devices import KeyExportable, SeveralKeys, WrongCurve
from sovbank.errors.keys import NoBackend
from sovbank.keys.addresses import evm_address
from sovbank.keys.keystore import KeystoreBackend, KeystoreDirectory
from sovbank.keys.kms import KmsBackend
from sovbank.keys.pkcs11 import Pkcs11Backend

CEO = "pkcs11:token=officers;object=ceo"


@pytest.fixture
def files(keystore: KeystoreDirectory, asked: Any) -> KeystoreBackend:
    return KeystoreBackend(keystore.path, passphrase=asked)


@pytest.fixture
def ring(files: KeystoreBackend, softhsm: Any, pin: Any, kms: Any) -> KeyRing:
    hsm, service = Pkcs11Backend(softhsm.module, pin=pin), KmsBackend()
    return KeyRing(files, devices={"pkcs11": lambda: hsm, "awskms": lambda: service})


def test_it_has_what_it_reaches(ring: KeyRing, kms: Any, pin: Any) -> None:
    arn = f"awskms:{kms.create()}"
    for uri in (CEO, arn, "keystore:warm"):
        assert ring.holds(uri)
    for uri in (
        "pkcs11:token=officers;object=nobody",
        "pkcs11:token=of-another-officer;object=ceo",
        "awskms:alias/of-another-officer",
        "keystore:nobody",
    ):
        assert not ring.holds(uri)
    assert pin.times == [], "no PIN was needed"


def test_what_it_shows_is_what_signs(ring: KeyRing, kms: Any) -> None:
    for uri in (CEO, f"awskms:{kms.create()}", "keystore:warm"):
        public = ring.public_key(uri)
        assert public is not None
        assert ring.signer(uri).public_key == public
        assert ring.chain_signer(uri).address == evm_address(public)
        assert ring.signer(uri) is ring.signer(uri)


def test_a_device_is_asked_once(ring: KeyRing, kms: Any) -> None:
    arn = f"awskms:{kms.create()}"
    kms.order("DescribeKey")
    for _ in range(5):
        assert ring.holds(arn)
    assert kms.calls()["DescribeKey"] == 1


def test_a_key_that_is_there_and_may_not_be_used_is_said(ring: KeyRing, kms: Any) -> None:
    with pytest.raises(SeveralKeys):
        ring.holds("pkcs11:token=officers;object=twins")
    with pytest.raises(WrongCurve):
        ring.holds(f"awskms:{kms.create('ECC_NIST_P256')}")
    assert ring.holds("pkcs11:token=officers;object=extractable")
    with pytest.raises(KeyExportable):
        ring.signer("pkcs11:token=officers;object=extractable")


def test_without_devices_only_files_are_reached(files: KeystoreBackend) -> None:
    ring = KeyRing(files)
    assert not ring.holds(CEO)
    with pytest.raises(NoBackend):
        ring.signer(CEO)
