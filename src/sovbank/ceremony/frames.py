"""A bundle as numbered text frames, each small enough for one QR code, and back again in any order.

A frame is ``SOVB1/ID/NUMBER/TOTAL/CHECK/DATA`` in the characters of QR's alphanumeric mode. ID is the first
16 hex digits of SHA-256 over the bundle's bytes; CHECK is the CRC-32 of everything else in the frame; DATA
is a piece of the base32 text of the deflated bytes. The whole is checked against ID, the bundle by its rules.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from sovbank.ceremony.limits import MAX_BUNDLE_BYTES, MAX_FRAMES
from sovbank.errors.ceremony import BundleTooLarge, FrameForeign, FrameMalformed, FramesMissing

FRAME_CHARACTERS = 400
"""Characters of data in one frame unless told otherwise: a code of 69 modules, sharp on any screen."""
LEAST_FRAME_CHARACTERS = 40
MOST_FRAME_CHARACTERS = 2000
_ID_DIGITS = 16
_FRAME = re.compile(
    rf"SOVB1/([0-9A-F]{{{_ID_DIGITS}}})/([1-9][0-9]{{0,3}})/([1-9][0-9]{{0,3}})/([0-9A-F]{{8}})/([A-Z2-7]{{1,2000}})",
    re.ASCII,
)


@dataclass(frozen=True)
class Frame:
    """One frame as read: which bundle, which of how many, and its piece of the data."""

    id: str
    number: int
    total: int
    data: str


def to_frames(data: bytes, *, characters: int = FRAME_CHARACTERS) -> list[str]:
    """Return the frames of a file's bytes.

    Raises
    ------
    BundleTooLarge
        The file is larger than a bundle can be, or would need more than 4,096 frames.
    """
    if not LEAST_FRAME_CHARACTERS <= characters <= MOST_FRAME_CHARACTERS:
        raise BundleTooLarge(
            f"a frame holds {LEAST_FRAME_CHARACTERS} to {MOST_FRAME_CHARACTERS} characters, not {characters}"
        )
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleTooLarge(f"the bundle has {len(data)} bytes; the most is {MAX_BUNDLE_BYTES}")
    text = base64.b32encode(zlib.compress(data, 9)).decode("ascii").rstrip("=")
    pieces = [text[at : at + characters] for at in range(0, len(text), characters)]
    if len(pieces) > MAX_FRAMES:
        raise BundleTooLarge(f"the bundle would need {len(pieces)} frames; the most is {MAX_FRAMES}")
    return [_write(_id(data), number, len(pieces), piece) for number, piece in enumerate(pieces, start=1)]


def read_frame(text: str) -> Frame:
    """Return what one scanned text says.

    Raises
    ------
    FrameMalformed
    """
    match = _FRAME.fullmatch(text)
    if match is None:
        raise FrameMalformed(f"not a frame of a bundle: {text[:60]!r}")
    frame = Frame(match[1], int(match[2]), int(match[3]), match[5])
    if _write(frame.id, frame.number, frame.total, frame.data) != text:
        raise FrameMalformed(f"the checksum of frame {frame.number} is wrong")
    if frame.number > frame.total or frame.total > MAX_FRAMES:
        raise FrameMalformed(f"frame {frame.number} of {frame.total} cannot be")
    return frame


def from_frames(texts: Iterable[str]) -> bytes:
    """Return the bytes that a set of scanned frames carries; order and repetition do not matter.

    Raises
    ------
    FrameMalformed
        A text is not a frame, or the frames together do not give the bytes that they name.
    FrameForeign
        A frame is of another bundle, or contradicts one with the same number.
    FramesMissing
        With the missing numbers.
    """
    found: dict[int, Frame] = {}
    first: Frame | None = None
    for text in texts:
        frame = read_frame(text)
        first = first or frame
        if (frame.id, frame.total) != (first.id, first.total):
            raise FrameForeign(
                f"frame {frame.number} of {frame.total} is of {frame.id}; the first was of {first.id}"
            )
        if found.setdefault(frame.number, frame) != frame:
            raise FrameForeign(f"there are two different frames with the number {frame.number}")
    if first is None:
        raise FramesMissing("no frame was scanned")
    missing = [number for number in range(1, first.total + 1) if number not in found]
    if missing:
        raise FramesMissing(
            f"{len(missing)} of {first.total} frames are missing: {_ranges(missing)}",
            details={"missing": " ".join(map(str, missing[:100]))},
        )
    return _inflated(first.id, "".join(found[number].data for number in range(1, first.total + 1)))


def _write(identity: str, number: int, total: int, data: str) -> str:
    check = zlib.crc32(f"SOVB1/{identity}/{number}/{total}/{data}".encode("ascii"))
    return f"SOVB1/{identity}/{number}/{total}/{check:08X}/{data}"


def _id(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_ID_DIGITS].upper()


def _inflated(identity: str, text: str) -> bytes:
    try:
        packed = base64.b32decode(text + "=" * (-len(text) % 8))
        engine = zlib.decompressobj()
        # One byte more than a bundle may have: a bomb stops there.
        data = engine.decompress(packed, MAX_BUNDLE_BYTES + 1)
    except (binascii.Error, zlib.error) as error:
        raise FrameMalformed(f"the frames together cannot be unpacked: {error}") from error
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleTooLarge(f"the frames unpack to more than {MAX_BUNDLE_BYTES} bytes")
    if not engine.eof or _id(data) != identity:
        raise FrameMalformed(f"the frames together are not bundle {identity}")
    return data


def _ranges(numbers: list[int]) -> str:
    parts: list[str] = []
    start = previous = numbers[0]
    for number in [*numbers[1:], 0]:
        if number != previous + 1:
            parts.append(str(start) if start == previous else f"{start}-{previous}")
            start = number
        previous = number
    return ", ".join(parts[:20]) + (" and more" if len(parts) > 20 else "")
