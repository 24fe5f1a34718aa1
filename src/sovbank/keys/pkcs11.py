"""The ``pkcs11:`` backend: keys in HSMs, reached through the vendor's PKCS#11 module."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sovbank.errors import devices
from sovbank.errors.keys import KeyExists, MalformedPublicKey
from sovbank.keys import pkcs11_token as tokens
from sovbank.keys.device import checked_ed25519, checked_secp256k1, der_of_pair, require_digest
from sovbank.keys.pin import PinSource
from sovbank.keys.pkcs11_module import in_module, module_of
from sovbank.keys.pkcs11_token import Token
from sovbank.keys.pkcs11_uri import Pkcs11Uri, parse_pkcs11_key, parse_pkcs11_token
from sovbank.keys.port import PublicKey, Scheme, Takes
from sovbank.keys.trial import try_key

_ID_BYTES = 8


@dataclass
class Pkcs11Signer:
    """A key in a token. Only digests and messages go in, and only verified signatures come out."""

    uri: str
    public_key: PublicKey
    token: Token
    _named: Pkcs11Uri
    _pin: PinSource
    _process: int = 0
    _key: Any = field(default=None, repr=False)

    @property
    def takes(self) -> Takes:
        """A 32-byte digest for secp256k1, the message for Ed25519."""
        return Takes.DIGEST if self.public_key.scheme is Scheme.SECP256K1 else Takes.MESSAGE

    @property
    def device(self) -> str:
        """The token in words, with serial number and model, for the record of a ceremony."""
        return f"{self.token.name}, model {self.token.model}"

    def sign(self, payload: bytes) -> bytes:
        """Return the signature: strict DER with a low S (secp256k1), or 64 bytes (Ed25519).

        Raises
        ------
        PayloadRefused, SignatureInvalid
        WrongPin, DeviceGone, DeviceFailed
            And whatever else ``Pkcs11Backend.open`` refuses, in a process that was forked.
        """
        from pkcs11 import Mechanism

        if self.takes is Takes.MESSAGE:
            signature = self._signed(payload, Mechanism.EDDSA)
            return checked_ed25519(self.public_key, payload, signature)
        require_digest(self.uri, payload)
        signature = self._signed(payload, Mechanism.ECDSA)
        return checked_secp256k1(self.public_key, payload, der_of_pair(signature))

    def _signed(self, payload: bytes, mechanism: Any) -> bytes:
        with in_module(f"the {self.token.name}"):
            return bytes(self._opened().sign(payload, mechanism=mechanism))

    def _opened(self) -> Any:
        # Looking a key up costs more than signing; the object is kept for the life of the process.
        if self._process != os.getpid():
            self._key = tokens.find_private(self.token, self.token.log_in(self._pin), self._named)
            self._process = os.getpid()
        return self._key


@dataclass(frozen=True)
class ListedKey:
    """A public key of a token: the URI that names it alone, and the key (None: of a kind not used here)."""

    uri: str
    label: str
    public_key: PublicKey | None


class Pkcs11Backend:
    """The key store behind ``pkcs11:`` URIs.

    Parameters
    ----------
    module
        The path of the module for URIs that name none; None when this machine has none.
    pin
        Where a token's PIN comes from; asked for when a private key is first needed, once for each token.
    """

    def __init__(self, module: str | None, *, pin: PinSource) -> None:
        self._module = module
        self._pin = pin

    def open(self, uri: str) -> Pkcs11Signer:
        """Return the signer of the one key that the URI names.

        Raises
        ------
        MalformedPkcs11Uri, PinInUri, ModuleMissing, ModuleUnusable
        TokenMissing, SeveralTokens
        WrongPin, PinFinalTry, PinLocked, PinRefused, PinUnavailable
        NoSuchKey, SeveralKeys, KeyExportable, KeyCannotSign
        PublicHalfMissing, WrongCurve, MalformedPublicKey
        DeviceGone, DeviceFailed
        """
        named = parse_pkcs11_key(uri)
        with in_module(f"the {named.of_token}"):
            token = self._token(named)
            session = token.log_in(self._pin)
            private = tokens.find_private(token, session, named)
            public = tokens.public_half(token, session, private)
        return Pkcs11Signer(uri, public, token, named, self._pin, os.getpid(), private)

    def public_key(self, uri: str) -> PublicKey | None:
        """Return the public half from the token, without a PIN; None where module, token or key is not here.

        Raises
        ------
        MalformedPkcs11Uri, PinInUri, ModuleUnusable, SeveralTokens, SeveralKeys, WrongCurve
        MalformedPublicKey, DeviceGone, DeviceFailed
        """
        named = parse_pkcs11_key(uri)
        try:
            with in_module(f"the {named.of_token}"):
                token = self._token(named)
                return tokens.find_public(token, token.session(), named)
        except (devices.ModuleMissing, devices.TokenMissing):
            return None

    def keys(self, uri: str) -> Sequence[ListedKey]:
        """Return the public keys of the token that the URI names, by label; no PIN is needed."""
        from pkcs11 import ObjectClass

        named = parse_pkcs11_token(uri)
        with in_module(f"the {named.of_token}"):
            token = self._token(named)
            found = tokens.search(token.session(), ObjectClass.PUBLIC_KEY, named.label, named.id)
            listed = [_listed(named, key) for key in found]
        return sorted(listed, key=lambda key: (key.label, key.uri))

    def generate(self, uri: str, scheme: Scheme) -> Pkcs11Signer:
        """Make a key pair inside the token, and try it; the private half never leaves the token.

        Raises
        ------
        KeyExists
            A key of that label or id is there.
        DeviceFailed
            The token cannot make keys of this kind. And whatever ``open`` refuses.
        """
        named = parse_pkcs11_key(uri)
        with in_module(f"the {named.of_token}"):
            token = self._token(named)
            session = token.log_in(self._pin)
            _require_new(token, session, named)
            _make(token, scheme, named)
        signer = self.open(uri)
        try_key(signer)
        return signer

    def _token(self, named: Pkcs11Uri) -> Token:
        return tokens.find_token(module_of(named, self._module), named)


def _require_new(token: Token, session: Any, named: Pkcs11Uri) -> None:
    from pkcs11 import ObjectClass

    for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
        for label, key_id in ((named.label, None), (None, named.id)):
            if (label, key_id) != (None, None) and tokens.search(session, kind, label, key_id):
                raise KeyExists(
                    f"the {token.name} has a key with the label or id of {named.of_key} already",
                    next_step="Choose another object= and id=.",
                )


def _make(token: Token, scheme: Scheme, named: Pkcs11Uri) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    kind, mechanism = {
        Scheme.SECP256K1: (KeyType.EC, Mechanism.EC_KEY_PAIR_GEN),
        Scheme.ED25519: (KeyType.EC_EDWARDS, Mechanism.EC_EDWARDS_KEY_PAIR_GEN),
    }[scheme]
    session = token.writable()
    try:
        curve = session.create_domain_parameters(
            kind, {Attribute.EC_PARAMS: tokens.CURVES[scheme]}, local=True
        )
        curve.generate_keypair(
            store=True,
            id=named.id or secrets.token_bytes(_ID_BYTES),
            label=named.label or "",
            mechanism=mechanism,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            private_template={
                Attribute.PRIVATE: True,
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
            },
            public_template={Attribute.PRIVATE: False},
        )
    finally:
        session.close()


def _listed(named: Pkcs11Uri, key: Any) -> ListedKey:
    from pkcs11 import Attribute

    label, key_id = str(key[Attribute.LABEL]), bytes(key[Attribute.ID])
    try:
        public: PublicKey | None = tokens.read_public(key)
    except (devices.WrongCurve, MalformedPublicKey):
        public = None
    return ListedKey(str(replace(named, label=label or None, id=key_id or None)), label, public)
