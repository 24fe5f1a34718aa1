"""Creating a bundle: the parts that somebody decided, the totals and the expiry that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from sovbank.ceremony.consistency import check_consistency
from sovbank.ceremony.records import (
    FORMAT,
    TIME_FORMAT,
    Bundle,
    Checkpoint,
    Effects,
    Expiry,
    Network,
    Operation,
    Purpose,
    Signer,
    SignerList,
)
from sovbank.ceremony.totals import totals_of
from sovbank.errors.ceremony import BundleInconsistent
from sovbank.wire.addresses import decode_address

SECONDS_PER_LEDGER = 4
"""How long a ledger takes, about: for the wall-clock time that goes with an expiry by ledger index."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What the proposer decides. ``operations`` and ``transactions`` go together, one of each.

    ``ledger_index`` is the validated ledger at which ``signers`` and ``quorum`` were read; ``now`` is about
    when that ledger closed.
    """

    network: Network
    production: bool
    words: str
    operations: Sequence[Operation]
    transactions: Sequence[Mapping[str, Any]]
    account: str
    quorum: int
    signers: Sequence[Signer]
    ledger_index: int
    ledger_hash: str | None
    now: datetime
    checkpoint: Checkpoint
    effects: Sequence[Effects] | None = None


def create_bundle(draft: Draft) -> Bundle:
    """Return the bundle of a draft, unsigned and checked as a reader would check it.

    Raises
    ------
    BundleInconsistent, BundleTooLarge
    """
    try:
        bundle = _bundle(draft)
    except (ValidationError, KeyError) as error:
        raise BundleInconsistent(f"the draft makes no bundle: {str(error)[:300]}") from error
    check_consistency(bundle)
    return bundle


def _bundle(draft: Draft) -> Bundle:
    last = min(tx["LastLedgerSequence"] for tx in draft.transactions)
    return Bundle(
        format=FORMAT,
        network=draft.network,
        production=draft.production,
        purpose=Purpose(words=draft.words, operations=tuple(draft.operations)),
        transactions=tuple(dict(tx) for tx in draft.transactions),
        totals=totals_of(draft.transactions),
        signer_list=SignerList(
            account=draft.account,
            quorum=draft.quorum,
            signers=tuple(sorted(draft.signers, key=lambda signer: decode_address(signer.account))),
            ledger_index=draft.ledger_index,
            ledger_hash=draft.ledger_hash,
        ),
        expiry=Expiry(ledger_index=last, time=_about(draft.now, last - draft.ledger_index)),
        checkpoint=draft.checkpoint,
        effects=None if draft.effects is None else tuple(draft.effects),
        signatures=(),
    )


def _about(now: datetime, ledgers: int) -> str:
    # At least the present: a window that is over is refused by its ledger index, not by this time.
    later = now.astimezone(UTC) + timedelta(seconds=SECONDS_PER_LEDGER * max(ledgers, 0))
    return later.strftime(TIME_FORMAT)
