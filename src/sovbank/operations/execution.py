"""One transaction of an operation, from binding a ticket to validated evidence.

The durable order is fixed: ticket -> sign.begin -> (key) -> sign.done -> submit -> final, each committed
before the next begins. Whatever was recorded is taken up again: signatures are made over the same bytes, the
recorded blob is sent again, and a further attempt opens only when the last one is proven without effect.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sovbank.core.canonical import canonical_json
from sovbank.core.machine import UNSENT, AttemptState, State
from sovbank.core.permits import Permit
from sovbank.core.profile import Account
from sovbank.errors.journal import TicketTaken
from sovbank.errors.operations import AccountMissing, NoOfficerHere
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, OperationRow
from sovbank.operations.adoption import adopt_payment
from sovbank.operations.attempts import settle_attempt, slot_of
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import attempt_event
from sovbank.operations.moving import has_reached, move_on
from sovbank.operations.people import signers_here
from sovbank.operations.rivals import prove_over, refuse_while_cancelled, reusable
from sovbank.operations.signing import SigningMode, SigningOrder, mode_of, sign_attempt
from sovbank.operations.taking_up import take_up_sent
from sovbank.xrpl.envelope import Anchor, Envelope, Tx, fee_for
from sovbank.xrpl.quorum import most_signers

_FEE_MARGIN = 2
_BIND_TRIES = 4
_NO_ANCHOR = Anchor(1, "0" * 64)


@dataclass(frozen=True)
class Movement:
    """What an operation wants of the ledger.

    ``build`` returns the unsigned transaction in an envelope; ``permit`` reads, at the moment of signing,
    what the transaction must be for the guard to let it be signed; ``refuse`` raises, before anything is
    bound, when it could not be signed now. A movement with ``invoice`` carries the operation id as InvoiceID:
    a payment that the account's history shows already is taken up and never made again. ``officers`` names
    who must sign, where a signature is the purpose; otherwise any quorum will do. ``learn`` returns, from the
    hash under which validated ledgers hold the transaction, what the operation keeps of it beside the hash.
    ``window`` is how many ledgers a ceremony gets, whose signers are elsewhere; without one it is short.
    ``slot`` is the one ticket or sequence that it can take, where it may take no other.
    ``fee`` is in drops, where it does not follow from the node's base fee.
    """

    account: Account
    build: Callable[[Envelope, Anchor], Tx]
    permit: Callable[[], Permit]
    refuse: Callable[[], None] = lambda: None
    learn: Callable[[str], Mapping[str, str]] = lambda _: {}
    mode: SigningMode = SigningMode.QUORUM
    officers: tuple[str, ...] = ()
    invoice: bool = False
    actor: str = "treasury"
    window: int | None = None
    slot: tuple[int | None, int | None] | None = None
    fee: int | None = None


def run_movement(house: House, operation: OperationRow, movement: Movement) -> OperationRow:
    """Bring the operation to ``final``: one transaction with its effect in a validated ledger.

    Raises
    ------
    SignaturesMissing
        Fewer keys are here than the quorum; signatures made so far are kept.
    AttemptFailed
        The attempt is proven without effect; running the operation again opens a further one.
    AttemptPending
        The outcome is not known yet.
    """
    operation, attempt = open_attempt(house, operation, movement)
    if attempt is None:
        return operation
    refuse_while_cancelled(house, attempt)
    if attempt.state in UNSENT:
        order = SigningOrder(movement.account, mode_of(attempt), movement.officers)
        attempt = sign_attempt(house, operation, attempt, order, movement.permit)
    attempt, tx_hash = settle_attempt(house, attempt, movement.actor)
    if has_reached(operation.kind, operation.state, State.FINAL):
        return operation
    return move_on(
        house,
        operation,
        State.FINAL,
        attempt_event(
            house, LogKind.FINAL, attempt, actor=movement.actor, tx_hash=tx_hash, result=attempt.result
        ),
        {"tx_hash": tx_hash, "validated_ledger": str(attempt.validated_ledger), **movement.learn(tx_hash)},
    )


def open_attempt(
    house: House, operation: OperationRow, movement: Movement
) -> tuple[OperationRow, AttemptRow | None]:
    """Return the operation and the attempt to take up; a further one is bound when none is open.

    Without an attempt the operation is final: the ledger shows its payment already.
    """
    if has_reached(operation.kind, operation.state, State.FINAL):
        return operation, None
    attempt, last = _live_attempt(house, operation, movement)
    if attempt is None:
        adopted = adopt(house, operation, movement)
        if adopted is not None:
            return adopted, None
        attempt = _bind(house, operation, movement, last)
    if operation.state is not State.EXECUTING:
        event = attempt_event(house, LogKind.OBSERVE, attempt, actor=movement.actor, decision="executing")
        operation = move_on(house, operation, State.EXECUTING, event)
    return operation, attempt


def adopt(house: House, operation: OperationRow, movement: Movement) -> OperationRow | None:
    """Take up the movement's payment if the account's history shows it already; None if it does not.

    Raises
    ------
    InvoiceAlreadyPaid, NodeGap
    """
    if not movement.invoice:
        return None
    address = movement.account.address
    envelope = Envelope(
        account=address,
        network_id=house.network_id,
        last_ledger=1,
        fee=1,
        multisigned=movement.mode is SigningMode.QUORUM,
        sequence=1,
    )
    return adopt_payment(house, operation, address, movement.build(envelope, _NO_ANCHOR))


@dataclass(frozen=True)
class Preview:
    """What a movement would be now, and what the node says it would do. Nothing was signed or recorded.

    ``result`` is preliminary, and no signature was looked at: it says nothing about a quorum.
    """

    transaction: Tx
    result: str


def preview_movement(house: House, movement: Movement) -> Preview:
    """Have the node simulate the movement's transaction."""
    envelope, _ = _envelope(house, movement, None)
    transaction = movement.build(envelope, _NO_ANCHOR)
    result, _ = house.ledger.simulate(transaction)
    return Preview(transaction, result)


def close_movement(
    house: House, operation: OperationRow, *, before: State = State.FINAL, actor: str = "books"
) -> OperationRow:
    """Post an operation of which nothing is left to do."""
    if operation.state is not before:
        return operation
    event = LogEvent(
        LogKind.FINAL,
        actor=actor,
        network=house.network_id,
        tx_hash=operation.facts.get("tx_hash"),
        result="posted",
    )
    return move_on(house, operation, State.POSTED, event)


def _live_attempt(
    house: House, operation: OperationRow, movement: Movement
) -> tuple[AttemptRow | None, AttemptRow | None]:
    """Return the attempt to take up (None when a further one may open) and the last one."""
    attempts = house.journal.attempts(operation.id)
    if not attempts:
        return None, None
    last = attempts[-1]
    if last.state in UNSENT:
        sent = take_up_sent(house, last, actor=movement.actor)
        last = sent or prove_over(house, last, actor=movement.actor) or last
    return (None if last.state is AttemptState.WITHOUT_EFFECT else last), last


def _bind(house: House, operation: OperationRow, movement: Movement, last: AttemptRow | None) -> AttemptRow:
    _refuse_nobody_here(house, movement)
    movement.refuse()
    for _ in range(_BIND_TRIES - 1):
        # Another operation may take the ticket between the look and the binding.
        with contextlib.suppress(TicketTaken):
            return _bind_once(house, operation, movement, last)
    return _bind_once(house, operation, movement, last)


def _bind_once(
    house: House, operation: OperationRow, movement: Movement, last: AttemptRow | None
) -> AttemptRow:
    envelope, validated = _envelope(house, movement, last)
    anchor = house.journal.anchor(operation.id)
    unsigned = movement.build(envelope, Anchor(anchor.seq, anchor.hash))
    return house.journal.bind_attempt(
        operation.id,
        account=envelope.account,
        ticket=envelope.ticket,
        sequence=envelope.sequence,
        first_ledger=validated,
        last_ledger=envelope.last_ledger,
        unsigned=canonical_json(unsigned).decode(),
        event=_bound_event(house, movement, envelope, unsigned),
    )


def _refuse_nobody_here(house: House, movement: Movement) -> None:
    """An attempt binds a ticket and has a short window: nobody opens one who cannot sign."""
    account = movement.account
    if movement.window is None and movement.mode is SigningMode.QUORUM and not signers_here(house, account):
        raise NoOfficerHere(f"nobody who signs for {account.address} has a key on this machine")


def _envelope(house: House, movement: Movement, last: AttemptRow | None) -> tuple[Envelope, int]:
    """Return the common fields of the next attempt, and the ledger that was validated when they were read."""
    address = movement.account.address
    state = house.ledger.account(address)
    if state is None:
        raise AccountMissing(f"{address} ({movement.account.role.value}) is not on the ledger")
    ticket, sequence = movement.slot or slot_of(house, state, reusable(house, last))
    server = house.ledger.server_state()
    signers = most_signers(state.signer_list) if movement.mode is SigningMode.QUORUM else 0
    envelope = Envelope(
        account=address,
        network_id=house.network_id,
        last_ledger=server.validated_ledger + (movement.window or house.profile.limits.automated_ledgers),
        fee=movement.fee or fee_for(server.base_fee, signers=signers, margin=_FEE_MARGIN),
        multisigned=movement.mode is SigningMode.QUORUM,
        ticket=ticket,
        sequence=sequence,
    )
    return envelope, server.validated_ledger


def _bound_event(
    house: House, movement: Movement, envelope: Envelope, unsigned: Mapping[str, Any]
) -> LogEvent:
    return LogEvent(
        LogKind.OBSERVE,
        actor=movement.actor,
        network=house.network_id,
        account=envelope.account,
        ticket=envelope.ticket,
        last_ledger=envelope.last_ledger,
        decision="bound",
        body={"type": str(unsigned["TransactionType"])},
    )
