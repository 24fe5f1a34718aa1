"""``ledger_entry``: one entry of a ledger, by key or by what identifies it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.state import entry_bytes
from sovbank.devnet.ledger.text import entry_text, hexadecimal
from sovbank.devnet.rpc.parse import parse_currency
from sovbank.devnet.rpc.refusals import bare_refusal, malformed, refusal
from sovbank.devnet.rpc.request import Request, parse_account, parse_blob, parse_hash
from sovbank.errors.devnet import RequestRefused

MAX_CREDENTIAL_TYPE: Final = 64
_MALFORMED: Final = "malformedRequest"


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    named = [name for name in _OPTIONS if name in request.params]
    if len(named) > 1:
        raise refusal("invalidParams", "Too many fields provided.")
    selected = request.ledger()
    if not named:
        if request.version < 2:
            error = bare_refusal("unknownOption")
            error.body.update(selected.answer)
            raise error
        raise refusal("invalidParams", "No ledger_entry params provided.")
    entry_type, reader = _OPTIONS[named[0]]
    key = reader(named[0], request.params[named[0]])
    answer = {**selected.answer, "index": hexadecimal(key)}
    entry = selected.view.read(key)
    if entry is None:
        raise refusal("entryNotFound", body=answer)
    if entry_type is not None and entry.type != entry_type:
        raise refusal("unexpectedLedgerType", body=answer)
    if request.flag("binary"):
        return answer | {"node_binary": hexadecimal(entry_bytes(entry))}
    return answer | {"node": entry_text(entry)}


def _wrong(token: str, field: str, kind: str) -> RequestRefused:
    return malformed(token, f"Invalid field '{field}', not {kind}.")


def _key(field: str, value: Any, kind: str = "hex string or object") -> bytes:
    key = parse_hash(value)
    if key is None:
        raise _wrong(_MALFORMED, field, kind)
    return key


def _key_only(field: str, value: Any) -> bytes:
    return _key(field, value, "hex string")


def _account_root(field: str, value: Any) -> bytes:
    account = parse_account(value)
    if account is None:
        raise _wrong("malformedAddress", field, "AccountID")
    return keylets.account(account)


def _fixed(key: bytes) -> Callable[[str, Any], bytes]:
    def read(field: str, value: Any) -> bytes:
        if value is True:
            return key
        return _key(field, value, "hex string or true")

    return read


class _Parts:
    """The parts of an identifier given as an object."""

    def __init__(self, value: dict[str, Any]) -> None:
        self._value = value

    def part(self, field: str) -> Any:
        if self._value.get(field) is None:
            raise malformed(_MALFORMED, f"Missing field '{field}'.")
        return self._value[field]

    def account(self, field: str, token: str = _MALFORMED) -> bytes:
        account = parse_account(self.part(field))
        if account is None:
            raise _wrong(token, field, "AccountID")
        return account

    def number(self, field: str, token: str = _MALFORMED) -> int:
        value = self.part(field)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
            raise _wrong(token, field, "number")
        return value

    def credential_type(self) -> bytes:
        blob = parse_blob(self.part("credential_type"))
        if not blob or len(blob) > MAX_CREDENTIAL_TYPE:
            raise _wrong(_MALFORMED, "credential_type", "hex string")
        return blob

    def has(self, field: str) -> bool:
        return field in self._value


def _by_parts(make: Callable[[_Parts], bytes]) -> Callable[[str, Any], bytes]:
    def read(field: str, value: Any) -> bytes:
        return make(_Parts(value)) if isinstance(value, dict) else _key(field, value)

    return read


def _deposit_preauth(parts: _Parts) -> bytes:
    if parts.has("authorized") == parts.has("authorized_credentials"):
        raise malformed(_MALFORMED, "Must have exactly one of `authorized` and `authorized_credentials`.")
    owner = parts.account("owner", "malformedOwner")
    if parts.has("authorized"):
        return keylets.deposit_preauth(owner, parts.account("authorized", "malformedAuthorized"))
    listed = parts.part("authorized_credentials")
    if not isinstance(listed, list) or not 1 <= len(listed) <= 8:
        raise _wrong("malformedAuthorizedCredentials", "authorized_credentials", "array")
    credentials = []
    for item in listed:
        if not isinstance(item, dict):
            raise _wrong("malformedAuthorizedCredentials", "authorized_credentials", "array of objects")
        inner = _Parts(item)
        credentials.append((inner.account("issuer"), inner.credential_type()))
    return keylets.deposit_preauth_credentials(owner, credentials)


def _line(parts: _Parts) -> bytes:
    accounts = parts.part("accounts")
    if not isinstance(accounts, list) or len(accounts) != 2:
        raise _wrong(_MALFORMED, "accounts", "length-2 array of Accounts")
    ids = [parse_account(item) for item in accounts]
    if ids[0] is None or ids[1] is None:
        raise _wrong("malformedAddress", "accounts", "array of Accounts")
    if ids[0] == ids[1]:
        raise malformed(_MALFORMED, "Cannot have a trustline to self.")
    try:
        currency = parse_currency(parts.part("currency"))
    except ValueError as error:
        raise _wrong("malformedCurrency", "currency", "Currency") from error
    return keylets.trust_line(ids[0], ids[1], currency)


def _line_of(field: str, value: Any) -> bytes:
    if not isinstance(value, dict):
        raise _wrong(_MALFORMED, field, "object")
    return _line(_Parts(value))


def _directory(parts: _Parts) -> bytes:
    if parts.has("dir_root") == parts.has("owner"):
        raise malformed(_MALFORMED, "Must have exactly one of `owner` and `dir_root` fields.")
    number = parts.number("sub_index") if parts.has("sub_index") else 0
    if parts.has("dir_root"):
        root = _key("dir_root", parts.part("dir_root"), "hash")
    else:
        root = keylets.owner_directory(parts.account("owner", "malformedAddress"))
    return keylets.page(root, number)


def _issuance(field: str, value: Any) -> bytes:
    issuance = parse_hash(value, 24)
    if issuance is None:
        raise _wrong("malformedMPTokenIssuance", field, "Hash192")
    return keylets.mptoken_issuance(issuance)


def _mptoken(parts: _Parts) -> bytes:
    issuance = parse_hash(parts.part("mpt_issuance_id"), 24)
    if issuance is None:
        raise _wrong("malformedMPTIssuanceID", "mpt_issuance_id", "Hash192")
    return keylets.mptoken(issuance, parts.account("account", "malformedAccount"))


_OPTIONS: Final[dict[str, tuple[str | None, Callable[[str, Any], bytes]]]] = {
    "index": (None, _key_only),
    "account": ("AccountRoot", _account_root),
    "account_root": ("AccountRoot", _account_root),
    "amendments": ("Amendments", _fixed(keylets.AMENDMENTS)),
    "check": ("Check", _key_only),
    "credential": (
        "Credential",
        _by_parts(
            lambda p: keylets.credential(p.account("subject"), p.account("issuer"), p.credential_type())
        ),
    ),
    "deposit_preauth": ("DepositPreauth", _by_parts(_deposit_preauth)),
    "directory": ("DirectoryNode", _by_parts(_directory)),
    "escrow": (
        "Escrow",
        _by_parts(lambda p: keylets.escrow(p.account("owner", "malformedOwner"), p.number("seq"))),
    ),
    "fee": ("FeeSettings", _fixed(keylets.FEE_SETTINGS)),
    "hashes": ("LedgerHashes", _fixed(keylets.SKIP_LIST)),
    "mpt_issuance": ("MPTokenIssuance", _issuance),
    "mptoken": ("MPToken", _by_parts(_mptoken)),
    "nft_offer": ("NFTokenOffer", _key_only),
    "nft_page": ("NFTokenPage", _key_only),
    "offer": (
        "Offer",
        _by_parts(lambda p: keylets.offer(p.account("account", "malformedAddress"), p.number("seq"))),
    ),
    "payment_channel": ("PayChannel", _key_only),
    "permissioned_domain": (
        "PermissionedDomain",
        _by_parts(
            lambda p: keylets.permissioned_domain(p.account("account", "malformedAddress"), p.number("seq"))
        ),
    ),
    "ripple_state": ("RippleState", _line_of),
    "signer_list": ("SignerList", _key_only),
    "state": ("RippleState", _line_of),
    "ticket": (
        "Ticket",
        _by_parts(lambda p: keylets.ticket(p.account("account", "malformedAddress"), p.number("ticket_seq"))),
    ),
}
