"""The keys that this machine can reach, and the making of a test network's keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sovbank.core.profile import Profile
from sovbank.core.profile_fill import Identity
from sovbank.errors.keys import KeystoreMissing, NoSuchKey
from sovbank.evm.port import ChainSigner
from sovbank.keys.addresses import evm_address, xrpl_address
from sovbank.keys.device import DeviceStore
from sovbank.keys.evm import EvmSigner
from sovbank.keys.keyfile import Cost
from sovbank.keys.keystore import KeystoreBackend
from sovbank.keys.port import KeyStore, PublicKey, Scheme, Signer
from sovbank.keys.uri import KeyStores, parse_key_uri, parse_keystore_key


class KeyRing:
    """The keys that this machine can reach (the port of ``operations.house``)."""

    def __init__(
        self, keystore: KeystoreBackend, devices: Mapping[str, Callable[[], DeviceStore]] | None = None
    ) -> None:
        self._devices = dict(devices or {})
        backends: dict[str, Callable[[], KeyStore]] = {"keystore": lambda: keystore, **self._devices}
        self._keystore = keystore
        self._stores = KeyStores(backends)
        self._signers: dict[str, Signer] = {}
        self._publics: dict[str, PublicKey | None] = {}

    def holds(self, uri: str) -> bool:
        """Say whether this machine reaches the key; no passphrase or PIN is needed."""
        return self.public_key(uri) is not None

    def public_key(self, uri: str) -> PublicKey | None:
        """Return the public half of a key of this machine; no passphrase or PIN is needed."""
        scheme = parse_key_uri(uri).scheme
        if scheme in self._devices:
            if uri not in self._publics:
                self._publics[uri] = self._devices[scheme]().public_key(uri)
            return self._publics[uri]
        if scheme != "keystore":
            return None
        try:
            return self._keystore.public_key(uri)
        except (NoSuchKey, KeystoreMissing):
            return None

    def signer(self, uri: str) -> Signer:
        """Return the key for the XRP Ledger, unlocking it if need be."""
        if uri not in self._signers:
            self._signers[uri] = self._stores.open(uri)
        return self._signers[uri]

    def chain_signer(self, uri: str) -> ChainSigner:
        """Return the key for the control plane, unlocking it if need be."""
        return EvmSigner(self.signer(uri))


def addresses_of(key: PublicKey) -> tuple[str, str | None]:
    """Return the key's XRP Ledger address and its control-plane address (None for Ed25519)."""
    chain = evm_address(key) if key.scheme is Scheme.SECP256K1 else None
    return xrpl_address(key), chain


def make_identities(
    template: Profile, keystore: KeystoreBackend, *, made: Callable[[str], None] = lambda _: None
) -> tuple[Mapping[str, Identity], Mapping[str, Identity]]:
    """Make the keystore keys that a template names, and return the identities of officers and accounts.

    A key that is there already is used again. ``made`` is told the name of each new key.
    """
    officers = {name: officer.key for name, officer in template.officers.items()}
    accounts = {name: f"keystore:{name}" for name in template.accounts}
    _make(keystore, [*officers.values(), *accounts.values()], made)
    return (
        {name: _identity(keystore, uri, person=True) for name, uri in officers.items()},
        {name: _identity(keystore, uri, person=False) for name, uri in accounts.items()},
    )


def _make(keystore: KeystoreBackend, uris: Iterable[str], made: Callable[[str], None]) -> None:
    ring = KeyRing(keystore)
    for uri in uris:
        if ring.public_key(uri) is None:
            name = parse_keystore_key(uri).name
            keystore.directory(uri).generate(name, Scheme.SECP256K1, cost=Cost.TEST_NETWORK, uri=uri)
            made(name)


def _identity(keystore: KeystoreBackend, uri: str, *, person: bool) -> Identity:
    account, chain = addresses_of(keystore.public_key(uri))
    return Identity(uri, account, evm_address=chain if person else None)
