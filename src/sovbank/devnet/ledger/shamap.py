"""The hash tree over a ledger's entries or transactions: sixteen branches a node, by the key's hex digits.

The root of an empty tree is zero. Leaves stand as high as their keys allow, so a set of keys has one tree.
Source of the rules: xrpld ``shamap/``; the prefixes are in ``wire.hashes``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from sovbank.wire.hashes import PREFIX_INNER_NODE, PREFIX_LEAF_NODE, PREFIX_TRANSACTION_NODE

ZERO_HASH: Final = bytes(32)


def _half(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()[:32]


def entry_leaf(key: bytes, data: bytes) -> bytes:
    """Hash of a leaf that holds a ledger entry."""
    return _half(PREFIX_LEAF_NODE + data + key)


def transaction_leaf(key: bytes, data: bytes) -> bytes:
    """Hash of a leaf that holds a transaction with its metadata, both with length prefixes."""
    return _half(PREFIX_TRANSACTION_NODE + data + key)


class _Leaf:
    __slots__ = ("hash", "path")

    def __init__(self, path: str, leaf_hash: bytes) -> None:
        self.path = path
        self.hash = leaf_hash


class _Inner:
    __slots__ = ("branches", "hash")

    def __init__(self) -> None:
        self.branches: list[_Leaf | _Inner | None] = [None] * 16
        self.hash: bytes | None = None


class HashTree:
    """A tree that is kept up to date; only paths that changed are hashed again."""

    def __init__(self) -> None:
        self._root = _Inner()

    def put(self, key: bytes, leaf_hash: bytes) -> None:
        """Add a leaf, or replace the one of the same key."""
        path = key.hex()
        node, depth = self._root, 0
        while True:
            node.hash = None
            at = int(path[depth], 16)
            child = node.branches[at]
            if isinstance(child, _Inner):
                node, depth = child, depth + 1
            elif child is None:
                node.branches[at] = _Leaf(path, leaf_hash)
                return
            elif child.path == path:
                child.hash = leaf_hash
                return
            else:
                inner = _Inner()
                inner.branches[int(child.path[depth + 1], 16)] = child
                node.branches[at] = inner
                node, depth = inner, depth + 1

    def remove(self, key: bytes) -> None:
        """Take a leaf away; KeyError when there is none."""
        path = key.hex()
        trail: list[tuple[_Inner, int]] = []
        node, depth = self._root, 0
        while True:
            at = int(path[depth], 16)
            trail.append((node, at))
            child = node.branches[at]
            if not isinstance(child, _Inner):
                break
            node, depth = child, depth + 1
        if child is None or child.path != path:
            raise KeyError(path)
        node.branches[at] = None
        for inner, _ in trail:
            inner.hash = None
        for (parent, branch), (inner, _) in zip(trail[-2::-1], trail[:0:-1], strict=False):
            left = [entry for entry in inner.branches if entry is not None]
            if len(left) > 1 or (left and isinstance(left[0], _Inner)):
                break
            parent.branches[branch] = left[0] if left else None

    def root(self) -> bytes:
        """Give the root hash."""
        return _inner_hash(self._root)


def _inner_hash(node: _Inner) -> bytes:
    if node.hash is None:
        parts = [PREFIX_INNER_NODE]
        for child in node.branches:
            if child is None:
                parts.append(ZERO_HASH)
            else:
                parts.append(_inner_hash(child) if isinstance(child, _Inner) else child.hash)
        node.hash = _half(b"".join(parts)) if any(node.branches) else ZERO_HASH
    return node.hash


def root_of(leaves: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Give the root of a tree over (key, leaf hash)."""
    tree = HashTree()
    for key, leaf_hash in leaves:
        tree.put(key, leaf_hash)
    return tree.root()
