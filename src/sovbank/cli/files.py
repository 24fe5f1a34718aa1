"""Files that a command writes, for this user alone: new ones, and a profile that is written again."""

from __future__ import annotations

import os
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
