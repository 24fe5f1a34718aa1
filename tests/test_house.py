"""The house as a whole: what imports what, what a start costs, documents that keep up with the program."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import tokenize
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from sovbank.cli.commands import COMMANDS, GROUPS
from sovbank.cli.lazy import load

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TABLE = {**COMMANDS, **GROUPS}
LONGEST_MODULE = 350
HEAVY = (
    *("alembic", "boto3", "botocore", "coincurve", "cryptography", "Crypto", "eth", "eth_abi", "eth_account"),
    *(
        "httpx",
        "pkcs11",
        "platformdirs",
        "psycopg",
        "pydantic",
        "rfc8785",
        "rich",
        "sqlalchemy",
    ),
    *("sqlmodel", "web3", "xrpl"),
)
_LIST_MODULES = """
import contextlib, io, json, sys
from sovbank.cli.app import run_command
with contextlib.redirect_stdout(io.StringIO()):
    status = run_command(sys.argv[1:])
print(json.dumps([status, sorted(sys.modules)]))
"""


def tool(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.mark.parametrize("name", TABLE)
def test_every_command_in_the_tables_loads_and_explains_itself(name: str) -> None:
    command = load(name)
    assert command is not None
    assert command.help
    for child in getattr(command, "commands", {}).values():
        assert child.help, f"{name} {child.name} has no help"


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in TABLE)], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _LIST_MODULES, *arguments], capture_output=True, text=True, check=True
    )
    status, modules = json.loads(ran.stdout)
    assert status == 0
    found = {module.split(".")[0] for module in modules} & set(HEAVY)
    assert not found
    own = [module for module in modules if module.startswith("sovbank.")]
    allowed = ("sovbank.cli", "sovbank.errors")
    assert [module for module in own if not module.startswith(allowed)] == []


def test_import_contracts_are_kept() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("generator", ["generate_errors", "generate_commands"])
def test_generated_documents_are_up_to_date(generator: str) -> None:
    module = tool(generator)
    assert module.TARGET.read_text(encoding="utf-8") == module.render(), "run `make docs`"


def test_every_error_has_a_code_of_its_own_a_reason_and_a_next_step() -> None:
    leaves = tool("generate_errors").leaves()
    codes = Counter(kind.code for kind in leaves)
    assert [code for code, count in codes.items() if count > 1] == []
    for kind in leaves:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*", kind.code), kind.code
        assert "__doc__" in vars(kind), kind
        assert inspect.getdoc(kind), kind
        assert kind.default_next_step, kind.code


def test_errors_that_are_raised_have_codes() -> None:
    from sovbank.errors import base

    families = {name for name, kind in vars(base).items() if isinstance(kind, type)}
    raised = re.compile(rf"\braise ({'|'.join(families)})\(")
    for path in SOURCES:
        assert not raised.search(path.read_text(encoding="utf-8")), f"{path} raises a family, not a leaf"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_stays_small_and_finished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_MODULE
    with path.open("rb") as stream:
        comments = [
            token.string for token in tokenize.tokenize(stream.readline) if token.type == tokenize.COMMENT
        ]
    assert not [comment for comment in comments if re.search(r"\b(TODO|FIXME|XXX)\b", comment)]


def test_the_lock_names_no_registry() -> None:
    for name in ("requirements.lock", "tools/bootstrap.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)
        for block in re.split(r"\n(?=[a-zA-Z0-9])", text):
            assert "--hash=sha256:" in block


DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_in_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path} links to {target}"
