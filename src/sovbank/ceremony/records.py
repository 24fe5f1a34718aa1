"""The records of a bundle: frozen, strict, unknown keys forbidden. What each means: docs/bundle.md.

A record says what form a value has. What the values must be to each other is in ``consistency``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from sovbank.ceremony.limits import MAX_SIGNERS, MAX_TRANSACTIONS
from sovbank.core.ids import check_reference
from sovbank.errors.base import SovbankError
from sovbank.wire.addresses import decode_address

FORMAT: Final = "sovbank/bundle/v1"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_MOST_INDEX = 2**32 - 1


def _address(text: str) -> str:
    try:
        decode_address(text)
    except SovbankError as refusal:
        raise ValueError(refusal.message) from refusal
    return text


def _reference(text: str) -> str:
    try:
        return check_reference(text)
    except SovbankError as refusal:
        raise ValueError(refusal.message) from refusal


def _moment(text: str) -> str:
    if datetime.strptime(text, TIME_FORMAT).strftime(TIME_FORMAT) != text:  # noqa: DTZ007 - UTC by its Z
        raise ValueError("not a moment in UTC")
    return text


Address = Annotated[
    str, StringConstraints(pattern=r"^r[1-9A-HJ-NP-Za-km-z]{24,34}$"), AfterValidator(_address)
]
Index = Annotated[int, Field(ge=1, le=_MOST_INDEX)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
LedgerHash = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_reference)]
Moment = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
    AfterValidator(_moment),
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Value = Annotated[str, StringConstraints(max_length=2000)]
Drops = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,17})$")]
AssetText = Annotated[str, StringConstraints(pattern=r"^[!-~]{3,80}$")]
AmountText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,100}(\.[0-9]{1,100})?$")]


class Record(BaseModel):
    """A frozen record that forbids unknown keys and lax conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Network(Record):
    """The one network on which the transactions may apply."""

    id: Annotated[int, Field(ge=0, le=_MOST_INDEX)]
    name: Name


class Operation(Record):
    """What one transaction is for: the operation from whose parameters anybody can derive it again.

    ``facts`` are what the derivation needs beside the parameters, such as a destination tag.
    """

    id: Hash
    kind: Name
    reference: Reference
    parameters: Annotated[dict[Name, Value], Field(max_length=32)]
    facts: Annotated[dict[Name, Value], Field(max_length=32)]
    attempt: Annotated[int, Field(ge=1, le=9999)]


class Purpose(Record):
    """Why the ceremony is held: in words, and one operation for each transaction, in the same order."""

    words: Words
    operations: Annotated[tuple[Operation, ...], Field(min_length=1, max_length=MAX_TRANSACTIONS)]


class Totals(Record):
    """What the transactions add up to: fees in drops, and amounts by asset.

    An asset is ``XRP`` (its amounts in drops), ``currency/issuer`` or ``mpt/issuance``. ``takes`` is what a
    clawback takes from holders.
    """

    fees: Drops
    pays: dict[AssetText, AmountText]
    takes: dict[AssetText, AmountText]


class Signer(Record):
    """One entry of the signer list, with the facts that say which keys may sign for it."""

    account: Address
    weight: Annotated[int, Field(ge=1, le=65535)]
    master_disabled: bool
    regular_key: Address | None


class SignerList(Record):
    """The account that pays and its signer list, as read at one validated ledger."""

    account: Address
    quorum: Annotated[int, Field(ge=1, le=_MOST_INDEX)]
    signers: Annotated[tuple[Signer, ...], Field(min_length=1, max_length=MAX_SIGNERS)]
    ledger_index: Index
    ledger_hash: LedgerHash | None


class Expiry(Record):
    """The last ledger index in which every transaction can apply, and about when that will be, in UTC."""

    ledger_index: Index
    time: Moment


class Checkpoint(Record):
    """The head of the proposer's audit log when the bundle was made."""

    log_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
    seq: Annotated[int, Field(ge=0, le=2**53 - 1)]
    hash: Hash


class Change(Record):
    """One thing that a transaction is expected to change."""

    what: Words
    before: Value
    after: Value


class Effects(Record):
    """What a node expected of one transaction when the bundle was made. Its result is preliminary."""

    result: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}[A-Za-z0-9_]{1,60}$")]
    changes: Annotated[tuple[Change, ...], Field(max_length=64)]


class Signature(Record):
    """One signer's signature over one transaction, which is named by its place in the list (from 0).

    ``unchecked`` names the checks that the signer could not make, as when signing without a network.
    """

    transaction: Annotated[int, Field(ge=0, lt=MAX_TRANSACTIONS)]
    signer: Address
    public_key: Annotated[str, StringConstraints(pattern=r"^(02|03|ED)[0-9A-F]{64}$")]
    signature: Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2}){8,72}$")]
    unchecked: Annotated[tuple[Name, ...], Field(max_length=16)]


class Bundle(Record):
    """A ceremony bundle. Everything but ``signatures`` is its content, which the digest covers."""

    format: Literal["sovbank/bundle/v1"]
    network: Network
    production: bool
    purpose: Purpose
    transactions: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MAX_TRANSACTIONS)]
    totals: Totals
    signer_list: SignerList
    expiry: Expiry
    checkpoint: Checkpoint
    effects: Annotated[tuple[Effects, ...], Field(max_length=MAX_TRANSACTIONS)] | None
    signatures: Annotated[tuple[Signature, ...], Field(max_length=MAX_SIGNERS * MAX_TRANSACTIONS)]

    def signer(self, account: str) -> Signer | None:
        """Return the signer with the account, or None for a stranger."""
        return next((one for one in self.signer_list.signers if one.account == account), None)
