"""The way of a transaction through the engine: preflight, preclaim, apply, and what a tec leaves behind.

Shared rules stand here, the rest in the transaction's own module. Source of the rules: xrpld
``tx/Transactor.cpp`` and ``tx/applySteps.cpp``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets, meta
from sovbank.devnet.ledger.checks import account_balance, check_alone, check_with_ledger
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER, is_tec
from sovbank.devnet.ledger.state import LedgerView
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
)
from sovbank.devnet.ledger.values import Amount
from sovbank.devnet.ledger.view import Action, Sandbox, adjust_owner_count, read_account

LOG = logging.getLogger(__name__)
OVERSIZE_CHANGES: Final = 5200
_KEPT_DELETIONS: Final[dict[TER, frozenset[str]]] = {
    TER.tecOVERSIZE: frozenset({"Offer"}),
    TER.tecKILLED: frozenset({"Offer"}),
    TER.tecINCOMPLETE: frozenset({"RippleState"}),
    TER.tecEXPIRED: frozenset({"NFTokenOffer", "Credential"}),
}
"""Results that claim a fee and yet keep the deletion of dead entries of these types."""

_DISABLED: Final = frozenset({"Batch", "DelegateSet"})
"""Transaction types that wait for an amendment."""

Deleter = Callable[[Sandbox, LedgerEntry], None]


@dataclass(frozen=True, slots=True)
class Mode:
    """How a transaction is tried.

    ``retry``: a tec counts as "later" instead of claiming the fee. ``fail_hard``: a tec does nothing.
    ``simulated``: signatures are not looked at, metadata is made, and nothing is kept.
    """

    retry: bool = False
    fail_hard: bool = False
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a transaction; ``metadata`` is there when it was applied to a closing ledger."""

    result: TER
    applied: bool
    metadata: dict[str, Any] | None = None


class Pipeline:
    """The engine for one network, over a table of transaction types."""

    def __init__(
        self, network_id: int, transactors: Mapping[str, Transactor], deleters: Mapping[str, Deleter]
    ) -> None:
        self._network_id = network_id
        self._transactors = transactors
        self._deleters = deleters

    def apply(self, view: LedgerView, tx: Transaction, mode: Mode) -> Outcome:
        """Try a transaction on a ledger, and change the ledger when it applies.

        A fault inside a transaction type is logged and answered with tefEXCEPTION, as the server does: the
        view is unchanged then, and the ledger goes on.
        """
        try:
            return self._try(view, tx, mode)
        except Exception:
            LOG.exception("transaction %s (%s) failed unexpectedly", tx.hash.hex(), tx.type)
            return Outcome(TER.tefEXCEPTION, False)

    def _try(self, view: LedgerView, tx: Transaction, mode: Mode) -> Outcome:
        if tx.type in _DISABLED:
            return Outcome(TER.temDISABLED, False)
        transactor = self._transactors.get(tx.type)
        if transactor is None:
            LOG.warning("transaction type %s is not supported by this devnet", tx.type)
            return Outcome(TER.temUNKNOWN, False)
        result = self._preflight(transactor, tx, mode)
        if result is not TER.tesSUCCESS:
            return Outcome(result, False)
        result = check_with_ledger(transactor, view, tx, simulated=mode.simulated)
        if result is TER.tesSUCCESS:
            result = transactor.preclaim(PreclaimContext(tx, view))
        if result is not TER.tesSUCCESS and not (is_tec(result) and not mode.retry):
            return Outcome(result, False)
        return self._apply(transactor, view, tx, mode, result)

    def _preflight(self, transactor: Transactor, tx: Transaction, mode: Mode) -> TER:
        result = check_alone(transactor, tx, self._network_id)
        if result is TER.tesSUCCESS:
            result = transactor.preflight(PreflightContext(tx, self._network_id))
        if result is TER.tesSUCCESS and mode.simulated and "Signers" in tx and tx["SigningPubKey"]:
            return TER.temINVALID
        return result

    def _apply(
        self, transactor: Transactor, view: LedgerView, tx: Transaction, mode: Mode, result: TER
    ) -> Outcome:
        sandbox = Sandbox(view)
        delivered: Amount | None = None
        if result is TER.tesSUCCESS:
            context = ApplyContext(tx, sandbox, account_balance(view, tx))
            result = _pay_and_consume(sandbox, tx, tx.fee)
            if result is TER.tesSUCCESS:
                _track(sandbox, tx)
                result = transactor.apply(context)
            delivered = context.delivered
        if len(sandbox.changes) > OVERSIZE_CHANGES:
            result = TER.tecOVERSIZE
        fee: int = tx.fee
        if is_tec(result):
            if mode.fail_hard or (mode.retry and result not in _KEPT_DELETIONS):
                return Outcome(result, False)
            result, fee = self._claim(sandbox, tx, result)
            delivered = None
        if result < TER.tesSUCCESS:
            return Outcome(result, False)
        return _keep(view, sandbox, tx, mode, result, fee, delivered)

    def _claim(self, sandbox: Sandbox, tx: Transaction, result: TER) -> tuple[TER, int]:
        """Drop what the transaction did, claim its fee, and keep the deletions that the result allows."""
        kept = _KEPT_DELETIONS.get(result, frozenset())
        dead = [
            change.entry.key
            for change in sandbox.changes.values()
            if change.action is Action.ERASED
            and change.entry.type in kept
            and not _was_taken(sandbox, change.entry)
        ]
        sandbox.discard()
        payer = read_account(sandbox, tx.account)
        if payer is None:
            return TER.tefINTERNAL, 0
        fee = min(tx.fee, payer["Balance"])
        outcome = _pay_and_consume(sandbox, tx, fee)
        if outcome is not TER.tesSUCCESS:
            return outcome, 0
        for key in sorted(dead):
            entry = sandbox.peek(key)
            if entry is not None:
                self._deleters[entry.type](sandbox, entry)
        return result, fee


def _was_taken(sandbox: Sandbox, entry: LedgerEntry) -> bool:
    """Tell an offer that was consumed from one that was found dead: what it pays has changed."""
    if entry.type != "Offer":
        return False
    before = sandbox.base.read(entry.key)
    return before is not None and before["TakerPays"] != entry["TakerPays"]


def _keep(
    view: LedgerView,
    sandbox: Sandbox,
    tx: Transaction,
    mode: Mode,
    result: TER,
    fee: int,
    delivered: Amount | None,
) -> Outcome:
    metadata = None
    if not view.info.open or mode.simulated:
        metadata = meta.build(
            sandbox,
            transaction=tx.hash,
            sequence=view.info.sequence,
            result=result,
            index=len(view.transactions),
            delivered=delivered,
        )
    if mode.simulated:
        return Outcome(result, False, metadata)
    sandbox.apply_to(view)
    view.add_transaction(tx, metadata)
    view.destroyed += fee
    return Outcome(result, True, metadata)


def _pay_and_consume(sandbox: Sandbox, tx: Transaction, fee: int) -> TER:
    """Use up the sequence or the ticket and take the fee."""
    account = sandbox.peek(keylets.account(tx.account))
    if account is None:
        return TER.tefINTERNAL
    if not tx.uses_ticket:
        account["Sequence"] = tx["Sequence"] + 1
    else:
        result = delete_ticket(sandbox, account, keylets.ticket(tx.account, tx["TicketSequence"]))
        if result is not TER.tesSUCCESS:
            return result
    account["Balance"] -= fee
    sandbox.update(account)
    return TER.tesSUCCESS


def _track(sandbox: Sandbox, tx: Transaction) -> None:
    """Leave the hash on an account that asks for it with AccountTxnID."""
    account = sandbox.peek(keylets.account(tx.account))
    if account is not None and "AccountTxnID" in account:
        account["AccountTxnID"] = tx.hash


def delete_ticket(sandbox: Sandbox, account: LedgerEntry, key: bytes) -> TER:
    """Delete a ticket of an account whose root entry was peeked: directory, count and reserve."""
    ticket = sandbox.peek(key)
    if ticket is None or "TicketCount" not in account:
        return TER.tefBAD_LEDGER
    owner = account["Account"]
    if not directories.remove_owned(sandbox, owner, ticket["OwnerNode"], key, keep_root=True):
        return TER.tefBAD_LEDGER
    if account["TicketCount"] == 1:
        del account["TicketCount"]
    else:
        account["TicketCount"] -= 1
    adjust_owner_count(sandbox, account, -1)
    sandbox.erase(ticket)
    return TER.tesSUCCESS
