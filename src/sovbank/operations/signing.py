"""From a bound attempt to a recorded blob: the keys here sign, and exactly a quorum is attached."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sovbank.core.machine import Kind
from sovbank.core.permits import Permit
from sovbank.core.profile import Account
from sovbank.errors.operations import (
    AccountMissing,
    NoOfficerHere,
    SignaturesMissing,
    SignerListDiffers,
)
from sovbank.journal.port import AttemptRow, Journal, LogEvent, LogKind, OperationRow, SignatureRow
from sovbank.keys.guarded import GuardedSigner
from sovbank.keys.signing import (
    Conditions,
    Evidence,
    MadeSignature,
    OfficerKey,
    RecordedAttempt,
    SignatureBegun,
)
from sovbank.operations.agreement import Agreement, particulars_of
from sovbank.operations.house import House
from sovbank.xrpl.envelope import MOST_FEE_DROPS
from sovbank.xrpl.multisign import (
    KeyFacts,
    SignedTransaction,
    SignerSignature,
    assemble,
    assemble_single,
    key_facts,
    signer_key_facts,
)
from sovbank.xrpl.port import AccountState


class SigningMode(StrEnum):
    """Who signs: a quorum of the account's signer list, or the account's own master key during set-up."""

    QUORUM = "quorum"
    MASTER = "master"


@dataclass(frozen=True)
class SigningOrder:
    """Who is to sign an attempt: the account, how, and (for proving keys) which officers exactly."""

    account: Account
    mode: SigningMode
    officers: tuple[str, ...] = ()


def mode_of(attempt: AttemptRow) -> SigningMode:
    """Return how a recorded attempt is signed: an empty SigningPubKey calls for the signer list."""
    multisigned = json.loads(attempt.unsigned).get("SigningPubKey") == ""
    return SigningMode.QUORUM if multisigned else SigningMode.MASTER


def sign_attempt(
    house: House,
    operation: OperationRow,
    attempt: AttemptRow,
    order: SigningOrder,
    permit: Callable[[], Permit],
) -> AttemptRow:
    """Sign with the keys on this machine and record the blob once the quorum is reached.

    Raises
    ------
    SignaturesMissing
        The quorum is not reached; the signatures made are kept for the next officer.
    SignerListDiffers
        The list on the ledger is not the profile's.
    SigningRefused, KeyRefused
        The guard or a key refused; see their families.
    """
    keys = _keys(house, operation, attempt, order, _live(house, attempt, order).state)
    # Signer list and regular keys are read again for every key, and once more before putting together.
    evidence = Evidence(
        conditions=lambda: _conditions(house, _live(house, attempt, order)),
        permit=permit,
    )
    house.progress(f"signing for the {order.account.role.value} account")
    guard = GuardedSigner(JournalSigningLog(house.journal, agreement=house.agreement))
    made = (
        guard.sign(operation.id, attempt.number, kind=Kind(operation.kind), evidence=evidence, keys=keys)
        if keys
        else ()
    )
    signed = _assembled(house, attempt, order, _live(house, attempt, order), made)
    return house.journal.store_blob(
        operation.id,
        attempt.number,
        blob=signed.blob,
        tx_hash=signed.tx_hash,
        event=LogEvent(
            LogKind.SIGN_DONE,
            actor=operation.created_by,
            network=house.network_id,
            account=attempt.account,
            ticket=attempt.ticket,
            last_ledger=attempt.last_ledger,
            tx_hash=signed.tx_hash,
            decision="assembled",
            body={"signers": " ".join(signed.signers), **particulars_of(house.agreement())},
        ),
    )


class JournalSigningLog:
    """The journal as the guarded signer sees it.

    Each row says in which device the key is; sign.begin also what the officer saw and agreed to before.
    """

    def __init__(self, journal: Journal, *, agreement: Callable[[], Agreement]) -> None:
        self._journal = journal
        self._agreement = agreement

    def attempt(self, operation_id: str, number: int) -> RecordedAttempt:
        """Return the attempt."""
        return self._journal.attempts(operation_id)[number - 1]

    def made(self, operation_id: str, number: int) -> Sequence[MadeSignature]:
        """Return the recorded signatures of the attempt."""
        return [
            MadeSignature(
                operation_id=row.operation_id,
                attempt=row.attempt,
                signer=row.signer,
                public_key=row.public_key,
                signature=row.signature,
                payload_sha256=row.payload_sha256,
            )
            for row in self._journal.signatures(operation_id, number)
        ]

    def begin(self, attempt: RecordedAttempt, begun: SignatureBegun) -> None:
        """Record sign.begin for one key."""
        more = particulars_of(self._agreement())
        event = _signing_event(LogKind.SIGN_BEGIN, attempt, begun, more)
        self._journal.begin_signature(attempt.operation_id, attempt.number, event)

    def store(self, attempt: RecordedAttempt, made: MadeSignature, begun: SignatureBegun) -> None:
        """Record one verified signature."""
        row = SignatureRow(
            operation_id=made.operation_id,
            attempt=made.attempt,
            signer=made.signer,
            public_key=made.public_key,
            signature=made.signature,
            payload_sha256=made.payload_sha256,
        )
        self._journal.store_signature(row, _signing_event(LogKind.SIGN_DONE, attempt, begun))


def _signing_event(
    kind: LogKind, attempt: RecordedAttempt, begun: SignatureBegun, more: Mapping[str, str] | None = None
) -> LogEvent:
    return LogEvent(
        kind,
        actor=begun.officer,
        network=begun.network_id,
        account=attempt.account,
        ticket=attempt.ticket,
        last_ledger=attempt.last_ledger,
        key_fingerprint=begun.key_fingerprint,
        payload_sha256=begun.payload_sha256,
        rule=begun.row,
        decision="allowed",
        body={"signer": begun.signer, "device": begun.device, **(more or {})},
    )


@dataclass(frozen=True)
class _Live:
    """The account and the keys that may sign for it, as validated ledgers hold them now."""

    state: AccountState
    facts: dict[str, KeyFacts]


def _live(house: House, attempt: AttemptRow, order: SigningOrder) -> _Live:
    state = house.ledger.account(attempt.account)
    if state is None:
        raise AccountMissing(f"{attempt.account} is not on the ledger")
    if order.mode is SigningMode.MASTER:
        return _Live(state, {state.address: key_facts(state.address, state)})
    _check_list(house, order.account, state)
    return _Live(state, signer_key_facts(house.ledger, state.signer_list))


def _conditions(house: House, live: _Live) -> Conditions:
    return Conditions(
        network_id=house.network_id,
        validated_ledger=house.ledger.server_state().validated_ledger,
        fee_cap=MOST_FEE_DROPS,
        signers=frozenset(entry.account for entry in live.state.signer_list.entries),
        regular_keys={name: fact.regular_key for name, fact in live.facts.items() if fact.regular_key},
    )


def _keys(
    house: House, operation: OperationRow, attempt: AttemptRow, order: SigningOrder, state: AccountState
) -> list[OfficerKey]:
    """Return the keys to use: those that are here, and no more than the quorum still needs."""
    if order.mode is SigningMode.MASTER:
        uri = order.account.master_key
        if uri is None or not house.keys.holds(uri):
            raise NoOfficerHere(f"the master key of {attempt.account} is not on this machine")
        return [OfficerKey(attempt.account, house.keys.signer(uri), operation.created_by)]
    weights = {entry.account: entry.weight for entry in state.signer_list.entries}
    done = {row.signer for row in house.journal.signatures(operation.id, attempt.number)}
    reached = sum(weights.get(signer, 0) for signer in done)
    keys: list[OfficerKey] = []
    for name in order.officers or order.account.signers:
        officer = house.officer(name)
        wanted = bool(order.officers) or reached < state.signer_list.quorum
        if not wanted or officer.account in done or not house.keys.holds(officer.key):
            continue
        keys.append(OfficerKey(officer.account, house.keys.signer(officer.key), name))
        reached += weights[officer.account]
    return keys


def _check_list(house: House, account: Account, state: AccountState) -> None:
    wanted = {house.officer(name).account: weight for name, weight in account.signers.items()}
    found = {entry.account: entry.weight for entry in state.signer_list.entries}
    if wanted != found or account.quorum != state.signer_list.quorum:
        raise SignerListDiffers(
            f"the signer list of {account.address} on the ledger is not the profile's"
            f" (quorum {state.signer_list.quorum}, {len(found)} signers)"
        )


def _assembled(
    house: House,
    attempt: AttemptRow,
    order: SigningOrder,
    live: _Live,
    made: Sequence[MadeSignature],
) -> SignedTransaction:
    unsigned = json.loads(attempt.unsigned)
    base_fee = house.ledger.server_state().base_fee
    if order.mode is SigningMode.MASTER:
        return assemble_single(
            unsigned,
            made[0].public_key,
            made[0].signature,
            facts=live.facts[attempt.account],
            base_fee=base_fee,
        )
    signer_list = live.state.signer_list
    rows = house.journal.signatures(attempt.operation_id, attempt.number)
    weights = {entry.account: entry.weight for entry in signer_list.entries}
    reached = sum(weights.get(row.signer, 0) for row in rows)
    if reached < signer_list.quorum:
        names = {house.officer(name).account: name for name in order.account.signers}
        missing = sorted(name for account, name in names.items() if account not in {r.signer for r in rows})
        raise SignaturesMissing(
            f"the signatures weigh {reached} of {signer_list.quorum};"
            f" any of these can add theirs: {', '.join(missing)}",
            details={"weight": str(reached), "quorum": str(signer_list.quorum)},
        )
    signatures = [SignerSignature(row.signer, row.public_key, row.signature) for row in rows]
    return assemble(unsigned, signatures, signer_list=signer_list, facts=live.facts, base_fee=base_fee)
