"""Which officers sign together to prove their keys: groups that are attached whole, none of them surplus.

Exactly a quorum of the smallest weight is attached to a transaction (``xrpl.quorum``). So a group proves the
keys of all its members only if it falls short of the quorum without its lightest one. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def exercise_groups(
    weights: Mapping[str, int], quorum: int, pending: Collection[str]
) -> list[tuple[str, ...]]:
    """Return groups of signers that together prove every pending key, each in the order of ``weights``.

    A signer that no such group can hold is left out: the account never needs that key, with these weights.
    """
    left = [name for name in weights if name in pending]
    groups = []
    while left:
        group = _group(weights, quorum, left[0], left)
        groups += [group] if group else []
        left = [name for name in left[1:] if name not in group]
    return groups


def _group(weights: Mapping[str, int], quorum: int, first: str, pending: Sequence[str]) -> tuple[str, ...]:
    """Return a group with ``first`` in it, other pending ones preferred; empty when there is none."""
    for lightest in sorted({weight for weight in weights.values() if weight <= weights[first]}, reverse=True):
        others = [name for name in weights if name != first and weights[name] >= lightest]
        others.sort(key=lambda name: name not in pending)
        need = quorum - weights[first]
        chosen = _chosen([weights[name] for name in others], need, need + lightest - 1)
        if chosen is not None:
            members = {first, *(others[place] for place in chosen)}
            return tuple(name for name in weights if name in members)
    return ()


def _chosen(weights: Sequence[int], low: int, high: int) -> list[int] | None:
    """Return places whose weights add up to ``low`` at least and ``high`` at most, the earliest preferred."""
    if high < 0:
        return None
    mask = (1 << (high + 1)) - 1
    sums = [1]  # bit n of an entry is on when some of the weights so far add up to n
    for weight in weights:
        sums.append((sums[-1] | sums[-1] << weight) & mask)
    within = sums[-1] >> max(0, low)
    if not within:
        return None
    target = max(0, low) + (within & -within).bit_length() - 1
    chosen = []
    for place in range(len(weights) - 1, -1, -1):
        if not sums[place] >> target & 1:
            chosen.append(place)
            target -= weights[place]
    return chosen
