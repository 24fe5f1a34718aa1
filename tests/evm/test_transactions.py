"""Signed bytes: what is built is what another library reads, and what is read is never believed blindly."""

from __future__ import annotations

import contextlib

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.errors.evm import MalformedEvmValue
from sovbank.evm.identity import keccak256
from sovbank.evm.transactions import Draft, Fees, sender_and_nonce, sign

from .conftest import LocalSigner

SIGNER = LocalSigner("transactions")
drafts = st.builds(
    Draft,
    chain_id=st.integers(1, 2**53),
    nonce=st.integers(0, 2**53),
    to=st.none() | st.binary(min_size=20, max_size=20).map(lambda account: "0x" + account.hex()),
    data=st.binary(max_size=200),
    gas=st.integers(21_000, 30_000_000),
    fees=st.builds(Fees, max_fee=st.integers(0, 2**60), max_priority_fee=st.integers(0, 2**60)),
)


@settings(max_examples=60)
@given(draft=drafts)
def test_what_is_signed_recovers_to_the_signer_and_is_named_by_its_hash(draft: Draft) -> None:
    signed = sign(draft, SIGNER)
    assert Account.recover_transaction(signed.raw) == SIGNER.address
    assert signed.hash == "0x" + keccak256(signed.raw).hex()
    assert signed.raw[0] == 2
    assert sender_and_nonce(signed.raw) == (SIGNER.address, draft.nonce, draft.chain_id)


def test_bytes_signed_with_a_raw_key_elsewhere_are_the_same() -> None:
    """The same transaction, signed by eth-account itself with the key in hand."""
    account = Account.from_key(keccak256(b"test key of transactions"))
    draft = Draft(21338, 7, "0x" + "22" * 20, b"\x01\x02", 100_000, Fees(5, 1))
    elsewhere = account.sign_transaction(
        {
            "chainId": 21338,
            "nonce": 7,
            "to": "0x" + "22" * 20,
            "value": 0,
            "data": "0x0102",
            "gas": 100_000,
            "maxFeePerGas": 5,
            "maxPriorityFeePerGas": 1,
        }
    )
    assert sign(draft, SIGNER).raw == bytes(elsewhere.raw_transaction)


@given(raw=st.binary(max_size=200))
def test_random_bytes_are_no_transaction(raw: bytes) -> None:
    with pytest.raises(MalformedEvmValue):
        sender_and_nonce(raw)


@settings(max_examples=300)
@given(place=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(0, 200))
def test_altered_bytes_never_pass_for_the_signers(place: int, value: int, cut: int) -> None:
    draft = Draft(21338, 7, "0x" + "22" * 20, b"\x01\x02", 100_000, Fees(5, 1))
    raw = bytearray(sign(draft, SIGNER).raw)
    raw[place % len(raw)] = value
    altered = bytes(raw[: max(1, len(raw) - cut)]) if cut % 2 else bytes(raw)
    with contextlib.suppress(MalformedEvmValue):
        sender, _, _ = sender_and_nonce(altered)
        assert sender != SIGNER.address or altered == sign(draft, SIGNER).raw
