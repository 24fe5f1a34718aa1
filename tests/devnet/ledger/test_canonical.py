"""The canonical order and what may follow an applied transaction."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sovbank.devnet.ledger.canonical import CanonicalSet
from sovbank.devnet.ledger.transaction import Transaction


def transaction(account: int, *, sequence: int = 0, ticket: int | None = None, tag: int = 0) -> Transaction:
    """Give a transaction that is ordered by these alone."""
    fields: dict[str, Any] = {
        "TransactionType": "AccountSet",
        "Account": bytes([account]) * 20,
        "Sequence": sequence,
    }
    if ticket is not None:
        fields["TicketSequence"] = ticket
    return Transaction(fields, b"", bytes([account, sequence, ticket or 0, tag]) + bytes(28))


TRANSACTIONS = st.one_of(
    st.builds(transaction, st.integers(1, 4), sequence=st.integers(1, 9), tag=st.integers(0, 2)),
    st.builds(transaction, st.integers(1, 4), ticket=st.integers(1, 9), tag=st.integers(0, 2)),
)


@given(st.lists(TRANSACTIONS, max_size=20), st.binary(min_size=32, max_size=32))
def test_order_depends_on_the_set_and_the_salt_alone(given_in: list[Transaction], salt: bytes) -> None:
    one, other = CanonicalSet(salt), CanonicalSet(salt)
    for tx in given_in:
        one.add(tx)
    for tx in reversed(given_in):
        other.add(tx)
    ordered = list(one)
    assert [tx.hash for tx in ordered] == [tx.hash for tx in other]
    assert len(ordered) == len({tx.hash for tx in given_in})
    for account in {tx.account for tx in ordered}:
        mine = [tx for tx in ordered if tx.account == account]
        kinds = [(tx.uses_ticket, tx.sequence_value, tx.hash) for tx in mine]
        assert kinds == sorted(kinds)
        places = [ordered.index(tx) for tx in mine]
        assert places == list(range(places[0], places[0] + len(mine)))


def test_accounts_sort_by_their_id_and_the_salt() -> None:
    low, high = transaction(1, sequence=1), transaction(2, sequence=1)
    plain = CanonicalSet(bytes(32))
    salted = CanonicalSet(b"\x03" + bytes(31))
    for ordered in (plain, salted):
        ordered.add(low)
        ordered.add(high)
    assert list(plain) == [low, high]
    assert list(salted) == [high, low]


def test_what_follows_is_the_next_sequence_or_the_lowest_ticket() -> None:
    held = CanonicalSet(bytes(32))
    for tx in (transaction(1, sequence=5), transaction(1, ticket=9), transaction(1, ticket=7)):
        held.add(tx)
    assert held.pop_next(transaction(1, sequence=3)) is None
    assert held.pop_next(transaction(2, sequence=4)) is None
    following = held.pop_next(transaction(1, sequence=4))
    assert following is not None
    assert following.sequence_value == 5
    following = held.pop_next(transaction(1, sequence=5))
    assert following is not None
    assert following.sequence_value == 7
    assert len(held) == 1


def test_discarding_twice_is_harmless() -> None:
    held = CanonicalSet(bytes(32))
    tx = transaction(1, sequence=1)
    held.add(tx)
    held.discard(tx)
    held.discard(tx)
    assert list(held) == []
