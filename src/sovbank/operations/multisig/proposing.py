"""Making a bundle: each operation's attempt is bound with a window for a ceremony, and written out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sovbank.ceremony.create import Draft, create_bundle
from sovbank.ceremony.describe import describe_transaction
from sovbank.ceremony.records import Bundle, Checkpoint, Network, Operation, Signature, Signer
from sovbank.ceremony.signing import add_signatures
from sovbank.core.machine import UNSENT
from sovbank.errors.operations import (
    AccountMissing,
    CeremonyMixed,
    MintRefused,
    SignerListDiffers,
    WrongState,
)
from sovbank.journal.port import AttemptRow, OperationRow
from sovbank.operations.execution import Movement, open_attempt
from sovbank.operations.house import House
from sovbank.operations.multisig.carried import carried
from sovbank.operations.multisig.derivation import movement_of
from sovbank.operations.multisig.effects import expected_effects
from sovbank.operations.multisig.filling import topping_up
from sovbank.operations.multisig.together import note_together, whole_ceremony
from sovbank.operations.signing import SigningMode, mode_of
from sovbank.xrpl.multisign import signer_key_facts
from sovbank.xrpl.port import AccountState

_RESUME = "Run `sovbank ops resume ID`: it takes up what is there."
_MOST_WORDS = 500
Pair = tuple[OperationRow, AttemptRow]


def propose(house: House, operation_ids: Sequence[str], *, window: int, top_up: bool = True) -> Bundle:
    """Return the bundle of operations of one account, with the signatures that are recorded here already.

    An attempt that is open and unsigned is taken as it is; otherwise one is bound that can apply for
    ``window`` ledgers from now. With ``top_up``, a new ceremony that leaves the account's pool of tickets
    more than half empty fills it as its last transaction.

    Raises
    ------
    WrongKind, WrongState, MintRefused
        An operation is not at the point at which its transaction is signed.
    CeremonyMixed
        The operations are of different accounts, or of different open ceremonies.
    """
    given = [house.journal.operation(one) for one in dict.fromkeys(operation_ids)]
    rows, taken_up = whole_ceremony(house, list({row.id: row for row in given}.values()))
    movements = {row.id: movement_of(house, row) for row in rows}
    if len({movement.account.address for movement in movements.values()}) != 1:
        raise CeremonyMixed("one bundle is of one account; these operations are of several")
    pairs = [_bound(house, row, window) for row in rows]
    if top_up and not taken_up:
        filling = topping_up(house, pairs[0][1].account)
        pairs += [_bound(house, filling, window)] if filling is not None else []
    return bundle_of(house, pairs)


def _bound(house: House, operation: OperationRow, window: int) -> Pair:
    operation = carried(operation.kind).propose(house, operation)
    movement = replace(movement_of(house, operation), window=window, mode=SigningMode.QUORUM)
    if not _open_here(house, operation):
        _refuse_beyond_expiry(house, movement, window)
    operation, attempt = open_attempt(house, operation, movement)
    if attempt is None:
        raise WrongState("the ledger shows this operation's payment already", next_step=_RESUME)
    if attempt.state not in UNSENT:
        raise WrongState(f"attempt {attempt.number} is {attempt.state.value}", next_step=_RESUME)
    if mode_of(attempt) is not SigningMode.QUORUM:
        raise WrongState(f"attempt {attempt.number} is signed with the account's own key, not by a quorum")
    return operation, attempt


def bundle_of(house: House, pairs: Sequence[Pair]) -> Bundle:
    """Return the bundle of bound attempts of one account, as the ledger stands now."""
    address = pairs[0][1].account
    state = house.ledger.account(address)
    if state is None:
        raise AccountMissing(f"{address} is not on the ledger")
    if not state.signer_list.entries:
        raise SignerListDiffers(f"{address} has no signer list on the ledger")
    transactions = [json.loads(attempt.unsigned) for _, attempt in pairs]
    server = house.ledger.server_state()
    head = house.journal.head()
    bundle = create_bundle(
        Draft(
            network=Network(id=house.network_id, name=house.profile.network.name),
            production=house.profile.production,
            words=_words(house, pairs, transactions),
            operations=[_described(operation, attempt) for operation, attempt in pairs],
            transactions=transactions,
            account=address,
            quorum=state.signer_list.quorum,
            signers=_signers(house, state),
            ledger_index=server.validated_ledger,
            ledger_hash=None,
            now=house.clock.now() - timedelta(seconds=server.validated_age_seconds),
            checkpoint=Checkpoint(log_id=head.log_id, seq=head.seq, hash=head.hash),
            effects=[
                expected_effects(house, operation, tx)
                for (operation, _), tx in zip(pairs, transactions, strict=True)
            ],
        )
    )
    attempts = [attempt for _, attempt in pairs]
    note_together(house, attempts, actor=pairs[0][0].created_by)
    return add_signatures(bundle, _recorded(house, attempts))


def names_of(house: House) -> dict[str, str]:
    """Return what the profile calls the addresses that stand in it."""
    officers = {officer.account: name for name, officer in house.profile.officers.items()}
    return {**officers, **{account.address: name for name, account in house.profile.accounts.items()}}


def _open_here(house: House, operation: OperationRow) -> bool:
    attempts = house.journal.attempts(operation.id)
    return bool(attempts) and attempts[-1].state in UNSENT


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


def _words(house: House, pairs: Sequence[Pair], transactions: Sequence[dict[str, Any]]) -> str:
    names = names_of(house)
    said = [
        # A step of a plan has a title; its reference means nothing to anybody.
        operation.facts.get("title")
        or f"{operation.kind.value} {operation.reference}: {describe_transaction(tx, names).sentence}"
        for (operation, _), tx in zip(pairs, transactions, strict=True)
    ]
    if len(said) == 1:
        return said[0][:_MOST_WORDS]
    return f"{len(said)} transactions. {'; '.join(said)}"[:_MOST_WORDS]


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


def _recorded(house: House, attempts: Sequence[AttemptRow]) -> list[Signature]:
    return [
        Signature(
            transaction=place,
            signer=row.signer,
            public_key=row.public_key.hex().upper(),
            signature=row.signature.hex().upper(),
            unchecked=(),
        )
        for place, attempt in enumerate(attempts)
        for row in house.journal.signatures(attempt.operation_id, attempt.number)
    ]
