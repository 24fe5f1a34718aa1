"""What must be true after every cycle of the kill campaign, read from the ledgers and the journal anew.

1. A mint, distribution or redemption was paid exactly once, for its amount, by its InvoiceID on the ledger.
2. Of an operation's attempts at most one succeeded, and a paid one has exactly one.
3. What the bank's accounts did on the ledger is an attempt of the journal, with signatures of the journal.
4. Every recorded signature has its sign.begin row before it, and no blob was sent before it was recorded.
5. Whatever the officers sent to the control plane was recorded before it was sent.
6. No operation of the cycle is left unfinished.
7. Bank, control plane, ledger and journal agree, and the log verifies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bank_machine import ASSET, Bank

from sovbank.cli.wiring.ledger import journal_reader, verify_log
from sovbank.core.machine import AttemptState, Kind
from sovbank.core.money import parse_amount
from sovbank.journal import readings
from sovbank.journal.port import ALL_ROWS, OperationRow
from sovbank.operations import reconcile
from sovbank.wire.hashes import transaction_id
from sovbank.xrpl.port import TokenAmount
from sovbank.xrpl.search import find_invoice

_PAYING = {Kind.MINT: "issuer", Kind.DISTRIBUTE: "treasury", Kind.BURN: "redemption"}
_ON_LEDGER = frozenset({*_PAYING, Kind.SETTINGS, Kind.TRUST_LINE, Kind.AUTHORIZE})


class Failure(Exception):
    """A cycle left behind what must never be."""


@dataclass(frozen=True)
class Since:
    """Where the journal, the ledger and the control plane stood when a cycle began."""

    seq: int
    ledger: int
    nonces: int
    unfinished: frozenset[str]

    @classmethod
    def now(cls, bank: Bank) -> Since:
        """Return the present positions."""
        house = bank.house
        return cls(
            seq=house.journal.head().seq,
            ledger=house.ledger.server_state().validated_ledger,
            nonces=bank.chain_nonces(),
            unfinished=_unfinished(bank),
        )


def check_done(bank: Bank, since: Since, done: Sequence[OperationRow]) -> None:
    """Check everything that a cycle left behind.

    Raises
    ------
    Failure
    """
    for operation in done:
        _check_paid_once(bank, operation)
        _check_attempts(bank, operation)
    rows = _rows(bank, since.seq)
    _check_accounts(bank, since)
    _check_signing_order(rows)
    _check_control_plane(bank, since, rows)
    left = _unfinished(bank) - since.unfinished
    if left:
        raise Failure(f"unfinished after every command ended with 0: {', '.join(sorted(left))}")
    _check_books(bank)


def _unfinished(bank: Bank) -> frozenset[str]:
    rows = bank.house.journal.operations(unfinished=True, limit=ALL_ROWS)
    return frozenset(f"{row.kind.value} {row.reference} ({row.state.value})" for row in rows)


def _check_paid_once(bank: Bank, operation: OperationRow) -> None:
    payer = _PAYING.get(operation.kind)
    if payer is None:
        return
    account = bank.house.account(payer).address
    payments = [
        found
        for found in find_invoice(bank.house.ledger, account, operation.id, first_ledger=2)
        if found.result == "tesSUCCESS" and found.tx["Account"] == account
    ]
    if len(payments) != 1:
        raise Failure(f"{operation.kind.value} {operation.reference} was paid {len(payments)} times")
    delivered = payments[0].delivered
    wanted = parse_amount(operation.parameters["amount"])
    if not isinstance(delivered, TokenAmount) or delivered.value != wanted:
        raise Failure(f"{operation.kind.value} {operation.reference} delivered {delivered}, not {wanted}")


def _check_attempts(bank: Bank, operation: OperationRow) -> None:
    attempts = bank.house.journal.attempts(operation.id)
    succeeded = [row for row in attempts if row.state is AttemptState.SUCCEEDED]
    if len(succeeded) != (1 if operation.kind in _ON_LEDGER else 0):
        raise Failure(f"{operation.id} has {len(succeeded)} succeeded of {len(attempts)} attempts")
    for row in attempts:
        if row.blob is not None and transaction_id(row.blob) != row.tx_hash:
            raise Failure(f"attempt {row.number} of {operation.id} holds another blob than its hash says")


def _check_accounts(bank: Bank, since: Since) -> None:
    journal = bank.house.journal
    operations = journal.operations(limit=ALL_ROWS)
    attempts = {row.tx_hash: row for operation in operations for row in journal.attempts(operation.id)}
    for account in bank.house.profile.accounts.values():
        first = since.ledger + 1
        for found in bank.house.ledger.transactions(account.address, first_ledger=first):
            if found.tx["Account"] != account.address:
                continue
            attempt = attempts.get(found.tx_hash)
            if attempt is None:
                raise Failure(f"{found.tx_hash} of {account.address} is no attempt of the journal")
            known = {row.signature for row in journal.signatures(attempt.operation_id, attempt.number)}
            if not set(_signatures(found.tx)) <= known:
                raise Failure(f"{found.tx_hash} carries a signature that the journal does not have")


def _signatures(tx: Mapping[str, Any]) -> Iterator[bytes]:
    for signer in tx.get("Signers", ()):
        yield bytes.fromhex(signer["Signer"]["TxnSignature"])
    if "TxnSignature" in tx:
        yield bytes.fromhex(tx["TxnSignature"])


def _rows(bank: Bank, after: int) -> list[dict[str, Any]]:
    with journal_reader(bank.stage.run) as reader, reader.snapshot() as query:
        return [json.loads(row) for _, _, row in readings.log_rows(query, after=after, limit=ALL_ROWS)]


def _check_signing_order(rows: Sequence[Mapping[str, Any]]) -> None:
    begun: set[tuple[Any, ...]] = set()
    assembled: set[str] = set()
    for row in rows:
        kind, decision = row["kind"], row["decision"]
        signing = (row["operation"], row["ticket"], row["last_ledger"], row["key"], row["payload_sha256"])
        if kind == "sign.begin":
            begun.add(signing)
            begun.add((row["operation"], row["actor"], row["rule"]))
        elif kind == "sign.done" and decision == "assembled":
            assembled.add(row["tx_hash"])
        elif kind == "sign.done":
            by_key = row["key"] is not None
            if (signing if by_key else (row["operation"], row["actor"], row["rule"])) not in begun:
                raise Failure(f"log row {row['seq']}: a signature without sign.begin before it")
        elif kind == "submit" and row["rule"] != "control-plane" and row["tx_hash"] not in assembled:
            raise Failure(f"log row {row['seq']}: submitted before its blob was recorded")


def _check_control_plane(bank: Bank, since: Since, rows: Sequence[Mapping[str, Any]]) -> None:
    recorded = {row["tx_hash"] for row in rows if row["kind"] == "submit" and row["rule"] == "control-plane"}
    sent = bank.chain_nonces() - since.nonces
    if sent > len(recorded):
        raise Failure(f"{sent} transactions reached the control plane, {len(recorded)} were recorded")


def _check_books(bank: Bank) -> None:
    for asset in reconcile.reconcile(bank.house):
        if asset.breaks or (asset.asset == ASSET and asset.under_way != Decimal(0)):
            raise Failure(f"reconciliation: {'; '.join(asset.breaks)}, under way {asset.under_way}")
    verify_log(bank.stage.run)
