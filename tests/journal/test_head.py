"""The high-water file: it survives a torn write, and its absence is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.errors.journal import HeadMissing, StoreUnwritable
from sovbank.journal.head import head_path, read_head, write_head
from sovbank.journal.port import LogHead


def _head(seq: int) -> LogHead:
    return LogHead(log_id="ab" * 16, seq=seq, hash=f"{seq:064x}")


def test_the_newest_position_is_read(tmp_path: Path) -> None:
    path = head_path(tmp_path / "j.sqlite")
    assert path.name == "j.sqlite.head"
    write_head(path, _head(1), create=True)
    for seq in range(2, 12):
        write_head(path, _head(seq))
        assert read_head(path) == _head(seq)
    assert path.stat().st_mode & 0o777 == 0o600


@given(data=st.data(), seq=st.integers(2, 10**15))
def test_a_torn_write_leaves_the_position_before(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, seq: int
) -> None:
    path = tmp_path_factory.mktemp("head") / "h"
    write_head(path, _head(seq - 1), create=True)
    before = path.read_bytes()
    write_head(path, _head(seq))
    after = path.read_bytes()
    cut = data.draw(st.integers(0, len(after)))
    path.write_bytes(after[:cut] + before[cut:])
    assert read_head(path) in (_head(seq - 1), _head(seq))


@pytest.mark.parametrize("content", [b"", b"x" * 302, b"sovbank-head/1 " * 20])
def test_a_file_without_an_intact_slot_is_missing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h"
    path.write_bytes(content)
    with pytest.raises(HeadMissing):
        read_head(path)


def test_a_missing_file_is_never_made_in_passing(tmp_path: Path) -> None:
    with pytest.raises(HeadMissing):
        read_head(tmp_path / "h")
    with pytest.raises(HeadMissing):
        write_head(tmp_path / "h", _head(2))
    with pytest.raises(StoreUnwritable):
        write_head(tmp_path, _head(2))
