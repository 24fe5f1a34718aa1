"""Which signatures to attach: exactly a quorum, always the same one for the same signatures.

Surplus signatures make a transaction's hash malleable (anybody can drop them) and cost fees, so the set
with the smallest weight that suffices is taken; among those the one with the fewest signers; among those
the one whose AccountIDs come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovbank.wire.addresses import decode_address
from sovbank.xrpl.port import SignerList


def choose_quorum(weights: Mapping[str, int], quorum: int) -> tuple[str, ...] | None:
    """Return the signers to attach, sorted by AccountID; None when all of them weigh less than the quorum.

    ``weights`` gives the weight, at least 1, of each signer whose signature is at hand.
    """
    signers = sorted(weights, key=decode_address)
    ordered = [weights[signer] for signer in signers]
    most = sum(ordered)
    if quorum < 1 or most < quorum:
        return None
    sums = _reachable(ordered, most)
    anywhere = 0
    for reached in sums:
        anywhere |= reached
    target = quorum + _lowest_bit(anywhere >> quorum)
    count = next(number for number, reached in enumerate(sums) if reached >> target & 1)
    return tuple(signers[place] for place in _first_set(ordered, target, count))


def most_signers(signer_list: SignerList) -> int:
    """Return the most signatures that ``choose_quorum`` can ever attach for this list.

    A set in which nobody is superfluous has at most as many members as the lightest signers need to
    reach the quorum; the fee, which is signed before the signers are known, must cover that many.
    """
    total = 0
    for count, weight in enumerate(sorted(entry.weight for entry in signer_list.entries), start=1):
        total += weight
        if total >= signer_list.quorum:
            return count
    return len(signer_list.entries)


def _first_set(ordered: Sequence[int], target: int, count: int) -> list[int]:
    chosen: list[int] = []
    for place, weight in enumerate(ordered):
        if count == 0:
            break
        if weight <= target:
            rest = _reachable(ordered[place + 1 :], target - weight)
            if count - 1 < len(rest) and rest[count - 1] >> (target - weight) & 1:
                chosen.append(place)
                target -= weight
                count -= 1
    return chosen


def _reachable(weights: Sequence[int], most: int) -> list[int]:
    # Entry n is a bit set: bit s is on when some n of the weights add up to s.
    mask = (1 << (most + 1)) - 1
    sums = [1] + [0] * len(weights)
    for taken, weight in enumerate(weights, start=1):
        for number in range(taken, 0, -1):
            sums[number] |= sums[number - 1] << weight & mask
    return sums


def _lowest_bit(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
