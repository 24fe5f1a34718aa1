"""Write docs/commands.md: every command with its help. ``--check`` fails when the file is not up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sovbank.cli.commands import COMMANDS, GROUPS
from sovbank.cli.lazy import load, root

TARGET = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
_WIDTH = 100
_HEAD = """\
# Commands

<!-- Written by tools/generate_commands.py (`make docs`). -->
"""


def render() -> str:
    """Return the whole document."""
    lines = [_HEAD, *_block("sovbank", root())]
    for name in [*COMMANDS, *GROUPS]:
        lines += _tree(f"sovbank {name}", load(name))
    return "\n".join(lines)


def main() -> int:
    """Write the document, or compare it."""
    text = render()
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


def _tree(path: str, command: Any) -> Iterator[str]:
    yield from _block(path, command)
    for child, inner in getattr(command, "commands", {}).items():
        yield from _tree(f"{path} {child}", inner)


def _block(path: str, command: Any) -> Iterator[str]:
    context = command.context_class(
        command,
        info_name=path,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield f"## {path}"
    yield ""
    yield "```text"
    yield command.get_help(context).rstrip()
    yield "```"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
