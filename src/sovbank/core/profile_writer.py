"""Writing profiles: a record as TOML with a word on each part, and a deployment's contracts into a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from sovbank.core.profile import Contracts, Profile, parse_profile
from sovbank.errors.core import ProfileMalformed

_HEAD = """\
# A profile names everything that one environment needs, and holds no secrets.
# Unknown keys are refused. `sovbank profile check` reaches everything that is named here.
# Amounts are text: digits with a point, at most six decimals."""
_WORDS = {
    "network": "Every transaction is bound to this network.",
    "nodes": "core watches; treasury alone submits; member serves customers' reads.",
    "evm": "The chain of the control plane, and how many blocks make a block final.",
    "evm.contracts": "Proxy addresses, written by `sovbank control deploy`.",
    "evm.roles": "Who acts in which role. An officer holds one: an address can hold no more.",
    "journal": "Operations and the audit log; a SQLite file in the state directory unless a URL is named.",
    "officers": "People: a signing key and account on the XRP Ledger, an address on the control plane.",
    "accounts": "XRP Ledger accounts with their signer lists: officer = weight.",
    "assets": "Tokens: currency code, the three accounts that run each, and its limits.",
    "membership": "Who issues memberships, and where the metadata files of their tiers lie.",
    "limits": "Limits of this bank, checked before anything is asked of the control plane.",
}
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_CONTRACTS = re.compile(
    r"^\[evm\.contracts\][ \t]*\n(?:(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*[a-z_]+[ \t]*=[^\n]*\n?)*", re.MULTILINE
)
_NAMED_TABLES = ("officers", "accounts", "assets")


def render_profile(profile: Profile) -> str:
    """Return the profile as TOML; parsing it gives the same record."""
    head = {"format": profile.format, "name": profile.name, "production": profile.production}
    lines = [_HEAD, "", *_pairs(head)]
    for name in type(profile).model_fields:
        if name in head:
            continue
        value = getattr(profile, name)
        if name in _NAMED_TABLES:
            lines.extend(_named_tables(name, value))
        elif value is not None:
            lines.extend(_table(name, value))
    return "\n".join(lines) + "\n"


def write_contracts(text: str, contracts: Contracts, *, source: str) -> str:
    """Return the profile's text with these contracts; all else, comments included, stays as it is.

    Raises
    ------
    ProfileMalformed, ProfileUnknownKey
        The text is no profile, or writes its contracts in a form that cannot be replaced in place.
    """
    before = parse_profile(text, source=source)
    table = "\n".join(_table("evm.contracts", contracts)).lstrip("\n") + "\n"
    if before.evm.contracts is None:
        changed = text.rstrip("\n") + "\n\n" + table
    else:
        bare = table.split("\n", 1)[1]
        changed = _CONTRACTS.sub(lambda _: bare, text, count=1)
    wanted = before.model_copy(update={"evm": before.evm.model_copy(update={"contracts": contracts})})
    if parse_profile(changed, source=source) != wanted:
        raise ProfileMalformed(f"{source}: [evm.contracts] is not a table of its own; write it by hand")
    return changed


def _named_tables(name: str, records: Mapping[str, BaseModel]) -> Iterator[str]:
    for number, (key, record) in enumerate(records.items()):
        yield ""
        if number == 0:
            yield f"# {_WORDS[name]}"
        yield f"[{name}.{key}]"
        yield from _pairs(_fields(record))


def _table(name: str, record: BaseModel) -> Iterator[str]:
    fields = _fields(record)
    inner = {key: value for key, value in fields.items() if isinstance(value, BaseModel)}
    plain = {key: value for key, value in fields.items() if key not in inner}
    roles = plain.pop("roles", None)
    if name == "nodes":
        plain, inner = dict(fields), {}
    if plain:
        yield ""
        yield f"# {_WORDS[name]}"
        yield f"[{name}]"
        yield from _pairs(plain)
    for key, value in inner.items():
        yield from _table(f"{name}.{key}", value)
    if roles:
        yield ""
        yield f"# {_WORDS[f'{name}.roles']}"
        yield f"[{name}.roles]"
        yield from _pairs(roles)


def _fields(record: BaseModel) -> dict[str, Any]:
    return {name: value for name in type(record).model_fields if (value := getattr(record, name)) is not None}


def _pairs(values: Mapping[Any, Any]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{_key(key)} = {_value(value)}"


def _key(key: Any) -> str:
    text = str(key.value if isinstance(key, Enum) else key)
    return text if _BARE.fullmatch(text) else _string(text)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return _string(str(value.value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, BaseModel):
        return _value(_fields(value))
    return _string(str(value))


def _string(text: str) -> str:
    escaped = "".join(_character(character) for character in text)
    return f'"{escaped}"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character < " " or character == "\x7f" or not character.isprintable():
        code = ord(character)
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character
