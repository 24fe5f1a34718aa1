"""The shipped ABI and bytecode are what the sources compile to, and load as they should."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sovbank.errors.artifacts import UnknownArtifact
from sovbank.evm.artifacts import CONTRACTS, PROXY, load

if TYPE_CHECKING:
    from conftest import Run

EIP170_LIMIT = 24_576
EIP3860_LIMIT = 49_152


def test_shipped_files_are_what_the_sources_compile_to(run: Run, tmp_path: Path) -> None:
    compiled = run("node", "tools/compile.mjs", "--out", str(tmp_path))
    assert compiled.returncode == 0, compiled.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{name}.json" for name in (*CONTRACTS, PROXY)}
    shipped = files("sovbank.evm.artifacts")
    assert {path.name for path in shipped.iterdir() if path.name.endswith(".json")} == names
    for name in sorted(names):
        assert shipped.joinpath(name).read_bytes() == (tmp_path / name).read_bytes(), f"{name}: npm run build"


@pytest.mark.parametrize("name", [*CONTRACTS, PROXY])
def test_an_artifact_loads(name: str) -> None:
    artifact = load(name)
    assert artifact.name == name
    assert load(name) is artifact
    assert 0 < len(artifact.deployed_bytecode) <= EIP170_LIMIT
    assert len(artifact.deployed_bytecode) < len(artifact.bytecode) <= EIP3860_LIMIT
    assert artifact.compiler.startswith("solc 0.8.37")


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_error_is_typed_and_every_contract_upgradeable(name: str) -> None:
    entries = {(entry["type"], entry.get("name")) for entry in load(name).abi}
    assert ("function", "initialize") in entries
    assert ("function", "upgradeToAndCall") in entries
    assert ("error", "Unauthorized") in entries
    # The selector of Error(string): a revert with words would carry it.
    assert bytes.fromhex("08c379a0") not in load(name).deployed_bytecode


def test_an_error_has_one_meaning_across_the_contracts() -> None:
    meanings: dict[str, set[str]] = {}
    for name in CONTRACTS:
        for entry in load(name).abi:
            if entry["type"] == "error":
                inputs = ",".join(argument["type"] for argument in entry["inputs"])
                meanings.setdefault(entry["name"], set()).add(inputs)
    assert {error: forms for error, forms in meanings.items() if len(forms) > 1} == {}


def test_code_is_recognised_whatever_its_immutables_hold() -> None:
    artifact = load("MintGuard")
    assert artifact.immutables
    code = bytearray(artifact.deployed_bytecode)
    start, length = artifact.immutables[0]
    code[start : start + length] = b"\xab" * length
    assert artifact.matches(bytes(code))
    code[start - 1] ^= 1
    assert not artifact.matches(bytes(code))
    assert not artifact.matches(b"")
    assert not artifact.matches(artifact.deployed_bytecode + b"\0")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownArtifact, match="Timelock"):
        load("Timelock")


def test_a_file_name_is_not_a_contract_name() -> None:
    with pytest.raises(UnknownArtifact):
        load("../artifacts/MintGuard")


def test_shipped_files_are_json_with_nothing_of_this_machine() -> None:
    for name in (*CONTRACTS, PROXY):
        text = files("sovbank.evm.artifacts").joinpath(f"{name}.json").read_text(encoding="utf-8")
        assert json.loads(text)["contractName"] == name
        assert str(Path.home()) not in text
