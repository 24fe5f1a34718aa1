"""Which operations travel in bundles, and how: one row for each kind.

A row says what the operation wants of the ledger, which of its facts a co-signer needs beside its parameters,
how another machine takes it over, how it is brought to the point at which its transaction is signed, and what
follows once that is final.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovbank.core.machine import Kind, State
from sovbank.errors.operations import WrongKind
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import OperationRow
from sovbank.operations import (
    burn,
    cancellation,
    carried_steps,
    membership,
    membership_end,
    membership_withdrawal,
    mint_execution,
    treasury,
)
from sovbank.operations.exchange import take_over
from sovbank.operations.execution import Movement, close_movement
from sovbank.operations.house import House
from sovbank.operations.issuer import freeze
from sovbank.operations.mint_record import review

Step = Callable[[House, OperationRow], OperationRow]


def _as_it_is(_house: House, operation: OperationRow) -> OperationRow:
    return operation


def _review(house: House, operation: OperationRow) -> OperationRow:
    return review(house, operation.id)


def _receive(house: House, operation: OperationRow) -> OperationRow:
    return burn.receive(house, operation.id) if operation.state is State.INTENT else operation


@dataclass(frozen=True)
class Carried:
    """How operations of one kind travel in bundles.

    ``movement`` derives the transaction, anew on every machine, from parameters and the named ``facts``.
    ``take_over`` records what a bundle from another machine describes, after comparing it with the ledgers.
    With ``derived_alone`` it reads neither ledger, so it serves without a network as well.
    ``propose`` is run before a bundle is made, ``receive`` before one is signed, ``close`` after validation.
    """

    movement: Callable[[House, OperationRow], Movement]
    facts: tuple[str, ...] = ()
    take_over: Callable[[House, ExportedOperation], OperationRow] = take_over
    propose: Step = _as_it_is
    receive: Step = _as_it_is
    close: Step = _as_it_is
    derived_alone: bool = False


_CARRIED: Mapping[Kind, Carried] = {
    Kind.MINT: Carried(mint_execution.movement_of, propose=_review),
    Kind.DISTRIBUTE: Carried(treasury.movement_of),
    Kind.BURN: Carried(burn.movement_of, facts=("destination_tag",), receive=_receive),
    Kind.MEMBERSHIP: Carried(
        membership.movement_of, facts=("uri",), propose=membership.ready, close=membership.close
    ),
    Kind.MEMBERSHIP_END: Carried(
        membership_end.movement_of, propose=membership_end.ready, close=close_movement
    ),
    Kind.MEMBERSHIP_WITHDRAWAL: Carried(membership_withdrawal.movement_of, close=membership_withdrawal.close),
    Kind.CANCELLATION: Carried(
        cancellation.movement_of,
        facts=cancellation.FACTS,
        take_over=cancellation.take_over,
        receive=cancellation.receive,
        close=cancellation.close,
        derived_alone=True,
    ),
    Kind.FREEZE: Carried(
        freeze.movement_of,
        facts=(freeze.SIGN_OFFS,),
        take_over=freeze.take_over,
        propose=freeze.require_proposable,
        close=close_movement,
    ),
    **dict.fromkeys(
        (Kind.SETTINGS, Kind.TRUST_LINE, Kind.AUTHORIZE),
        Carried(
            carried_steps.movement_of,
            take_over=carried_steps.take_over,
            receive=carried_steps.receive,
            close=close_movement,
            derived_alone=True,
        ),
    ),
}


def carried(kind: Kind) -> Carried:
    """Return how operations of a kind travel.

    Raises
    ------
    WrongKind
        Operations of this kind are not signed in ceremonies.
    """
    found = _CARRIED.get(kind)
    if found is None:
        kinds = ", ".join(kind.value for kind in _CARRIED)
        raise WrongKind(f"a {kind.value} is not signed in a bundle (these are: {kinds})")
    return found
