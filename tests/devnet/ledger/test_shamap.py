"""The hash tree against a plain recursion over sorted keys, and the header against a recorded ledger."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.devnet.ledger.header import LedgerHeader, next_close_time
from sovbank.devnet.ledger.shamap import HashTree, root_of

# Keys share long prefixes, so that trees grow deep and collapse again.
KEYS = st.lists(st.sampled_from([0, 1, 16]), min_size=4, max_size=4).map(lambda head: bytes(head) + bytes(28))


def plain_root(leaves: dict[str, bytes], depth: int = 0) -> bytes:
    """Compute a root by the definition: branch by hex digit until a leaf is alone."""
    if not leaves:
        return bytes(32)
    branches = []
    for digit in "0123456789abcdef":
        below = {path: leaf for path, leaf in leaves.items() if path[depth] == digit}
        if len(below) == 1:
            branches.append(next(iter(below.values())))
        else:
            branches.append(plain_root(below, depth + 1))
    return hashlib.sha512(b"MIN\0" + b"".join(branches)).digest()[:32]


@given(st.lists(st.tuples(KEYS, st.booleans(), st.binary(min_size=32, max_size=32)), max_size=40))
@settings(max_examples=200)
def test_the_tree_is_what_the_definition_gives(changes: list[tuple[bytes, bool, bytes]]) -> None:
    tree = HashTree()
    leaves: dict[str, bytes] = {}
    for key, add, leaf in changes:
        if add:
            tree.put(key, leaf)
            leaves[key.hex()] = leaf
        elif key.hex() in leaves:
            tree.remove(key)
            del leaves[key.hex()]
        assert tree.root() == plain_root(leaves)


def test_an_empty_tree_is_zero() -> None:
    assert root_of([]) == bytes(32)


def test_headers_hash_as_recorded() -> None:
    path = Path(__file__).parents[2] / "transcripts" / "server.json"
    seen = 0
    for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
        if step["request"]["method"] != "ledger":
            continue
        recorded = step["response"]["result"]["ledger"]
        header = LedgerHeader(
            sequence=int(recorded["ledger_index"]),
            drops=int(recorded["total_coins"]),
            parent_hash=bytes.fromhex(recorded["parent_hash"]),
            transaction_hash=bytes.fromhex(recorded["transaction_hash"]),
            account_hash=bytes.fromhex(recorded["account_hash"]),
            parent_close_time=recorded["parent_close_time"],
            close_time=recorded["close_time"],
        )
        assert header.hash.hex().upper() == recorded["ledger_hash"]
        seen += 1
    assert seen == 2


def test_close_times_round_and_move_on() -> None:
    assert next_close_time(104, 0) == 100
    assert next_close_time(105, 0) == 110
    assert next_close_time(101, 100) == 101
    assert next_close_time(50, 200) == 201
