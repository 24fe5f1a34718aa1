"""How ``ledger_entry`` is told which entry is meant: by key, or by what identifies an entry of its type.

Every reader gives the key. What it cannot read is an error of its own token; what is looked at first
decides which.
Source of the rules: xrpld ``rpc/handlers/ledger/LedgerEntry.cpp`` and ``protocol/Indexes.cpp``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.rpc.coercion import as_unsigned, decimal, is_convertible_to_unsigned
from sovbank.devnet.rpc.entry_types import SHORT_NAMES
from sovbank.devnet.rpc.parse import parse_currency, parse_issue
from sovbank.devnet.rpc.refusals import malformed
from sovbank.devnet.rpc.request import parse_account, parse_blob, parse_hash
from sovbank.errors.devnet import RequestRefused

MAX_CREDENTIAL_TYPE: Final = 64
MAX_CREDENTIALS: Final = 8
_MALFORMED: Final = "malformedRequest"
_CREDENTIALS: Final = "malformedAuthorizedCredentials"
_EITHER: Final = "hex string or object"

Reader = Callable[[str, Any], bytes]


def _wrong(token: str, field: str, kind: str) -> RequestRefused:
    return malformed(token, f"Invalid field '{field}', not {kind}.")


def _missing(field: str, token: str = _MALFORMED) -> RequestRefused:
    return malformed(token, f"Missing field '{field}'.")


def _holder(value: Any) -> bytes | None:
    """Read an address; that of the account without a key is none."""
    account = parse_account(value)
    return account if account is not None and any(account) else None


def _key(field: str, value: Any, kind: str = "hex string") -> bytes:
    key = parse_hash(value)
    if key is None:
        raise _wrong(_MALFORMED, field, kind)
    return key


def _space(space: str, *parts: bytes) -> bytes:
    """Give the key of an entry of a type that this ledger never has."""
    return keylets.sha512_half(b"\0" + space.encode("ascii") + b"".join(parts))


class _Parts:
    """The parts of an identifier given as an object."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value

    def part(self, field: str) -> Any:
        if self.value.get(field) is None:
            raise _missing(field)
        return self.value[field]

    def account(self, field: str, token: str = _MALFORMED) -> bytes:
        account = _holder(self.part(field))
        if account is None:
            raise _wrong(token, field, "AccountID")
        return account

    def integer(self, field: str, token: str = _MALFORMED) -> int:
        value = self.part(field)
        if isinstance(value, str) and not value.startswith("-"):
            value = decimal(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
            raise _wrong(token, field, "number")
        return value

    def hash(self, field: str, token: str, size: int = 32) -> bytes:
        value = parse_hash(self.part(field), size)
        if value is None:
            raise _wrong(token, field, f"Hash{size * 8}")
        return value

    def credential_type(self, token: str = _MALFORMED) -> bytes:
        blob = parse_blob(self.part("credential_type"))
        if not blob or len(blob) > MAX_CREDENTIAL_TYPE:
            raise _wrong(token, "credential_type", "hex string")
        return blob

    def has(self, field: str) -> bool:
        return field in self.value


def _by_parts(make: Callable[[_Parts], bytes], kind: str = _EITHER) -> Reader:
    def read(field: str, value: Any) -> bytes:
        return make(_Parts(value)) if isinstance(value, dict) else _key(field, value, kind)

    return read


def _by_account(make: Callable[[bytes], bytes]) -> Reader:
    def read(field: str, value: Any) -> bytes:
        account = _holder(value)
        if account is None:
            raise _wrong("malformedAddress", field, "AccountID")
        return make(account)

    return read


def _fixed(key: bytes) -> Reader:
    def read(field: str, value: Any) -> bytes:
        if not isinstance(value, bool):
            return _key(field, value)
        if not value:
            raise _wrong("invalidParams", field, "true")
        return key

    return read


def _hashes(field: str, value: Any) -> bytes:
    """Read which list of ledger hashes: an index names the one of its stretch of 65,536 ledgers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return keylets.skip_list(as_unsigned(value))
    return _fixed(keylets.SKIP_LIST)(field, value)


def _deposit_preauth(parts: _Parts) -> bytes:
    if parts.has("authorized") == parts.has("authorized_credentials"):
        raise malformed(_MALFORMED, "Must have exactly one of `authorized` and `authorized_credentials`.")
    owner = parts.account("owner", "malformedOwner")
    if parts.has("authorized"):
        authorized = _holder(parts.value["authorized"])
        if authorized is None:
            raise _wrong("malformedAuthorized", "authorized", "AccountID")
        return keylets.deposit_preauth(owner, authorized)
    credentials = _authorized(parts.value["authorized_credentials"])
    if len(set(credentials)) != len(credentials):
        raise _wrong(_CREDENTIALS, "authorized_credentials", "array")
    return keylets.deposit_preauth_credentials(owner, credentials)


def _authorized(listed: Any) -> list[tuple[bytes, bytes]]:
    field = "authorized_credentials"
    if not isinstance(listed, list):
        raise _wrong(_CREDENTIALS, field, "array")
    if not 1 <= len(listed) <= MAX_CREDENTIALS:
        size = "too long" if listed else "empty"
        raise malformed(_CREDENTIALS, f"Invalid field '{field}', array {size}.")
    credentials = []
    for item in listed:
        if not isinstance(item, dict):
            raise _wrong(_CREDENTIALS, field, "array of objects")
        for name in ("issuer", "credential_type"):
            if item.get(name) is None:
                raise _missing(name, _CREDENTIALS)
        inner = _Parts(item)
        credentials.append((inner.account("issuer", _CREDENTIALS), inner.credential_type(_CREDENTIALS)))
    return credentials


def _line(parts: _Parts) -> bytes:
    currency, accounts = parts.part("currency"), parts.part("accounts")
    if not isinstance(accounts, list) or len(accounts) != 2:
        raise _wrong(_MALFORMED, "accounts", "length-2 array of Accounts")
    one, other = (_holder(item) for item in accounts)
    if one is None or other is None:
        raise _wrong("malformedAddress", "accounts", "array of Accounts")
    if one == other:
        raise malformed(_MALFORMED, "Cannot have a trustline to self.")
    try:
        if not currency:
            raise ValueError(currency)
        return keylets.trust_line(one, other, parse_currency(currency))
    except ValueError as error:
        raise _wrong("malformedCurrency", "currency", "Currency") from error


def _directory(parts: _Parts) -> bytes:
    number = parts.value.get("sub_index", 0)
    if isinstance(number, bool) or not is_convertible_to_unsigned(number):
        raise _wrong(_MALFORMED, "sub_index", "number")
    if parts.has("dir_root") == parts.has("owner"):
        raise malformed(_MALFORMED, "Must have exactly one of `owner` and `dir_root` fields.")
    if parts.has("dir_root"):
        root = parse_hash(parts.value["dir_root"])
        if root is None:
            raise _wrong("malformedDirRoot", "dir_root", "hash")
    else:
        owner = _holder(parts.value["owner"])
        if owner is None:
            raise _wrong("malformedAddress", "owner", "AccountID")
        root = keylets.owner_directory(owner)
    return keylets.page(root, as_unsigned(number))


def _issuance(field: str, value: Any) -> bytes:
    issuance = parse_hash(value, 24)
    if issuance is None:
        raise _wrong("malformedMPTokenIssuance", field, "Hash192")
    return keylets.mptoken_issuance(issuance)


def _mptoken(parts: _Parts) -> bytes:
    issuance = parts.hash("mpt_issuance_id", "malformedMPTIssuanceID", 24)
    return keylets.mptoken(issuance, parts.account("account", "malformedAccount"))


def _credential(parts: _Parts) -> bytes:
    return keylets.credential(parts.account("subject"), parts.account("issuer"), parts.credential_type())


def _numbered(
    make: Callable[[bytes, int], bytes], account: str, token: str, number: str = "seq", bad: str = _MALFORMED
) -> Callable[[_Parts], bytes]:
    """Give the reader of an entry that its owner and a number identify."""
    return lambda parts: make(parts.account(account, token), parts.integer(number, bad))


def _numbered_elsewhere(space: str) -> Callable[[bytes, int], bytes]:
    return lambda account, number: _space(space, account, number.to_bytes(4, "big"))


def _delegate(parts: _Parts) -> bytes:
    owner = parts.account("account", "malformedAddress")
    return _space("E", owner, parts.account("authorize", "malformedAddress"))


def _loan(parts: _Parts) -> bytes:
    broker = parts.hash("loan_broker_id", "malformedBroker")
    return _space("L", broker, parts.integer("loan_seq", "malformedSeq").to_bytes(4, "big"))


def _pool(parts: _Parts) -> bytes:
    named = [(name, parts.part(name)) for name in ("asset", "asset2")]
    assets = []
    for name, value in named:
        try:
            asset = parse_issue(value)
        except ValueError as error:
            raise _wrong(_MALFORMED, name, "Asset") from error
        assets.append(asset if isinstance(asset, bytes) else asset.issuer + asset.currency)
    return _space("A", *sorted(assets))


def _bridge(parts: _Parts) -> bytes:
    raise _missing(next((name for name in _BRIDGE_FIELDS if not parts.has(name)), _BRIDGE_FIELDS[0]))


def _no_bridge(field: str, value: Any) -> bytes:
    """Refuse a bridge: the server looks for its parts beside the field, and finds none."""
    return _bridge(_Parts(value)) if isinstance(value, dict) else _key(field, None, _EITHER)


_BRIDGE_FIELDS: Final = ("LockingChainDoor", "LockingChainIssue", "IssuingChainDoor", "IssuingChainIssue")

_READERS: Final[dict[str, Reader]] = {
    "account": _by_account(keylets.account),
    "amendments": _fixed(keylets.AMENDMENTS),
    "amm": _by_parts(_pool),
    "bridge": _no_bridge,
    "check": _key,
    "credential": _by_parts(_credential),
    "delegate": _by_parts(_delegate),
    "deposit_preauth": _by_parts(_deposit_preauth),
    "did": _by_account(lambda account: _space("I", account)),
    "directory": _by_parts(_directory),
    "escrow": _by_parts(_numbered(keylets.escrow, "owner", "malformedOwner", bad="malformedSeq")),
    "fee": _fixed(keylets.FEE_SETTINGS),
    "hashes": _hashes,
    "loan": _by_parts(_loan, "hex string"),
    "loan_broker": _by_parts(
        _numbered(_numbered_elsewhere("l"), "owner", "malformedOwner", bad="malformedSeq"), "hex string"
    ),
    "mpt_issuance": _issuance,
    "mptoken": _by_parts(_mptoken),
    "nft_offer": _key,
    "nft_page": _key,
    "nunl": _fixed(_space("N")),
    "offer": _by_parts(_numbered(keylets.offer, "account", "malformedAddress")),
    "oracle": _by_parts(
        _numbered(
            _numbered_elsewhere("R"),
            "account",
            "malformedAccount",
            "oracle_document_id",
            "malformedDocumentID",
        )
    ),
    "payment_channel": _key,
    "permissioned_domain": _by_parts(_numbered(keylets.permissioned_domain, "account", "malformedAddress")),
    "signer_list": _key,
    "state": _by_parts(_line),
    "ticket": _by_parts(_numbered(keylets.ticket, "account", "malformedAddress", "ticket_seq")),
    "vault": _by_parts(_numbered(_numbered_elsewhere("V"), "owner", "malformedOwner")),
    "xchain_owned_claim_id": _by_parts(_bridge),
    "xchain_owned_create_account_claim_id": _by_parts(_bridge),
}

OPTIONS: Final[dict[str, tuple[str | None, Reader]]] = {
    **{name: (SHORT_NAMES[name], reader) for name, reader in _READERS.items()},
    "index": (None, _key),
    "account_root": ("AccountRoot", _READERS["account"]),
    "ripple_state": ("RippleState", _READERS["state"]),
}
"""Parameters of ``ledger_entry`` that name an entry: the type it must have, and what reads its key."""
