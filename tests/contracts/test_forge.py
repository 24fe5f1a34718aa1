"""forge's unit, fuzz and invariant suites, its linter, and the storage layout of record."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Run

Layouts = dict[str, list[dict[str, Any]]]


def test_forge_suites_pass(run: Run) -> None:
    result = run("npm", "test")
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-4000:]
    assert "invariant_theorem1" in result.stdout
    assert " 0 failed, 0 skipped" in result.stdout


def test_a_failure_of_forge_is_not_lost_on_the_way(run: Run) -> None:
    """The launcher of the package @foundry-rs/forge exits 0 whatever happens; the binary does not."""
    assert run("node_modules/.bin/forge", "no-such-command").returncode != 0


def test_sources_are_formatted_and_lint_clean(run: Run) -> None:
    result = run("npm", "run", "lint")
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-4000:]


def test_storage_extends_the_layout_of_record(run: Run) -> None:
    result = run("node", "tools/layout.mjs", "--check")
    assert result.returncode == 0, result.stderr


def test_all_storage_of_record_is_namespaced_contracts(run: Run) -> None:
    record = json.loads(run("cat", "layouts.json").stdout)
    assert set(record) == {
        "Guarded",
        "SystemGuard",
        "ComplianceRegistry",
        "ReserveRegistry",
        "MintGuard",
        "MembershipRegistry",
    }


def _member(layouts: Layouts, contract: str, name: str) -> dict[str, Any]:
    return next(member for member in layouts[contract] if member["name"] == name)


def _renamed(layouts: Layouts) -> None:
    _member(layouts, "MintGuard", "requests")["name"] = "mints"


def _moved(layouts: Layouts) -> None:
    _member(layouts, "SystemGuard", "paused")["offset"] += 1


def _other_type(layouts: Layouts) -> None:
    _member(layouts, "ReserveRegistry", "reporterQuorum")["type"]["label"] = "uint16"


def _removed_in_a_nested_struct(layouts: Layouts) -> None:
    customers = _member(layouts, "ComplianceRegistry", "customers")["type"]["value"]["members"]
    customers.append({**customers[-1], "name": "gone", "slot": customers[-1]["slot"] + 1})


def _inserted_before(layouts: Layouts) -> None:
    del layouts["MembershipRegistry"][0]


def _enum_reordered(layouts: Layouts) -> None:
    state = _request_member(layouts, "state")
    state["values"][1:3] = reversed(state["values"][1:3])


def _enum_value_removed(layouts: Layouts) -> None:
    _request_member(layouts, "state")["values"].append("Expired")


def _request_member(layouts: Layouts, name: str) -> dict[str, Any]:
    members = _member(layouts, "MintGuard", "requests")["type"]["value"]["members"]
    kind: dict[str, Any] = next(member for member in members if member["name"] == name)["type"]
    return kind


def _contract_gone(layouts: Layouts) -> None:
    layouts["Treasury"] = []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_renamed, "MintGuard.mints is missing, renamed or moved"),
        (_moved, "SystemGuard.paused moved from slot"),
        (_other_type, "ReserveRegistry.reporterQuorum was uint16 and is uint8"),
        (_removed_in_a_nested_struct, "ComplianceRegistry.customers[].gone is missing"),
        (_inserted_before, "MembershipRegistry.memberships is missing"),
        (_enum_reordered, "MintGuard.requests[].state: 1 meant Approved and means Held"),
        (_enum_value_removed, "MintGuard.requests[].state: 5 meant Expired and means nothing"),
        (_contract_gone, "Treasury is gone"),
    ],
)
def test_an_incompatible_layout_is_named(
    run: Run, tmp_path: Path, change: Callable[[Layouts], None], named: str
) -> None:
    result = _check_against(run, tmp_path, change)
    assert result.returncode == 1
    assert named in result.stderr


def _last_member_was_added(layouts: Layouts) -> None:
    del layouts["MintGuard"][-1]


def _nested_struct_grew(layouts: Layouts) -> None:
    value = _member(layouts, "MintGuard", "requests")["type"]["value"]
    del value["members"][-1]
    value["bytes"] -= 32


def _enum_grew(layouts: Layouts) -> None:
    _request_member(layouts, "state")["values"].pop()


@pytest.mark.parametrize("change", [_last_member_was_added, _nested_struct_grew, _enum_grew])
def test_an_extension_is_compatible(run: Run, tmp_path: Path, change: Callable[[Layouts], None]) -> None:
    result = _check_against(run, tmp_path, change)
    assert result.returncode == 0, result.stderr


def _check_against(run: Run, tmp_path: Path, change: Callable[[Layouts], None]) -> Any:
    layouts = copy.deepcopy(json.loads(run("cat", "layouts.json").stdout))
    change(layouts)
    file = tmp_path / "layouts.json"
    file.write_text(json.dumps(layouts))
    return run("node", "tools/layout.mjs", "--check", str(file))
