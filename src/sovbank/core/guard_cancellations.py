"""The guarded signer's rule for cancellations: a no-op on the ticket or sequence that it uses up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.core.permits import CancellationPermit
from sovbank.errors.guard import FlagsNotAllowed, WrongAccount, WrongSequence, WrongTransactionType

_NO_OP = "AccountSet"


def check_cancellation(tx: Mapping[str, Any], permit: CancellationPermit, _network_id: int) -> frozenset[str]:
    """Check a cancellation: it changes nothing, and it takes what the cancelled attempt would have taken."""
    if tx.get("TransactionType") != _NO_OP:
        raise WrongTransactionType(f"a {tx.get('TransactionType')} is no cancellation; that is an {_NO_OP}")
    if tx.get("Account") != permit.account:
        raise WrongAccount(f"the transaction is from {tx.get('Account')}, not {permit.account}")
    flags = tx.get("Flags", 0)
    if type(flags) is not int or flags:
        raise FlagsNotAllowed(f"a cancellation cannot carry the flags {flags!r}")
    expected = (0, permit.ticket) if permit.sequence is None else (permit.sequence, None)
    found = (tx.get("Sequence"), tx.get("TicketSequence"))
    if found != expected:
        raise WrongSequence(f"sequence and ticket are {found}; the cancelled attempt has {expected}")
    return frozenset()
