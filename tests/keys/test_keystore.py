"""Keystores: what is written, how it is opened, and what is refused."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovbank.core.canonical import canonical_json
from sovbank.errors.base import KeyRefused, SovbankError
from sovbank.errors.keys import (
    KeyExists,
    KeystoreCostRefused,
    KeystoreDamaged,
    KeystoreMissing,
    KeystoreUnsafe,
    MalformedKeyName,
    NoSuchKey,
    PayloadRefused,
    WrongPassphrase,
)
from sovbank.keys import keyfile
from sovbank.keys.keyfile import Cost
from sovbank.keys.keystore import KeystoreBackend, KeystoreDirectory
from sovbank.keys.port import Scheme
from sovbank.keys.secret import Secret
from sovbank.wire import signatures
from sovbank.wire.hashes import sha512_half
from sovbank.wire.seeds import FamilySeed

MESSAGE = b"STX\0 a message"


def reopen(keystore: KeystoreDirectory, asking: Any, answer: bytes | None = None) -> KeystoreDirectory:
    source = asking() if answer is None else asking(answer)
    return KeystoreDirectory(keystore.path, passphrase=source)


def test_one_passphrase_and_one_derivation_serve_many_keys(
    keystore: KeystoreDirectory, asking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        keystore.generate(f"officer-{number}", Scheme.SECP256K1)
    source = asking()
    again = KeystoreDirectory(keystore.path, passphrase=source)
    derivations: list[int] = []
    derive = keyfile._derive
    monkeypatch.setattr(keyfile, "_derive", lambda *args: derivations.append(1) or derive(*args))
    for record in again.records():
        again.open(record.name)
    assert source.times == [False]
    assert derivations == [1]


def test_the_keystore_is_made_with_the_first_key(tmp_path: Path, asking: Any) -> None:
    source = asking()
    directory = KeystoreDirectory(tmp_path / "new" / "keys", passphrase=source)
    record = directory.generate("ceo", Scheme.SECP256K1, cost=Cost.TEST_NETWORK)
    assert source.times == [True]
    assert record.name == "ceo"
    assert sorted(os.listdir(directory.path)) == ["ceo.key", "keystore.json"]
    assert {path.stat().st_mode & 0o777 for path in directory.path.iterdir()} == {0o600}
    assert directory.path.stat().st_mode & 0o777 == 0o700


def test_strong_is_the_default_cost(tmp_path: Path, asked: Any) -> None:
    directory = KeystoreDirectory(tmp_path / "keys", passphrase=asked)
    directory.generate("ceo", Scheme.ED25519)
    assert json.loads((directory.path / "keystore.json").read_text())["kdf"]["n"] == 2**17


@pytest.mark.parametrize(("name", "scheme"), [("warm", Scheme.SECP256K1), ("cold", Scheme.ED25519)])
def test_a_reopened_key_signs_for_the_ledger(
    keystore: KeystoreDirectory, asking: Any, name: str, scheme: Scheme
) -> None:
    signer = reopen(keystore, asking).open(name)
    assert signer.public_key == keystore.record(name).public_key
    assert signer.public_key.scheme is scheme
    handed = sha512_half(MESSAGE) if scheme is Scheme.SECP256K1 else MESSAGE
    assert signatures.verify(signer.public_key.data, MESSAGE, signer.sign(handed))


def test_lists_and_shows_without_a_passphrase(keystore: KeystoreDirectory, asking: Any) -> None:
    source = asking()
    again = KeystoreDirectory(keystore.path, passphrase=source)
    assert [record.name for record in again.records()] == ["cold", "warm"]
    assert again.record("warm").public_key.scheme is Scheme.SECP256K1
    assert source.times == []


def test_a_wrong_passphrase_has_one_try(keystore: KeystoreDirectory, asking: Any) -> None:
    source = asking(b"wrong horse battery")
    again = KeystoreDirectory(keystore.path, passphrase=source)
    with pytest.raises(WrongPassphrase):
        again.open("warm")
    assert source.times == [False]


def test_a_key_is_not_added_under_another_passphrase(keystore: KeystoreDirectory, asking: Any) -> None:
    with pytest.raises(WrongPassphrase):
        reopen(keystore, asking, b"another passphrase").generate("third", Scheme.ED25519)
    assert not (keystore.path / "third.key").exists()


def test_a_key_is_never_overwritten(keystore: KeystoreDirectory) -> None:
    before = (keystore.path / "warm.key").read_bytes()
    with pytest.raises(KeyExists):
        keystore.generate("warm", Scheme.ED25519)
    assert (keystore.path / "warm.key").read_bytes() == before


def test_a_draft_of_a_crashed_process_is_passed_over(keystore: KeystoreDirectory) -> None:
    (keystore.path / ".third.key.0123456789abcdef").write_bytes(b"{")
    assert [record.name for record in keystore.records()] == ["cold", "warm"]


def test_what_is_missing(tmp_path: Path, keystore: KeystoreDirectory, asked: Any) -> None:
    with pytest.raises(NoSuchKey):
        keystore.open("third")
    with pytest.raises(MalformedKeyName):
        keystore.open("../warm")
    with pytest.raises(KeystoreMissing):
        KeystoreDirectory(tmp_path / "none", passphrase=asked).records()
    (keystore.path / "keystore.json").unlink()
    fresh = KeystoreDirectory(keystore.path, passphrase=asked)
    with pytest.raises(KeystoreMissing):
        fresh.open("warm")
    with pytest.raises(KeystoreMissing):
        fresh.generate("third", Scheme.ED25519, cost=Cost.TEST_NETWORK)


def _wide_file(path: Path) -> None:
    (path / "warm.key").chmod(0o640)


def _wide_header(path: Path) -> None:
    (path / "keystore.json").chmod(0o604)


def _wide_directory(path: Path) -> None:
    path.chmod(0o750)


def _linked_file(path: Path) -> None:
    (path / "warm.key").rename(path.parent / "elsewhere")
    (path / "warm.key").symlink_to(path.parent / "elsewhere")


def _linked_directory(path: Path) -> None:
    path.rename(path.parent / "elsewhere")
    path.symlink_to(path.parent / "elsewhere")


def _foreign_file(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path / "warm.key", 12345, 12345)


def _foreign_directory(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    os.chown(path, 12345, 12345)


@pytest.mark.parametrize(
    "spoil",
    [
        _wide_file,
        _wide_header,
        _wide_directory,
        _linked_file,
        _linked_directory,
        _foreign_file,
        _foreign_directory,
    ],
)
def test_what_is_open_to_others_is_refused(
    keystore: KeystoreDirectory, asking: Any, spoil: Callable[[Path], None]
) -> None:
    spoil(keystore.path)
    with pytest.raises(KeystoreUnsafe):
        reopen(keystore, asking).open("warm")


def test_a_fifo_or_a_directory_in_the_place_of_a_file(keystore: KeystoreDirectory, asking: Any) -> None:
    path = keystore.path / "warm.key"
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeystoreDamaged):
        reopen(keystore, asking).open("warm")
    path.unlink()
    path.mkdir(0o700)
    with pytest.raises(KeystoreDamaged):
        reopen(keystore, asking).open("warm")


def test_a_huge_file_is_not_read(keystore: KeystoreDirectory, asking: Any) -> None:
    path = keystore.path / "warm.key"
    with path.open("r+b") as handle:
        handle.truncate(2**40)
    with pytest.raises(KeystoreDamaged):
        reopen(keystore, asking).open("warm")


KDF: dict[str, tuple[dict[str, Any], type[KeyRefused]]] = {
    "too weak": ({"n": 2**13}, KeystoreCostRefused),
    "too costly": ({"n": 2**19}, KeystoreCostRefused),
    "enormous": ({"n": 2**40}, KeystoreCostRefused),
    "no power of two": ({"n": 20000}, KeystoreCostRefused),
    "large blocks": ({"r": 2**20}, KeystoreCostRefused),
    "many lanes": ({"p": 2**20}, KeystoreCostRefused),
    "no lanes": ({"p": 0}, KeystoreCostRefused),
    "true lanes": ({"p": True}, KeystoreDamaged),
    "other function": ({"name": "pbkdf2"}, KeystoreDamaged),
    "short salt": ({"salt": "00"}, KeystoreDamaged),
    "salt in capitals": ({"salt": "AB" * 32}, KeystoreDamaged),
    "salt of another type": ({"salt": 7}, KeystoreDamaged),
    "more": ({"more": 1}, KeystoreDamaged),
    "cheaper": ({"n": 2**15}, WrongPassphrase),
    "another salt": ({"salt": "ab" * 32}, KeystoreDamaged),
}


@pytest.mark.parametrize("name", KDF)
def test_hostile_parameters(keystore: KeystoreDirectory, asking: Any, name: str) -> None:
    changes, refusal = KDF[name]
    path = keystore.path / "keystore.json"
    header = json.loads(path.read_text())
    header["kdf"] |= changes
    path.write_bytes(canonical_json(header))
    started = time.monotonic()
    with pytest.raises(refusal):
        reopen(keystore, asking).open("warm")
    assert time.monotonic() - started < 2


TEXTS: dict[str, bytes] = {
    "empty": b"",
    "no json": b"not json",
    "deep": b"[" * 4000,
    "a list": b"[]",
    "not a number": b'{"format":NaN}',
    "huge number": b'{"format":' + b"9" * 4000 + b"}",
    "bytes": b"\xff\xfe\x00",
    "lone surrogate": b'{"check":"\\ud800","format":"sovbank-keystore/v1","kdf":{}}',
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("file", ["keystore.json", "warm.key"])
def test_files_that_are_something_else(
    keystore: KeystoreDirectory, asking: Any, file: str, name: str
) -> None:
    (keystore.path / file).write_bytes(TEXTS[name])
    with pytest.raises(KeystoreDamaged):
        reopen(keystore, asking).open("warm")


def test_the_canonical_form_is_the_only_one(keystore: KeystoreDirectory, asking: Any) -> None:
    path = keystore.path / "warm.key"
    canonical = path.read_bytes()
    spaced = json.dumps(json.loads(canonical)).encode()
    doubled = canonical[:-1] + b',"name":"warm"}'
    for other in (spaced, doubled, canonical + b"\n", b" " + canonical):
        path.write_bytes(other)
        with pytest.raises(KeystoreDamaged):
            reopen(keystore, asking).open("warm")


def test_every_field_of_a_key_file_is_bound_to_its_secret(keystore: KeystoreDirectory, asking: Any) -> None:
    path = keystore.path / "warm.key"
    fields = json.loads(path.read_text())
    other = json.loads((keystore.path / "cold.key").read_text())
    changes: list[dict[str, str]] = [
        {"created": "2020-01-01T00:00:00Z"},
        {"public_key": "02" + fields["public_key"][2:][::-1]},
        {"scheme": "ed25519", "public_key": other["public_key"]},
        {"salt": other["salt"]},
        {"wrapped": other["wrapped"]},
        {"salt": other["salt"], "wrapped": other["wrapped"]},
        {"name": "cold"},
        {"keystore": "00" * 16},
        {"format": "sovbank-key/v2"},
        {"scheme": "p-256"},
        {"public_key": other["public_key"]},
        {"created": "yesterday"},
    ]
    for change in changes:
        path.write_bytes(canonical_json(fields | change))
        with pytest.raises(KeystoreDamaged):
            reopen(keystore, asking).open("warm")


def test_a_file_of_another_keystore_is_refused(
    keystore: KeystoreDirectory, tmp_path: Path, asked: Any
) -> None:
    other = KeystoreDirectory(tmp_path / "other", passphrase=asked)
    other.generate("warm", Scheme.SECP256K1, cost=Cost.TEST_NETWORK)
    (keystore.path / "warm.key").write_bytes((other.path / "warm.key").read_bytes())
    with pytest.raises(KeystoreDamaged, match="another keystore"):
        keystore.open("warm")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_flipped_bit_of_a_key_file_is_noticed(keystore: KeystoreDirectory, at: int, bit: int) -> None:
    path = keystore.path / "warm.key"
    good = path.read_bytes()
    at %= len(good)
    changed = good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :]
    path.write_bytes(changed)
    try:
        with pytest.raises(KeyRefused):
            keystore.open("warm")
    finally:
        path.write_bytes(good)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_typed_error(data: bytes) -> None:
    for read in (keyfile.read_header, keyfile.read_key):
        with pytest.raises(SovbankError):
            read(data, source="the file")


def test_no_secret_is_written_or_shown(tmp_path: Path, asked: Any) -> None:
    private = bytes(range(1, 33))
    directory = KeystoreDirectory(tmp_path / "keys", passphrase=asked)
    for scheme in Scheme:
        directory.add(scheme.value, scheme, Secret(private), cost=Cost.TEST_NETWORK)
        signer = directory.open(scheme.value)
        for text in (repr(signer), str(signer), repr(directory), repr(directory.record(scheme.value))):
            assert private.hex() not in text
            assert repr(private) not in text
    for path in directory.path.iterdir():
        data = path.read_bytes()
        assert private not in data
        assert private.hex().encode() not in data
        assert asked.answer not in data


def test_known_private_halves_give_the_known_public_ones(tmp_path: Path, asked: Any) -> None:
    """The genesis account's keys, from the ledger's own derivation (wire.seeds is tested against xrpl-py)."""
    seed = FamilySeed.from_passphrase("masterpassphrase")
    directory = KeystoreDirectory(tmp_path / "keys", passphrase=asked)
    for scheme, pair in ((Scheme.SECP256K1, seed.secp256k1()), (Scheme.ED25519, seed.ed25519())):
        record = directory.add(scheme.value, scheme, Secret(pair.private), cost=Cost.TEST_NETWORK)
        assert record.public_key.data == pair.public


@pytest.mark.parametrize("private", [bytes(32), b"\xff" * 32, b"short", b""])
def test_what_is_no_private_half_is_refused(keystore: KeystoreDirectory, private: bytes) -> None:
    with pytest.raises(PayloadRefused):
        keystore.add("third", Scheme.SECP256K1, Secret(private))
    assert not (keystore.path / "third.key").exists()


def test_closing_forgets_the_master_key(keystore: KeystoreDirectory, asked: Any) -> None:
    keystore.close()
    keystore.open("warm")
    assert asked.times == [True, False]


def test_the_backend_opens_its_own_and_other_directories(
    keystore: KeystoreDirectory, tmp_path: Path, asking: Any
) -> None:
    source = asking()
    backend = KeystoreBackend(tmp_path / "none", passphrase=source)
    uri = f"keystore:{keystore.path}/warm"
    assert backend.open(uri).uri == uri
    assert backend.public_key(uri) == keystore.record("warm").public_key
    assert backend.open(f"keystore:{keystore.path}/cold").public_key.scheme is Scheme.ED25519
    assert source.times == [False]
    with pytest.raises(KeystoreMissing):
        backend.open("keystore:warm")
    own = KeystoreBackend(keystore.path, passphrase=source)
    assert own.open("keystore:warm").uri == "keystore:warm"
    own.close()
