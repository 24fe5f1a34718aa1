"""Key URIs: which are read, which are refused, and which backend they select."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.errors.base import ExitStatus, SovbankError
from sovbank.errors.keys import MalformedKeyName, MalformedKeyUri, NoBackend
from sovbank.keys.port import Signer
from sovbank.keys.uri import KeyStores, KeyUri, check_key_name, parse_key_uri, parse_keystore_key

PKCS11 = "pkcs11:token=issuer;object=ceo;type=private"
KMS = "awskms:arn:aws:kms:eu-central-1:111122223333:alias/treasury"

VALID = {
    "keystore:ceo": (None, "ceo"),
    "keystore:treasury-1.test": (None, "treasury-1.test"),
    "keystore:/srv/keys/ceo": ("/srv/keys", "ceo"),
    "keystore:/home/o.k_/~x,y=z+@-/a": ("/home/o.k_/~x,y=z+@-", "a"),
}
INVALID = {
    "nothing": "",
    "no scheme": "ceo",
    "unknown scheme": "file:/etc/passwd",
    "scheme in capitals": "Keystore:ceo",
    "empty name": "keystore:",
    "capitals": "keystore:CEO",
    "hidden file": "keystore:.ceo",
    "relative path": "keystore:keys/ceo",
    "up and away": "keystore:/srv/../etc/ceo",
    "in place": "keystore:/srv/./ceo",
    "double slash": "keystore://srv/ceo",
    "file in the root": "keystore:/ceo",
    "final slash": "keystore:/srv/ceo/",
    "percent": "keystore:/srv/%2e%2e/ceo",
    "space": "keystore:/srv/my keys/ceo",
    "line break": "keystore:ceo\n",
    "nul": "keystore:ceo\0",
    "not ascii": "keystore:céo",
    "query": "keystore:ceo?x=1",
    "too long a name": "keystore:" + "a" * 65,
    "too long": "keystore:/" + "a/" * 260 + "a",
}


@pytest.mark.parametrize("text", VALID)
def test_valid_keystore_uri(text: str) -> None:
    directory, name = VALID[text]
    key = parse_keystore_key(text)
    assert (key.directory, key.name) == (directory and PurePosixPath(directory), name)


@pytest.mark.parametrize("name", INVALID)
def test_invalid_uri(name: str) -> None:
    with pytest.raises(MalformedKeyUri) as caught:
        parse_keystore_key(INVALID[name])
    assert caught.value.exit_status is ExitStatus.KEY


def test_other_schemes_are_recognised_and_are_no_keystore_uris() -> None:
    assert parse_key_uri(PKCS11) == KeyUri("pkcs11", PKCS11.removeprefix("pkcs11:"))
    assert str(parse_key_uri(KMS)) == KMS
    with pytest.raises(MalformedKeyUri):
        parse_keystore_key(PKCS11)


@pytest.mark.parametrize(("uri", "scheme"), [(PKCS11, "pkcs11"), (KMS, "awskms"), ("keystore:a", "keystore")])
def test_a_scheme_without_backend_is_named(uri: str, scheme: str) -> None:
    with pytest.raises(NoBackend, match=f"this build has no {scheme} backend") as caught:
        KeyStores({}).open(uri)
    assert caught.value.exit_status is ExitStatus.KEY


def test_a_backend_is_made_once_when_its_first_key_is_opened(new_signer: object) -> None:
    signer: Signer = new_signer()  # type: ignore[operator]
    made, opened = [], []

    class Backend:
        def open(self, uri: str) -> Signer:
            opened.append(uri)
            return signer

    def make() -> Backend:
        made.append(True)
        return Backend()

    stores = KeyStores({"pkcs11": make})
    assert not made
    assert stores.open(PKCS11) is signer
    assert stores.open(PKCS11) is signer
    assert (made, opened) == ([True], [PKCS11, PKCS11])


@pytest.mark.parametrize("name", ["", "..", "-", "a/b", "A", "a b", "a\n", "ä", "a" * 65])
def test_malformed_names(name: str) -> None:
    with pytest.raises(MalformedKeyName):
        check_key_name(name)


@given(st.one_of(st.text(max_size=40), st.text("keystore:/.~a\n%", max_size=40).map("keystore:".__add__)))
def test_any_text_is_read_or_refused_with_a_typed_error(text: str) -> None:
    try:
        key = parse_keystore_key(text)
    except SovbankError:
        return
    path = "" if key.directory is None else f"{key.directory}/"
    assert f"keystore:{path}{key.name}" == text
    assert ".." not in path.split("/")
