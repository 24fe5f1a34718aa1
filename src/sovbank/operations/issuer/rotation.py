"""A new signer list for an account: what it would spoil, who has proved their key, and the change itself.

The profile names the new list and the ledger holds the old one. The old list's quorum signs the change; then
no-ops under the new list exercise every signer, as in the set-up. Giving the command again takes up what was
recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sovbank.core.machine import AttemptState, Kind
from sovbank.core.profile import Account
from sovbank.errors.signers import (
    KeysUnproven,
    NoListYet,
    OpenAttempts,
    ProofInvalid,
    SignerUnnamed,
)
from sovbank.journal.port import ALL_ROWS, AttemptRow, LogEvent, LogKind, OperationRow
from sovbank.operations.house import House
from sovbank.operations.issuer.actual import ActualAccount, read_account
from sovbank.operations.issuer.freeze_order import kind_of
from sovbank.operations.issuer.plan import desired_signers, same_list, security_steps
from sovbank.operations.issuer.proofs import KeyProof, check_proof, log_proof, make_proof, message_of
from sovbank.operations.planned import Plan, make_plan, propose_plan, record_acceptance, resume_step, run_step
from sovbank.operations.signing import SigningMode
from sovbank.operations.steps import Step, signer_list_key
from sovbank.xrpl.multisign import signer_key_facts
from sovbank.xrpl.port import SignerList

_OPEN = (AttemptState.BOUND, AttemptState.SIGNING, AttemptState.SIGNED, AttemptState.SUBMITTED)
_SENT = (AttemptState.SIGNED, AttemptState.SUBMITTED, AttemptState.SUCCEEDED)


@dataclass(frozen=True)
class SignerChange:
    """One signer in the old and the new list; a weight of 0 is none. No ``officer`` is nobody's account."""

    officer: str | None
    account: str
    before: int
    after: int

    @property
    def what(self) -> str:
        """What becomes of the signer, in a word."""
        if not self.before:
            return "joins"
        if not self.after:
            return "leaves"
        return "stays" if self.before == self.after else "changes"


@dataclass(frozen=True)
class OpenAttempt:
    """A transaction of the account that is being signed and that a new list would spoil."""

    operation: OperationRow
    attempt: AttemptRow


@dataclass(frozen=True)
class Rotation:
    """A change of an account's signer list, as an officer is shown it. Reading it records nothing."""

    name: str
    account: Account
    old: SignerList
    new: SignerList
    changes: tuple[SignerChange, ...]
    open: tuple[OpenAttempt, ...]
    plan: Plan

    @property
    def is_needed(self) -> bool:
        """Whether the ledger still holds another list than the profile's."""
        return not same_list(self.old, self.new)

    @property
    def joining(self) -> tuple[str, ...]:
        """The officers who are on the new list and not on the old one."""
        return tuple(change.officer for change in self.changes if change.officer and not change.before)


def read_rotation(house: House, name: str) -> Rotation:
    """Return what the profile would change of an account's signer list.

    Raises
    ------
    NoListYet, AccountMissing
    """
    actual = read_account(house, name)
    old, new = actual.state.signer_list, desired_signers(actual, house.profile.officers)
    if not old.entries or not new.entries:
        where = "on the ledger" if not old.entries else "in the profile"
        raise NoListYet(f"account {name} has no signer list {where}")
    return Rotation(
        name=name,
        account=actual.desired,
        old=old,
        new=new,
        changes=_changes(house, old, new),
        open=() if same_list(old, new) else _open_attempts(house, actual.desired, signer_list_key(new)),
        plan=make_plan(house, name, _steps(house, actual)),
    )


def take_up(house: House, name: str) -> None:
    """Finish what an earlier run sent under the list that now stands: the change itself, and proofs of keys.

    Raises
    ------
    AttemptPending, AttemptFailed
    """
    actual = read_account(house, name)
    new = desired_signers(actual, house.profile.officers)
    if not same_list(actual.state.signer_list, new):
        return
    for row in house.journal.operations(kind=Kind.SETTINGS, unfinished=True, limit=ALL_ROWS):
        step = row.parameters["step"]
        ours = step == signer_list_key(new) or step.startswith("exercise/")
        attempts = house.journal.attempts(row.id)
        if row.parameters["account"] == name and ours and attempts and attempts[-1].state in _SENT:
            resume_step(house, row)


def refuse_rotation(
    house: House, rotation: Rotation, *, spoil: Collection[str] = (), proofs: Sequence[KeyProof] = ()
) -> None:
    """Raise for a change that would spoil what nobody gave up, or leave signers without a proven key.

    Raises
    ------
    OpenAttempts, KeysUnproven, ProofInvalid, SignerUnnamed
    """
    if not rotation.is_needed:
        return
    _under_old_list(house, rotation)
    kept = [one.operation for one in rotation.open if not _is_given_up(one.operation, spoil)]
    if kept:
        names = ", ".join(f"{kind_of(row)} {row.id[:16]} ({row.reference})" for row in kept)
        raise OpenAttempts(f"the new list would spoil the signatures of: {names}")
    _check_proofs(house, rotation, proofs)
    proven = {proof.signer for proof in proofs}
    missing = [
        name
        for name in rotation.joining
        if house.officer(name).account not in proven and not house.keys.holds(house.officer(name).key)
    ]
    if missing:
        raise KeysUnproven(f"no proof that these hold their keys: {', '.join(missing)}")


def rotate(
    house: House, rotation: Rotation, *, spoil: Collection[str] = (), proofs: Sequence[KeyProof] = ()
) -> Iterator[tuple[Step, OperationRow]]:
    """Prove the keys of those who join, change the list and exercise it, yielding each final step.

    Raises
    ------
    SignaturesMissing
        Too few keys are here for the old list's quorum, or to exercise the new list.
    """
    refuse_rotation(house, rotation, spoil=spoil, proofs=proofs)
    under = house
    if rotation.is_needed:
        under = _under_old_list(house, rotation)
        _prove(house, rotation, proofs)
        _log_spoiled(house, rotation)
    record_acceptance(under, rotation.plan)
    for step in rotation.plan.steps:
        if step.key == signer_list_key(rotation.new):
            yield step, run_step(under, rotation.plan, step, mode=SigningMode.QUORUM)
        else:
            yield step, run_step(house, rotation.plan, step)


def propose(
    house: House, rotation: Rotation, *, spoil: Collection[str] = (), proofs: Sequence[KeyProof] = ()
) -> tuple[OperationRow, ...]:
    """Record for a ceremony what comes next: the change of the list, and once it stands what follows it.

    Raises
    ------
    OpenAttempts, KeysUnproven, ProofInvalid, SignerUnnamed
    """
    refuse_rotation(house, rotation, spoil=spoil, proofs=proofs)
    if not rotation.is_needed:
        return propose_plan(house, rotation.plan) if rotation.plan.steps else ()
    _prove(house, rotation, proofs)
    _log_spoiled(house, rotation)
    change = [step for step in rotation.plan.steps if step.key == signer_list_key(rotation.new)]
    return propose_plan(_under_old_list(house, rotation), make_plan(house, rotation.name, change))


def _steps(house: House, actual: ActualAccount) -> list[Step]:
    """Each step uses a ticket up: the pool is filled to what the profile wants once all have run."""
    steps = list(security_steps(actual, house.profile.officers))
    if not steps:
        return steps
    left = replace(actual, tickets=max(0, actual.tickets - len(steps)))
    return list(security_steps(left, house.profile.officers))


def _changes(house: House, old: SignerList, new: SignerList) -> tuple[SignerChange, ...]:
    names = {officer.account: name for name, officer in house.profile.officers.items()}
    before = {entry.account: entry.weight for entry in old.entries}
    after = {entry.account: entry.weight for entry in new.entries}
    return tuple(
        SignerChange(names.get(account), account, before.get(account, 0), after.get(account, 0))
        for account in dict.fromkeys((*before, *after))
    )


def _open_attempts(house: House, account: Account, own_step: str) -> tuple[OpenAttempt, ...]:
    """Attempts whose window is over are left out: nothing can spoil them any more."""
    validated = house.ledger.server_state().validated_ledger
    return tuple(
        OpenAttempt(row, attempt)
        for row in house.journal.operations(unfinished=True, limit=ALL_ROWS)
        if row.parameters.get("step") != own_step
        for attempt in house.journal.attempts(row.id)
        if attempt.account == account.address and attempt.state in _OPEN and attempt.last_ledger >= validated
    )


def _is_given_up(operation: OperationRow, spoil: Collection[str]) -> bool:
    return any(len(prefix) >= 8 and operation.id.startswith(prefix.lower()) for prefix in spoil)


def _under_old_list(house: House, rotation: Rotation) -> House:
    """Return the house as it was before: the account's signers are those of the list on the ledger."""
    unnamed = [change.account for change in rotation.changes if change.before and change.officer is None]
    if unnamed:
        raise SignerUnnamed(f"no officer of the profile has the signing account {', '.join(unnamed)}")
    signers = {change.officer: change.before for change in rotation.changes if change.before}
    account = rotation.account.model_copy(update={"signers": signers, "quorum": rotation.old.quorum})
    accounts = {**house.profile.accounts, rotation.name: account}
    return replace(house, profile=house.profile.model_copy(update={"accounts": accounts}))


def _check_proofs(house: House, rotation: Rotation, proofs: Sequence[KeyProof]) -> None:
    facts = signer_key_facts(house.ledger, rotation.new)
    for proof in proofs:
        if proof.account != rotation.account.address or proof.signer not in facts:
            raise ProofInvalid(f"the proof of {proof.signer} is for another account or list")
        check_proof(proof, _message(house, rotation, proof.signer), facts[proof.signer])


def _prove(house: House, rotation: Rotation, proofs: Sequence[KeyProof]) -> None:
    """Log the proofs that were handed in, and make those whose keys are on this machine."""
    facts = signer_key_facts(house.ledger, rotation.new)
    handed = {proof.signer: proof for proof in proofs}
    for name in rotation.joining:
        account = house.officer(name).account
        message = _message(house, rotation, account)
        if account in handed:
            log_proof(house, handed[account], officer=name, message=message)
            continue
        house.progress(f"{name} proves their key")
        check_proof(make_proof(house, rotation.name, name), message, facts[account])


def _message(house: House, rotation: Rotation, signer: str) -> bytes:
    return message_of(house.network_id, rotation.account.address, rotation.new, signer)


def _log_spoiled(house: House, rotation: Rotation) -> None:
    for one in rotation.open:
        event = LogEvent(
            LogKind.ADMIN,
            actor="officer",
            network=house.network_id,
            account=one.attempt.account,
            ticket=one.attempt.ticket,
            last_ledger=one.attempt.last_ledger,
            rule="signers.open-attempts",
            decision="given up",
        )
        house.journal.note(event, operation_id=one.operation.id)
