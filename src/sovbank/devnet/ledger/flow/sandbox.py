"""A sandbox in which what a payment credits cannot be spent by the same payment.

Source of the rule: xrpld ``ledger/PaymentSandbox.cpp``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import ZERO, Value
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.view import ReadView, Sandbox


@dataclass(frozen=True, slots=True)
class _Debits:
    """What each side of a line gave in this sandbox, and the low account's balance before the first move."""

    low: Value
    high: Value
    low_balance: Value


class PaymentSandbox(Sandbox):
    """Changes of a payment above a view, with a record of what was moved over each line."""

    __slots__ = ("_debits", "_parent")

    def __init__(self, base: ReadView) -> None:
        super().__init__(base)
        self._parent = base if isinstance(base, PaymentSandbox) else None
        self._debits: dict[bytes, _Debits] = {}

    def move(self, sender: bytes, receiver: bytes, currency: bytes, value: Value) -> TER:
        """Move a value over a line and remember it."""
        key = keylets.trust_line(sender, receiver, currency)
        known = self._debits.get(key)
        if known is None:
            held = lines.balance(self, sender, receiver, currency)
            known = _Debits(ZERO, ZERO, held if sender < receiver else -held)
        if sender < receiver:
            self._debits[key] = replace(known, low=known.low + value)
        else:
            self._debits[key] = replace(known, high=known.high + value)
        return lines.move(self, sender, receiver, currency, value)

    def spendable(self, account: bytes, peer: bytes, currency: bytes) -> Value:
        """Give what an account holds of a peer's currency, without what this payment credited it."""
        held = lines.balance(self, account, peer, currency)
        key = keylets.trust_line(account, peer, currency)
        debited, last, least = ZERO, held, held
        sandbox: PaymentSandbox | None = self
        while sandbox is not None:
            moved = sandbox._debits.get(key)
            if moved is not None:
                debited = debited + (moved.low if account < peer else moved.high)
                last = moved.low_balance if account < peer else -moved.low_balance
                least = min(least, last)
            sandbox = sandbox._parent
        return min(held, last - debited, least)

    def commit(self, target: PaymentSandbox) -> None:
        """Hand changes and record down to the sandbox below."""
        self.apply_to(target)
        for key, moved in self._debits.items():
            below = target._debits.get(key)
            target._debits[key] = (
                moved
                if below is None
                else _Debits(below.low + moved.low, below.high + moved.high, below.low_balance)
            )
