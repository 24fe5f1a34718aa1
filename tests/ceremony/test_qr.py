"""QR codes drawn by one library and read by another, from pictures and from the terminal's own blocks."""

from __future__ import annotations

import io
import random
import sys

import pytest
from samples import bundle

from sovbank.ceremony import qr
from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.frames import MOST_FRAME_CHARACTERS, from_frames, to_frames
from sovbank.errors.ceremony import ImageUnreadable, QrNotInstalled

pytest.importorskip("segno")
pytest.importorskip("zxingcpp")
image = pytest.importorskip("PIL.Image")

DATA = to_bytes(bundle(2))
FRAMES = to_frames(DATA)


def test_pictures_in_any_order_give_the_bundle_back() -> None:
    pictures = [qr.draw_png(frame) for frame in FRAMES]
    random.Random(7).shuffle(pictures)
    assert from_frames(qr.read_pictures([*pictures, pictures[0]])) == DATA


def test_a_photograph_is_read_too() -> None:
    """Grey, turned, smaller, compressed, two codes beside each other."""
    drawn = [image.open(io.BytesIO(qr.draw_png(frame))).convert("L") for frame in FRAMES[:2]]
    width = drawn[0].width
    both = image.new("L", (2 * width + 60, width + 40), 210)
    both.paste(drawn[0], (20, 20))
    both.paste(drawn[1], (width + 40, 20))
    turned = both.rotate(4, expand=True, fillcolor=180)
    target = io.BytesIO()
    turned.save(target, "JPEG", quality=60)
    assert sorted(qr.read_pictures([target.getvalue()])) == sorted(FRAMES[:2])


def test_the_terminals_blocks_are_the_code() -> None:
    drawn = qr.draw_in_terminal(FRAMES[0]).split("\n")
    assert len({len(line) for line in drawn}) == 1
    assert len(drawn[0]) <= 80
    lit = {"\u2588": (255, 255), "\u2580": (255, 0), "\u2584": (0, 255), " ": (0, 0)}
    pixels = bytes(lit[block][half] for line in drawn for half in (0, 1) for block in line)
    picture = image.frombytes("L", (len(drawn[0]), 2 * len(drawn)), pixels)
    target = io.BytesIO()
    picture.resize((picture.width * 5, picture.height * 5)).save(target, "PNG")
    assert qr.read_pictures([target.getvalue()]) == [FRAMES[0]]


def test_the_largest_frame_can_be_drawn() -> None:
    (frame, *_) = to_frames(random.Random(3).randbytes(4000), characters=MOST_FRAME_CHARACTERS)
    assert qr.read_pictures([qr.draw_png(frame)]) == [frame]


def png(size: tuple[int, int]) -> bytes:
    target = io.BytesIO()
    image.new("1", size, 1).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        qr.draw_png(FRAMES[0])[:200],
        png((50, 50)),
        png((9000, 9000)),
    ],
    ids=["nothing", "gif", "header", "cut", "blank", "too many pixels"],
)
def test_a_picture_without_a_code_is_refused(data: bytes) -> None:
    with pytest.raises(ImageUnreadable, match="picture 2"):
        qr.read_pictures([qr.draw_png(FRAMES[0]), data])


@pytest.mark.parametrize("library", ["segno", "zxingcpp"])
def test_without_the_libraries_the_extra_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = qr.draw_png(FRAMES[0])
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(QrNotInstalled) as caught:
        qr.draw_png(FRAMES[0]) if library == "segno" else qr.read_pictures([picture])
    assert "sovbank[qr]" in caught.value.next_step
