"""The guarded signer: its order of steps, what a crash leaves behind, and whose keys it uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from xrpl.core.keypairs import is_valid_message

from sovbank.core.canonical import canonical_json
from sovbank.core.guard import (
    DistributePermit,
    PaymentTerms,
    Permit,
    PlanPermit,
    TokenTerms,
    plan_digest,
    step_digest,
)
from sovbank.core.machine import AttemptState, Kind
from sovbank.errors import guard as refusals
from sovbank.errors.base import SovbankError
from sovbank.errors.keys import KeyNotOfAccount, SignatureInvalid
from sovbank.keys.guarded import (
    Conditions,
    Evidence,
    GuardedSigner,
    MadeSignature,
    OfficerKey,
    RecordedAttempt,
    SignatureBegun,
)
from sovbank.keys.port import PublicKey, Scheme, Signer, Takes
from sovbank.wire.addresses import address_of_public_key, encode_address
from sovbank.wire.codec import encode_for_multisigning, encode_for_signing

TREASURY, ISSUER, CUSTOMER = (encode_address(bytes([n] * 20)) for n in (1, 2, 3))
OPERATION = "ab" * 32
CURRENCY = "4654485553440000000000000000000000000000"
NETWORK = 21338
NewSigner = Callable[..., Signer]


@dataclass
class Row:
    """An attempt as the journal would return it."""

    operation_id: str
    number: int
    account: str
    ticket: int | None
    sequence: int | None
    last_ledger: int
    unsigned: str
    state: AttemptState


@dataclass
class Log:
    """A journal in memory that keeps the order of what was recorded."""

    row: Row
    events: list[str] = field(default_factory=list)
    begun: list[SignatureBegun] = field(default_factory=list)
    stored: list[MadeSignature] = field(default_factory=list)

    def attempt(self, operation_id: str, number: int) -> RecordedAttempt:
        assert (operation_id, number) == (self.row.operation_id, self.row.number)
        return self.row

    def made(self, operation_id: str, number: int) -> Sequence[MadeSignature]:
        return list(self.stored)

    def begin(self, attempt: RecordedAttempt, begun: SignatureBegun) -> None:
        self.events.append(f"begin {begun.signer}")
        self.begun.append(begun)
        self.row.state = AttemptState.SIGNING

    def store(self, attempt: RecordedAttempt, made: MadeSignature, begun: SignatureBegun) -> None:
        self.events.append(f"store {made.signer}")
        self.stored.append(made)


@dataclass
class Watched:
    """A key that notes when it is used, and can fail or lie."""

    inner: Signer
    events: list[str]
    failure: SovbankError | None = None
    lie: bytes | None = None

    @property
    def uri(self) -> str:
        return self.inner.uri

    @property
    def public_key(self) -> PublicKey:
        return self.inner.public_key

    @property
    def device(self) -> str:
        return self.inner.device

    @property
    def takes(self) -> Takes:
        return self.inner.takes

    def sign(self, payload: bytes) -> bytes:
        self.events.append(f"sign {address_of_public_key(self.public_key.data)}")
        if self.failure is not None:
            raise self.failure
        return self.lie or self.inner.sign(payload)


def payment() -> dict[str, Any]:
    return {
        "TransactionType": "Payment",
        "Account": TREASURY,
        "Destination": CUSTOMER,
        "Amount": {"currency": CURRENCY, "issuer": ISSUER, "value": "125000.5"},
        "InvoiceID": OPERATION.upper(),
        "Fee": "60",
        "Flags": 0,
        "LastLedgerSequence": 120,
        "NetworkID": NETWORK,
        "Sequence": 0,
        "TicketSequence": 41,
        "SigningPubKey": "",
    }


def permit() -> DistributePermit:
    terms = PaymentTerms(TREASURY, CUSTOMER, TokenTerms(Decimal("125000.5"), CURRENCY, ISSUER), OPERATION)
    return DistributePermit(payment=terms, deposit_left=Decimal(1000000), whitelisted=True, paused=False)


@dataclass
class Scene:
    """A treasury payment about to be signed by two of its officers."""

    log: Log
    keys: list[OfficerKey]
    conditions: Conditions
    permit: Permit = field(default_factory=permit)
    kind: Kind = Kind.DISTRIBUTE
    before_permit: Callable[[], None] = lambda: None

    def sign(self, keys: Sequence[OfficerKey] | None = None) -> tuple[MadeSignature, ...]:
        def read_permit() -> Permit:
            self.log.events.append("read")
            self.before_permit()
            return self.permit

        evidence = Evidence(conditions=lambda: self.conditions, permit=read_permit)
        chosen = self.keys if keys is None else keys
        return GuardedSigner(self.log).sign(OPERATION, 1, kind=self.kind, evidence=evidence, keys=chosen)

    def record(self, tx: dict[str, Any]) -> None:
        self.log.row.unsigned = canonical_json(tx).decode()


@pytest.fixture
def scene(new_signer: NewSigner) -> Scene:
    row = Row(OPERATION, 1, TREASURY, 41, None, 120, "", AttemptState.BOUND)
    log = Log(row)
    keys = []
    for officer, scheme in (("cfo", Scheme.SECP256K1), ("coo", Scheme.ED25519)):
        signer = Watched(new_signer(scheme), log.events)
        keys.append(OfficerKey(address_of_public_key(signer.public_key.data), signer, officer))
    conditions = Conditions(NETWORK, 100, 2000, frozenset(key.account for key in keys))
    scene = Scene(log, keys, conditions)
    scene.record(payment())
    return scene


def test_each_key_is_read_recorded_used_and_stored_in_this_order(scene: Scene) -> None:
    made = scene.sign()
    first, second = (key.account for key in scene.keys)
    assert scene.log.events == [
        "read",
        f"begin {first}",
        f"sign {first}",
        f"store {first}",
        "read",
        f"begin {second}",
        f"sign {second}",
        f"store {second}",
    ]
    assert [item.signer for item in made] == [first, second]
    assert scene.log.stored == list(made)
    for begun, item, key in zip(scene.log.begun, made, scene.keys, strict=True):
        assert begun.officer == key.officer
        assert begun.row == "guard.distribute"
        assert begun.network_id == NETWORK
        assert begun.key_fingerprint == key.signer.public_key.fingerprint
        assert begun.payload_sha256 == item.payload_sha256


def test_xrpl_py_accepts_the_multisignatures(scene: Scene) -> None:
    for made in scene.sign():
        payload = encode_for_multisigning(payment(), made.signer)
        assert is_valid_message(payload, made.signature, made.public_key.hex().upper())


def test_a_single_signature_carries_its_key(scene: Scene, new_signer: NewSigner) -> None:
    for scheme in Scheme:
        signer = new_signer(scheme)
        account = address_of_public_key(signer.public_key.data)
        tx = {
            "TransactionType": "AccountSet",
            "Account": account,
            "SetFlag": 8,
            "Fee": "10",
            "Flags": 0,
            "LastLedgerSequence": 120,
            "NetworkID": NETWORK,
            "Sequence": 9,
        }
        steps = (step_digest(NETWORK, tx),)
        log = Log(Row(OPERATION, 1, account, None, 9, 120, canonical_json(tx).decode(), AttemptState.BOUND))
        single = Scene(
            log,
            [OfficerKey(account, signer, "ceo")],
            scene.conditions,
            permit=PlanPermit(account=account, accepted=plan_digest(steps), steps=steps),
            kind=Kind.SETTINGS,
        )
        (made,) = single.sign()
        public = signer.public_key.data.hex().upper()
        payload = encode_for_signing({**tx, "SigningPubKey": public})
        assert is_valid_message(payload, made.signature, public)
        assert made.payload_sha256 == log.begun[0].payload_sha256


def test_a_recorded_key_of_somebody_else_is_not_signed_singly(scene: Scene, new_signer: NewSigner) -> None:
    signer = new_signer()
    account = address_of_public_key(signer.public_key.data)
    for public in ("", new_signer().public_key.data.hex().upper()):
        tx = {**payment(), "Account": account, "SigningPubKey": public}
        scene.record(tx)
        scene.log.row.account = account
        terms = replace(permit().payment, account=account)
        scene.permit = replace(permit(), payment=terms)
        with pytest.raises(refusals.WrongSigningKey):
            scene.sign([OfficerKey(account, signer, "ceo")])


def test_a_crash_after_begin_is_taken_up_with_the_same_bytes(scene: Scene) -> None:
    class PowerLoss(BaseException):
        pass

    key = scene.keys[1]
    spoilt = Watched(key.signer, scene.log.events)

    def crash(payload: bytes) -> bytes:
        raise PowerLoss

    spoilt.sign = crash  # type: ignore[method-assign]
    with pytest.raises(PowerLoss):
        scene.sign([scene.keys[0], replace(key, signer=spoilt)])
    assert scene.log.row.state is AttemptState.SIGNING
    first = scene.log.stored[0]
    scene.log.events.clear()
    made = scene.sign()
    assert made[0] is first
    assert scene.log.events == ["read", f"begin {key.account}", f"sign {key.account}", f"store {key.account}"]
    assert scene.log.begun[1].payload_sha256 == scene.log.begun[2].payload_sha256


def test_signatures_that_are_all_recorded_need_nothing_more(scene: Scene) -> None:
    made = scene.sign()
    scene.log.events.clear()
    scene.log.row.state = AttemptState.SIGNED
    scene.permit = replace(permit(), paused=True)
    assert scene.sign() == made
    assert scene.log.events == []


def test_a_recorded_signature_that_does_not_verify_is_not_handed_on(scene: Scene) -> None:
    scene.sign()
    good = scene.log.stored[0]
    for spoilt in (
        replace(good, signature=scene.log.stored[1].signature),
        replace(good, public_key=scene.log.stored[1].public_key),
    ):
        scene.log.stored[0] = spoilt
        with pytest.raises(SignatureInvalid):
            scene.sign()


def test_the_permit_is_read_again_for_every_key(scene: Scene) -> None:
    def pause_after_the_first() -> None:
        if scene.log.stored:
            scene.permit = replace(permit(), paused=True)

    scene.before_permit = pause_after_the_first
    with pytest.raises(refusals.ControlPlanePaused):
        scene.sign()
    assert [made.signer for made in scene.log.stored] == [scene.keys[0].account]
    assert scene.log.events[-1] == "read"


REFUSED: dict[str, tuple[dict[str, Any], type[SovbankError]]] = {
    "more money": (
        {"Amount": {"currency": CURRENCY, "issuer": ISSUER, "value": "125000.6"}},
        refusals.WrongAmount,
    ),
    "somebody else": ({"Destination": TREASURY}, refusals.RecordUnreadable),
    "partial": ({"Flags": 0x00020000}, refusals.PartialPayment),
    "signed": ({"TxnSignature": "00"}, refusals.RecordUnreadable),
    "multisigned": ({"Signers": []}, refusals.RecordUnreadable),
    "unknown field": ({"Quorum": 1}, refusals.RecordUnreadable),
    "source tag": ({"SourceTag": 1}, refusals.UnexpectedField),
    "another network": ({"NetworkID": 21337}, refusals.WrongNetwork),
    "a longer window": ({"LastLedgerSequence": 121}, refusals.WrongLastLedger),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_leaves_no_trace(scene: Scene, name: str) -> None:
    changes, refusal = REFUSED[name]
    scene.record({**payment(), **changes})
    if name == "somebody else":
        scene.record({**payment(), "Destination": "x" + CUSTOMER[1:]})
    with pytest.raises(refusal):
        scene.sign()
    assert scene.log.begun == scene.log.stored == []
    assert not any(event.startswith("sign") for event in scene.log.events)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "[" * 40000, "x" * 70000, '{"TransactionType":1}', '{"a":NaN}', "{}"]
)
def test_a_record_that_is_no_transaction(scene: Scene, text: str) -> None:
    scene.log.row.unsigned = text
    with pytest.raises(refusals.SigningRefused):
        scene.sign()
    assert scene.log.begun == []


@pytest.mark.parametrize(
    "state",
    [
        AttemptState.SIGNED,
        AttemptState.SUBMITTED,
        AttemptState.SUCCEEDED,
        AttemptState.WITHOUT_EFFECT,
    ],
)
def test_only_open_attempts_are_signed(scene: Scene, state: AttemptState) -> None:
    scene.log.row.state = state
    with pytest.raises(refusals.AttemptNotSignable):
        scene.sign()
    assert scene.log.events == []


def test_whose_keys(scene: Scene, new_signer: NewSigner) -> None:
    first, second = scene.keys
    stranger = new_signer()
    cases: dict[str, tuple[list[OfficerKey], type[SovbankError]]] = {
        "nobody": ([], refusals.NoSigner),
        "one twice": ([first, first], refusals.NoSigner),
        "one key for two": ([first, replace(second, signer=first.signer)], refusals.NoSigner),
        "beside the account": ([first, OfficerKey(TREASURY, stranger, "ceo")], refusals.NoSigner),
        "another's key": ([first, replace(second, signer=stranger)], KeyNotOfAccount),
        "not listed": (
            [OfficerKey(address_of_public_key(stranger.public_key.data), stranger, "ceo")],
            refusals.SignerNotListed,
        ),
    }
    for name, (keys, refusal) in cases.items():
        with pytest.raises(refusal):
            scene.sign(keys)
        assert scene.log.begun == [], name
        assert scene.log.stored == [], name


def test_a_regular_key_signs_for_its_account(scene: Scene, new_signer: NewSigner) -> None:
    signer = new_signer()
    key = OfficerKey(CUSTOMER, signer, "head")
    listed = scene.conditions.signers | {CUSTOMER}
    scene.conditions = replace(scene.conditions, signers=listed)
    with pytest.raises(KeyNotOfAccount):
        scene.sign([key])
    address = address_of_public_key(signer.public_key.data)
    scene.conditions = replace(scene.conditions, regular_keys={CUSTOMER: address})
    (made,) = scene.sign([key])
    assert made.signer == CUSTOMER


def test_the_kind_and_the_permit_belong_together(scene: Scene) -> None:
    scene.kind = Kind.MINT
    with pytest.raises(refusals.PermitMismatch):
        scene.sign()
    scene.kind = Kind.FUND
    with pytest.raises(refusals.KindNotSignable):
        scene.sign()
    assert scene.log.begun == []


def test_a_key_that_lies_is_found_out_before_anything_is_stored(scene: Scene) -> None:
    honest = scene.keys[0].signer
    other = scene.sign([scene.keys[0]])[0].signature
    scene.log.stored.clear()
    scene.record({**payment(), "Fee": "61"})
    lying = replace(scene.keys[0], signer=Watched(honest, scene.log.events, lie=other))
    with pytest.raises(SignatureInvalid):
        scene.sign([lying])
    assert scene.log.stored == []
    assert len(scene.log.begun) == 2


def test_the_unsigned_record_is_all_that_is_signed(scene: Scene) -> None:
    """The bytes signed are those of the record: reading it back gives the very payload."""
    made = scene.sign()
    recorded = json.loads(scene.log.row.unsigned)
    for item in made:
        assert is_valid_message(
            encode_for_multisigning(recorded, item.signer), item.signature, item.public_key.hex().upper()
        )
