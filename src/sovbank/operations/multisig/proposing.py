"""Making a bundle: the operation's attempt is bound with a window for a ceremony, and written out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sovbank.ceremony.create import Draft, create_bundle
from sovbank.ceremony.describe import describe_transaction
from sovbank.ceremony.records import Bundle, Checkpoint, Network, Operation, Signature, Signer
from sovbank.ceremony.signing import add_signatures
from sovbank.core.machine import AttemptState
from sovbank.errors.operations import (
    AccountMissing,
    MintRefused,
    SignerListDiffers,
    WrongState,
)
from sovbank.journal.port import AttemptRow, LogKind, OperationRow
from sovbank.operations.execution import Movement, open_attempt
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event
from sovbank.operations.multisig.carried import carried
from sovbank.operations.multisig.derivation import movement_of
from sovbank.operations.multisig.effects import expected_effects
from sovbank.operations.signing import SigningMode, mode_of
from sovbank.xrpl.multisign import signer_key_facts
from sovbank.xrpl.port import AccountState

_UNSENT = (AttemptState.BOUND, AttemptState.SIGNING)
_RESUME = "Run `sovbank ops resume ID`: it takes up what is there."


def propose(house: House, operation_id: str, *, window: int) -> Bundle:
    """Return the bundle of an operation's attempt, with the signatures that are recorded here already.

    An attempt that is open and unsigned is taken as it is; otherwise one is bound that can apply for
    ``window`` ledgers from now.

    Raises
    ------
    WrongKind, WrongState, MintRefused
        The operation is not at the point at which its transaction is signed.
    """
    operation = house.journal.operation(operation_id)
    operation = carried(operation.kind).propose(house, operation)
    movement = replace(movement_of(house, operation), window=window, mode=SigningMode.QUORUM)
    if not _open_here(house, operation):
        _refuse_beyond_expiry(house, movement, window)
    operation, attempt = open_attempt(house, operation, movement)
    if attempt is None:
        raise WrongState("the ledger shows this operation's payment already", next_step=_RESUME)
    if attempt.state not in _UNSENT:
        raise WrongState(f"attempt {attempt.number} is {attempt.state.value}", next_step=_RESUME)
    if mode_of(attempt) is not SigningMode.QUORUM:
        raise WrongState(f"attempt {attempt.number} is signed with the account's own key, not by a quorum")
    return bundle_of(house, operation, attempt)


def bundle_of(house: House, operation: OperationRow, attempt: AttemptRow) -> Bundle:
    """Return the bundle of a bound attempt, as the ledger stands now."""
    state = house.ledger.account(attempt.account)
    if state is None:
        raise AccountMissing(f"{attempt.account} is not on the ledger")
    if not state.signer_list.entries:
        raise SignerListDiffers(f"{attempt.account} has no signer list on the ledger")
    tx = json.loads(attempt.unsigned)
    server = house.ledger.server_state()
    head = house.journal.head()
    described = _described(operation, attempt)
    bundle = create_bundle(
        Draft(
            network=Network(id=house.network_id, name=house.profile.network.name),
            production=house.profile.production,
            words=_words(house, operation, tx),
            operations=[described],
            transactions=[tx],
            account=attempt.account,
            quorum=state.signer_list.quorum,
            signers=_signers(house, state),
            ledger_index=server.validated_ledger,
            ledger_hash=None,
            now=house.clock.now() - timedelta(seconds=server.validated_age_seconds),
            checkpoint=Checkpoint(log_id=head.log_id, seq=head.seq, hash=head.hash),
            effects=[expected_effects(house, operation, tx)],
        )
    )
    event = attempt_event(house, LogKind.OBSERVE, attempt, actor=operation.created_by, decision="bundled")
    house.journal.note(event, operation_id=operation.id)
    return add_signatures(bundle, _recorded(house, operation, attempt))


def names_of(house: House) -> dict[str, str]:
    """Return what the profile calls the addresses that stand in it."""
    officers = {officer.account: name for name, officer in house.profile.officers.items()}
    return {**officers, **{account.address: name for name, account in house.profile.accounts.items()}}


def _open_here(house: House, operation: OperationRow) -> bool:
    attempts = house.journal.attempts(operation.id)
    return bool(attempts) and attempts[-1].state in _UNSENT


def _refuse_beyond_expiry(house: House, movement: Movement, window: int) -> None:
    """A transaction must not be able to apply after its request has expired; the guard would refuse it."""
    movement.refuse()
    end = movement.permit().expires_before
    validated = house.ledger.server_state().validated_ledger
    if end is not None and validated + window >= end:
        raise MintRefused(
            f"a window of {window} ledgers ends after the request expires, about ledger {end}",
            next_step=f"Give at most {max(end - validated - 1, 0)} ledgers, or extend the request.",
        )


def _described(operation: OperationRow, attempt: AttemptRow) -> Operation:
    needed = carried(operation.kind).facts
    return Operation(
        id=operation.id,
        kind=operation.kind.value,
        reference=operation.reference,
        parameters=dict(operation.parameters),
        facts={name: operation.facts[name] for name in needed if name in operation.facts},
        attempt=attempt.number,
    )


def _words(house: House, operation: OperationRow, tx: dict[str, Any]) -> str:
    said = describe_transaction(tx, names_of(house)).sentence
    return f"{operation.kind.value} {operation.reference}: {said}"[:500]


def _signers(house: House, state: AccountState) -> list[Signer]:
    facts = signer_key_facts(house.ledger, state.signer_list)
    return [
        Signer(
            account=entry.account,
            weight=entry.weight,
            master_disabled=not facts[entry.account].master_enabled,
            regular_key=facts[entry.account].regular_key,
        )
        for entry in state.signer_list.entries
    ]


def _recorded(house: House, operation: OperationRow, attempt: AttemptRow) -> list[Signature]:
    return [
        Signature(
            transaction=0,
            signer=row.signer,
            public_key=row.public_key.hex().upper(),
            signature=row.signature.hex().upper(),
            unchecked=(),
        )
        for row in house.journal.signatures(operation.id, attempt.number)
    ]
