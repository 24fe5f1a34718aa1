"""Assembling signatures: against a real server's blobs, against fresh keys, and against bad company."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.errors.base import SovbankError
from sovbank.errors.xrpl import (
    AccountMissing,
    FeeOutOfBounds,
    QuorumNotReached,
    SignatureInvalid,
    SignerNotListed,
    SignerRepeated,
    TransactionRefused,
)
from sovbank.wire.addresses import address_of_public_key, decode_address
from sovbank.wire.codec import decode_tx, encode_for_multisigning
from sovbank.wire.hashes import sha512_half, transaction_id
from sovbank.wire.signatures import SECP256K1_ORDER, encode_der, parse_der
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Envelope, fee_for
from sovbank.xrpl.multisign import (
    KeyFacts,
    SignerSignature,
    assemble,
    assemble_single,
    key_facts,
    single_payload,
)
from sovbank.xrpl.port import AccountState, SignerEntry, SignerList
from sovbank.xrpl.quorum import choose_quorum, most_signers

ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
CUSTOMER = "r9ChUX4vyajSX4ssDLGZSFSGXNvKMQEPJP"


class Key:
    """A key pair made from a number."""

    def __init__(self, number: int, *, ed25519: bool = False) -> None:
        secret = sha512_half(b"test key", number.to_bytes(4, "big"))
        self._ed = Ed25519PrivateKey.from_private_bytes(secret) if ed25519 else None
        self._ec = coincurve.PrivateKey(secret)
        public = b"\xed" + self._ed.public_key().public_bytes_raw() if self._ed else None
        self.public = public or self._ec.public_key.format()
        self.address = address_of_public_key(self.public)

    def sign(self, payload: bytes) -> bytes:
        return self._ed.sign(payload) if self._ed else self._ec.sign(sha512_half(payload), hasher=None)

    def signature(self, tx: Any, signer: str | None = None) -> SignerSignature:
        account = signer or self.address
        return SignerSignature(account, self.public, self.sign(encode_for_multisigning(tx, account)))


KEYS = [Key(number, ed25519=number % 2 == 1) for number in range(33)]
OFFICERS = KEYS[:5]
LIST = SignerList(3, tuple(SignerEntry(key.address, 1) for key in OFFICERS))
FACTS = {key.address: KeyFacts(key.address, master_enabled=True, regular_key=None) for key in KEYS}


def unsigned(*, signers: int = 3, **changes: Any) -> dict[str, Any]:
    envelope = Envelope(ISSUER, 21338, 1000, fee_for(10, signers=signers), True, ticket=7)
    tx = builders.mint(
        envelope, destination=CUSTOMER, currency="FTHUSD", amount=Decimal(5), invoice_id="ab" * 32
    )
    return tx | changes


def join(tx: Any, signatures: list[SignerSignature], **changes: Any) -> Any:
    given = {"signer_list": LIST, "facts": FACTS, "base_fee": 10} | changes
    return assemble(tx, signatures, **given)


def test_a_real_servers_multisigned_blobs_come_out_byte_for_byte(server_answers: dict[str, Any]) -> None:
    assert len(server_answers["multisigned"]) > 10
    for written in server_answers["multisigned"]:
        tx = decode_tx(bytes.fromhex(written))
        signers = [item["Signer"] for item in tx.pop("Signers")]
        signatures = [
            SignerSignature(
                item["Account"], bytes.fromhex(item["SigningPubKey"]), bytes.fromhex(item["TxnSignature"])
            )
            for item in signers
        ]
        listed = SignerList(len(signers), tuple(SignerEntry(item["Account"], 1) for item in signers))
        facts = {}
        for item in signatures:
            key = address_of_public_key(item.public_key)
            facts[item.signer] = KeyFacts(item.signer, key == item.signer, key)
        signed = assemble(tx, signatures[::-1], signer_list=listed, facts=facts, base_fee=1)
        assert signed.blob.hex().upper() == written
        assert signed.tx_hash == transaction_id(bytes.fromhex(written))


def test_exactly_a_quorum_is_attached_in_the_order_of_account_ids() -> None:
    tx = unsigned()
    signed = join(tx, [key.signature(tx) for key in OFFICERS])
    attached = [item["Signer"]["Account"] for item in decode_tx(signed.blob)["Signers"]]
    assert attached == sorted((key.address for key in OFFICERS), key=decode_address)[:3]
    assert signed.signers == tuple(attached)
    assert "TxnSignature" not in signed.tx
    assert signed.tx["SigningPubKey"] == ""


def test_the_order_of_arrival_does_not_matter() -> None:
    tx = unsigned()
    signatures = [key.signature(tx) for key in OFFICERS[:4]]
    blobs = {join(tx, list(order)).blob for order in itertools.permutations(signatures)}
    assert len(blobs) == 1


def test_short_of_the_quorum() -> None:
    tx = unsigned()
    for count in range(3):
        with pytest.raises(QuorumNotReached):
            join(tx, [key.signature(tx) for key in OFFICERS[:count]])


def test_strangers_the_owner_and_repetitions_are_refused() -> None:
    tx = unsigned()
    good = [key.signature(tx) for key in OFFICERS[:3]]
    with pytest.raises(SignerNotListed):
        join(tx, [*good, KEYS[9].signature(tx)])
    owner = unsigned() | {"Account": OFFICERS[0].address}
    with pytest.raises(SignerNotListed):
        join(owner, [key.signature(owner) for key in OFFICERS[:3]])
    with pytest.raises(SignerRepeated):
        join(tx, [*good, good[0]])
    many = SignerList(3, tuple(SignerEntry(key.address, 1) for key in KEYS))
    with pytest.raises(SignerRepeated):
        join(tx, [key.signature(tx) for key in KEYS], signer_list=many)


def test_a_signature_over_anything_else_is_refused() -> None:
    tx = unsigned()
    good = [key.signature(tx) for key in OFFICERS[:2]]
    third = OFFICERS[2]
    other_amount = unsigned(Amount=tx["Amount"] | {"value": "6"})
    wrong = [
        third.signature(other_amount),
        third.signature(tx | {"Fee": "50"}),
        # Signed as somebody else on the list, or by a key that is nobody's.
        SignerSignature(third.address, third.public, third.signature(tx, OFFICERS[3].address).signature),
        SignerSignature(third.address, KEYS[9].public, KEYS[9].signature(tx, third.address).signature),
        SignerSignature(third.address, third.public, b""),
        SignerSignature(third.address, b"\x02", third.signature(tx).signature),
    ]
    for signature in wrong:
        with pytest.raises(SignatureInvalid):
            join(tx, [*good, signature])


def test_a_high_s_is_refused() -> None:
    tx = unsigned()
    good = OFFICERS[0].signature(tx)
    pair = parse_der(good.signature)
    assert pair is not None
    high = encode_der(pair[0], SECP256K1_ORDER - pair[1])
    with pytest.raises(SignatureInvalid):
        join(tx, [SignerSignature(good.signer, good.public_key, high)])


def test_a_regular_key_signs_for_its_account_and_a_disabled_master_does_not() -> None:
    tx = unsigned()
    officer, regular = OFFICERS[0], KEYS[20]
    others = [key.signature(tx) for key in OFFICERS[1:3]]
    facts = FACTS | {officer.address: KeyFacts(officer.address, False, regular.address)}
    assert join(tx, [regular.signature(tx, officer.address), *others], facts=facts)
    with pytest.raises(SignatureInvalid, match="master"):
        join(tx, [officer.signature(tx), *others], facts=facts)
    with pytest.raises(AccountMissing):
        join(
            tx, [officer.signature(tx), *others], facts={key.address: FACTS[key.address] for key in KEYS[1:]}
        )


def test_key_facts_follow_the_ledger() -> None:
    state = AccountState(ISSUER, 5, 0, 1, 0, 0x00100000, CUSTOMER, None, None, None, SignerList(0, ()))
    assert key_facts(ISSUER, state) == KeyFacts(ISSUER, False, CUSTOMER)
    # An account that is not on the ledger signs with its master key (a phantom signer).
    assert key_facts(ISSUER, None) == KeyFacts(ISSUER, True, None)


def test_the_signed_fee_must_cover_the_signatures() -> None:
    tx = unsigned(signers=2)
    with pytest.raises(FeeOutOfBounds):
        join(tx, [key.signature(tx) for key in OFFICERS[:3]])
    enough = unsigned()
    signatures = [key.signature(enough) for key in OFFICERS[:3]]
    with pytest.raises(FeeOutOfBounds):
        join(enough, signatures, base_fee=11)


@pytest.mark.parametrize(
    "change",
    [
        {"TxnSignature": "AB"},
        {"Signers": []},
        {"SigningPubKey": "02" + "11" * 32},
        {"Flags": 0x00020000},
    ],
)
def test_signed_single_signed_and_partial_payments_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TransactionRefused):
        join(unsigned(**change), [key.signature(unsigned()) for key in OFFICERS[:3]])


@pytest.mark.parametrize("ed25519", [False, True])
def test_a_single_signature(ed25519: bool) -> None:
    key = Key(77, ed25519=ed25519)
    tx = builders.no_op(Envelope(key.address, 0, 50, 10, False, sequence=3))
    facts = KeyFacts(key.address, True, None)
    signature = key.sign(single_payload(tx, key.public))
    signed = assemble_single(tx, key.public, signature, facts=facts, base_fee=10)
    assert decode_tx(signed.blob)["SigningPubKey"] == key.public.hex().upper()
    for wrong in (
        lambda: assemble_single(tx, key.public, signature[:-1] + b"\0", facts=facts, base_fee=10),
        lambda: assemble_single(
            tx, key.public, signature, facts=KeyFacts(key.address, False, None), base_fee=10
        ),
        lambda: assemble_single(
            tx, key.public, signature, facts=KeyFacts(ISSUER, True, key.address), base_fee=10
        ),
        lambda: assemble_single(tx, KEYS[1].public, signature, facts=facts, base_fee=10),
        lambda: assemble_single(tx, b"key", signature, facts=facts, base_fee=10),
        lambda: assemble_single(tx, key.public, signature, facts=facts, base_fee=11),
    ):
        with pytest.raises(SovbankError):
            wrong()


def _best(weights: dict[str, int], quorum: int) -> tuple[str, ...] | None:
    """The rule, read out loud: smallest weight, then fewest signers, then lowest account ids."""
    signers = sorted(weights, key=decode_address)
    sets = [
        group
        for size in range(1, len(signers) + 1)
        for group in itertools.combinations(signers, size)
        if sum(weights[signer] for signer in group) >= quorum
    ]
    rank = lambda group: (  # noqa: E731
        sum(weights[signer] for signer in group),
        len(group),
        [decode_address(signer) for signer in group],
    )
    return min(sets, key=rank) if sets else None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=8), st.integers(1, 40))
def test_the_chosen_quorum_is_the_best_one(weights: list[int], quorum: int) -> None:
    given_weights = {key.address: weight for key, weight in zip(KEYS, weights, strict=False)}
    chosen = choose_quorum(given_weights, quorum)
    assert chosen == _best(given_weights, quorum)
    if chosen is not None:
        entries = tuple(SignerEntry(address, weight) for address, weight in given_weights.items())
        assert len(chosen) <= most_signers(SignerList(quorum, entries))


def test_the_largest_list_is_chosen_from_in_time() -> None:
    heavy = {key.address: 65535 - number * 37 for number, key in enumerate(KEYS[:32])}
    chosen = choose_quorum(heavy, sum(heavy.values()) // 2)
    assert chosen is not None
    assert sum(heavy[signer] for signer in chosen) >= sum(heavy.values()) // 2
    assert choose_quorum(heavy, sum(heavy.values()) + 1) is None
    assert choose_quorum({}, 1) is None


@pytest.mark.parametrize(
    ("weights", "quorum", "most"), [([1] * 5, 3, 3), ([1, 1, 3], 3, 3), ([2, 2, 2], 3, 2), ([5, 1], 1, 1)]
)
def test_the_most_signers_that_can_ever_be_attached(weights: list[int], quorum: int, most: int) -> None:
    entries = tuple(SignerEntry(key.address, weight) for key, weight in zip(KEYS, weights, strict=False))
    assert most_signers(SignerList(quorum, entries)) == most
