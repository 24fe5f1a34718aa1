"""One token: found once, logged in to once, and its keys looked up under the rules.

The rules, in the order in which they are checked:

1. exactly one token that is plugged in and set up matches,
2. the PIN is not locked, and a wrong one would not lock it; one PIN is tried, and none after a wrong one,
3. exactly one private key matches; it signs, is SENSITIVE and is not EXTRACTABLE,
4. exactly one public key object belongs to it; it is a key of secp256k1 or Ed25519.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sovbank.errors import devices
from sovbank.errors.base import KeyRefused
from sovbank.errors.keys import MalformedPublicKey, NoSuchKey
from sovbank.keys.device import ed25519_key, secp256k1_key
from sovbank.keys.pin import PinSource
from sovbank.keys.pkcs11_module import Module, refusal
from sovbank.keys.pkcs11_uri import Pkcs11Uri
from sovbank.keys.port import PublicKey, Scheme

# Object identifiers as DER: secp256k1 is 1.3.132.0.10, Ed25519 is 1.3.101.112 (RFC 8410).
CURVES: Mapping[Scheme, bytes] = {
    Scheme.SECP256K1: bytes.fromhex("06052b8104000a"),
    Scheme.ED25519: bytes.fromhex("06032b6570"),
}
_OCTET_STRING = 0x04


@dataclass
class Token:
    """A token in its slot. Its methods are called inside ``in_module``."""

    module: Module
    slot_id: int
    label: str
    serial: str
    model: str
    _session: Any = field(default=None, init=False, repr=False)
    _process: int = field(default=0, init=False)
    _logged_in: bool = field(default=False, init=False)
    _was_logged_in: bool = field(default=False, init=False)
    _refused: list[KeyRefused] = field(default_factory=list, init=False)

    @property
    def name(self) -> str:
        """The token in words, with its serial number."""
        return f"token {self.label}, serial {self.serial}"

    def session(self) -> Any:
        """Return the token's one session; before ``log_in`` it sees public objects only."""
        self._notice_fork()
        if self._session is None:
            self._session = self._in_slot().open()
        return self._session

    def log_in(self, pin: PinSource) -> Any:
        """Return the session, logged in; the PIN is asked for once in a process.

        Raises
        ------
        WrongPin, PinFinalTry, PinLocked, PinRefused, PinUnavailable
            An earlier refusal of the PIN is raised again, and nothing is sent to the token.
        """
        self._notice_fork()
        if not self._logged_in:
            if self._refused:
                raise self._refused[0]
            self._session = self._open_with(pin)
            self._logged_in = True
        return self._session

    def writable(self) -> Any:
        """Return a session in which keys can be made; the login of ``log_in`` holds for it."""
        return self._in_slot().open(rw=True)

    def _open_with(self, pin: PinSource) -> Any:
        from pkcs11.exceptions import PKCS11Error, UserAlreadyLoggedIn

        token = self._in_slot()
        _check_pin_state(token, self.name)
        secret = pin(f"the {self.name}")
        try:
            return token.open(user_pin=secret.reveal().decode())
        except PKCS11Error as error:
            if isinstance(error, UserAlreadyLoggedIn) and self._was_logged_in:
                # The module carried the parent's login over a fork.
                return token.open()
            self._refused.append(refusal(error, f"the {self.name}"))
            raise self._refused[0] from error
        finally:
            secret.wipe()

    def _in_slot(self) -> Any:
        for slot in self.module.slots():
            if slot.slot_id == self.slot_id:
                token = slot.get_token()
                if (token.label, _serial(token)) == (self.label, self.serial):
                    return token
        raise devices.DeviceGone(f"the {self.name} is gone from its slot")

    def _notice_fork(self) -> None:
        if self._process != os.getpid():
            self._was_logged_in = self._logged_in
            self._session, self._logged_in, self._process = None, False, os.getpid()


_tokens: dict[tuple[Module, int, str, str], Token] = {}


def find_token(module: Module, uri: Pkcs11Uri) -> Token:
    """Return the token that the URI names; the same one for every URI that names it.

    Raises
    ------
    TokenMissing, SeveralTokens, ModuleUnusable
    """
    found = [
        token for slot in module.slots() if (token := _token(slot)) is not None and _is_named(token, uri)
    ]
    if not found:
        raise devices.TokenMissing(f"no {uri.of_token} is plugged in")
    if len(found) > 1:
        raise devices.SeveralTokens(f"{len(found)} tokens are each a {uri.of_token}")
    token = found[0]
    key = (module, token.slot.slot_id, token.label, _serial(token))
    if key not in _tokens:
        _tokens[key] = Token(*key, model=str(token.model))
    return _tokens[key]


def find_private(token: Token, session: Any, uri: Pkcs11Uri) -> Any:
    """Return the private key that the URI names.

    Raises
    ------
    NoSuchKey, SeveralKeys, KeyExportable, KeyCannotSign
    """
    from pkcs11 import Attribute, ObjectClass

    key = _one(
        search(session, ObjectClass.PRIVATE_KEY, uri.label, uri.id), f"{uri.of_key} in the {token.name}"
    )
    if key is None:
        raise NoSuchKey(
            f"the {token.name} has no private {uri.of_key}",
            next_step="See its keys with `sovbank key list pkcs11:token=LABEL`, or correct the key URI.",
        )
    if not _flag(key, Attribute.SENSITIVE) or _flag(key, Attribute.EXTRACTABLE, unknown=True):
        raise devices.KeyExportable(f"{uri.of_key} in the {token.name} could be read out of it")
    if not _flag(key, Attribute.SIGN) or _flag(key, Attribute.ALWAYS_AUTHENTICATE):
        raise devices.KeyCannotSign(
            f"{uri.of_key} in the {token.name} is not a key that signs with one login"
        )
    return key


def find_public(token: Token, session: Any, uri: Pkcs11Uri) -> PublicKey | None:
    """Return the public key that the URI names, or None; no login is needed.

    Raises
    ------
    SeveralKeys, WrongCurve, MalformedPublicKey
    """
    from pkcs11 import ObjectClass

    found = search(session, ObjectClass.PUBLIC_KEY, uri.label, uri.id)
    one = _one(found, f"public {uri.of_key} in the {token.name}")
    return None if one is None else read_public(one)


def public_half(token: Token, session: Any, private: Any) -> PublicKey:
    """Return the public half of a private key: the object of the same id, or of the same label without one.

    Raises
    ------
    PublicHalfMissing, SeveralKeys, WrongCurve, MalformedPublicKey
    """
    from pkcs11 import Attribute

    same_id = bytes(private[Attribute.ID])
    label = None if same_id else str(private[Attribute.LABEL])
    wanted = Pkcs11Uri(label=label, id=same_id or None)
    found = find_public(token, session, wanted)
    if found is None:
        raise devices.PublicHalfMissing(f"the {token.name} has no public {wanted.of_key}")
    return found


def read_public(key: Any) -> PublicKey:
    """Return a public key object in the ledger's form.

    Raises
    ------
    WrongCurve
        Its type or its parameters are of neither curve.
    MalformedPublicKey
        CKA_EC_POINT is not the DER octet string of an uncompressed point (for Ed25519: of the 32-byte key).
    """
    from pkcs11 import Attribute, KeyType

    kinds = {
        KeyType.EC: (Scheme.SECP256K1, secp256k1_key),
        KeyType.EC_EDWARDS: (Scheme.ED25519, ed25519_key),
    }
    try:
        kind = key[Attribute.KEY_TYPE]
    except ValueError as error:
        raise devices.WrongCurve("the key is of a type that is not known here") from error
    if kind not in kinds:
        raise devices.WrongCurve(f"the key is of type {kind.name}")
    scheme, read = kinds[kind]
    parameters = bytes(key[Attribute.EC_PARAMS])
    if parameters != CURVES[scheme]:
        raise devices.WrongCurve(f"the key is of another curve than {scheme.value}: {parameters.hex()[:64]}")
    return read(_octets(bytes(key[Attribute.EC_POINT])))


def search(session: Any, kind: Any, label: str | None, key_id: bytes | None) -> Sequence[Any]:
    """Return the objects of a class with the given label and id; None leaves one open."""
    from pkcs11 import Attribute

    wanted: dict[Any, Any] = {Attribute.CLASS: kind}
    if label is not None:
        wanted[Attribute.LABEL] = label
    if key_id is not None:
        wanted[Attribute.ID] = key_id
    return list(session.get_objects(wanted))


def _one(found: Sequence[Any], what: str) -> Any:
    if len(found) > 1:
        raise devices.SeveralKeys(f"{len(found)} keys are each a {what}")
    return found[0] if found else None


def _flag(key: Any, attribute: Any, *, unknown: bool = False) -> bool:
    from pkcs11.exceptions import AttributeTypeInvalid

    try:
        return bool(key[attribute])
    except AttributeTypeInvalid:
        return unknown


def _octets(der: bytes) -> bytes:
    if len(der) < 2 or der[0] != _OCTET_STRING or der[1] != len(der) - 2 or der[1] > 0x7F:
        raise MalformedPublicKey(
            "the public point in the token is not a DER octet string",
            next_step="Do not use this key; make one with `sovbank key generate`.",
        )
    return der[2:]


def _token(slot: Any) -> Any:
    from pkcs11 import TokenFlag
    from pkcs11.exceptions import TokenNotPresent, TokenNotRecognised

    try:
        token = slot.get_token()
    except (TokenNotPresent, TokenNotRecognised):
        return None
    return token if token.flags & TokenFlag.TOKEN_INITIALIZED else None


def _is_named(token: Any, uri: Pkcs11Uri) -> bool:
    pairs = (
        (uri.token, token.label),
        (uri.serial, _serial(token)),
        (uri.manufacturer, token.manufacturer_id),
        (uri.model, token.model),
    )
    return all(wanted is None or wanted == actual for wanted, actual in pairs)


def _serial(token: Any) -> str:
    return str(bytes(token.serial).rstrip(b"\0 ").decode("ascii", "backslashreplace"))


def _check_pin_state(token: Any, name: str) -> None:
    from pkcs11 import TokenFlag

    if token.flags & TokenFlag.USER_PIN_LOCKED or not token.flags & TokenFlag.USER_PIN_INITIALIZED:
        raise devices.PinLocked(f"the PIN of the {name} is locked or was never set")
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
        raise devices.PinFinalTry(f"one more wrong PIN would lock the {name}")
