"""The proposer's log as its bundles show it: a bundle that contradicts one signed here before is refused.

Files arrive in any order, so an older bundle after a newer one is nothing by itself. Of two bundles whose
checkpoints are of one log, these cannot both be true (docs/adr/0013-what-checkpoints-prove.md):

1. the same row with two hashes: the log has two histories,
2. a later attempt of an operation bundled at the same or a lower row than an earlier one: binding an attempt
   adds rows,
3. a lower row read together with a much newer validated ledger: both only grow. Nodes may lag, and two
   commands may read side by side, so the ledgers must be more than ``MOST_LAG`` apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sovbank.ceremony.records import Bundle
from sovbank.errors.proposer_log import ProposerLogForked, ProposerLogWentBack
from sovbank.operations.house import House

MOST_LAG = 100
"""Ledgers by which the nodes of one log's proposers may be apart: about six minutes."""


@dataclass(frozen=True)
class Sighting:
    """What a bundle says of its proposer's log, for one of its operations.

    The log ended with row ``seq`` of that ``hash`` when ``ledger`` was the newest validated one.
    """

    log_id: str
    seq: int
    hash: str
    ledger: int
    operation: str
    attempt: int


def sightings_of(bundle: Bundle) -> tuple[Sighting, ...]:
    """Return what a bundle says of its proposer's log, one for each operation."""
    end, ledger = bundle.checkpoint, bundle.signer_list.ledger_index
    return tuple(
        Sighting(end.log_id, end.seq, end.hash, ledger, described.id, described.attempt)
        for described in bundle.purpose.operations
    )


def refuse_contradiction(one: Sighting, other: Sighting) -> None:
    """Raise when two sightings of one log cannot both be true; their order does not matter.

    Raises
    ------
    ProposerLogForked, ProposerLogWentBack
    """
    if one.log_id != other.log_id:
        return
    if one.seq == other.seq and one.hash != other.hash:
        raise ProposerLogForked(
            f"row {one.seq} of the proposer's log is {one.hash} in one bundle and {other.hash} in another",
            details=_anchor(other),
        )
    if one.operation == other.operation:
        _refuse_attempts(*sorted((one, other), key=lambda sighting: sighting.attempt))
    _refuse_ends(*sorted((one, other), key=lambda sighting: sighting.seq))


def require_consistent(house: House, bundle: Bundle) -> None:
    """Refuse a bundle that contradicts one that this machine signed.

    Raises
    ------
    ProposerLogForked, ProposerLogWentBack
    """
    signed = _signed_here(house, bundle.checkpoint.log_id)
    for new in sightings_of(bundle):
        for known in signed:
            refuse_contradiction(new, known)


def particulars_of(sighting: Sighting) -> dict[str, str]:
    """Return what the log of this machine keeps of a sighting in a bundle that it signed."""
    return {
        "log_id": sighting.log_id,
        "log_seq": str(sighting.seq),
        "log_hash": sighting.hash,
        "ledger": str(sighting.ledger),
        "proposers_attempt": str(sighting.attempt),
    }


def _signed_here(house: House, log_id: str) -> Sequence[Sighting]:
    return [
        _kept(operation, particulars)
        for operation, particulars in house.journal.particulars_with("log_id", log_id)
        if "ledger" in particulars
    ]


def _kept(operation: str, kept: Mapping[str, str]) -> Sighting:
    row, ledger, attempt = (int(kept[name]) for name in ("log_seq", "ledger", "proposers_attempt"))
    return Sighting(kept["log_id"], row, kept["log_hash"], ledger, operation, attempt)


def _refuse_attempts(first: Sighting, second: Sighting) -> None:
    """Refuse an order of one operation's attempts that the log cannot have; ``first`` is the earlier one."""
    if first.attempt < second.attempt and first.seq >= second.seq:
        raise ProposerLogWentBack(
            f"the proposer's log ended with row {first.seq} when attempt {first.attempt} was bundled, and"
            f" with row {second.seq} when attempt {second.attempt} was: it lost rows",
            details=_anchor(first),
        )


def _refuse_ends(low: Sighting, high: Sighting) -> None:
    if low.seq < high.seq and low.ledger > high.ledger + MOST_LAG:
        raise ProposerLogWentBack(
            f"the proposer's log ended with row {high.seq} at ledger {high.ledger}, and with row {low.seq} at"
            f" ledger {low.ledger}: it lost rows",
            details=_anchor(high),
        )


def _anchor(sighting: Sighting) -> dict[str, str]:
    """The position that the proposer's log must still hold, as `ledger verify --anchor` takes it."""
    return {"anchor": f"{sighting.seq}:{sighting.hash}"}
