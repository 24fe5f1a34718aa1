"""A decoded transaction: its fields, its blob and its hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.devnet.ledger.signing import account_of_key


class Transaction:
    """A transaction as the engine sees it; fields are native values as in ``objects``, and final.

    ``blob`` is the canonical serialisation, ``hash`` its id (32 bytes). ``type`` is the name of the
    transaction type and ``account`` the sender's 20 bytes.
    """

    __slots__ = ("account", "blob", "fields", "hash", "type")

    def __init__(self, fields: Mapping[str, Any], blob: bytes, tx_hash: bytes) -> None:
        self.fields = fields
        self.blob = blob
        self.hash = tx_hash
        self.type: str = fields["TransactionType"]
        self.account: bytes = fields["Account"]

    def __getitem__(self, field: str) -> Any:
        return self.fields[field]

    def __contains__(self, field: str) -> bool:
        return field in self.fields

    def get(self, field: str, default: Any = None) -> Any:
        """Give a field's value, or the default when it is missing."""
        return self.fields.get(field, default)

    @property
    def flags(self) -> int:
        """The Flags field, 0 when it is missing."""
        value: int = self.fields.get("Flags", 0)
        return value

    def has_flag(self, flag: int) -> bool:
        """Tell whether any bit of ``flag`` is set."""
        return bool(self.flags & flag)

    @property
    def uses_ticket(self) -> bool:
        """Whether a ticket stands in for the sequence."""
        return self.fields["Sequence"] == 0 and "TicketSequence" in self.fields

    @property
    def sequence_value(self) -> int:
        """The sequence, or the number of the ticket used: it names the objects that are made."""
        value: int = self.fields["TicketSequence"] if self.uses_ticket else self.fields["Sequence"]
        return value

    @property
    def fee(self) -> Any:
        """The Fee field: drops, unless the sender wrote something else."""
        return self.fields["Fee"]

    @property
    def signed_by_master_key(self) -> bool:
        """Whether the single signature was made with the key that the account's address stands for."""
        key: bytes = self.fields["SigningPubKey"]
        return bool(key) and account_of_key(key) == self.account
