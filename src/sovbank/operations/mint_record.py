"""A mint in the journal beside the request that MintGuard holds: the same in every particular, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sovbank.core.machine import Kind, State
from sovbank.core.money import format_amount, from_micro, parse_amount, to_micro
from sovbank.errors.operations import RequestDiffers, WrongKind
from sovbank.evm.identity import account_key, asset_key, bank_reference_hash
from sovbank.evm.port import MintRequest, MintTerms, RequestState
from sovbank.journal.port import LogEvent, LogKind, OperationRow
from sovbank.operations.acting import Act, perform_and_move
from sovbank.operations.house import House
from sovbank.operations.moving import has_reached, move_on

_PATH = (State.INTENT, State.HELD, State.APPROVED)
_ON_CHAIN = {RequestState.HELD: State.HELD, RequestState.APPROVED: State.APPROVED}
# A payment that somebody recorded as confirmed was approved before.
_AT_LEAST = {**_ON_CHAIN, RequestState.CONFIRMED: State.APPROVED}


class MintIdentity(Protocol):
    """What identifies a mint, in the journal or in an exported file."""

    @property
    def id(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...


def find_mint(house: House, operation_id: str) -> OperationRow:
    """Return a mint by its id, or refuse an operation of another kind.

    Raises
    ------
    WrongKind
    """
    operation = house.journal.operation(operation_id)
    if operation.kind is not Kind.MINT:
        raise WrongKind(f"{operation.id} is a {operation.kind.value}, not a mint")
    return operation


def review(house: House, operation_id: str) -> OperationRow:
    """Return a mint brought up to what MintGuard says, for an officer to look at before acting."""
    return synchronise(house, find_mint(house, operation_id))


def synchronise(house: House, operation: OperationRow) -> OperationRow:
    """Bring the journal up to what MintGuard says; refuse a request that differs from the operation.

    Raises
    ------
    RequestDiffers
        The request is another one, or MintGuard gave up what the ledger shows as paid.
    """
    held = house.control.mint_request(operation.id)
    if held is None or held.state is RequestState.NONE:
        return operation
    check_same(house, operation, held)
    if operation.state is State.CANCELLED:
        return operation
    if held.state is RequestState.CANCELLED:
        return _give_up(house, operation, held)
    for after in _PATH:
        target = _AT_LEAST[held.state]
        if not has_reached(Kind.MINT, operation.state, after) and has_reached(Kind.MINT, target, after):
            operation = _step(house, operation, after, held)
    if held.state is RequestState.CONFIRMED and operation.state is State.FINAL:
        operation = _step(house, operation, State.CONFIRMED, held)
    return operation


def act_on(
    house: House,
    operation: OperationRow,
    act: Act,
    after: State,
    facts: Mapping[str, str],
    *,
    hash_as: str | None = None,
) -> OperationRow:
    """Act on MintGuard and move the mint on; after a refusal it may have moved on already, here or elsewhere.

    Raises
    ------
    ControlPlaneRefused
    """

    def taken() -> bool:
        return synchronise(house, house.journal.operation(operation.id)).state is not operation.state

    return perform_and_move(house, operation, act, after, facts, hash_as=hash_as, taken=taken)


def check_same(house: House, operation: MintIdentity, held: MintRequest) -> None:
    """Refuse unless MintGuard's request is the very one that the operation describes.

    Raises
    ------
    RequestDiffers
        With the particulars that differ.
    """
    terms = terms_of(house, operation, expiry=held.expiry)
    found = _differences(house, operation, terms, held)
    if found:
        raise RequestDiffers(
            f"operation {operation.id} is not the request that MintGuard holds: {'; '.join(found)}"
        )
    if house.control.mint_id(terms) != operation.id:
        raise RequestDiffers(f"operation {operation.id} does not follow from its own parameters")


def terms_of(house: House, operation: MintIdentity, *, expiry: int) -> MintTerms:
    """Return the request that the operation's parameters describe."""
    return MintTerms(
        asset=house.asset_id(operation.parameters["asset"]),
        destination=operation.parameters["destination"],
        amount_micro=amount_micro(operation),
        bank_reference=operation.reference,
        expiry=expiry,
    )


def amount_micro(operation: MintIdentity) -> int:
    """Return the operation's amount in micro-units."""
    return to_micro(parse_amount(operation.parameters["amount"]))


def _differences(house: House, operation: MintIdentity, terms: MintTerms, held: MintRequest) -> list[str]:
    """MintGuard keeps hashes of all but the amount, so only that can be shown on both sides."""
    found = []
    if held.amount_micro != terms.amount_micro:
        here, there = (format_amount(from_micro(micro)) for micro in (terms.amount_micro, held.amount_micro))
        found.append(f"the amount is {here} here and {there} on MintGuard")
    if held.asset_key != asset_key(terms.asset).hex():
        found.append(f"the asset {operation.parameters['asset']} is not MintGuard's")
    if held.destination_key != account_key(house.network_id, terms.destination).hex():
        found.append(f"the destination {terms.destination} is not MintGuard's")
    if held.bank_reference_hash != bank_reference_hash(terms.bank_reference).hex():
        found.append(f"the bank reference {terms.bank_reference} is not MintGuard's")
    return found


def _give_up(house: House, operation: OperationRow, held: MintRequest) -> OperationRow:
    if has_reached(Kind.MINT, operation.state, State.FINAL):
        raise RequestDiffers(
            f"MintGuard shows mint {operation.id} as cancelled, the ledger shows it as paid",
            next_step="Stop minting and find out who cancelled it; `sovbank reconcile` shows the break.",
        )
    return _step(house, operation, State.CANCELLED, held)


def _step(house: House, operation: OperationRow, after: State, held: MintRequest) -> OperationRow:
    facts = {"expiry": str(held.expiry), "requester_address": held.requester}
    if held.approver is not None:
        facts["approver_address"] = held.approver
    return move_on(
        house,
        operation,
        after,
        LogEvent(
            LogKind.OBSERVE,
            actor="control-plane",
            rule="control-plane",
            decision=f"found {held.state.name.lower()}",
            body={"requester": held.requester, "approver": held.approver or ""},
        ),
        {name: value for name, value in facts.items() if name not in operation.facts},
    )
