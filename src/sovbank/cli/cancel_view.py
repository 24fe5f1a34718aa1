"""What an officer sees of cancellations: what is cancelled, in whole, and what became of each transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sovbank.ceremony.records import Operation
    from sovbank.cli.render import Output
    from sovbank.journal.port import OperationRow
    from sovbank.operations.multisig.cancelling import Cancelling, Looked

_MEANS = {
    "expired": "nothing used its ticket or sequence before its window was over",
    "cancelled": "a validated no-op used its ticket or sequence",
    "superseded": "another validated transaction used its ticket or sequence",
}
_STANDS = (
    "The operation itself stands: `sovbank multisig new` attempts it again on another ticket,"
    " `sovbank ops cancel` gives it up (a mint: `sovbank mint cancel`)."
)


def cancelled_lines(operation: Operation, names: Mapping[str, str]) -> list[str]:
    """Return what a cancellation in a bundle cancels; nothing for an operation of another kind."""
    from sovbank.ceremony.describe import describe_transaction
    from sovbank.core.machine import Kind
    from sovbank.operations.cancellation import cancelled_transaction

    if operation.kind != Kind.CANCELLATION:
        return []
    parameters = operation.parameters
    tx = cancelled_transaction(operation.facts)
    lines = [f"  CANCELS attempt {parameters['attempt']} of operation {parameters['operation']},"]
    if tx is None:
        return [*lines, "  whose transaction is too long to be shown here"]
    said = describe_transaction(tx, names)
    lines.append(f"  which then never applies: {said.sentence}")
    if said.in_words is not None:
        lines.append(f"    in words: {said.in_words}")
    lines.append(f"    {parameters['slot']}, valid up to ledger {tx.get('LastLedgerSequence')}")
    return [*lines, *(f"    {name}: {value}" for name, value in said.fields)]


def cancelled_sentence(operation: OperationRow) -> str | None:
    """Return what the transaction would do that a recorded cancellation cancels."""
    from sovbank.ceremony.describe import describe_transaction
    from sovbank.operations.cancellation import cancelled_transaction

    tx = cancelled_transaction(operation.facts)
    return None if tx is None else describe_transaction(tx, {}).sentence


def cancelling_data(done: Cancelling) -> dict[str, Any]:
    """Return for ``--json`` what became of each transaction; ``cancelled`` when none of them can apply."""
    return {
        "cancelled": done.bundle is None,
        "transactions": [
            {
                "operation": one.operation.id,
                "kind": one.operation.kind.value,
                "reference": one.operation.reference,
                "attempt": None if one.attempt is None else one.attempt.number,
                "open": one.is_open,
                "final": one.final,
                "result": None if one.attempt is None else one.attempt.result,
            }
            for one in done.looked
        ],
    }


def show_nothing_left(out: Output, done: Cancelling) -> None:
    """Write that nothing is left to cancel, and why."""
    out.line("Nothing is left to cancel.")
    for one in done.looked:
        out.line(f"  {one.operation.kind.value} {one.operation.reference}: {_fate(one)}")
    out.line(_STANDS)


def next_lines(done: Cancelling) -> list[str]:
    """Return what is done with the bundle of a cancellation."""
    if done.bundle is None:
        return []
    named = done.bundle.purpose.operations[0].id[:16]
    finals = [one.operation.id[:16] for one in done.looked if one.final]
    return [
        *(f"Operation {one} of the same ceremony is final already and is not cancelled." for one in finals),
        "Nothing is cancelled yet: the no-op must be in a validated ledger before what it cancels.",
        f"Have a quorum sign this bundle, collect it, and: sovbank multisig submit {named}",
    ]


def _fate(one: Looked) -> str:
    if one.final:
        return "final, and not cancelled"
    if one.attempt is None:
        return "no transaction was bound to it"
    result = one.attempt.result or ""
    means = _MEANS.get(result, f"a validated ledger holds its transaction without effect ({result})")
    return f"attempt {one.attempt.number} can no longer apply: {means}"
