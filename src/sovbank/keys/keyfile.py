"""The two file formats of a keystore, as canonical JSON, and the cryptography between them.

``keystore.json`` holds the parameters of one scrypt derivation and a check value. Its passphrase gives a
256-bit master key; every key file is wrapped under a key of its own that HKDF derives from the master key and
the file's random salt. So many keys cost one scrypt, and no AES-GCM key ever encrypts twice. Each file's
public part is the associated data: nothing in it can be changed unnoticed. The format: docs/keys.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sovbank.core.canonical import canonical_json
from sovbank.errors.keys import KeystoreCostRefused, KeystoreDamaged, WrongPassphrase
from sovbank.keys.port import PublicKey, Scheme
from sovbank.keys.secret import Secret

SALT_BYTES = 32
KEY_BYTES = 32
_NONCE = bytes(12)  # each wrapping key is used once
_TAG_BYTES = 16
_STORE_FORMAT, _KEY_FORMAT = "sovbank-keystore/v1", "sovbank-key/v1"
_CHECK_LABEL, _WRAP_LABEL = b"sovbank/keystore/v1/check", b"sovbank/keystore/v1/wrap"
_BLOCK, _LANES = 8, 1
_LEAST_LOG_N, _MOST_LOG_N = 14, 18
_HEX = re.compile(r"([0-9a-f]{2})+", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


class Cost(Enum):
    """How costly a guess of the passphrase is made: log2 of scrypt's n; the memory is n KiB."""

    STRONG = 17
    TEST_NETWORK = 14


@dataclass(frozen=True)
class StoreHeader:
    """What ``keystore.json`` holds."""

    log_n: int
    salt: bytes
    check: bytes

    @property
    def id(self) -> str:
        """The keystore's identity, which binds its key files to it: hex of its salt's SHA-256, shortened."""
        return hashlib.sha256(self.salt).hexdigest()[:32]


@dataclass(frozen=True)
class KeyRecord:
    """The public part of a key file. ``created`` is a UTC time, ISO 8601 to the second."""

    name: str
    public_key: PublicKey
    created: str
    keystore: str


@dataclass(frozen=True)
class KeyFile:
    """A key file: its public part and the wrapped private half."""

    record: KeyRecord
    salt: bytes
    wrapped: bytes


def new_store(passphrase: Secret, cost: Cost) -> tuple[StoreHeader, Secret]:
    """Return the header of a new keystore and its master key."""
    salt = secrets.token_bytes(SALT_BYTES)
    master = _derive(passphrase, salt, cost.value)
    header = StoreHeader(cost.value, salt, b"")
    return StoreHeader(cost.value, salt, _check_value(master, header)), master


def open_store(header: StoreHeader, passphrase: Secret) -> Secret:
    """Return the master key of a keystore.

    Raises
    ------
    WrongPassphrase
        The check value does not match: another passphrase, or a header that was changed.
    """
    master = _derive(passphrase, header.salt, header.log_n)
    if not hmac.compare_digest(_check_value(master, header), header.check):
        master.wipe()
        raise WrongPassphrase("the passphrase does not open the keystore (or its header was changed)")
    return master


def wrap(master: Secret, record: KeyRecord, private: Secret) -> KeyFile:
    """Return the key file of a private half."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = secrets.token_bytes(SALT_BYTES)
    cipher = AESGCM(_expand(master, salt, _WRAP_LABEL))
    sealed = cipher.encrypt(_NONCE, bytes(private.reveal()), _public_part(record, salt))
    return KeyFile(record, salt, sealed)


def unwrap(master: Secret, file: KeyFile) -> Secret:
    """Return the private half in a key file.

    Raises
    ------
    KeystoreDamaged
        Any part of the file was changed, or it belongs to another keystore.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(_expand(master, file.salt, _WRAP_LABEL))
    try:
        return Secret(cipher.decrypt(_NONCE, file.wrapped, _public_part(file.record, file.salt)))
    except InvalidTag as error:
        raise KeystoreDamaged(
            f"the file of key {file.record.name} was changed after it was written"
        ) from error


def write_header(header: StoreHeader) -> bytes:
    """Return the bytes of ``keystore.json``."""
    return canonical_json({**_header_part(header), "check": header.check.hex()})


def read_header(data: bytes, *, source: str) -> StoreHeader:
    """Return the header in the bytes of ``keystore.json``; ``source`` names it in messages.

    Raises
    ------
    KeystoreDamaged
        Not the canonical form.
    KeystoreCostRefused
        scrypt's n is not 2^14 to 2^18, r not 8 or p not 1: too weak, or more than 256 MiB of memory.
    """
    fields = _parse(data, source, {"format": str, "kdf": dict, "check": str})
    kdf = fields["kdf"]
    if fields["format"] != _STORE_FORMAT or kdf.keys() != {"name", "n", "r", "p", "salt"}:
        raise KeystoreDamaged(f"{source} is not a keystore header of this version")
    costs = [kdf[key] for key in ("n", "r", "p")]
    allowed = [2**power for power in range(_LEAST_LOG_N, _MOST_LOG_N + 1)]
    if kdf["name"] != "scrypt" or any(type(cost) is not int for cost in costs):
        raise KeystoreDamaged(f"{source} is not a keystore header of this version")
    if costs[0] not in allowed or costs[1:] != [_BLOCK, _LANES]:
        raise KeystoreCostRefused(f"{source} asks for scrypt with n={costs[0]}, r={costs[1]}, p={costs[2]}")
    return StoreHeader(
        costs[0].bit_length() - 1,
        _bytes(kdf["salt"], SALT_BYTES, source),
        _bytes(fields["check"], 32, source),
    )


def write_key(file: KeyFile) -> bytes:
    """Return the bytes of a key file."""
    return canonical_json({**_record_part(file.record, file.salt), "wrapped": file.wrapped.hex()})


def read_key(data: bytes, *, source: str) -> KeyFile:
    """Return the key file in the bytes; nothing is decrypted, so its public part is not yet proven.

    Raises
    ------
    KeystoreDamaged
        Not the canonical form.
    """
    names = ("format", "keystore", "name", "scheme", "public_key", "created", "salt", "wrapped")
    fields = _parse(data, source, dict.fromkeys(names, str))
    if fields["format"] != _KEY_FORMAT or fields["scheme"] not in {scheme.value for scheme in Scheme}:
        raise KeystoreDamaged(f"{source} is not a key file of this version")
    if not _TIME.fullmatch(fields["created"]):
        raise KeystoreDamaged(f"{source} has a malformed time")
    scheme = Scheme(fields["scheme"])
    public = _bytes(fields["public_key"], 33, source)
    if public[0] not in ((0xED,) if scheme is Scheme.ED25519 else (2, 3)):
        raise KeystoreDamaged(f"{source} has a public key of another scheme")
    record = KeyRecord(fields["name"], PublicKey(scheme, public), fields["created"], fields["keystore"])
    return KeyFile(
        record,
        _bytes(fields["salt"], SALT_BYTES, source),
        _bytes(fields["wrapped"], KEY_BYTES + _TAG_BYTES, source),
    )


def _derive(passphrase: Secret, salt: bytes, log_n: int) -> Secret:
    n = 2**log_n
    memory = 128 * _BLOCK * (n + _LANES + 2)
    return Secret(
        hashlib.scrypt(
            passphrase.reveal(), salt=salt, n=n, r=_BLOCK, p=_LANES, maxmem=memory, dklen=KEY_BYTES
        )
    )


def _expand(master: Secret, salt: bytes, label: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt, label).derive(bytes(master.reveal()))


def _check_value(master: Secret, header: StoreHeader) -> bytes:
    part = canonical_json(_header_part(header))
    return hmac.digest(_expand(master, header.salt, _CHECK_LABEL), part, "sha256")


def _header_part(header: StoreHeader) -> dict[str, Any]:
    kdf = {"name": "scrypt", "n": 2**header.log_n, "r": _BLOCK, "p": _LANES, "salt": header.salt.hex()}
    return {"format": _STORE_FORMAT, "kdf": kdf}


def _record_part(record: KeyRecord, salt: bytes) -> dict[str, str]:
    return {
        "format": _KEY_FORMAT,
        "keystore": record.keystore,
        "name": record.name,
        "scheme": record.public_key.scheme.value,
        "public_key": record.public_key.data.hex(),
        "created": record.created,
        "salt": salt.hex(),
    }


def _public_part(record: KeyRecord, salt: bytes) -> bytes:
    return canonical_json(_record_part(record, salt))


def _parse(data: bytes, source: str, shape: Mapping[str, type]) -> dict[str, Any]:
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise KeystoreDamaged(f"{source} is not JSON") from error
    if not isinstance(fields, dict) or fields.keys() != shape.keys():
        raise KeystoreDamaged(f"{source} has other fields than it must have")
    if any(type(fields[name]) is not kind for name, kind in shape.items()):
        raise KeystoreDamaged(f"{source} has a field of the wrong type")
    try:
        canonical = canonical_json(fields)
    except (ValueError, RecursionError) as error:
        raise KeystoreDamaged(f"{source} has a value that it cannot have") from error
    if canonical != data:
        raise KeystoreDamaged(f"{source} is not in canonical form")
    return fields


def _bytes(text: Any, length: int, source: str) -> bytes:
    if type(text) is not str or len(text) != 2 * length or not _HEX.fullmatch(text):
        raise KeystoreDamaged(f"{source} has a malformed value")
    return bytes.fromhex(text)
