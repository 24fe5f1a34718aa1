"""The guarded signer with keys in devices: no signature row without its begin row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from xrpl.core.keypairs import is_valid_message

from sovbank.core.canonical import canonical_json
from sovbank.core.guard import PlanPermit, plan_digest, step_digest
from sovbank.core.machine import AttemptState, Kind
from sovbank.errors import devices
from sovbank.errors.base import ExitStatus, KeyRefused
from sovbank.errors.keys import SignatureInvalid
from sovbank.keys.guarded import (
    Conditions,
    Evidence,
    GuardedSigner,
    MadeSignature,
    OfficerKey,
    RecordedAttempt,
    SignatureBegun,
)
from sovbank.keys.kms import KmsBackend
from sovbank.keys.pkcs11 import Pkcs11Backend
from sovbank.keys.port import Signer
from sovbank.keys.retry import Retry
from sovbank.wire.addresses import address_of_public_key, encode_address
from sovbank.wire.codec import encode_for_multisigning

ACCOUNT = encode_address(bytes([7] * 20))
OPERATION = "cd" * 32
NETWORK = 21338


@dataclass
class Row:
    """An attempt of the journal: a setting that three officers sign."""

    unsigned: str
    operation_id: str = OPERATION
    number: int = 1
    account: str = ACCOUNT
    ticket: int | None = 41
    sequence: int | None = None
    last_ledger: int = 120
    state: AttemptState = AttemptState.BOUND


@dataclass
class Log:
    """The journal's log: rows in the order in which they were written."""

    row: Row
    rows: list[tuple[str, str]] = field(default_factory=list)
    stored: list[MadeSignature] = field(default_factory=list)

    def attempt(self, operation_id: str, number: int) -> RecordedAttempt:
        return self.row

    def made(self, operation_id: str, number: int) -> Sequence[MadeSignature]:
        return list(self.stored)

    def begin(self, attempt: RecordedAttempt, begun: SignatureBegun) -> None:
        self.rows.append(("sign.begin", begun.payload_sha256))
        self.row.state = AttemptState.SIGNING

    def store(self, attempt: RecordedAttempt, made: MadeSignature, begun: SignatureBegun) -> None:
        self.rows.append(("sign.done", made.payload_sha256))
        self.stored.append(made)

    def require_paired(self) -> None:
        """Every signature has its begin row directly before it, and the same payload."""
        for at, (kind, payload) in enumerate(self.rows):
            if kind == "sign.done":
                assert self.rows[at - 1] == ("sign.begin", payload)


@dataclass
class Ceremony:
    """What officers sign, and the log of it."""

    log: Log
    tx: dict[str, Any]

    def sign(self, *signers: Signer) -> tuple[MadeSignature, ...]:
        steps = (step_digest(NETWORK, self.tx),)
        permit = PlanPermit(account=ACCOUNT, accepted=plan_digest(steps), steps=steps)
        keys = [
            OfficerKey(address_of_public_key(signer.public_key.data), signer, f"officer-{number}")
            for number, signer in enumerate(signers)
        ]
        listed = frozenset(key.account for key in keys)
        evidence = Evidence(conditions=lambda: Conditions(NETWORK, 100, 2000, listed), permit=lambda: permit)
        return GuardedSigner(self.log).sign(OPERATION, 1, kind=Kind.SETTINGS, evidence=evidence, keys=keys)


@pytest.fixture
def ceremony() -> Ceremony:
    tx = {
        "TransactionType": "AccountSet",
        "Account": ACCOUNT,
        "SetFlag": 8,
        "Fee": "60",
        "Flags": 0,
        "LastLedgerSequence": 120,
        "NetworkID": NETWORK,
        "Sequence": 0,
        "TicketSequence": 41,
        "SigningPubKey": "",
    }
    return Ceremony(Log(Row(canonical_json(tx).decode())), tx)


@pytest.fixture
def hsm(softhsm: Any, pin: Any) -> Pkcs11Backend:
    return Pkcs11Backend(softhsm.module, pin=pin)


@pytest.fixture
def kms_backend(kms: Any) -> KmsBackend:
    return KmsBackend(retry=Retry(sleep=lambda _: None))


def test_an_hsm_a_kms_and_a_keystore_sign_one_transaction(
    ceremony: Ceremony, hsm: Pkcs11Backend, kms_backend: KmsBackend, kms: Any, keystore: Any
) -> None:
    made = ceremony.sign(
        hsm.open("pkcs11:token=officers;object=ceo"),
        hsm.open("pkcs11:token=officers;object=cold"),
        kms_backend.open(f"awskms:{kms.create()}"),
        keystore.open("warm"),
    )
    assert [kind for kind, _ in ceremony.log.rows] == ["sign.begin", "sign.done"] * 4
    ceremony.log.require_paired()
    for item in made:
        payload = encode_for_multisigning(ceremony.tx, item.signer)
        assert is_valid_message(payload, item.signature, item.public_key.hex().upper())


OPENING: dict[str, tuple[str, type[KeyRefused]]] = {
    "missing token": ("pkcs11:token=nobody;object=ceo", devices.TokenMissing),
    "two matching keys": ("pkcs11:token=officers;object=twins", devices.SeveralKeys),
    "exportable key": ("pkcs11:token=officers;object=extractable", devices.KeyExportable),
    "wrong curve": ("pkcs11:token=officers;object=p256", devices.WrongCurve),
    "wrong PIN": ("pkcs11:token=spoilt;object=ceo", devices.WrongPin),
}


@pytest.mark.parametrize("name", OPENING)
def test_a_key_that_is_refused_leaves_no_row(
    ceremony: Ceremony, softhsm: Any, asking: Any, keystore: Any, name: str
) -> None:
    uri, refusal = OPENING[name]
    backend = Pkcs11Backend(softhsm.module, pin=asking(b"000000" if name == "wrong PIN" else b"pin-836251"))
    with pytest.raises(refusal) as caught:
        ceremony.sign(keystore.open("warm"), backend.open(uri))
    assert caught.value.exit_status is ExitStatus.KEY
    assert caught.value.next_step
    assert ceremony.log.rows == []


def test_a_kms_key_of_the_wrong_curve_leaves_no_row(
    ceremony: Ceremony, kms_backend: KmsBackend, kms: Any
) -> None:
    with pytest.raises(devices.WrongCurve):
        ceremony.sign(kms_backend.open(f"awskms:{kms.create('ECC_NIST_P256')}"))
    assert ceremony.log.rows == []


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("ThrottlingException", devices.KmsThrottled),
        ("drop", devices.KmsUnreachable),
        ("AccessDeniedException", devices.KmsAccessDenied),
        ("DisabledException", devices.KmsKeyDisabled),
        ({"Signature": "MAYCAQECAQE="}, SignatureInvalid),
    ],
)
def test_a_kms_that_fails_leaves_a_begin_row_and_is_taken_up(
    ceremony: Ceremony,
    kms_backend: KmsBackend,
    kms: Any,
    keystore: Any,
    fault: Any,
    refusal: type[KeyRefused],
) -> None:
    signers = (keystore.open("warm"), kms_backend.open(f"awskms:{kms.create()}"))
    kms.order("Sign", *[fault] * 9)
    with pytest.raises(refusal) as caught:
        ceremony.sign(*signers)
    assert caught.value.exit_status is ExitStatus.KEY
    _require_taken_up(ceremony, lambda: kms.order("Sign"), signers)


def test_a_token_that_is_taken_out_leaves_a_begin_row_and_is_taken_up(
    ceremony: Ceremony, hsm: Pkcs11Backend, keystore: Any
) -> None:
    from pkcs11.exceptions import DeviceRemoved

    signer = hsm.open("pkcs11:token=officers;object=ceo")
    inside = signer._key

    def gone(*_: Any, **__: Any) -> bytes:
        raise DeviceRemoved

    signer._key = SimpleNamespace(sign=gone)
    signers = (keystore.open("warm"), signer)
    with pytest.raises(devices.DeviceGone):
        ceremony.sign(*signers)
    _require_taken_up(ceremony, lambda: setattr(signer, "_key", inside), signers)


def _require_taken_up(ceremony: Ceremony, heal: Callable[[], None], signers: tuple[Signer, ...]) -> None:
    kinds = [kind for kind, _ in ceremony.log.rows]
    assert kinds == ["sign.begin", "sign.done", "sign.begin"]
    heal()
    first = ceremony.log.stored[0]
    made = ceremony.sign(*signers)
    assert made[0] is first, "a recorded signature is kept"
    assert [kind for kind, _ in ceremony.log.rows] == [*kinds, "sign.begin", "sign.done"]
    assert ceremony.log.rows[2] == ceremony.log.rows[3], "the same bytes are signed again"
    ceremony.log.require_paired()


def test_the_pairing_would_be_noticed(ceremony: Ceremony, keystore: Any) -> None:
    ceremony.sign(keystore.open("warm"))
    ceremony.log.rows = [(kind, payload) for kind, payload in ceremony.log.rows if kind == "sign.done"] * 2
    with pytest.raises(AssertionError):
        ceremony.log.require_paired()
