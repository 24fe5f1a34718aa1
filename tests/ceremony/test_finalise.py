"""From signatures to blobs: exactly a quorum, and the bytes that other implementations make."""

from __future__ import annotations

import pytest
from samples import CEO, CFO, CISO, COO, HEAD, PEOPLE, bundle, signature

from sovbank.ceremony.finalise import finalise, signatures_for, standing_of
from sovbank.ceremony.signing import add_signatures
from sovbank.errors.ceremony import QuorumNotExact
from sovbank.wire.addresses import decode_address
from sovbank.wire.codec import decode_tx

TWO = bundle(2)
ALL = add_signatures(TWO, [signature(TWO, account, place) for account in PEOPLE for place in (0, 1)])


def test_a_bundle_says_how_far_it_has_come() -> None:
    some = add_signatures(
        TWO, [signature(TWO, CEO.address), signature(TWO, COO.address), signature(TWO, CFO.address, 1)]
    )
    first, second = standing_of(some)
    assert (first.weight, first.is_complete) == (3, True)
    assert set(first.signed) == {CEO.address, COO.address}
    assert set(first.missing) == {CFO.address, HEAD.address, CISO.address}
    assert (second.weight, second.is_complete, second.signed) == (1, False, (CFO.address,))
    assert not any(one.is_complete for one in standing_of(TWO))


@pytest.mark.parametrize(
    "signers",
    [
        (COO.address, CEO.address),
        (CEO.address, COO.address),
        (CEO.address, CFO.address, HEAD.address),
        (CISO.address, CFO.address, HEAD.address),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_the_chosen_signatures_are_attached_in_the_ledgers_order(
    signers: tuple[str, ...], place: int
) -> None:
    tx = decode_tx(finalise(ALL, place, signers))
    attached = [entry["Signer"] for entry in tx.pop("Signers")]
    assert tx == TWO.transactions[place]
    assert [entry["Account"] for entry in attached] == sorted(signers, key=decode_address)
    made = {one.signer: one for one in signatures_for(ALL, place)}
    assert all(entry["TxnSignature"] == made[entry["Account"]].signature for entry in attached)


@pytest.mark.parametrize(
    ("signers", "reason"),
    [
        ((), "weigh 0"),
        ((COO.address,), "weigh 2"),
        ((CEO.address, CFO.address), "weigh 2"),
        ((COO.address, CEO.address, CFO.address), "weigh 4"),
        (tuple(PEOPLE), "weigh 6"),
    ],
)
def test_too_few_or_too_many_are_refused(signers: tuple[str, ...], reason: str) -> None:
    with pytest.raises(QuorumNotExact, match=reason):
        finalise(ALL, 0, signers)


def test_who_has_not_signed_cannot_be_attached() -> None:
    with pytest.raises(QuorumNotExact, match="has not signed"):
        finalise(TWO, 0, (CEO.address, COO.address))
