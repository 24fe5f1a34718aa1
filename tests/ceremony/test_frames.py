"""Frames: any order, any repetition, nothing foreign, nothing damaged."""

from __future__ import annotations

import base64
import hashlib
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import bundle

from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.frames import from_frames, read_frame, to_frames
from sovbank.ceremony.limits import MAX_BUNDLE_BYTES
from sovbank.errors.base import SovbankError
from sovbank.errors.ceremony import BundleTooLarge, FrameForeign, FrameMalformed, FramesMissing

DATA = to_bytes(bundle(4))
FRAMES = to_frames(DATA, characters=200)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000), st.sampled_from((40, 41, 400, 2000)), st.randoms(use_true_random=False))
def test_frames_give_the_bytes_back_in_any_order(data: bytes, characters: int, chance: random.Random) -> None:
    frames = to_frames(data, characters=characters)
    assert all(len(frame) <= characters + 50 for frame in frames)
    assert all(set(frame) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") for frame in frames)
    scanned = frames + chance.choices(frames, k=3)
    chance.shuffle(scanned)
    assert from_frames(scanned) == data


def test_numbers_and_totals_are_in_the_frames() -> None:
    read = [read_frame(frame) for frame in FRAMES]
    assert [frame.number for frame in read] == list(range(1, len(FRAMES) + 1))
    assert {frame.total for frame in read} == {len(FRAMES)}


def test_missing_frames_are_named() -> None:
    with pytest.raises(FramesMissing, match="2, 4-5") as caught:
        from_frames([frame for number, frame in enumerate(FRAMES, 1) if number not in (2, 4, 5)])
    assert caught.value.details["missing"] == "2 4 5"
    with pytest.raises(FramesMissing):
        from_frames([])


def test_a_frame_of_another_bundle_is_refused() -> None:
    alien = to_frames(to_bytes(bundle(3)), characters=200)
    with pytest.raises(FrameForeign):
        from_frames([*FRAMES, alien[0]])
    with pytest.raises(FrameForeign):
        from_frames([alien[0], *FRAMES])


def test_a_frame_cut_otherwise_is_refused() -> None:
    with pytest.raises(FrameForeign):
        from_frames([*FRAMES, to_frames(DATA, characters=300)[0]])


def forged(identity: str, number: int, total: int, data: str) -> str:
    check = zlib.crc32(f"SOVB1/{identity}/{number}/{total}/{data}".encode())
    return f"SOVB1/{identity}/{number}/{total}/{check:08X}/{data}"


def test_two_frames_of_one_number_are_refused() -> None:
    first = read_frame(FRAMES[0])
    with pytest.raises(FrameForeign, match="number 1"):
        from_frames([*FRAMES, forged(first.id, 1, first.total, "A" * 200)])


def test_frames_with_a_forged_piece_do_not_pass_the_check_of_the_whole() -> None:
    first = read_frame(FRAMES[0])
    for data in ("A" * 200, first.data[:-1] + ("A" if first.data[-1] != "A" else "B"), first.data[:-8]):
        with pytest.raises(FrameMalformed):
            from_frames([forged(first.id, 1, first.total, data), *FRAMES[1:]])


def test_another_text_under_the_same_name_is_refused() -> None:
    text = base64.b32encode(zlib.compress(b"something else")).decode().rstrip("=")
    with pytest.raises(FrameMalformed, match="are not bundle"):
        from_frames([forged("0" * 16, 1, 1, text)])


def test_a_bomb_does_not_unpack() -> None:
    packed = zlib.compress(b"\0" * 300_000_000, 9)
    text = base64.b32encode(packed).decode().rstrip("=")
    pieces = [text[at : at + 2000] for at in range(0, len(text), 2000)]
    name = hashlib.sha256(b"").hexdigest()[:16].upper()
    with pytest.raises(BundleTooLarge):
        from_frames([forged(name, number, len(pieces), piece) for number, piece in enumerate(pieces, 1)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SOVB1",
        "SOVB2" + FRAMES[0][5:],
        FRAMES[0].lower(),
        FRAMES[0] + "\n",
        FRAMES[0][:-1],
        forged("0" * 16, 2, 1, "AAAA"),
        forged("0" * 16, 1, 9999, "AAAA"),
        "SOVB1/0000000000000000/0/1/00000000/AA",
        "https://example.com/",
    ],
)
def test_what_is_no_frame_is_refused(text: str) -> None:
    with pytest.raises(FrameMalformed):
        from_frames([text])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(FRAMES) - 1), st.integers(0, 10_000), st.characters(max_codepoint=127))
def test_a_changed_character_is_refused(which: int, place: int, other: str) -> None:
    frame = FRAMES[which]
    place %= len(frame)
    if frame[place] != other:
        changed = frame[:place] + other + frame[place + 1 :]
        with pytest.raises(SovbankError):
            from_frames([*FRAMES[:which], changed, *FRAMES[which + 1 :]])


def test_what_is_no_size_of_a_bundle_or_a_frame_is_refused() -> None:
    with pytest.raises(BundleTooLarge):
        to_frames(b"\0" * (MAX_BUNDLE_BYTES + 1))
    with pytest.raises(BundleTooLarge):
        to_frames(b"", characters=10)
    with pytest.raises(BundleTooLarge, match="frames"):
        to_frames(random.Random(1).randbytes(MAX_BUNDLE_BYTES), characters=40)
