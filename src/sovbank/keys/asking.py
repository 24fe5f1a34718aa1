"""Where a secret comes from: the terminal, a file or a file descriptor.

Never from the command line or the environment, which other processes can read.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sovbank.errors.base import SovbankError
from sovbank.errors.keys import KeystoreUnsafe, PassphraseRefused
from sovbank.keys.secret import Secret

LONGEST_BYTES = 1024


class SecretSource(Protocol):
    """Gives a secret when it is needed; with ``new``, one that is being chosen."""

    def __call__(self, purpose: str, *, new: bool = False) -> Secret:
        """Return the secret; ``purpose`` names what it opens to whoever is asked."""
        ...


@dataclass(frozen=True)
class SecretKind:
    """A kind of secret: its name in sentences, what is accepted, and the error when nobody can be asked."""

    name: str
    check: Callable[[bytes], Secret]
    unavailable: type[SovbankError]

    def refuse_to_ask(self, purpose: str, *, new: bool = False) -> Secret:  # noqa: ARG002 - a SecretSource
        """Be the source where nobody may be asked (``--no-input``)."""
        raise self.unavailable(f"{purpose} needs its {self.name}, and there is nobody to ask")

    def from_terminal(self, purpose: str, *, new: bool = False) -> Secret:
        """Ask on /dev/tty without echo; a new secret is asked for twice."""
        first = self._ask(
            f"{'New ' + self.name if new else self.name[0].upper() + self.name[1:]} of {purpose}: "
        )
        if new and self._ask(f"The same {self.name} again: ") != first:
            raise PassphraseRefused("the two entries differ")
        return self.check(first.encode("utf-8", "surrogateescape"))

    def from_file(self, path: Path) -> SecretSource:
        """Return a source that reads a file of the user's own, closed to others, when it is asked."""

        def read(purpose: str, *, new: bool = False) -> Secret:  # noqa: ARG001 - a SecretSource
            try:
                with path.open("rb", buffering=0) as handle:
                    status = os.fstat(handle.fileno())
                    open_to_others = status.st_mode & 0o077 or status.st_uid != os.geteuid()
                    if stat.S_ISREG(status.st_mode) and open_to_others:
                        raise KeystoreUnsafe(f"the {self.name} file {path} is not closed to others")
                    return self.check(_read_all(handle.fileno()))
            except OSError as error:
                raise self.unavailable(
                    f"cannot read the {self.name} file {path}: {error.strerror}"
                ) from error

        return read

    def from_descriptor(self, descriptor: int) -> SecretSource:
        """Return a source that reads an inherited file descriptor to its end, once, when first asked."""
        kept: list[Secret] = []

        def read(purpose: str, *, new: bool = False) -> Secret:  # noqa: ARG001 - a SecretSource
            if not kept:
                try:
                    kept.append(self.check(_read_all(descriptor)))
                except OSError as error:
                    raise self.unavailable(
                        f"cannot read the {self.name} from descriptor {descriptor}: {error.strerror}"
                    ) from error
            return Secret(kept[0].reveal())

        return read

    def _ask(self, question: str) -> str:
        import getpass

        try:
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
        except OSError as error:
            raise self.unavailable(f"a {self.name} is needed and there is no terminal") from error
        with warnings.catch_warnings():
            # getpass would go on and read an echoed line from stdin.
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                return getpass.getpass(question)
            except (EOFError, getpass.GetPassWarning) as error:
                raise self.unavailable(f"no {self.name} was entered") from error


def without_line_break(data: bytes) -> bytes:
    """Return what was entered without the one line break that ends it."""
    return data.removesuffix(b"\n").removesuffix(b"\r")


def _read_all(descriptor: int) -> bytes:
    data = b""
    while len(data) <= LONGEST_BYTES + 2:
        chunk = os.read(descriptor, LONGEST_BYTES + 3 - len(data))
        if not chunk:
            break
        data += chunk
    return data
