"""The global freeze of an issuer, and its end: one transaction, for a case that two people signed off.

A freeze is compared with the ledger and never with an old operation: frozen, unfrozen and frozen again for
one case are three operations. A prepared freeze is signed ahead of time and lies in a drawer until somebody
submits it; nothing else in this program ever fires it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sovbank.core.canonical import digest
from sovbank.core.ids import operation_id
from sovbank.core.machine import UNSENT, AttemptState, Kind, State
from sovbank.core.permits import CompliancePermit
from sovbank.core.profile import Account
from sovbank.errors.freeze import FreezeMalformed, KeptInDrawer, PreparedOver, SignOffsMissing
from sovbank.errors.operations import AccountMissing
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import ALL_ROWS, LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.agreement import particulars_of
from sovbank.operations.execution import Movement, close_movement, run_movement
from sovbank.operations.handed_over import draft_of, record_handed_over
from sovbank.operations.house import House
from sovbank.operations.issuer.freeze_order import FreezeOrder, build_of, fee_of, is_prepared, order_of
from sovbank.operations.issuer.signoffs import PEOPLE_NEEDED, SignOff, from_fact, people_of, to_fact
from sovbank.operations.ledgerlog import intent
from sovbank.operations.moving import move_on
from sovbank.operations.rivals import prove_over
from sovbank.operations.shown import is_shown
from sovbank.operations.steps import list_digest
from sovbank.operations.taking_up import is_sent

SIGN_OFFS = "sign_offs"
_LIST = "signer_list"
_OVER = (State.POSTED, State.CANCELLED)
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


def open_freeze(house: House, order: FreezeOrder, sign_offs: Sequence[SignOff]) -> OperationRow:
    """Record the order, or return it as it is recorded and not over yet.

    Raises
    ------
    SignOffsMissing
        Fewer than two people signed it off, by the keys that the ledger shows now.
    """
    known, reference = _find(house, order)
    if known is not None:
        return known
    people = people_of(house, order.signed_off, sign_offs)
    if len(people) < PEOPLE_NEEDED:
        raise SignOffsMissing(
            f"{len(people)} of {PEOPLE_NEEDED} people signed off case {order.case}"
            + (f": {', '.join(people)}" if people else ""),
            waiting_for="co-signers",
        )
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.FREEZE, order.parameters, reference),
            kind=Kind.FREEZE,
            reference=reference,
            parameters=order.parameters,
            created_by=people[0],
            facts={
                "title": order.title,
                SIGN_OFFS: to_fact(sign_offs),
                _LIST: _live_list(house, order.account),
            },
        ),
        intent(
            house,
            people[0],
            account=order.account.address,
            body={"signed_off_by": " ".join(people), **particulars_of(house.agreement())},
        ),
    )
    return operation


def find_open(house: House, order: FreezeOrder) -> OperationRow | None:
    """Return the order as it is recorded here and not over yet, or None."""
    return _find(house, order)[0]


def signed_off_by(house: House, operation: OperationRow) -> tuple[str, ...]:
    """Return the officers whose sign-offs of a recorded freeze count by what the ledger shows now.

    Raises
    ------
    FreezeMalformed, SignOffMalformed
    """
    case = order_of(house, operation).signed_off
    return people_of(house, case, from_fact(case, operation.facts.get(SIGN_OFFS, "")))


def movement_of(house: House, operation: OperationRow) -> Movement:
    """Return what a freeze wants of the ledger; the sign-offs are verified anew when the guard asks.

    Raises
    ------
    FreezeMalformed, NotInProfile
    """
    order = order_of(house, operation)

    def permit() -> CompliancePermit:
        return CompliancePermit(
            account=order.account.address,
            measure=order.measure,
            holder=None,
            amount=None,
            signed_off_by=signed_off_by(house, operation),
        )

    return Movement(
        order.account,
        build_of(order),
        permit,
        refuse=lambda: _refuse_over(house, operation),
        actor=operation.created_by,
        fee=fee_of(order),
    )


def preview_of(order: FreezeOrder) -> Movement:
    """Return the order as a movement that can be simulated and never signed."""

    def permit() -> CompliancePermit:
        raise SignOffsMissing("nothing is signed for a preview", waiting_for="co-signers")

    return Movement(order.account, build_of(order), permit, fee=fee_of(order))


def run_freeze(house: House, operation: OperationRow) -> OperationRow:
    """Run an order that is for now until it is final in a validated ledger.

    Raises
    ------
    KeptInDrawer
        It is a prepared one.
    SignaturesMissing, AttemptFailed, AttemptPending
    """
    if is_prepared(operation):
        raise KeptInDrawer(f"freeze {operation.id[:16]} is prepared for an emergency")
    return close_movement(house, run_movement(house, operation, movement_of(house, operation)))


def resume_freeze(house: House, operation: OperationRow) -> OperationRow:
    """Take up a freeze from where it stands. A prepared one is never fired: only its outcome is recorded.

    Raises
    ------
    KeptInDrawer
        It lies in the drawer still.
    """
    if operation.state is State.FINAL:
        return close_movement(house, operation)
    if not is_prepared(operation):
        return run_freeze(house, operation)
    if is_sent(house, operation, actor=operation.created_by):
        return close_movement(house, run_movement(house, operation, movement_of(house, operation)))
    return retire(house, operation)


def retire(house: House, operation: OperationRow) -> OperationRow:
    """Cancel a prepared freeze that can no longer apply.

    Raises
    ------
    KeptInDrawer
        It still can.
    """
    attempts = house.journal.attempts(operation.id)
    last = attempts[-1] if attempts else None
    if last is not None and last.state in UNSENT:
        last = prove_over(house, last, actor=operation.created_by)
    if last is None or last.state is not AttemptState.WITHOUT_EFFECT:
        until = f" until ledger {attempts[-1].last_ledger}" if attempts else ""
        raise KeptInDrawer(f"freeze {operation.id[:16]} is prepared for an emergency{until}")
    event = LogEvent(
        LogKind.ABORT,
        actor=operation.created_by,
        network=house.network_id,
        account=last.account,
        ticket=last.ticket,
        rule="freeze.drawer",
        decision="can no longer apply",
    )
    return move_on(house, operation, State.CANCELLED, event)


def take_over(house: House, exported: ExportedOperation) -> OperationRow:
    """Record a freeze that a bundle describes, after verifying its sign-offs against the ledger.

    Raises
    ------
    FreezeMalformed, SignOffMalformed, SignOffsMissing
    """
    described = draft_of(exported)
    order = order_of(house, described)
    prefix, _, number = exported.reference.rpartition(":")
    if prefix != _stem(order) or not _NUMBER.fullmatch(number):
        raise FreezeMalformed("the reference does not follow from what is ordered")
    people = signed_off_by(house, described)
    if len(people) < PEOPLE_NEEDED:
        raise SignOffsMissing(
            f"{len(people)} of the sign-offs in the file count; case {order.case} needs {PEOPLE_NEEDED}",
            waiting_for="co-signers",
        )
    facts = {
        "title": order.title,
        SIGN_OFFS: exported.facts.get(SIGN_OFFS, ""),
        _LIST: _live_list(house, order.account),
    }
    body = {"signed_off_by": " ".join(people)}
    return record_handed_over(house, exported, facts, account=order.account.address, body=body)


def require_proposable(house: House, operation: OperationRow) -> OperationRow:
    """Refuse a prepared freeze that lies in no drawer: only its own command gives it its long window.

    Raises
    ------
    PreparedOver
    """
    attempts = house.journal.attempts(operation.id)
    if is_prepared(operation) and (not attempts or attempts[-1].state is AttemptState.WITHOUT_EFFECT):
        raise PreparedOver(
            f"freeze {operation.id[:16]} has no open window",
            next_step="Prepare it with `sovbank issuer freeze --prepare`.",
        )
    return operation


def close_shown_freezes(house: House) -> None:
    """Post the unfinished freezes that are final in validated ledgers; nothing is signed or sent."""
    for row in house.journal.operations(kind=Kind.FREEZE, unfinished=True, limit=ALL_ROWS):
        if is_shown(house, row):
            resume_freeze(house, row)


def _find(house: House, order: FreezeOrder) -> tuple[OperationRow | None, str]:
    """Return the open operation of an order, if there is one, and else the reference of the next one."""
    for reference in _references(order):
        known = house.journal.find(Kind.FREEZE, reference)
        if known is None:
            return None, reference
        if known.state not in _OVER and _still_counts(house, order, known):
            return known, reference
    raise FreezeMalformed(f"case {order.case} was used for too many orders; give the case a new reference")


def _references(order: FreezeOrder) -> Iterator[str]:
    return (f"{_stem(order)}:{number}" for number in range(1, 10_000))


def _stem(order: FreezeOrder) -> str:
    return f"{order.case}:{digest('sovbank/freeze/v1', order.parameters)[:16]}"


def _still_counts(house: House, order: FreezeOrder, known: OperationRow) -> bool:
    """Say whether a recorded order can still be signed: a changed signer list spoils it."""
    if order.prepared and known.facts.get(_LIST) != _live_list(house, order.account):
        return False
    if order.prepared and _is_over(house, known):
        return False
    return len(signed_off_by(house, known)) >= PEOPLE_NEEDED


def _is_over(house: House, operation: OperationRow) -> bool:
    attempts = house.journal.attempts(operation.id)
    if not attempts:
        return False
    over = house.ledger.server_state().validated_ledger >= attempts[-1].last_ledger
    return attempts[-1].state is AttemptState.WITHOUT_EFFECT or (attempts[-1].state in UNSENT and over)


def _refuse_over(house: House, operation: OperationRow) -> None:
    """A prepared freeze never opens a further attempt: nobody would sign it in the middle of a night."""
    if is_prepared(operation) and _is_over(house, operation):
        raise PreparedOver(f"freeze {operation.id[:16]} can no longer apply")


def _live_list(house: House, account: Account) -> str:
    state = house.ledger.account(account.address)
    if state is None:
        raise AccountMissing(f"{account.address} is not on the ledger")
    return list_digest(state.signer_list)
