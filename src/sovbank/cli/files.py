"""Files that a command writes, for this user alone: new ones, and a profile that is written again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sovbank.errors.cli import FileExists, FileRefused


@contextmanager
def new_private_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file of mode 0600 for writing; it is removed again when writing it fails.

    Raises ``FileExists`` and ``FileRefused``.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise FileExists(f"{path} exists") from error
    except OSError as error:
        raise FileRefused(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileRefused(f"cannot write {path}: {error.strerror}") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def write_piece(path: Path, content: bytes) -> bool:
    """Write a piece for another machine to a new file, whole or not at all; False when it is there already.

    The same command again, after an interruption, finds its own file and leaves it. Raises ``FileExists`` for
    a file of other content, and ``FileRefused``.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    with new_private_file(temporary) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        return _put_in_place(temporary, path, content)
    except FileExistsError as error:
        raise FileExists(f"{path} exists") from error
    except OSError as error:
        raise FileRefused(f"cannot write {path}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _put_in_place(temporary: Path, path: Path, content: bytes) -> bool:
    if path.exists():
        with open(path, "rb") as stream:
            if stream.read(len(content) + 1) == content:
                return False
        raise FileExistsError
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A memory stick may know no links.
        os.rename(temporary, path)
    return True


def replace_private_file(path: Path, content: bytes) -> None:
    """Write a file again, whole or not at all. Raises ``FileExists`` and ``FileRefused``.

    ``FileExists`` names the temporary file that a run which was interrupted has left.
    """
    temporary = path.with_name(f".{path.name}.new")
    with new_private_file(temporary) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileRefused(f"cannot write {path}: {error.strerror}") from error
