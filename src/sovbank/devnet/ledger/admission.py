"""From bytes to a transaction: decoding, template, signatures and local checks, once per blob.

What fails here is refused before the engine sees it, as the server refuses it (``invalidTransaction``).
Source of the rules: xrpld ``protocol/STTx.cpp`` and ``tx/apply.cpp``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sovbank.devnet.ledger.decoding import check_template, decode
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.fields import FIELDS
from sovbank.devnet.ledger.text import account_text
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import COMMON_OPTIONAL, COMMON_REQUIRED, Transactor
from sovbank.devnet.ledger.values import MptAmount
from sovbank.errors.devnet import InvalidTransaction
from sovbank.wire.signatures import is_public_key, verify

MIN_BYTES: Final = 32
MAX_BYTES: Final = 1024 * 1024
MAX_MEMO_BYTES: Final = 1024
MAX_SIGNERS: Final = 32
_REMEMBERED: Final = 50_000
_SIGN_PREFIX: Final = b"STX\0"
_MULTISIGN_PREFIX: Final = b"SMT\0"
_ID_PREFIX: Final = b"TXN\0"
_MEMO_FIELDS: Final = frozenset({"MemoType", "MemoData", "MemoFormat"})
_URL_CHARACTERS: Final = frozenset(
    b"0123456789-._~:/?#[]@!$&'()*+,;=%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
_ACCOUNT_FIELDS: Final = frozenset(name for name, field in FIELDS.items() if field.type == "AccountID")
_NEVER_MPT: Final = {
    "NFTokenAcceptOffer": "NFTokenBrokerFee",
    "NFTokenCreateOffer": "Amount",
    "NFTokenMint": "Amount",
    "TrustSet": "LimitAmount",
}
"""Amounts, beside every fee, that may be anything but an MPT."""
_DEFAULTED: Final = frozenset({"Paths"})
"""Optional fields that may not be written with their default value."""


class Admission:
    """Admits blobs, and remembers the verdict on each."""

    def __init__(self, transactors: Mapping[str, Transactor]) -> None:
        self._transactors = transactors
        self._admitted: dict[bytes, Transaction] = {}
        self._refused: dict[bytes, str] = {}

    def admit(self, blob: bytes) -> Transaction:
        """Give the transaction of a blob.

        Raises
        ------
        InvalidTransaction
            Not a transaction, or its signatures or local checks fail; the message is the server's.
        """
        tx = self._parse(blob)
        known = self._admitted.get(tx.hash)
        if known is not None:
            return known
        reason = self._refused.get(tx.hash)
        if reason is None:
            try:
                check_signatures(tx)
            except InvalidTransaction as error:
                _remember(self._refused, tx.hash, "Transaction has bad signature.")
                raise InvalidTransaction(f"fails local checks: {error.message}") from error
            try:
                check_locally(tx.fields)
            except InvalidTransaction as error:
                _remember(self._refused, tx.hash, "Local checks failed.")
                raise InvalidTransaction(f"fails local checks: {error.message}") from error
        else:
            raise InvalidTransaction(f"fails local checks: {reason}")
        _remember(self._admitted, tx.hash, tx)
        return tx

    def unsigned(self, fields: Mapping[str, Any]) -> Transaction:
        """Give the transaction of fields whose signatures are not looked at, as ``simulate`` does."""
        self._check_fields(fields)
        return make_transaction(fields)

    def _parse(self, blob: bytes) -> Transaction:
        if not MIN_BYTES <= len(blob) <= MAX_BYTES:
            raise InvalidTransaction("Transaction length invalid")
        fields = decode(blob)
        self._check_fields(fields)
        return make_transaction(fields)

    def _check_fields(self, fields: Mapping[str, Any]) -> None:
        if "TransactionType" not in fields:
            raise InvalidTransaction("Field not found: TransactionType")
        transactor = self._transactors.get(fields["TransactionType"])
        if transactor is None:
            missing = COMMON_REQUIRED - fields.keys()
            if missing:
                raise InvalidTransaction(f"Field '{min(missing)}' is required but missing.")
            return
        check_template(fields, COMMON_REQUIRED | transactor.required, COMMON_OPTIONAL | transactor.optional)
        for name in _DEFAULTED & fields.keys():
            if not fields[name]:
                raise InvalidTransaction(f"Field '{name}' may not be explicitly set to default.")


def _remember(memory: dict[bytes, Any], tx_hash: bytes, verdict: Any) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[tx_hash] = verdict


def make_transaction(fields: Mapping[str, Any]) -> Transaction:
    """Give the transaction of decoded fields: its canonical blob and its hash."""
    blob = encode(fields)
    return Transaction(fields, blob, hashlib.sha512(_ID_PREFIX + blob).digest()[:32])


def check_signatures(tx: Transaction) -> None:
    """Raise InvalidTransaction unless the signature, or every signature of a multisigned one, is right."""
    if tx["SigningPubKey"]:
        _check_single(tx)
    else:
        _check_multi(tx)


def _check_single(tx: Transaction) -> None:
    if "Signers" in tx:
        raise InvalidTransaction("Cannot both single- and multi-sign.")
    message = _SIGN_PREFIX + encode(tx.fields, only_signed=True)
    if not _verifies(tx["SigningPubKey"], message, tx.get("TxnSignature", b"")):
        raise InvalidTransaction("Invalid signature.")


def _check_multi(tx: Transaction) -> None:
    if "Signers" not in tx:
        raise InvalidTransaction("Empty SigningPubKey.")
    if "TxnSignature" in tx:
        raise InvalidTransaction("Cannot both single- and multi-sign.")
    signers = tx["Signers"]
    if not 1 <= len(signers) <= MAX_SIGNERS:
        raise InvalidTransaction("Invalid Signers array size.")
    message = _MULTISIGN_PREFIX + encode(tx.fields, only_signed=True)
    last = b""
    for signer in _inner(signers, "Signer"):
        account = signer["Account"]
        if account == tx.get("Delegate", tx.account):
            raise InvalidTransaction("Invalid multisigner.")
        if account == last:
            raise InvalidTransaction("Duplicate Signers not allowed.")
        if account < last:
            raise InvalidTransaction("Unsorted Signers array.")
        last = account
        if not _verifies(signer["SigningPubKey"], message + account, signer["TxnSignature"]):
            raise InvalidTransaction(f"Invalid signature on account {account_text(account)}.")


def _verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    return is_public_key(public_key) and verify(public_key, message, signature)


def _inner(array: Iterable[Mapping[str, Any]], name: str) -> Iterable[Mapping[str, Any]]:
    for element in array:
        if name not in element:
            raise InvalidTransaction("Internal signature check failure.")
        yield element[name]


def check_locally(fields: Mapping[str, Any]) -> None:
    """Raise InvalidTransaction for memos, account fields or amounts that the server does not relay."""
    _check_memos(fields)
    if any(not fields[name] for name in _ACCOUNT_FIELDS & fields.keys()):
        raise InvalidTransaction("An account field is invalid.")
    amounts = ("Fee", _NEVER_MPT.get(fields.get("TransactionType", "")))
    if any(isinstance(fields.get(name), MptAmount) for name in amounts if name is not None):
        raise InvalidTransaction("Amount can not be MPT.")


def _check_memos(fields: Mapping[str, Any]) -> None:
    memos = fields.get("Memos")
    if memos is None:
        return
    # The server measures the array's elements without the field's own header and end marker.
    if len(encode({"Memos": memos})) - 2 > MAX_MEMO_BYTES:
        raise InvalidTransaction("The memo exceeds the maximum allowed size.")
    for element in memos:
        if "Memo" not in element:
            raise InvalidTransaction("A memo array may contain only Memo objects.")
        for name, value in element["Memo"].items():
            if name not in _MEMO_FIELDS:
                raise InvalidTransaction("A memo may contain only MemoType, MemoData or MemoFormat fields.")
            if name != "MemoData" and not _URL_CHARACTERS.issuperset(value):
                raise InvalidTransaction(
                    "The MemoType and MemoFormat fields may only contain characters that are allowed in URLs"
                    " under RFC 3986."
                )
