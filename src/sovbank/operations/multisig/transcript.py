"""Rows of the log for steps of a ceremony that change nothing: a bundle handed out, signatures taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovbank.ceremony.digest import digest_of
from sovbank.ceremony.records import Bundle
from sovbank.journal.port import LogEvent, LogKind
from sovbank.operations.agreement import particulars_of
from sovbank.operations.house import House

_ACTOR = "ceremony"


def note_handed_out(house: House, bundle: Bundle) -> None:
    """Note which bundle left this machine, with every operation in it."""
    window = f"ledger {bundle.signer_list.ledger_index} to {bundle.expiry.ledger_index}"
    for place in range(len(bundle.transactions)):
        _note(house, bundle, place, "handed-out", {"window": window})


def note_collected(
    house: House, bundle: Bundle, taken: Mapping[int, Sequence[str]], *, form: str, left_out: Sequence[str]
) -> None:
    """Note whose signatures were taken in for each transaction, in what form, and why others were not."""
    for place in range(len(bundle.transactions)):
        said = {"taken_in": " ".join(taken.get(place, ())), "form": form, "left_out": "; ".join(left_out)}
        _note(house, bundle, place, "collected", said)


def _note(house: House, bundle: Bundle, place: int, decision: str, said: Mapping[str, str]) -> None:
    operations = bundle.purpose.operations
    body = {
        "digest": digest_of(bundle),
        "transaction": f"{place + 1} of {len(operations)}",
        **{name: text for name, text in said.items() if text},
        **particulars_of(house.agreement()),
    }
    event = LogEvent(
        LogKind.OBSERVE,
        actor=_ACTOR,
        network=house.network_id,
        account=bundle.signer_list.account,
        last_ledger=bundle.expiry.ledger_index,
        decision=decision,
        body=body,
    )
    house.journal.note(event, operation_id=operations[place].id)
