"""Where a keystore's passphrase comes from: the terminal, a file or a file descriptor.

Never from the command line or the environment, which other processes can read.
"""

from __future__ import annotations

import os
import stat
import unicodedata
import warnings
from pathlib import Path
from typing import Protocol

from sovbank.errors.keys import KeystoreUnsafe, PassphraseRefused, PassphraseUnavailable
from sovbank.keys.secret import Secret

SHORTEST_BYTES = 8
LONGEST_BYTES = 1024


class PassphraseSource(Protocol):
    """Gives the passphrase when a keystore is opened or, with ``new``, made."""

    def __call__(self, purpose: str, *, new: bool = False) -> Secret:
        """Return the passphrase; ``purpose`` names the keystore to whoever is asked."""
        ...


def refuse_to_ask(purpose: str, *, new: bool = False) -> Secret:  # noqa: ARG001 - a PassphraseSource
    """Be the source where nobody may be asked (``--no-input``)."""
    raise PassphraseUnavailable(f"{purpose} needs its passphrase, and there is nobody to ask")


def from_terminal(purpose: str, *, new: bool = False) -> Secret:
    """Ask on /dev/tty without echo; a new passphrase is asked for twice.

    Raises
    ------
    PassphraseUnavailable
        There is no terminal.
    PassphraseRefused
        The two entries differ, or the passphrase is not acceptable.
    """
    first = _ask(f"{'New passphrase' if new else 'Passphrase'} of {purpose}: ")
    if new and _ask("The same passphrase again: ") != first:
        raise PassphraseRefused("the two entries differ")
    return check_passphrase(first.encode("utf-8", "surrogateescape"))


def from_file(path: Path) -> PassphraseSource:
    """Return a source that reads a file of the user's own, closed to others, when it is asked."""

    def read(purpose: str, *, new: bool = False) -> Secret:  # noqa: ARG001 - a PassphraseSource
        try:
            with path.open("rb", buffering=0) as handle:
                status = os.fstat(handle.fileno())
                if stat.S_ISREG(status.st_mode) and (status.st_mode & 0o077 or status.st_uid != os.geteuid()):
                    raise KeystoreUnsafe(f"the passphrase file {path} is not closed to others")
                return check_passphrase(_read_all(handle.fileno()))
        except OSError as error:
            raise PassphraseUnavailable(
                f"cannot read the passphrase file {path}: {error.strerror}"
            ) from error

    return read


def from_descriptor(descriptor: int) -> PassphraseSource:
    """Return a source that reads an inherited file descriptor to its end, once, when it is first asked."""
    kept: list[Secret] = []

    def read(purpose: str, *, new: bool = False) -> Secret:  # noqa: ARG001 - a PassphraseSource
        if not kept:
            try:
                kept.append(check_passphrase(_read_all(descriptor)))
            except OSError as error:
                raise PassphraseUnavailable(
                    f"cannot read the passphrase from descriptor {descriptor}: {error.strerror}"
                ) from error
        return Secret(kept[0].reveal())

    return read


def check_passphrase(data: bytes) -> Secret:
    """Return the passphrase in the form that is hashed: NFC text in UTF-8, one final line break dropped.

    Raises
    ------
    PassphraseRefused
        Fewer than 8 or more than 1024 bytes, not UTF-8, or control characters.
    """
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeDecodeError:
        # The cause carries the bytes, which would show in a traceback.
        raise PassphraseRefused("the passphrase is not UTF-8 text") from None
    encoded = text.encode()
    if not SHORTEST_BYTES <= len(encoded) <= LONGEST_BYTES:
        raise PassphraseRefused(f"a passphrase has {SHORTEST_BYTES} to {LONGEST_BYTES} bytes")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PassphraseRefused("the passphrase has control characters")
    return Secret(encoded)


def _ask(question: str) -> str:
    import getpass

    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError as error:
        raise PassphraseUnavailable("a passphrase is needed and there is no terminal") from error
    with warnings.catch_warnings():
        # getpass would go on and read an echoed line from stdin.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(question)
        except (EOFError, getpass.GetPassWarning) as error:
            raise PassphraseUnavailable("no passphrase was entered") from error


def _read_all(descriptor: int) -> bytes:
    data = b""
    while len(data) <= LONGEST_BYTES + 2:
        chunk = os.read(descriptor, LONGEST_BYTES + 3 - len(data))
        if not chunk:
            break
        data += chunk
    return data
