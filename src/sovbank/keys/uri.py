"""Key URIs: the scheme selects the backend, the rest names exactly one key.

``keystore:NAME`` is a key of the profile's own keystore, ``keystore:/directory/NAME`` one of another
directory. ``pkcs11:`` (RFC 7512) and ``awskms:`` are parsed by their own backends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sovbank.errors.keys import MalformedKeyName, MalformedKeyUri, NoBackend
from sovbank.keys.port import KeyStore, Signer

SCHEMES = ("keystore", "pkcs11", "awskms")
MAX_URI_CHARACTERS = 512
_URI = re.compile(r"([a-z][a-z0-9]{1,15}):([!-~]+)", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9._+@=,~-]+)+", re.ASCII)


@dataclass(frozen=True)
class KeyUri:
    """A key URI split into its scheme and what the backend reads."""

    scheme: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


@dataclass(frozen=True)
class KeystoreKey:
    """A key in a keystore; ``directory`` is None for the profile's own."""

    directory: PurePosixPath | None
    name: str


def parse_key_uri(text: str) -> KeyUri:
    """Return the parts of a key URI.

    Raises
    ------
    MalformedKeyUri
        Not printable ASCII of at most 512 characters, or not one of the known schemes.
    """
    match = _URI.fullmatch(text) if len(text) <= MAX_URI_CHARACTERS else None
    if match is None or match[1] not in SCHEMES:
        # One that carries a PIN is not shown.
        shown = "" if "pin-" in text.lower() else f": {text[:80]!r}"
        raise MalformedKeyUri(f"not a key URI{shown}")
    return KeyUri(match[1], match[2])


def check_key_name(text: str) -> str:
    """Return the name of a key, or refuse one that is no plain file name.

    Raises
    ------
    MalformedKeyName
    """
    if not _NAME.fullmatch(text):
        raise MalformedKeyName(f"not a name for a key: {text[:80]!r}")
    return text


def parse_keystore_key(text: str) -> KeystoreKey:
    """Return what a ``keystore:`` URI names.

    Raises
    ------
    MalformedKeyUri
        Another scheme, a relative path, a path with ``.`` or ``..``, or characters that need quoting.
    """
    uri = parse_key_uri(text)
    if uri.scheme != "keystore":
        raise MalformedKeyUri(f"not a keystore URI: {text[:80]!r}")
    if _NAME.fullmatch(uri.rest):
        return KeystoreKey(None, uri.rest)
    directory, _, name = uri.rest.rpartition("/")
    steps = directory.split("/")[1:]
    if not _NAME.fullmatch(name) or not _PATH.fullmatch(directory) or {".", ".."} & set(steps):
        raise MalformedKeyUri(f"not a keystore URI: {text[:80]!r}; write keystore:NAME or keystore:/DIR/NAME")
    return KeystoreKey(PurePosixPath(directory), name)


class KeyStores:
    """The key stores of this process by URI scheme; itself a ``KeyStore``.

    Parameters
    ----------
    backends
        For each scheme a function that makes its key store. It is called when the first key is opened, so
        that a backend's library is loaded, and its passphrase or PIN asked for, only when it is used.
    """

    def __init__(self, backends: Mapping[str, Callable[[], KeyStore]]) -> None:
        self._backends = dict(backends)
        self._stores: dict[str, KeyStore] = {}

    def open(self, uri: str) -> Signer:
        """Return the one key that the URI names.

        Raises
        ------
        MalformedKeyUri, NoBackend
            And whatever the backend refuses, of the KeyRefused family.
        """
        scheme = parse_key_uri(uri).scheme
        if scheme not in self._stores:
            if scheme not in self._backends:
                raise NoBackend(f"this build has no {scheme} backend")
            self._stores[scheme] = self._backends[scheme]()
        return self._stores[scheme].open(uri)
