"""Write docs/errors.md from the error tree; ``--check`` fails when the file is not up to date."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import sovbank.errors
from sovbank.errors.base import ExitStatus, SovbankError

TARGET = Path(__file__).resolve().parents[1] / "docs" / "errors.md"
_MEANING = {
    ExitStatus.DONE: "done",
    ExitStatus.FAILED: "failed",
    ExitStatus.USAGE: "usage, or a question was needed and there is no terminal",
    ExitStatus.ENVIRONMENT: "profile or environment",
    ExitStatus.KEY: "key, PIN or HSM",
    ExitStatus.POLICY: "refused by policy, the control plane or screening",
    ExitStatus.QUORUM: "quorum incomplete",
    ExitStatus.REJECTED: "rejected by a ledger",
    ExitStatus.UNKNOWN: "outcome unknown: resume it, do not start it again",
    ExitStatus.STORE: "store damaged or missing",
    ExitStatus.TAMPERED: "`ledger verify`: tampered",
    ExitStatus.TRUNCATED: "`ledger verify`: truncated",
    ExitStatus.UNANCHORED: "`ledger verify`: unanchored tail",
    ExitStatus.UNREADABLE: "`ledger verify`: unreadable",
    ExitStatus.DRIFT: "drift or a reconciliation break found",
    ExitStatus.WAITING: "waiting for somebody (`waiting_for`)",
    ExitStatus.INTERRUPTED: "interrupted",
}
_HEAD = """\
# Errors

<!-- Written by tools/generate_errors.py (`make docs`). -->

Every failure has a stable code, an exit status and a next step. With `--json` they stand in
`error.code`, `error.message` and `error.next`. A particular case may give a more precise next step.
"""


def leaves() -> list[type[SovbankError]]:
    """Return every error that has a code, by exit status and code."""
    for module in pkgutil.iter_modules(sovbank.errors.__path__, "sovbank.errors."):
        import_module(module.name)
    found = [kind for kind in _descendants(SovbankError) if "code" in vars(kind)]
    return sorted(set(found), key=lambda kind: (kind.exit_status, kind.code))


def render() -> str:
    """Return the whole document."""
    lines = [_HEAD, "| exit | meaning |", "|---|---|"]
    lines += [f"| {int(status)} | {_MEANING[status]} |" for status in ExitStatus]
    status: ExitStatus | None = None
    for kind in leaves():
        if kind.exit_status is not status:
            status = kind.exit_status
            lines += [
                "",
                f"## Exit {int(status)}: {_MEANING[status]}",
                "",
                "| code | when | next |",
                "|---|---|---|",
            ]
        lines.append(f"| `{kind.code}` | {_cell(inspect.getdoc(kind))} | {_cell(kind.default_next_step)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the document, or compare it."""
    text = render()
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


def _descendants(kind: type[SovbankError]) -> Iterator[type[SovbankError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("sovbank."):
            yield child
            yield from _descendants(child)


def _cell(text: str | None) -> str:
    first = (text or "").split("\n\n")[0]
    return " ".join(first.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
