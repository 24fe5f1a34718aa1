"""An attempt that another machine put together and sent, taken up from validated ledgers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sovbank.core.machine import UNSENT, AttemptState
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, OperationRow, SignatureRow
from sovbank.operations.house import House
from sovbank.operations.spent import is_unused, uses_slot
from sovbank.wire.codec import encode_for_multisigning, encode_tx
from sovbank.xrpl.port import ValidatedTransaction

_SIGNED_FIELDS = ("Signers", "TxnSignature", "hash")


def is_sent(house: House, operation: OperationRow, *, actor: str) -> bool:
    """Say whether the last attempt was put together, here or, as validated ledgers show, elsewhere."""
    attempts = house.journal.attempts(operation.id)
    if not attempts or attempts[-1].state is AttemptState.WITHOUT_EFFECT:
        return False
    unsent = attempts[-1].state in UNSENT
    return not unsent or take_up_sent(house, attempts[-1], actor=actor) is not None


def take_up_sent(house: House, attempt: AttemptRow, *, actor: str) -> AttemptRow | None:
    """Record what validated ledgers show of an unsent attempt, its signatures and its blob; None if nothing.

    Only the recorded transaction itself is taken up; another that used the slot is left to ``prove_unsent``.
    """
    last = min(house.ledger.server_state().validated_ledger, attempt.last_ledger)
    if last < attempt.first_ledger or is_unused(house, attempt):
        return None
    unsigned = json.loads(attempt.unsigned)
    history = house.ledger.transactions(attempt.account, first_ledger=attempt.first_ledger, last_ledger=last)
    for found in history:
        if uses_slot(found.tx, attempt) and _unsigned(found.tx) == unsigned:
            return _record(house, attempt, found, actor)
    return None


def _unsigned(tx: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tx.items() if name not in _SIGNED_FIELDS}


def _record(house: House, attempt: AttemptRow, found: ValidatedTransaction, actor: str) -> AttemptRow:
    known = {row.signer for row in house.journal.signatures(attempt.operation_id, attempt.number)}
    for entry in found.tx.get("Signers", ()):
        if entry["Signer"]["Account"] not in known:
            _record_signature(house, attempt, entry["Signer"], actor)
    return house.journal.store_blob(
        attempt.operation_id,
        attempt.number,
        blob=encode_tx(found.tx),
        tx_hash=found.tx_hash,
        event=_event(house, LogKind.SIGN_DONE, attempt, actor, tx_hash=found.tx_hash),
    )


def _record_signature(house: House, attempt: AttemptRow, entry: Mapping[str, Any], actor: str) -> None:
    public_key = bytes.fromhex(entry["SigningPubKey"])
    payload = encode_for_multisigning(json.loads(attempt.unsigned), entry["Account"])
    facts = {
        "key_fingerprint": hashlib.sha256(public_key).hexdigest(),
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
    }
    begin = _event(house, LogKind.SIGN_BEGIN, attempt, actor, **facts)
    house.journal.begin_signature(attempt.operation_id, attempt.number, begin)
    row = SignatureRow(
        operation_id=attempt.operation_id,
        attempt=attempt.number,
        signer=entry["Account"],
        public_key=public_key,
        signature=bytes.fromhex(entry["TxnSignature"]),
        payload_sha256=facts["payload_sha256"],
    )
    house.journal.store_signature(row, _event(house, LogKind.SIGN_DONE, attempt, actor, **facts))


def _event(house: House, kind: LogKind, attempt: AttemptRow, actor: str, **facts: str) -> LogEvent:
    return LogEvent(
        kind,
        actor=actor,
        network=house.network_id,
        account=attempt.account,
        ticket=attempt.ticket,
        last_ledger=attempt.last_ledger,
        rule="ledger.taken-up",
        decision="found validated",
        tx_hash=facts.get("tx_hash"),
        key_fingerprint=facts.get("key_fingerprint"),
        payload_sha256=facts.get("payload_sha256"),
    )
