"""Bundles in and out of the program: files, stdin and stdout, QR codes, and the copies kept here."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sovbank.errors.cli import FileRefused

if TYPE_CHECKING:
    from sovbank.ceremony.records import Bundle
    from sovbank.cli.context import Run

STDIO = "-"


def read_pieces(names: Sequence[str], *, from_qr: bool) -> list[bytes]:
    """Return the bytes of bundles or blobs: files, ``-`` for stdin, or one bundle from pictures of QR codes.

    One line end after a piece is dropped.

    Raises
    ------
    FileRefused
    ImageUnreadable, FrameMalformed, FrameForeign, FramesMissing
    """
    from sovbank.ceremony.limits import MAX_BUNDLE_BYTES, MAX_IMAGE_BYTES

    if from_qr:
        from sovbank.ceremony.frames import from_frames
        from sovbank.ceremony.qr import read_pictures

        return [from_frames(read_pictures(_read(name, MAX_IMAGE_BYTES) for name in names))]
    return [_read(name, MAX_BUNDLE_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r") for name in names]


def give_piece(run: Run, piece: bytes, target: str) -> None:
    """Write a piece to a new file, or to stdout for the next program."""
    if target == STDIO:
        run.out.piece(piece.decode("utf-8"))
        return
    from sovbank.cli.files import write_piece

    fresh = write_piece(Path(target), piece)
    run.out.say(f"written to {target}" if fresh else f"{target} holds it already")


def draw(run: Run, piece: bytes, *, in_terminal: bool, folder: Path | None) -> None:
    """Draw the frames of a bundle on stderr, or as PNG files in a folder."""
    if not in_terminal and folder is None:
        return
    from sovbank.ceremony.frames import to_frames
    from sovbank.ceremony.qr import draw_in_terminal, draw_png
    from sovbank.cli.files import new_private_file

    frames = to_frames(piece)
    for number, frame in enumerate(frames, start=1):
        if in_terminal:
            for text in (*draw_in_terminal(frame).split("\n"), f"frame {number} of {len(frames)}", ""):
                run.out.line_to_stderr(text)
        if folder is not None:
            with new_private_file(folder / f"frame-{number:04d}.png") as stream:
                stream.write(draw_png(frame))


class Kept:
    """The copies of bundles that this machine made or signed, one for each attempt of an operation."""

    def __init__(self, run: Run) -> None:
        from sovbank.cli.paths import private_directory

        wiring = run.wiring
        private_directory(wiring.paths.profile_state(wiring.profile.name))
        self._folder = private_directory(wiring.paths.profile_state(wiring.profile.name) / "bundles")

    def like(self, bundle: Bundle) -> Bundle | None:
        """Return the copy for the same attempt of the same operation, if there is one."""
        return self._load(self._path(bundle))

    def for_pieces(self, pieces: Sequence[bytes]) -> Bundle | None:
        """Return the copy that the first readable bundle, or the first blob, belongs to."""
        from sovbank.ceremony.blobs import signatures_of_blob
        from sovbank.ceremony.reading import parse_bundle
        from sovbank.errors.base import SovbankError

        for piece in pieces:
            try:
                return self.like(parse_bundle(piece))
            except SovbankError:
                continue
        for path in sorted(self._folder.glob("*.json")):
            copy = self._load(path)
            try:
                if copy is not None and signatures_of_blob(copy, pieces[0].decode("latin1")):
                    return copy
            except SovbankError:
                continue
        return None

    def of_digest(self, digest: str, *, first: str) -> Bundle | None:
        """Return the copy that has a digest; copies of the operation ``first`` are looked at first.

        A copy that is damaged is none.
        """
        from sovbank.ceremony.digest import digest_of
        from sovbank.errors.base import SovbankError

        paths = sorted(self._folder.glob("*.json"), key=lambda path: not path.name.startswith(first))
        for path in paths:
            try:
                copy = self._load(path)
            except SovbankError:
                continue
            if copy is not None and digest_of(copy) == digest:
                return copy
        return None

    def keep(self, bundle: Bundle) -> Bundle:
        """Keep a bundle, with the signatures of the copy that was there, and return it.

        Raises
        ------
        BundleDiffers
            Another bundle for the same attempt was kept before.
        """
        from sovbank.ceremony.combine import combine
        from sovbank.ceremony.digest import to_bytes
        from sovbank.cli.files import new_private_file

        before = self.like(bundle)
        if before is not None:
            bundle = combine(before, bundle)
        path = self._path(bundle)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with new_private_file(fresh) as stream:
            stream.write(to_bytes(bundle))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        return bundle

    def _path(self, bundle: Bundle) -> Path:
        first = bundle.purpose.operations[0]
        return self._folder / f"{first.id}-{first.attempt}.json"

    def _load(self, path: Path) -> Bundle | None:
        from sovbank.ceremony.reading import parse_bundle

        try:
            return parse_bundle(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileRefused(f"cannot read {path}: {error.strerror}") from error


def _read(name: str, most: int) -> bytes:
    if name == STDIO:
        data = sys.stdin.buffer.read(most + 1)
    else:
        try:
            with open(name, "rb") as stream:
                data = stream.read(most + 1)
        except OSError as error:
            raise FileRefused(f"cannot read {name}: {error.strerror}") from error
    if len(data) > most:
        raise FileRefused(f"{name} is larger than {most} bytes")
    return data
