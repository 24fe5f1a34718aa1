"""Start-up times of ``sovbank --help`` and ``sovbank mint --help`` against a bare typer program.

The bare program has two commands. Same interpreter, compiled bytecode, runs interleaved, medians compared;
exit 1 when either takes more than 1.5 times as long.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 25
LIMIT = 1.5
_BARE = '''
import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def first(name: str) -> None:
    """Do the first thing."""


@app.command()
def second(name: str, loud: bool = False) -> None:
    """Do the second thing."""
'''
_BARE_ENTRY = "import sys\nfrom bare_program import app\napp()\n"
_OWN_ENTRY = "import sys\nfrom sovbank.cli.app import main\nmain()\n"


def measure(runs: int = RUNS) -> dict[str, float]:
    """Return the median seconds of each command line."""
    source = Path(__file__).resolve().parents[1] / "src"
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        (home / "bare_program.py").write_text(_BARE)
        (home / "bare.py").write_text(_BARE_ENTRY)
        (home / "own.py").write_text(_OWN_ENTRY)
        compileall.compile_dir(home, quiet=2)
        compileall.compile_dir(source, quiet=2)
        commands = {
            "bare typer --help": [sys.executable, str(home / "bare.py"), "--help"],
            "sovbank --help": [sys.executable, str(home / "own.py"), "--help"],
            "sovbank mint --help": [sys.executable, str(home / "own.py"), "mint", "--help"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def main() -> int:
    """Print the medians and the ratios."""
    medians = measure()
    bare, *own = medians
    sys.stdout.write(f"{bare:22} {medians[bare] * 1000:7.1f} ms\n")
    worst = 0.0
    for name in own:
        ratio = medians[name] / medians[bare]
        worst = max(worst, ratio)
        sys.stdout.write(f"{name:22} {medians[name] * 1000:7.1f} ms  {ratio:.2f} times\n")
    sys.stdout.write(f"limit {LIMIT} times: {'kept' if worst <= LIMIT else 'BROKEN'}\n")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
