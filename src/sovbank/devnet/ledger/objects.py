"""Ledger objects: what an entry of the ledger's state is, and the fields each type of entry has.

Values of fields are native and immutable, by the field's type in ``fields``:

- UInt8 to UInt64: ``int``; Hash128 to Hash256, Currency and Blob: ``bytes``; AccountID: 20 ``bytes``
- Amount: ``int`` (drops), ``TokenAmount`` or ``MptAmount``; Issue: ``values.Issue`` or a 24-byte MPT id
- STObject: ``dict`` of fields; STArray: ``tuple`` of one-key dicts, ``{"SignerEntry": {...}}``
- Vector256: ``tuple`` of 32 ``bytes``; PathSet: ``tuple`` of paths, each a ``tuple`` of step dicts

An array, dict or tuple in a field is replaced as a whole, never changed in place: entries share them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sovbank.devnet.ledger.fields import FIELDS


class EntryFormat(NamedTuple):
    """Fields of one type of entry.

    ``required`` stand in every entry of the type, zero when never set; ``optional`` may be missing;
    ``default`` ones are left out whenever their value is the default.
    """

    name: str
    code: int
    required: tuple[str, ...]
    optional: frozenset[str]
    default: frozenset[str]

    @property
    def threaded(self) -> bool:
        """Whether entries of the type name the transaction that changed them last."""
        return "PreviousTxnID" in self.required or "PreviousTxnID" in self.optional


def _format(name: str, code: int, required: str, optional: str = "", default: str = "") -> EntryFormat:
    return EntryFormat(
        name,
        code,
        ("Flags", *required.split()),
        frozenset(optional.split()),
        frozenset(default.split()),
    )


_THREAD = " PreviousTxnID PreviousTxnLgrSeq"
FORMATS: Final[dict[str, EntryFormat]] = {
    entry.name: entry
    for entry in (
        _format(
            "AccountRoot",
            0x61,
            "Account Sequence Balance OwnerCount" + _THREAD,
            "AccountTxnID RegularKey EmailHash WalletLocator WalletSize MessageKey TransferRate Domain"
            " TickSize TicketCount NFTokenMinter FirstNFTokenSequence AMMID VaultID LoanBrokerID",
            "MintedNFTokens BurnedNFTokens",
        ),
        _format(
            "DirectoryNode",
            0x64,
            "Indexes RootIndex",
            "Owner TakerPaysCurrency TakerPaysIssuer TakerPaysMPT TakerGetsCurrency TakerGetsIssuer"
            " TakerGetsMPT ExchangeRate IndexNext IndexPrevious NFTokenID DomainID" + _THREAD,
        ),
        _format(
            "RippleState",
            0x72,
            "Balance LowLimit HighLimit" + _THREAD,
            "LowNode LowQualityIn LowQualityOut HighNode HighQualityIn HighQualityOut",
        ),
        _format(
            "SignerList",
            0x53,
            "OwnerNode SignerQuorum SignerEntries SignerListID" + _THREAD,
            "Owner",
        ),
        _format("Ticket", 0x54, "Account OwnerNode TicketSequence" + _THREAD),
        _format("DepositPreauth", 0x70, "Account OwnerNode" + _THREAD, "Authorize AuthorizeCredentials"),
        _format(
            "Offer",
            0x6F,
            "Account Sequence TakerPays TakerGets BookDirectory BookNode OwnerNode" + _THREAD,
            "Expiration DomainID AdditionalBooks",
        ),
        _format(
            "Check",
            0x43,
            "Account Destination SendMax Sequence OwnerNode DestinationNode" + _THREAD,
            "Expiration InvoiceID SourceTag DestinationTag",
        ),
        _format(
            "Escrow",
            0x75,
            "Account Destination Amount OwnerNode" + _THREAD,
            "Sequence Condition CancelAfter FinishAfter SourceTag DestinationTag DestinationNode TransferRate"
            " IssuerNode",
        ),
        _format(
            "PayChannel",
            0x78,
            "Account Destination Amount Balance PublicKey SettleDelay OwnerNode" + _THREAD,
            "Sequence Expiration CancelAfter SourceTag DestinationTag DestinationNode",
        ),
        _format("NFTokenPage", 0x50, "NFTokens" + _THREAD, "PreviousPageMin NextPageMin"),
        _format(
            "NFTokenOffer",
            0x37,
            "Owner NFTokenID Amount OwnerNode NFTokenOfferNode" + _THREAD,
            "Destination Expiration",
        ),
        _format(
            "MPTokenIssuance",
            0x7E,
            "Issuer Sequence OwnerNode OutstandingAmount" + _THREAD,
            "MaximumAmount LockedAmount MPTokenMetadata DomainID",
            "TransferFee AssetScale MutableFlags",
        ),
        _format(
            "MPToken",
            0x7F,
            "Account MPTokenIssuanceID OwnerNode" + _THREAD,
            "LockedAmount",
            "MPTAmount",
        ),
        _format(
            "Credential",
            0x81,
            "Subject Issuer CredentialType IssuerNode" + _THREAD,
            "Expiration URI SubjectNode",
        ),
        _format("PermissionedDomain", 0x82, "Owner Sequence AcceptedCredentials OwnerNode" + _THREAD),
        _format("Amendments", 0x66, "", "Amendments Majorities" + _THREAD),
        _format(
            "FeeSettings",
            0x73,
            "",
            "BaseFee ReferenceFeeUnits ReserveBase ReserveIncrement BaseFeeDrops ReserveBaseDrops"
            " ReserveIncrementDrops" + _THREAD,
        ),
        _format("LedgerHashes", 0x68, "Hashes", "FirstLedgerSequence LastLedgerSequence"),
    )
}

_DEFAULTS: Final[dict[str, Any]] = {
    **dict.fromkeys(("UInt8", "UInt16", "UInt32", "UInt64", "Amount"), 0),
    "Hash128": bytes(16),
    "Hash160": bytes(20),
    "Hash192": bytes(24),
    "Hash256": bytes(32),
    "AccountID": b"",
    "Blob": b"",
    "STArray": (),
    "Vector256": (),
}


def default_value(field: str) -> Any:
    """Give the value that a field of an entry has before anybody sets it."""
    return _DEFAULTS[FIELDS[field].type]


_BLANK: Final = {
    name: {field: default_value(field) for field in entry.required} for name, entry in FORMATS.items()
}


class LedgerEntry:
    """One entry of the ledger's state: type, key (32 bytes) and fields.

    Entries handed out by ``read`` belong to the ledger and are not to be changed; those from ``peek``
    and those made here may be.
    """

    __slots__ = ("fields", "key", "type")

    def __init__(self, entry_type: str, key: bytes, fields: dict[str, Any]) -> None:
        self.type = entry_type
        self.key = key
        self.fields = fields

    @classmethod
    def new(cls, entry_type: str, key: bytes, values: Mapping[str, Any] | None = None) -> LedgerEntry:
        """Make an entry with its required fields at their defaults, then set the given ones."""
        entry = cls(entry_type, key, dict(_BLANK[entry_type]))
        for field, value in (values or {}).items():
            entry[field] = value
        return entry

    def copy(self) -> LedgerEntry:
        """Give an entry of equal fields that can be changed by itself."""
        return LedgerEntry(self.type, self.key, self.fields.copy())

    def __getitem__(self, field: str) -> Any:
        return self.fields[field]

    def __setitem__(self, field: str, value: Any) -> None:
        if not value and field in FORMATS[self.type].default:
            self.fields.pop(field, None)
        else:
            self.fields[field] = value

    def __delitem__(self, field: str) -> None:
        del self.fields[field]

    def __contains__(self, field: str) -> bool:
        return field in self.fields

    def get(self, field: str, default: Any = None) -> Any:
        """Give a field's value, or the default when it is missing."""
        return self.fields.get(field, default)

    def discard(self, field: str) -> None:
        """Take a field away if it is there."""
        self.fields.pop(field, None)

    @property
    def flags(self) -> int:
        """The Flags field."""
        value: int = self.fields["Flags"]
        return value

    def has_flag(self, flag: int) -> bool:
        """Tell whether any bit of ``flag`` is set."""
        return bool(self.fields["Flags"] & flag)

    def set_flag(self, flag: int) -> None:
        """Set the bits of ``flag``."""
        self.fields["Flags"] |= flag

    def clear_flag(self, flag: int) -> None:
        """Clear the bits of ``flag``."""
        self.fields["Flags"] &= ~flag & 0xFFFFFFFF

    def __repr__(self) -> str:
        return f"LedgerEntry({self.type}, {self.key.hex()}, {self.fields})"
