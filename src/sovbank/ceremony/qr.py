"""Drawing frames as QR codes, in a terminal or as PNG, and reading them from pictures.

The libraries (segno, zxing-cpp, Pillow: the extra ``qr``) are imported where they are used.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sovbank.ceremony.limits import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS
from sovbank.errors.ceremony import ImageUnreadable, QrNotInstalled

if TYPE_CHECKING:
    from PIL.Image import Image

_PNG_SCALE = 6
_BORDER = 4


def draw_in_terminal(frame: str) -> str:
    """Return the QR code of a frame as lines of half blocks, two rows of modules a line.

    Dark modules are blanks and light ones are blocks, so the code reads right on a dark terminal; readers
    take it either way round.
    """
    matrix = [list(row) for row in _code(frame).matrix_iter(scale=1, border=_BORDER)]
    matrix += [[0] * len(matrix[0])] * (len(matrix) % 2)
    return "\n".join(
        "".join(_HALVES[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(matrix[::2], matrix[1::2], strict=True)
    )


def draw_png(frame: str) -> bytes:
    """Return the QR code of a frame as a PNG picture."""
    target = io.BytesIO()
    _code(frame).save(target, kind="png", scale=_PNG_SCALE, border=_BORDER)
    return target.getvalue()


def read_pictures(pictures: Iterable[bytes]) -> list[str]:
    """Return the texts of all QR codes in pictures (PNG or JPEG), several in one picture included.

    Raises
    ------
    ImageUnreadable
        A picture is too large, is no picture, or shows no QR code.
    QrNotInstalled
    """
    return [text for number, data in enumerate(pictures, start=1) for text in _texts(number, data)]


_HALVES = {
    (False, False): "\u2588",
    (False, True): "\u2580",
    (True, False): "\u2584",
    (True, True): " ",
}


def _code(frame: str) -> Any:
    try:
        import segno
    except ImportError as error:
        raise QrNotInstalled("QR codes cannot be drawn: segno is not installed") from error
    return segno.make_qr(frame, error="m", mode="alphanumeric", boost_error=False)


def _texts(number: int, data: bytes) -> list[str]:
    try:
        import zxingcpp
    except ImportError as error:
        raise QrNotInstalled("QR codes cannot be read: zxing-cpp is not installed") from error
    with _opened(number, data) as picture:
        found = zxingcpp.read_barcodes(picture, formats=_formats())
    texts = [str(code.text) for code in found]
    if not texts:
        raise ImageUnreadable(f"picture {number} shows no QR code")
    return texts


def _formats() -> Any:
    import zxingcpp

    return zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def _opened(number: int, data: bytes) -> Image:
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageUnreadable(f"picture {number} has {len(data)} bytes; the most is {MAX_IMAGE_BYTES}")
    try:
        from PIL import Image
    except ImportError as error:
        raise QrNotInstalled("pictures cannot be read: Pillow is not installed") from error
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if picture.width * picture.height > MAX_IMAGE_PIXELS:
            raise ImageUnreadable(f"picture {number} is {picture.width} x {picture.height} pixels large")
        return picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageUnreadable(f"picture {number} cannot be read: {type(error).__name__}") from error
