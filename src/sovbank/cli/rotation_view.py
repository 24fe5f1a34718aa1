"""How a change of signers is shown: both lists side by side, what it spoils, and the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.operations.issuer.rotation import OpenAttempt, Rotation


def rotation_data(rotation: Rotation) -> dict[str, Any]:
    """Return the change for --json."""
    from sovbank.operations.issuer.freeze_order import is_prepared

    return {
        "account": rotation.name,
        "address": rotation.account.address,
        "quorum": {"before": rotation.old.quorum, "after": rotation.new.quorum},
        "signers": [
            {
                "officer": change.officer,
                "account": change.account,
                "before": change.before,
                "after": change.after,
                "what": change.what,
            }
            for change in rotation.changes
        ],
        "open": [
            {
                "operation": one.operation.id,
                "kind": one.operation.kind.value,
                "prepared": is_prepared(one.operation),
                "attempt": one.attempt.number,
                "state": one.attempt.state.value,
                "last_ledger": one.attempt.last_ledger,
            }
            for one in rotation.open
        ],
        "plan": rotation.plan.digest if rotation.plan.steps else None,
        "steps": [{"title": step.title, "key": step.key} for step in rotation.plan.steps],
    }


def rotation_lines(rotation: Rotation) -> list[str]:
    """Return what the officer reads before the question, in at most 80 columns."""
    old, new = rotation.old, rotation.new
    lines = [f"account {rotation.name}, {rotation.account.address}", ""]
    lines += [f"{'':9}{'signer':17}{'account':36}{'now':>6}{'then':>6}"]
    lines += [
        f"{change.what:9}{change.officer or 'not named':17}{change.account:36}"
        f"{change.before or '-':>6}{change.after or '-':>6}"
        for change in rotation.changes
    ]
    lines += [f"{'':9}{'quorum':53}{old.quorum:>6}{new.quorum:>6}", ""]
    if rotation.is_needed:
        lines += _spoiled(rotation)
    if rotation.joining and rotation.is_needed:
        lines += [f"Keys to be proved first: {', '.join(rotation.joining)}"]
    lines += [f"{number}. {step.title}" for number, step in enumerate(rotation.plan.steps, start=1)]
    return [*lines, f"plan {rotation.plan.digest}"]


def show_rotation(out: Output, rotation: Rotation, *, done: bool) -> None:
    """Show the change, or what it came to."""
    from sovbank.operations.issuer.freeze_order import is_prepared

    if not rotation.plan.steps:
        out.line(f"{rotation.name}: the signers are as the profile says, and each has proved their key.")
    elif done:
        if any(is_prepared(one.operation) for one in rotation.open):
            out.warn("the prepared freeze was for the old signers; prepare one: `issuer freeze --prepare`")
        size = len(rotation.new.entries)
        out.line(f"{rotation.name}: {rotation.new.quorum} of {size} sign now, and each has proved their key.")
    else:
        for text in rotation_lines(rotation):
            out.line(text)


def _spoiled(rotation: Rotation) -> list[str]:
    lines = [f"SPOILS {_what(one)} until ledger {one.attempt.last_ledger}" for one in rotation.open]
    return [
        *(lines or ["No transaction of this journal is being signed for the account."]),
        "Bundles that other machines prepared are spoiled too: ask for them.",
        "",
    ]


def _what(one: OpenAttempt) -> str:
    from sovbank.operations.issuer.freeze_order import is_prepared, kind_of

    kept = "kept by the officers" if is_prepared(one.operation) else one.attempt.state.value
    return f"{kind_of(one.operation)} {one.operation.id[:16]}, {kept}"
