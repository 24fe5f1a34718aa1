"""The first ledgers of a standalone server: every server of a version begins with the same."""

from __future__ import annotations

from sovbank.devnet.ledger import skiplist
from sovbank.devnet.ledger.genesis import AMENDMENTS, genesis_state
from sovbank.devnet.ledger.header import LedgerHeader
from sovbank.devnet.ledger.values import MAX_DROPS

FIRST = "B6C592C3178E5A8A25FF38C3EE8F26E8BB2DDDDE5BC5F623841D727EF2658277"
"""Hash of ledger 1 of xrpld 3.2.0 with every supported amendment on and the main network's reserves."""
SECOND_STATE = "98E2E6879D668815ED7084A9242149D6D513798FFC32094F0238DF403AA7D68D"


def test_the_state_of_the_first_ledgers_is_the_servers() -> None:
    """The account hash covers the amendments, the fees and genesis: one name more or less changes it."""
    state = genesis_state()
    first = LedgerHeader(1, MAX_DROPS, bytes(32), bytes(32), state.root(), 0, 0)
    assert first.hash.hex().upper() == FIRST
    skiplist.update(state, {}, parent_sequence=1, parent_hash=first.hash)
    assert state.root().hex().upper() == SECOND_STATE


def test_amendments_that_the_version_only_knows_are_off() -> None:
    assert len(set(AMENDMENTS)) == len(AMENDMENTS) == 46
    assert not {"DynamicMPT", "PermissionDelegationV1_1", "Batch", "MPTokensV2"} & set(AMENDMENTS)
