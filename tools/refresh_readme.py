"""Write the README's blocks again from what the program prints: the help, and with ``--demo`` the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
PROGRAM = Path(sys.executable).parent / "sovbank"


def main(arguments: list[str]) -> None:
    """Replace the blocks between their markers."""
    text = README.read_text(encoding="utf-8")
    text = _replaced(text, "help", _printed("--help"))
    if "--demo" in arguments:
        text = _replaced(text, "demo", _printed("demo"))
    README.write_text(text, encoding="utf-8")


def _printed(argument: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOVBANK_")}
    done = subprocess.run(
        [str(PROGRAM), argument],
        env={**environment, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip("\n")


def _replaced(text: str, name: str, printed: str) -> str:
    block = f"<!-- {name} -->\n```\n{printed}\n```\n<!-- /{name} -->"
    pattern = rf"<!-- {name} -->\n```\n.*?```\n<!-- /{name} -->"
    return re.sub(pattern, lambda _: block, text, flags=re.DOTALL)


if __name__ == "__main__":
    main(sys.argv[1:])
