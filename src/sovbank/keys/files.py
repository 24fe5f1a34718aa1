"""Files that hold secrets: in a directory of the user's own, closed to others, never overwritten.

Every file is opened relative to a directory descriptor that was checked once, so that nothing can be put in
its place between the check and the use.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sovbank.errors.keys import (
    KeyExists,
    KeystoreDamaged,
    KeystoreMissing,
    KeystoreUnsafe,
    KeystoreUnwritable,
)

MAX_FILE_BYTES = 4096
MAX_FILES = 10_000
_OTHERS = 0o077
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A FIFO in the place of a file must not make the program wait.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class PrivateDirectory:
    """A directory with mode 0700 of the user's own, in which files with mode 0600 are made once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Make the directory and its parents, mode 0700; one that is there already is left as it is.

        Raises
        ------
        KeystoreUnwritable
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise KeystoreUnwritable(f"cannot make the directory {self.path}: {error.strerror}") from error

    def read(self, name: str) -> bytes | None:
        """Return the contents of a file, or None when there is none of that name.

        Raises
        ------
        KeystoreMissing
            The directory does not exist.
        KeystoreUnsafe
            The directory or the file is open to others, a link, or somebody else's.
        KeystoreDamaged
            Larger than ``MAX_FILE_BYTES`` (4 KiB), or no plain file.
        """
        with self._opened() as directory:
            try:
                descriptor = os.open(name, _FILE, dir_fd=directory)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise self._unsafe(name, error) from error
            try:
                self._check(os.fstat(descriptor), name)
                data = os.read(descriptor, MAX_FILE_BYTES + 1)
            except OSError as error:
                raise KeystoreUnwritable(f"cannot read {self.path / name}: {error.strerror}") from error
            finally:
                os.close(descriptor)
        if len(data) > MAX_FILE_BYTES:
            raise KeystoreDamaged(f"{self.path / name} is larger than {MAX_FILE_BYTES} bytes")
        return data

    def create(self, name: str, data: bytes) -> None:
        """Write a new file durably, whole or not at all.

        Raises
        ------
        KeyExists
            A file of that name is there; it is left as it is.
        KeystoreMissing, KeystoreUnsafe, KeystoreUnwritable
        """
        with self._opened() as directory:
            draft = f".{name}.{secrets.token_hex(8)}"
            try:
                _write(directory, draft, data)
                try:
                    os.link(draft, name, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)
                finally:
                    os.unlink(draft, dir_fd=directory)
                os.fsync(directory)
            except FileExistsError as error:
                raise KeyExists(f"{self.path / name} exists already") from error
            except OSError as error:
                raise KeystoreUnwritable(f"cannot write {self.path / name}: {error.strerror}") from error

    def names(self) -> list[str]:
        """Return the names of the files in order, drafts left behind by a crash excepted.

        Raises
        ------
        KeystoreMissing, KeystoreUnsafe
        KeystoreDamaged
            More than ``MAX_FILES`` (10,000) entries.
        """
        with self._opened() as directory:
            names = sorted(name for name in os.listdir(directory) if not name.startswith("."))
        if len(names) > MAX_FILES:
            raise KeystoreDamaged(f"{self.path} has more than {MAX_FILES} entries")
        return names

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            directory = os.open(self.path, _DIRECTORY)
        except FileNotFoundError as error:
            raise KeystoreMissing(f"there is no keystore at {self.path}") from error
        except OSError as error:
            raise KeystoreUnsafe(f"{self.path} is no directory of its own: {error.strerror}") from error
        try:
            status = os.fstat(directory)
            if status.st_uid != os.geteuid():
                raise KeystoreUnsafe(f"{self.path} belongs to another user")
            if status.st_mode & _OTHERS:
                raise KeystoreUnsafe(f"{self.path} is open to other users: mode {status.st_mode & 0o777:04o}")
            yield directory
        finally:
            os.close(directory)

    def _check(self, status: os.stat_result, name: str) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise KeystoreDamaged(f"{self.path / name} is not a plain file")
        if status.st_uid != os.geteuid():
            raise KeystoreUnsafe(f"{self.path / name} belongs to another user")
        if status.st_mode & _OTHERS:
            raise KeystoreUnsafe(
                f"{self.path / name} is open to other users: mode {status.st_mode & 0o777:04o}"
            )

    def _unsafe(self, name: str, error: OSError) -> KeystoreUnsafe:
        return KeystoreUnsafe(f"{self.path / name} cannot be opened as a plain file: {error.strerror}")


def _write(directory: int, name: str, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o600, dir_fd=directory)
    try:
        os.fchmod(descriptor, 0o600)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
