"""Taking signatures in: bundles and raw blobs from other machines, each signature verified and recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sovbank.ceremony.blobs import add_blobs
from sovbank.ceremony.combine import admit, combine_all
from sovbank.ceremony.difference import first_difference
from sovbank.ceremony.finalise import Standing, standing_of
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle, Signature
from sovbank.ceremony.signing import check_signatures
from sovbank.core.machine import Kind
from sovbank.errors.base import SovbankError
from sovbank.errors.ceremony import BundleDiffers, NoBundleGiven
from sovbank.errors.operations import AccountMissing, WrongState
from sovbank.journal.port import AttemptRow, LogEvent, LogKind, SignatureRow
from sovbank.operations.house import House
from sovbank.operations.multisig.cosigning import find_operation, record_unsigned, same_attempt
from sovbank.operations.multisig.inspection import drift_of
from sovbank.operations.multisig.transcript import note_collected
from sovbank.wire.codec import encode_for_multisigning
from sovbank.xrpl.multisign import SignerSignature, check_signature, signer_key_facts

_PROPOSER = "Collect on the machine that made the bundle, or on one that has signed it."


@dataclass(frozen=True)
class Collected:
    """All signatures together. ``drift`` is what changed, ``left_out`` what no longer counts."""

    bundle: Bundle
    standings: tuple[Standing, ...]
    drift: tuple[str, ...]
    left_out: tuple[str, ...]
    stored: int

    @property
    def is_complete(self) -> bool:
        """Whether every transaction has its quorum."""
        return all(standing.is_complete for standing in self.standings)


def gather(files: Sequence[bytes], *, expected: Bundle | None) -> Bundle:
    """Return one bundle with the verified signatures of files: bundles, and raw blobs as hex text.

    ``expected`` is the bundle as this machine keeps it; without one the first file stands for it.

    Raises
    ------
    NoBundleGiven
        Only blobs were given and this machine keeps no bundle.
    BundleDiffers, StrangerSigned, KeyNotOfSigner, SignatureWrong, BlobMatchesNothing
        Each names what it is about.
    """
    bundles = [data for data in files if data.lstrip()[:1] == b"{"]
    blobs = [data.decode("latin1").strip() for data in files if data.lstrip()[:1] != b"{"]
    if expected is None:
        if not bundles:
            raise NoBundleGiven("no bundle was given, and this machine keeps none that the blobs belong to")
        expected = parse_bundle(bundles[0])
        check_signatures(expected)
    together = combine_all(expected, [admit(expected, data) for data in bundles])
    return add_blobs(together, blobs)


def collect(house: House, bundle: Bundle, *, form: str = "files") -> Collected:
    """Record the signatures of a gathered bundle that still count on the ledger.

    ``form`` says for the log how the signatures came.

    Raises
    ------
    WrongState
        This machine has not recorded the operation, or its transaction is sent already.
    BundleDiffers
        The bundle's transaction is not the one that this machine recorded.
    """
    state = house.ledger.account(bundle.signer_list.account)
    if state is None:
        raise AccountMissing(f"{bundle.signer_list.account} is not on the ledger")
    _take_over_freeze(house, bundle)
    facts = signer_key_facts(house.ledger, state.signer_list)
    kept: list[Signature] = []
    left_out: list[str] = []
    taken: dict[int, list[str]] = {}
    for place in range(len(bundle.transactions)):
        attempt = _attempt(house, bundle, place)
        known = {row.signer for row in house.journal.signatures(attempt.operation_id, attempt.number)}
        for one in (signature for signature in bundle.signatures if signature.transaction == place):
            made = SignerSignature(one.signer, bytes.fromhex(one.public_key), bytes.fromhex(one.signature))
            try:
                live = facts.get(one.signer)
                if live is None:
                    left_out.append(f"{one.signer} is no longer on the signer list")
                    continue
                check_signature(bundle.transactions[place], made, state.signer_list, live)
            except SovbankError as refusal:
                left_out.append(refusal.message)
                continue
            kept.append(one)
            if one.signer not in known:
                _store(house, attempt, bundle, one)
                taken.setdefault(place, []).append(one.signer)
    note_collected(house, bundle, taken, form=form, left_out=left_out)
    counted = bundle.model_copy(update={"signatures": tuple(kept)})
    return Collected(
        bundle=bundle,
        standings=standing_of(counted),
        drift=tuple(drift_of(house, bundle)),
        left_out=tuple(left_out),
        stored=sum(len(signers) for signers in taken.values()),
    )


def _take_over_freeze(house: House, bundle: Bundle) -> None:
    """An emergency finds whoever is awake at a machine that knows nothing of the freeze in the drawer."""
    described = bundle.purpose.operations
    is_new = any(find_operation(house, one.id) is None for one in described)
    if is_new and all(one.kind == Kind.FREEZE for one in described):
        record_unsigned(house, bundle)


def _attempt(house: House, bundle: Bundle, place: int) -> AttemptRow:
    described = bundle.purpose.operations[place]
    if find_operation(house, described.id) is None:
        raise WrongState(
            f"this machine has no record of {described.kind} {described.id}", next_step=_PROPOSER
        )
    attempts = house.journal.attempts(described.id)
    tx = bundle.transactions[place]
    same = same_attempt(attempts, tx)
    if same is not None:
        return same
    if not attempts:
        raise WrongState(f"no transaction of {described.id} was bound here", next_step=_PROPOSER)
    parted = first_difference(json.loads(attempts[-1].unsigned), tx)
    path = "" if parted is None else f"transactions.{place}.{parted.path}"
    said = "" if parted is None else f" {path} is {parted.found}, recorded is {parted.expected}"
    raise BundleDiffers(f"the bundle is over another transaction than the one recorded here:{said}")


def _store(house: House, attempt: AttemptRow, bundle: Bundle, one: Signature) -> None:
    payload = encode_for_multisigning(bundle.transactions[one.transaction], one.signer)
    public_key = bytes.fromhex(one.public_key)
    digest = hashlib.sha256(payload).hexdigest()

    def event(kind: LogKind) -> LogEvent:
        return LogEvent(
            kind,
            actor=_officer(house, one.signer),
            network=house.network_id,
            account=attempt.account,
            ticket=attempt.ticket,
            last_ledger=attempt.last_ledger,
            key_fingerprint=hashlib.sha256(public_key).hexdigest(),
            payload_sha256=digest,
            rule="ceremony.collect",
            decision="collected",
            body={"signer": one.signer, "unchecked": " ".join(one.unchecked)},
        )

    house.journal.begin_signature(attempt.operation_id, attempt.number, event(LogKind.SIGN_BEGIN))
    row = SignatureRow(
        operation_id=attempt.operation_id,
        attempt=attempt.number,
        signer=one.signer,
        public_key=public_key,
        signature=bytes.fromhex(one.signature),
        payload_sha256=digest,
    )
    house.journal.store_signature(row, event(LogKind.SIGN_DONE))


def _officer(house: House, account: str) -> str:
    known = (name for name, officer in house.profile.officers.items() if officer.account == account)
    return next(known, account)
