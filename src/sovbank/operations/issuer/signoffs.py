"""Sign-offs of a compliance case: two people say with their own keys that a freeze is to be made or lifted.

A sign-off is a signature over a labelled text that names the network, the issuing account, the measure, the
case and the signer. It is a file, and later a fact of the operation; wherever it is read it is verified anew,
against the signer list and the keys that the ledger shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints, ValidationError

from sovbank.core.canonical import canonical_json
from sovbank.core.permits import Measure
from sovbank.core.profile import Address, Record
from sovbank.errors.base import SovbankError
from sovbank.errors.freeze import SignOffInvalid, SignOffMalformed
from sovbank.errors.operations import AccountMissing
from sovbank.errors.signers import NotASigner
from sovbank.errors.xrpl import SignatureInvalid
from sovbank.journal.port import LogEvent, LogKind
from sovbank.keys.trial import sign_labelled
from sovbank.operations.agreement import particulars_of
from sovbank.operations.house import House
from sovbank.wire.addresses import decode_address
from sovbank.wire.signatures import verify
from sovbank.xrpl.multisign import KeyFacts, check_key, signer_key_facts

LABEL = b"sovbank compliance sign-off\0"
MAX_SIGN_OFF_BYTES = 4096
PEOPLE_NEEDED = 2
MOST_CARRIED = 6
"""Sign-offs that travel with an operation: six fit into the 2,000 characters of a bundle's value."""

_Hex = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}){32,80}$")]


@dataclass(frozen=True)
class Case:
    """What is signed off: a measure against one issuing account (a classic address), and its case."""

    account: str
    measure: Measure
    reference: str


class SignOff(Record):
    """One person's sign-off. ``public_key`` and ``signature`` are lower-case hex."""

    account: Address
    measure: Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}$")]
    case: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    signer: Address
    public_key: _Hex
    signature: _Hex

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the public key, in hex."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()


def make_sign_off(house: House, case: Case, officer: str) -> SignOff:
    """Have an officer of the issuer's signers sign a case off with their key here, and log it.

    Raises
    ------
    NotASigner, AccountMissing
        And whatever the key refuses.
    """
    entry = house.officer(officer)
    facts = _facts(house, case)
    if entry.account not in facts:
        raise NotASigner(f"{officer} is not on the signer list of {case.account}")
    signer = house.keys.signer(entry.key)
    message = message_of(house.network_id, case, entry.account)
    made = SignOff(
        account=case.account,
        measure=case.measure.value,
        case=case.reference,
        signer=entry.account,
        public_key=signer.public_key.data.hex(),
        signature=sign_labelled(signer, message).signature.hex(),
    )
    _check(house.network_id, case, made, facts)
    here = {"device": signer.device, **particulars_of(house.agreement())}
    _log(house, case, made, officer=officer, decision="signed off", more=here)
    return made


def parse_sign_off(data: bytes) -> SignOff:
    """Return the sign-off in a file.

    Raises
    ------
    SignOffMalformed
    """
    if len(data) > MAX_SIGN_OFF_BYTES:
        raise SignOffMalformed(f"a sign-off has at most {MAX_SIGN_OFF_BYTES} bytes")
    try:
        return SignOff.model_validate_json(data)
    except ValidationError as error:
        raise SignOffMalformed("the file is not a sign-off of a compliance case") from error


def require_valid(house: House, case: Case, given: Iterable[SignOff]) -> None:
    """Refuse a sign-off that would not count.

    Raises
    ------
    SignOffInvalid, AccountMissing
    """
    facts = _facts(house, case)
    for one in given:
        _check(house.network_id, case, one, facts)
        _officer(house, one.signer)


def people_of(house: House, case: Case, given: Iterable[SignOff]) -> tuple[str, ...]:
    """Return the officers whose sign-offs count by what the ledger shows now, each once, by name."""
    facts = _facts(house, case)
    people: set[str] = set()
    for one in given:
        try:
            _check(house.network_id, case, one, facts)
            people.add(_officer(house, one.signer))
        except SignOffInvalid:
            continue
    return tuple(sorted(people))


def to_fact(given: Iterable[SignOff]) -> str:
    """Return sign-offs as an operation carries them: one of each signer, in the order of their AccountIDs."""
    once = {one.signer: one for one in given}
    ordered = sorted(once.values(), key=lambda one: decode_address(one.signer))[:MOST_CARRIED]
    return " ".join(f"{one.signer}:{one.public_key}:{one.signature}" for one in ordered)


def from_fact(case: Case, text: str) -> Sequence[SignOff]:
    """Return the sign-offs that an operation carries; none of them has been verified.

    Raises
    ------
    SignOffMalformed
    """
    return [_carried(case, item) for item in text.split(" ")] if text else []


def message_of(network: int, case: Case, signer: str) -> bytes:
    """Return the labelled text that a signer signs."""
    return LABEL + canonical_json(
        {
            "network": network,
            "account": case.account,
            "measure": case.measure.value,
            "case": case.reference,
            "signer": signer,
        }
    )


def log_handed_in(house: House, case: Case, one: SignOff) -> None:
    """Log a sign-off that came in a file.

    Raises
    ------
    SignOffInvalid
        Its signer is no officer of the profile.
    """
    _log(house, case, one, officer=_officer(house, one.signer), decision="handed in")


def _log(
    house: House,
    case: Case,
    one: SignOff,
    *,
    officer: str,
    decision: str,
    more: Mapping[str, str] | None = None,
) -> None:
    message = message_of(house.network_id, case, one.signer)
    house.journal.note(
        LogEvent(
            LogKind.APPROVE,
            actor=officer,
            network=house.network_id,
            account=case.account,
            key_fingerprint=one.fingerprint,
            payload_sha256=hashlib.sha256(message).hexdigest(),
            rule="compliance.sign-off",
            decision=decision,
            body={
                "measure": case.measure.value,
                "case": case.reference,
                "signer": one.signer,
                "signature": one.signature,
                **(more or {}),
            },
        )
    )


def _facts(house: House, case: Case) -> dict[str, KeyFacts]:
    """Return the keys of everybody on the account's live signer list."""
    state = house.ledger.account(case.account)
    if state is None:
        raise AccountMissing(f"{case.account} is not on the ledger")
    return signer_key_facts(house.ledger, state.signer_list)


def _check(network: int, case: Case, one: SignOff, facts: dict[str, KeyFacts]) -> None:
    said = (one.account, one.measure, one.case)
    if said != (case.account, case.measure.value, case.reference):
        raise SignOffInvalid(f"the sign-off of {one.signer} is of {one.measure} in case {one.case!r}")
    if one.signer not in facts:
        raise SignOffInvalid(f"{one.signer} is not on the signer list of {case.account}")
    public_key = bytes.fromhex(one.public_key)
    try:
        check_key(public_key, facts[one.signer])
    except SignatureInvalid as refusal:
        raise SignOffInvalid(f"the sign-off of {one.signer}: {refusal.message}") from refusal
    if not verify(public_key, message_of(network, case, one.signer), bytes.fromhex(one.signature)):
        raise SignOffInvalid(f"the sign-off of {one.signer} is not over this measure and case")


def _officer(house: House, account: str) -> str:
    for name, officer in house.profile.officers.items():
        if officer.account == account:
            return name
    raise SignOffInvalid(f"no officer of the profile has the account {account}")


def _carried(case: Case, item: str) -> SignOff:
    try:
        signer, public_key, signature = item.split(":")
        return SignOff(
            account=case.account,
            measure=case.measure.value,
            case=case.reference,
            signer=signer,
            public_key=public_key,
            signature=signature,
        )
    except (ValueError, SovbankError) as error:
        raise SignOffMalformed("what the operation carries are not sign-offs") from error
