"""Signing a bundle with the keys on this machine; each signature is recorded here before it goes into it.

What is signed is what this machine derives from the operation's parameters; the bundle's transaction must be
the same. The operation and its attempt are recorded in this machine's journal, bound to the same ticket, so
that a second bundle for the same operation, or for the same ticket, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sovbank.ceremony.digest import digest_of
from sovbank.ceremony.records import Bundle, Operation, Signature
from sovbank.ceremony.signing import add_signatures
from sovbank.core.canonical import canonical_json
from sovbank.core.machine import UNSENT, AttemptState, Kind, State
from sovbank.core.profile import Account
from sovbank.errors.journal import NoSuchOperation
from sovbank.errors.operations import NoOfficerHere, WrongState
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import AttemptRow, LogEvent, LogHead, LogKind, OperationRow
from sovbank.keys.guarded import GuardedSigner
from sovbank.keys.signing import Conditions, Evidence, MadeSignature, OfficerKey
from sovbank.operations.agreement import particulars_of as agreed
from sovbank.operations.handed_over import record_handed_over
from sovbank.operations.house import House
from sovbank.operations.multisig.assumptions import assumed_house
from sovbank.operations.multisig.carried import carried
from sovbank.operations.multisig.checkpoints import particulars_of, require_consistent, sightings_of
from sovbank.operations.multisig.derivation import anchored_permit, movement_of, row_of
from sovbank.operations.multisig.inspection import check_bundle
from sovbank.operations.multisig.together import together
from sovbank.operations.rivals import prove_over, refuse_while_cancelled
from sovbank.operations.signing import JournalSigningLog
from sovbank.xrpl.envelope import MOST_FEE_DROPS
from sovbank.xrpl.multisign import signer_key_facts

_ACTOR = "ceremony"


@dataclass(frozen=True)
class Cosigned:
    """The bundle with the new signatures; who signed, and what could not be checked."""

    bundle: Bundle
    officers: tuple[str, ...]
    unchecked: tuple[str, ...]


def cosign(
    house: House,
    bundle: Bundle,
    *,
    officer: str | None = None,
    offline: bool = False,
    drift: Sequence[str] = (),
) -> Cosigned:
    """Sign every transaction of a bundle with the keys here, or with the named officer's alone.

    ``drift`` is what the officer was shown of changes on the ledger; it goes into the log with the rest.

    Raises
    ------
    BundleForeign, BundleExpired, SignerListDiffers, TransactionNotDerived
        See ``inspection.check_bundle``.
    ProposerLogForked, ProposerLogWentBack
        It contradicts a bundle that was signed here before.
    NoOfficerHere
        No signer of the account who has not signed yet has a key on this machine.
    WrongState
        This machine signed another transaction for the operation, which can still apply.
    SigningRefused, KeyRefused
    """
    view, assumed = assumed_house(house, bundle) if offline else (house, set[str]())
    account = check_bundle(view, bundle)
    require_consistent(house, bundle)
    chosen = _officers(house, account, bundle, officer)
    made: list[tuple[int, MadeSignature]] = []
    attempts: dict[str, AttemptRow] = {}
    for place, described in enumerate(bundle.purpose.operations):
        asked = [name for name in chosen if _is_asked(described, name)]
        if not asked:
            continue
        row = _known(view, bundle, described, offline=offline)
        attempt = attempts[row.id] = _attempt(view, row, bundle, place)
        tx = bundle.transactions[place]
        evidence = Evidence(
            conditions=lambda: _conditions(view, bundle), permit=anchored_permit(movement_of(view, row), tx)
        )
        keys = [_key(house, name) for name in asked]
        guard = GuardedSigner(JournalSigningLog(house.journal, agreement=house.agreement))
        signed = guard.sign(row.id, attempt.number, kind=row.kind, evidence=evidence, keys=keys)
        made += [(place, one) for one in signed]
    unchecked = tuple(sorted(assumed))
    said = {"officers": " ".join(chosen), "unchecked": " ".join(unchecked), "drift": "\n".join(drift)}
    _note(house, bundle, attempts, said)
    return Cosigned(add_signatures(bundle, _records(made, unchecked)), chosen, unchecked)


def record_unsigned(house: House, bundle: Bundle) -> None:
    """Record what a bundle describes, after the checks of a co-signer, on a machine that does not sign it.

    Raises
    ------
    BundleForeign, BundleExpired, SignerListDiffers, TransactionNotDerived, WrongState
        And whatever taking its operations over refuses.
    """
    check_bundle(house, bundle)
    require_consistent(house, bundle)
    for place, described in enumerate(bundle.purpose.operations):
        _attempt(house, _known(house, bundle, described, offline=False), bundle, place)


def same_attempt(attempts: Sequence[AttemptRow], tx: Mapping[str, Any]) -> AttemptRow | None:
    """Return the attempt whose recorded transaction is exactly this one, if there is one."""
    unsigned = canonical_json(tx).decode()
    return next((attempt for attempt in reversed(attempts) if attempt.unsigned == unsigned), None)


def find_operation(house: House, operation_id: str) -> OperationRow | None:
    """Return an operation of this machine's journal, or None."""
    try:
        return house.journal.operation(operation_id)
    except NoSuchOperation:
        return None


def _officers(house: House, account: Account, bundle: Bundle, named: str | None) -> tuple[str, ...]:
    """Return the officers whose keys are here and who have a transaction of the bundle left to sign."""
    listed = [
        name
        for name, officer in house.profile.officers.items()
        if named in (None, name) and bundle.signer(officer.account) is not None
    ]
    here = [name for name in listed if house.keys.holds(house.officer(name).key)]
    if not here:
        who = named or "nobody who signs for the account"
        raise NoOfficerHere(f"{who} has no key on this machine that signs for {account.address}")
    done = {(one.transaction, one.signer) for one in bundle.signatures}
    waiting = tuple(
        name
        for name in here
        if any(
            _is_asked(described, name) and (place, house.officer(name).account) not in done
            for place, described in enumerate(bundle.purpose.operations)
        )
    )
    if not waiting:
        raise WrongState("every signer whose key is here has signed this bundle already")
    return waiting


def _is_asked(described: Operation, name: str) -> bool:
    """Say whether an officer is to sign: a proof of keys names whose, anything else asks any signer."""
    asked = described.parameters.get("signers", "").split()
    return not asked or name in asked


def _key(house: House, name: str) -> OfficerKey:
    officer = house.officer(name)
    return OfficerKey(officer.account, house.keys.signer(officer.key), name)


def _known(view: House, bundle: Bundle, described: Operation, *, offline: bool) -> OperationRow:
    """Return the operation as this machine's journal holds it, taken over from the bundle if it is new."""
    known = find_operation(view, described.id)
    if known is None:
        row = carried(Kind(described.kind))
        known = (
            _trusted(view, _exported(view, bundle, described))
            if offline and not row.derived_alone
            else row.take_over(view, _exported(view, bundle, described))
        )
    if known.state in (State.POSTED, State.CANCELLED):
        raise WrongState(f"this {known.kind.value} is {known.state.value}: there is nothing to sign")
    return carried(known.kind).receive(view, known)


def _exported(view: House, bundle: Bundle, described: Operation) -> ExportedOperation:
    row = row_of(view, described)
    return ExportedOperation(
        id=row.id,
        kind=row.kind,
        reference=row.reference,
        parameters=row.parameters,
        facts=row.facts,
        created_by=row.created_by,
        created_at=view.clock.now(),
        log=_head(bundle),
    )


def _trusted(view: House, exported: ExportedOperation) -> OperationRow:
    """Record an operation that could be compared with nothing: no network was there."""
    return record_handed_over(view, exported, exported.facts, body={"offline": "yes"})


def _attempt(view: House, row: OperationRow, bundle: Bundle, place: int) -> AttemptRow:
    """Return the attempt of this very transaction, bound here if this machine has not seen it."""
    tx = bundle.transactions[place]
    attempts = view.journal.attempts(row.id)
    same = same_attempt(attempts, tx)
    if same is not None:
        if same.state not in UNSENT:
            raise WrongState(f"the transaction is {same.state.value} already")
        refuse_while_cancelled(view, same)
        return same
    last = attempts[-1] if attempts else None
    if last is not None and last.state in UNSENT:
        last = prove_over(view, last, actor=_ACTOR) or last
    if last is not None and last.state is not AttemptState.WITHOUT_EFFECT:
        raise WrongState(
            "this machine knows another transaction of the operation, which can apply until ledger"
            f" {last.last_ledger}",
            next_step="Do not sign a second one. Wait for that ledger; then ask for a new bundle.",
        )
    ticket = tx.get("TicketSequence")
    return view.journal.bind_attempt(
        row.id,
        account=bundle.signer_list.account,
        ticket=ticket,
        sequence=int(tx["Sequence"]) if ticket is None else None,
        first_ledger=bundle.signer_list.ledger_index,
        last_ledger=int(tx["LastLedgerSequence"]),
        unsigned=canonical_json(tx).decode(),
        event=_event(view, bundle, tx, decision="bound"),
    )


def _conditions(view: House, bundle: Bundle) -> Conditions:
    state = view.ledger.account(bundle.signer_list.account)
    listed = () if state is None else state.signer_list.entries
    facts = {} if state is None else signer_key_facts(view.ledger, state.signer_list)
    return Conditions(
        network_id=view.network_id,
        validated_ledger=view.ledger.server_state().validated_ledger,
        fee_cap=MOST_FEE_DROPS,
        signers=frozenset(entry.account for entry in listed),
        regular_keys={name: fact.regular_key for name, fact in facts.items() if fact.regular_key},
    )


def _records(made: Sequence[tuple[int, MadeSignature]], unchecked: tuple[str, ...]) -> list[Signature]:
    return [
        Signature(
            transaction=place,
            signer=one.signer,
            public_key=one.public_key.hex().upper(),
            signature=one.signature.hex().upper(),
            unchecked=unchecked,
        )
        for place, one in made
    ]


def _note(house: House, bundle: Bundle, attempts: Mapping[str, AttemptRow], said: Mapping[str, str]) -> None:
    """Note what was signed, what was seen of it, and where the proposer's log was, with every operation."""
    seen = " ".join(f"{one.transaction}:{one.signer}" for one in bundle.signatures)
    held = [described.id for described in bundle.purpose.operations]
    common = {"digest": digest_of(bundle), "seen": seen, **said, **agreed(house.agreement())}
    for sighting in sightings_of(bundle):
        attempt = attempts.get(sighting.operation)
        if attempt is None:
            continue  # others sign that one; this machine has no record of it
        body = {**common, **particulars_of(sighting), **together(held, attempt)}
        event = LogEvent(
            LogKind.OBSERVE, actor=_ACTOR, network=house.network_id, decision="co-signed", body=body
        )
        house.journal.note(event, operation_id=sighting.operation)


def _head(bundle: Bundle) -> LogHead:
    return LogHead(bundle.checkpoint.log_id, bundle.checkpoint.seq, bundle.checkpoint.hash)


def _event(view: House, bundle: Bundle, tx: Mapping[str, Any], *, decision: str) -> LogEvent:
    return LogEvent(
        LogKind.OBSERVE,
        actor=_ACTOR,
        network=view.network_id,
        account=bundle.signer_list.account,
        ticket=tx.get("TicketSequence"),
        last_ledger=int(tx["LastLedgerSequence"]),
        decision=decision,
        body={"type": str(tx["TransactionType"])},
    )
