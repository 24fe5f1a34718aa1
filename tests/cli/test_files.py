"""Files for other machines: whole or not at all, never over another; the same command again finds its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sovbank.cli.files import write_piece
from sovbank.errors.cli import FileExists, FileRefused


def without_links(*_: object) -> None:
    raise PermissionError(1, "a memory stick knows no links")


@pytest.fixture(params=["links", "no links"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A directory on a file system with or without hard links."""
    if request.param == "no links":
        monkeypatch.setattr(os, "link", without_links)
    return tmp_path


def test_a_piece_is_written_for_this_user_alone(place: Path) -> None:
    file = place / "bundle.json"
    assert write_piece(file, b"{}") is True
    assert file.read_bytes() == b"{}"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(place.iterdir()) == [file]


def test_another_file_is_never_replaced(place: Path) -> None:
    file = place / "bundle.json"
    file.write_bytes(b"{} ")
    with pytest.raises(FileExists):
        write_piece(file, b"{}")
    assert file.read_bytes() == b"{} "
    assert list(place.iterdir()) == [file]


def test_the_same_piece_again_is_found(place: Path) -> None:
    file = place / "bundle.json"
    write_piece(file, b"{}")
    before = file.stat().st_ino
    assert write_piece(file, b"{}") is False
    assert file.stat().st_ino == before


def test_a_directory_that_is_not_there_is_said(place: Path) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        write_piece(place / "none" / "bundle.json", b"{}")
