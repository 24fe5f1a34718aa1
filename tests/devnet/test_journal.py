"""The journal: what survives, what is dropped, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovbank.devnet.journal import Journal
from sovbank.devnet.node import Node
from sovbank.errors.devnet import JournalDamaged, JournalForeign, StateUnusable

ENTRIES = st.lists(st.tuples(st.sampled_from("SHC"), st.text("0123456789abcdef", min_size=1)), max_size=8)


def write(path: Path, entries: list[tuple[str, str]], network_id: int = 7) -> None:
    """Make a journal anew."""
    journal = Journal(path, network_id=network_id, fresh=True)
    for kind, payload in entries:
        journal.append(kind, payload)
    journal.close()


def read(path: Path, network_id: int = 7) -> list[tuple[str, str]]:
    """Read a journal back."""
    journal = Journal(path, network_id=network_id)
    entries = list(journal.entries())
    journal.close()
    return entries


@given(ENTRIES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_entries_survive(tmp_path: Path, entries: list[tuple[str, str]]) -> None:
    write(tmp_path / "j", entries)
    assert read(tmp_path / "j") == entries


@given(ENTRIES, st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_torn_end_is_dropped_and_the_rest_goes_on(
    tmp_path: Path, entries: list[tuple[str, str]], data: st.DataObject
) -> None:
    path = tmp_path / "j"
    write(path, entries)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    kept = whole[:cut].count(b"\n") - 1
    assert read(path) == entries[: max(kept, 0)]
    journal = Journal(path, network_id=7)
    journal.append("C", "12")
    journal.close()
    assert read(path) == [*entries[: max(kept, 0)], ("C", "12")]


@given(ENTRIES.filter(bool), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_other_damage_is_an_error(
    tmp_path: Path, entries: list[tuple[str, str]], data: st.DataObject
) -> None:
    path = tmp_path / "j"
    write(path, entries)
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 2))
    whole[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    path.write_bytes(bytes(whole))
    with pytest.raises((JournalDamaged, JournalForeign)):
        read(path)


def test_another_network_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "j", [], network_id=7)
    with pytest.raises(JournalForeign, match="7"):
        read(tmp_path / "j", network_id=8)


def test_a_fresh_journal_forgets(tmp_path: Path) -> None:
    write(tmp_path / "j", [("C", "1")])
    write(tmp_path / "j", [])
    assert read(tmp_path / "j") == []


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write(tmp_path / "state" / "j", [])
    assert (tmp_path / "state" / "j").stat().st_mode & 0o077 == 0
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_hold_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnusable, match="file"):
        Journal(tmp_path / "file" / "j", network_id=7)


def test_a_failed_write_is_reported(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", network_id=7)
    os.close(journal._file)
    with pytest.raises(StateUnusable):
        journal.append("C", "1")


@pytest.mark.parametrize("entries", [[("C", "1")], [("T", "5"), ("X", "1")], [("T", "5"), ("S", "00ff")]])
def test_what_cannot_be_done_again_is_damage(tmp_path: Path, entries: list[tuple[str, str]]) -> None:
    write(tmp_path / "j", entries, network_id=0)
    with pytest.raises(JournalDamaged):
        Node(network_id=0, journal=Journal(tmp_path / "j", network_id=0))
