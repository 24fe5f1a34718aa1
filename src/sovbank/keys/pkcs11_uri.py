"""``pkcs11:`` URIs (RFC 7512), read strictly: a URI names one token and one key, and holds no secret.

Taken: ``token``, ``serial``, ``manufacturer``, ``model`` (the token); ``object``, ``id``, ``type=private``
(the key); ``module-name``, ``module-path`` (after ``?``). Any other attribute is refused by name, since one
that was left out of the search would widen it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sovbank.errors.devices import MalformedPkcs11Uri, PinInUri
from sovbank.keys.uri import MAX_URI_CHARACTERS

# RFC 7512, section 2.3: pk11-pchar and pk11-qchar. "&" separates in the query and "/" is quoted in the path.
_PATH_VALUE = re.compile(r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,=&-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_QUERY_VALUE = re.compile(r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,=/?|-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_MODULE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", re.ASCII)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_TOKEN = ("token", "serial", "manufacturer", "model")
_KEY = ("object", "id", "type")
_QUERY = ("module-name", "module-path")
_SECRET = ("pin-value", "pin-source")
_LONGEST = {"token": 32, "serial": 16, "manufacturer": 32, "model": 16, "object": 128, "id": 64}
_MAX_PATH_BYTES = 300


@dataclass(frozen=True)
class Pkcs11Uri:
    """What a URI says about token, key and module; None where it is silent."""

    token: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    label: str | None = None
    id: bytes | None = None
    module_name: str | None = None
    module_path: str | None = None

    @property
    def names_a_token(self) -> bool:
        """Whether it says which token, by label or by serial number."""
        return self.token is not None or self.serial is not None

    @property
    def names_a_key(self) -> bool:
        """Whether it says which key, by label or by id."""
        return self.label is not None or self.id is not None

    @property
    def of_token(self) -> str:
        """The token's part in words, for messages and questions."""
        parts = (("", self.token), ("serial ", self.serial), ("of ", self.manufacturer), ("", self.model))
        return "token " + ", ".join(f"{word}{value}" for word, value in parts if value is not None)

    @property
    def of_key(self) -> str:
        """The key's part in words."""
        label = [] if self.label is None else [self.label]
        return "key " + ", ".join([*label, *([] if self.id is None else [f"id {self.id.hex()}"])])

    def __str__(self) -> str:
        named = {"token": self.token, "serial": self.serial, "manufacturer": self.manufacturer}
        named |= {"model": self.model, "object": self.label}
        pieces = [f"{name}={_quote(value.encode())}" for name, value in named.items() if value is not None]
        if self.id is not None:
            pieces.append("id=" + "".join(f"%{byte:02X}" for byte in self.id))
        query = {"module-name": self.module_name, "module-path": self.module_path}
        asked = [
            f"{name}={_quote(value.encode(), b'/')}" for name, value in query.items() if value is not None
        ]
        return "pkcs11:" + ";".join(pieces) + ("?" + "&".join(asked) if asked else "")


def parse_pkcs11_key(text: str) -> Pkcs11Uri:
    """Return what the URI of a key says.

    Raises
    ------
    MalformedPkcs11Uri
        Not of RFC 7512, an attribute that is unknown or stands there twice, or no token or key named.
    PinInUri
    """
    uri = parse_pkcs11_token(text)
    if not uri.names_a_key:
        raise MalformedPkcs11Uri("the key URI names no key: object= or id= is missing")
    return uri


def parse_pkcs11_token(text: str) -> Pkcs11Uri:
    """Return what a URI says that must name a token and may name a key."""
    scheme, _, rest = text.partition(":")
    if scheme != "pkcs11" or len(text) > MAX_URI_CHARACTERS:
        raise MalformedPkcs11Uri(f"not a pkcs11 URI of at most {MAX_URI_CHARACTERS} characters")
    path, mark, query = rest.partition("?")
    said = _attributes(path.split(";"), _PATH_VALUE, {*_TOKEN, *_KEY})
    asked = _attributes(query.split("&"), _QUERY_VALUE, set(_QUERY)) if mark else {}
    uri = _uri(said, asked)
    if not uri.names_a_token:
        raise MalformedPkcs11Uri("the key URI names no token: token= or serial= is missing")
    return uri


def _attributes(pieces: Iterable[str], form: re.Pattern[str], known: set[str]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if name in _SECRET:
            raise PinInUri(f"the key URI has {name}")
        if name not in known:
            raise MalformedPkcs11Uri(f"the key URI has an attribute that is not known: {name[:40]!r}")
        if name in found:
            raise MalformedPkcs11Uri(f"the key URI has {name} twice")
        if not equals or not form.fullmatch(value):
            raise MalformedPkcs11Uri(
                f"the value of {name} in the key URI is empty or not quoted as RFC 7512 wants"
            )
        found[name] = _unquote(value)
        if len(found[name]) > _LONGEST.get(name, _MAX_PATH_BYTES):
            raise MalformedPkcs11Uri(f"the value of {name} in the key URI is too long")
    return found


def _uri(said: Mapping[str, bytes], asked: Mapping[str, bytes]) -> Pkcs11Uri:
    if said.get("type", b"private") != b"private":
        raise MalformedPkcs11Uri("a key URI names a private key: type=private, or no type")
    uri = Pkcs11Uri(
        token=_text(said, "token"),
        serial=_text(said, "serial"),
        manufacturer=_text(said, "manufacturer"),
        model=_text(said, "model"),
        label=_text(said, "object"),
        id=said.get("id"),
        module_name=_text(asked, "module-name"),
        module_path=_text(asked, "module-path"),
    )
    if uri.module_name is not None and uri.module_path is not None:
        raise MalformedPkcs11Uri("the key URI has module-name and module-path: one of them is enough")
    if uri.module_name is not None and not _MODULE_NAME.fullmatch(uri.module_name):
        raise MalformedPkcs11Uri("module-name is the plain name of a library, without a directory")
    if uri.module_path is not None and not uri.module_path.startswith("/"):
        raise MalformedPkcs11Uri("module-path is the absolute path of a library")
    return uri


def _text(values: Mapping[str, bytes], name: str) -> str | None:
    if name not in values:
        return None
    try:
        text = values[name].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPkcs11Uri(f"the value of {name} in the key URI is not UTF-8") from error
    if not text.isprintable() or text != text.rstrip(" "):
        # Tokens pad labels with blanks: one that ends in a blank looks like one that does not.
        raise MalformedPkcs11Uri(
            f"the value of {name} in the key URI has control characters or ends in a blank"
        )
    return text


def _unquote(value: str) -> bytes:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(value)


def _quote(value: bytes, also: bytes = b"") -> str:
    return "".join(chr(byte) if byte in _UNRESERVED or byte in also else f"%{byte:02X}" for byte in value)
