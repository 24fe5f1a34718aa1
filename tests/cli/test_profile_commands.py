"""`sovbank profile`: made with keys of its own, shown, listed and checked."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sovbank.core.profile import parse_profile


@pytest.fixture
def made(run: Callable, home: Path) -> Path:
    ran = run("profile", "init", "--json")
    assert ran.status == 0
    assert len(ran.data["result"]["keys_made"]) == 18
    return home / "config" / "profiles" / "devnet.toml"


def test_init_writes_a_private_profile_with_keys_of_its_own(run: Callable, made: Path, home: Path) -> None:
    profile = parse_profile(made.read_text(), source="made")
    shipped = run("profile", "show", "--json").data["result"]["profile"]
    assert shipped["officers"]["ceo"]["account"] == profile.officers["ceo"].account
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in home.rglob("*") if path.is_dir())
    assert run("profile", "init").status == 2


def test_two_profiles_have_different_keys(run: Callable, made: Path, home: Path) -> None:
    assert run("profile", "init", "second").status == 0
    second = parse_profile((made.parent / "second.toml").read_text(), source="second")
    first = parse_profile(made.read_text(), source="first")
    assert second.name == "second"
    assert {o.account for o in second.officers.values()}.isdisjoint(
        o.account for o in first.officers.values()
    )


def test_an_interrupted_init_goes_on_with_the_keys_it_made(run: Callable, made: Path) -> None:
    before = made.read_text()
    made.unlink()
    ran = run("profile", "init", "--json")
    assert ran.data["result"]["keys_made"] == []
    assert made.read_text() == before


def test_a_production_profile_gets_no_keys_and_its_examples_are_marked(run: Callable, home: Path) -> None:
    ran = run("profile", "init", "bank", "--template", "mainnet", "--json")
    assert ran.data["result"]["keys_made"] == []
    assert not (home / "data").exists()
    text = (home / "config" / "profiles" / "bank.toml").read_text()
    assert parse_profile(text, source="bank").production


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("init", "--template", "nope"), "profile.no-such-name"),
        (("init", "../x"), "profile.malformed"),
        (("init", "Upper"), "profile.malformed"),
        (("show",), "profile.missing"),
        (("show", "-p", "nope"), "profile.missing"),
        (("show", "-p", "./nope.toml"), "profile.missing"),
        (("show", "-p", "no pe"), "profile.missing"),
    ],
)
def test_refusals(run: Callable, arguments: tuple[str, ...], code: str) -> None:
    ran = run("profile", *arguments, "--json")
    assert ran.status in (2, 3)
    assert ran.data["error"]["code"] == code


def test_list_names_profiles_that_cannot_be_read_too(run: Callable, made: Path) -> None:
    (made.parent / "broken.toml").write_text("format = 1\nnonsense = 2\n")
    rows = {row["profile"]: row for row in run("profile", "list", "--json").data["result"]["profiles"]}
    assert rows["devnet"]["network"] == "devnet, id 21338"
    assert "nonsense" in rows["broken"]["problem"]
    assert run("profile", "show").status == 3


def test_a_profile_in_the_working_directory_is_not_found_by_name(
    run: Callable, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sly.toml").write_text(made.read_text())
    monkeypatch.chdir(tmp_path)
    assert run("profile", "show", "-p", "sly").status == 3
    assert run("profile", "show", "-p", "./sly.toml").status == 0
    assert run("profile", "show", "-p", "sly.toml").status == 0


def test_check_reports_what_is_wrong_and_exits_3(run: Callable, made: Path) -> None:
    text = made.read_text()
    # Nobody listens on port 9 of this machine.
    made.write_text(text.replace(":5005", ":9").replace("quorum = 3", "quorum = 6"))
    ran = run("profile", "check", "--json")
    assert ran.status == 3
    assert ran.data["error"]["code"] == "profile.check-failed"
    states = {check["what"]: check["state"] for check in ran.data["result"]["checks"]}
    assert states["rule quorum"] == "wrong"
    assert states["core node"] == states["treasury node"] == states["member node"] == "wrong"
    assert states["addresses"] == "ok"


def test_check_finds_wrong_checksums_and_foreign_keys(run: Callable, made: Path) -> None:
    profile = parse_profile(made.read_text(), source="made")
    ceo, cfo = profile.officers["ceo"].account, profile.officers["cfo"].account
    wrong = ceo[:-1] + ("a" if ceo[-1] != "a" else "b")
    text = made.read_text().replace(":5005", ":9").replace(ceo, wrong)
    text = text.replace(cfo, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")
    made.write_text(text)
    found = {check["what"]: check for check in run("profile", "check", "--json").data["result"]["checks"]}
    assert "checksum" in found["officer ceo"]["detail"]
    assert found["key of officer cfo"]["state"] == "wrong"


def test_check_marks_the_examples_of_a_template(run: Callable) -> None:
    run("profile", "init", "bank", "--template", "mainnet")
    ran = run("profile", "check", "-p", "bank", "--json")
    examples = [one for one in ran.data["result"]["checks"] if "template's example" in one["detail"]]
    assert len(examples) == 18


def test_a_home_open_to_others_is_refused(run: Callable, home: Path) -> None:
    (home / "config" / "profiles").mkdir(parents=True)
    (home / "config" / "profiles").chmod(0o755)
    ran = run("profile", "init", "--json")
    assert ran.status == 3
    assert ran.data["error"]["code"] == "environment.state-directory"
