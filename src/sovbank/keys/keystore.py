"""The ``keystore:`` backend: encrypted key files of test networks, opened by one passphrase a directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sovbank.errors.keys import KeyExists, KeystoreDamaged, KeystoreMissing, NoSuchKey
from sovbank.keys.files import PrivateDirectory
from sovbank.keys.keyfile import (
    Cost,
    KeyFile,
    KeyRecord,
    StoreHeader,
    new_store,
    open_store,
    read_header,
    read_key,
    unwrap,
    wrap,
    write_header,
    write_key,
)
from sovbank.keys.passphrase import PassphraseSource
from sovbank.keys.port import PublicKey, Scheme, Signer
from sovbank.keys.secret import Secret
from sovbank.keys.software import new_private, public_key_of, software_signer
from sovbank.keys.uri import check_key_name, parse_keystore_key

HEADER_NAME = "keystore.json"
KEY_SUFFIX = ".key"


def _now() -> datetime:
    return datetime.now(UTC)


class KeystoreDirectory:
    """One keystore: a directory with a header and a file for each key.

    The passphrase is asked for when a private half is first needed, once; public parts need none.
    """

    def __init__(
        self, path: Path, *, passphrase: PassphraseSource, clock: Callable[[], datetime] = _now
    ) -> None:
        self.path = path
        self._files = PrivateDirectory(path)
        self._passphrase = passphrase
        self._clock = clock
        self._header: StoreHeader | None = None
        self._master: Secret | None = None

    def generate(
        self, name: str, scheme: Scheme, *, cost: Cost = Cost.STRONG, uri: str | None = None
    ) -> KeyRecord:
        """Make a key; the first one makes the keystore too, at the given cost.

        Raises
        ------
        MalformedKeyName, KeyExists, WrongPassphrase, PassphraseRefused
        KeystoreUnsafe, KeystoreDamaged, KeystoreUnwritable
        """
        return self.add(name, scheme, new_private(scheme), cost=cost, uri=uri)

    def add(
        self,
        name: str,
        scheme: Scheme,
        private: Secret,
        *,
        cost: Cost = Cost.STRONG,
        uri: str | None = None,
    ) -> KeyRecord:
        """Store a private half that was made elsewhere (32 bytes); otherwise as ``generate``."""
        file_name = check_key_name(name) + KEY_SUFFIX
        self._files.make()
        if self._files.read(file_name) is not None:
            raise KeyExists(f"the keystore {self.path} has a key {name} already")
        master = self._unlock_or_make(cost)
        created = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        record = KeyRecord(name, public_key_of(scheme, private), created, self._the_header().id)
        self._files.create(file_name, write_key(wrap(master, record, private)))
        # What was written is read again: a key that cannot be opened must not receive money.
        self.open(name, uri=uri)
        return record

    def records(self) -> Sequence[KeyRecord]:
        """Return the public parts of all keys by name. They are proven only when a key is opened.

        Raises
        ------
        KeystoreMissing, KeystoreUnsafe, KeystoreDamaged
        """
        names = [name.removesuffix(KEY_SUFFIX) for name in self._files.names() if name.endswith(KEY_SUFFIX)]
        return [self.record(name) for name in sorted(names)]

    def record(self, name: str) -> KeyRecord:
        """Return the public part of one key.

        Raises
        ------
        NoSuchKey, MalformedKeyName, KeystoreMissing, KeystoreUnsafe, KeystoreDamaged
        """
        return self._read(name).record

    def open(self, name: str, *, uri: str | None = None) -> Signer:
        """Return the signer of one key; ``uri`` is how it was named.

        Raises
        ------
        NoSuchKey, WrongPassphrase, KeystoreMissing, KeystoreUnsafe, KeystoreDamaged
        """
        file = self._read(name)
        private = unwrap(self._unlock(), file)
        if public_key_of(file.record.public_key.scheme, private) != file.record.public_key:
            raise KeystoreDamaged(f"the two halves of key {name} do not belong together")
        return software_signer(uri or f"keystore:{self.path / name}", file.record.public_key, private)

    def close(self) -> None:
        """Forget the master key."""
        if self._master is not None:
            self._master.wipe()
            self._master = None

    def _read(self, name: str) -> KeyFile:
        file_name = check_key_name(name) + KEY_SUFFIX
        data = self._files.read(file_name)
        if data is None:
            raise NoSuchKey(f"the keystore {self.path} has no key {name}")
        file = read_key(data, source=str(self.path / file_name))
        if file.record.name != name:
            raise KeystoreDamaged(f"{self.path / file_name} is the file of key {file.record.name[:64]!r}")
        if file.record.keystore != self._the_header().id:
            raise KeystoreDamaged(f"{self.path / file_name} belongs to another keystore")
        return file

    def _the_header(self) -> StoreHeader:
        if self._header is None:
            data = self._files.read(HEADER_NAME)
            if data is None:
                raise KeystoreMissing(f"{self.path} has no {HEADER_NAME}")
            self._header = read_header(data, source=str(self.path / HEADER_NAME))
        return self._header

    def _unlock(self) -> Secret:
        if self._master is None:
            passphrase = self._passphrase(f"the keystore {self.path}")
            try:
                self._master = open_store(self._the_header(), passphrase)
            finally:
                passphrase.wipe()
        return self._master

    def _unlock_or_make(self, cost: Cost) -> Secret:
        if self._header is not None or self._files.read(HEADER_NAME) is not None:
            return self._unlock()
        if any(name.endswith(KEY_SUFFIX) for name in self._files.names()):
            raise KeystoreMissing(f"{self.path} has key files but no {HEADER_NAME}")
        passphrase = self._passphrase(f"the keystore {self.path}", new=True)
        try:
            header, self._master = new_store(passphrase, cost)
        finally:
            passphrase.wipe()
        self._files.create(HEADER_NAME, write_header(header))
        self._header = header
        return self._master


class KeystoreBackend:
    """The key store behind ``keystore:`` URIs: the profile's own directory and others named by path."""

    def __init__(self, directory: Path, *, passphrase: PassphraseSource) -> None:
        self._own = directory
        self._passphrase = passphrase
        self._directories: dict[Path, KeystoreDirectory] = {}

    def open(self, uri: str) -> Signer:
        """Return the key that ``keystore:NAME`` or ``keystore:/directory/NAME`` names."""
        key = parse_keystore_key(uri)
        return self.directory(uri).open(key.name, uri=uri)

    def record(self, uri: str) -> KeyRecord:
        """Return the public part of the key; no passphrase is needed."""
        return self.directory(uri).record(parse_keystore_key(uri).name)

    def public_key(self, uri: str) -> PublicKey:
        """Return the public half of the key; no passphrase is needed."""
        return self.record(uri).public_key

    def directory(self, uri: str | None = None) -> KeystoreDirectory:
        """Return the keystore that holds the URI's key, or the profile's own."""
        named = parse_keystore_key(uri).directory if uri is not None else None
        path = Path(named) if named is not None else self._own
        if path not in self._directories:
            self._directories[path] = KeystoreDirectory(path, passphrase=self._passphrase)
        return self._directories[path]

    def close(self) -> None:
        """Forget all master keys."""
        for directory in self._directories.values():
            directory.close()
