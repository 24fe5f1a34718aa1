"""PKCS#11 modules: finding the library, loading it once, and one lock around every call.

- python-pkcs11 calls C_Initialize(NULL), which tells the module that there is one thread: two threads inside
  it crash SoftHSM. Every call of the process goes through one lock.
- A process that was forked must not use what it inherited (PKCS#11 2.40, section 5.4, C_Initialize): sessions
  and keys are opened again, and the lock is a new one, since another thread may have held the old.
- Whatever the module answers leaves as an error of the KeyRefused family.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sovbank.errors import devices
from sovbank.errors.base import KeyRefused
from sovbank.keys.pkcs11_uri import Pkcs11Uri

_DIRECTORIES = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/lib/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/local/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib/softhsm",
    "/usr/lib64/softhsm",
)

_lock = threading.RLock()
_modules: dict[Path, Module] = {}


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def in_module(what: str) -> Iterator[None]:
    """Hold the lock of all modules, and let only errors of our own out; ``what`` names the token or key."""
    from pkcs11.exceptions import PKCS11Error

    with _lock:
        try:
            yield
        except PKCS11Error as error:
            raise refusal(error, what) from error
        except ValueError as error:
            # python-pkcs11 read a number or a text that the standard does not know.
            raise devices.DeviceFailed(f"{what} answered in a form that is not PKCS#11") from error


class Module:
    """One loaded module. Take what it returns only inside ``in_module``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = 0
        self._library: Any = None
        self._inherited: list[Any] = []

    def slots(self) -> Sequence[Any]:
        """Return the slots that hold a token.

        Raises
        ------
        ModuleUnusable
        """
        slots: Sequence[Any] = self._loaded().get_slots(token_present=True)
        return slots

    def _loaded(self) -> Any:
        if self._library is None or self._process != os.getpid():
            self._library = self._load()
            self._process = os.getpid()
        return self._library

    def _load(self) -> Any:
        from pkcs11._pkcs11 import lib
        from pkcs11.exceptions import PKCS11Error

        inherited = self._library
        try:
            library = lib(str(self.path))
        except PKCS11Error as error:
            if inherited is None:
                raise devices.ModuleUnusable(
                    f"the PKCS#11 module {self.path} does not start: {error}"
                ) from error
            # The module did not notice the fork: what it knew in the parent it knows here too.
            return inherited
        if inherited is not None:
            # Its destructor would shut the module down that has just been started.
            self._inherited.append(inherited)
        return library


def module_of(uri: Pkcs11Uri, default: str | None) -> Module:
    """Return the module that a URI asks for, or the one that this machine is set up with.

    Raises
    ------
    ModuleMissing
    """
    path = _path(uri, default)
    with _lock:
        if path not in _modules:
            _modules[path] = Module(path)
        return _modules[path]


def _path(uri: Pkcs11Uri, default: str | None) -> Path:
    if uri.module_name is not None:
        return _named(uri.module_name)
    chosen = uri.module_path or default
    if not chosen:
        raise devices.ModuleMissing("no PKCS#11 module is named")
    path = Path(chosen)
    if not path.is_absolute() or not path.is_file():
        raise devices.ModuleMissing(f"the PKCS#11 module {chosen[:200]} is not there")
    return path.resolve()


def _named(name: str) -> Path:
    files = (f"{name}.so", f"lib{name}.so")
    found = {
        path.resolve()
        for directory in _DIRECTORIES
        for file in files
        if (path := Path(directory) / file).is_file()
    }
    if len(found) != 1:
        what = "several PKCS#11 modules are" if found else "no PKCS#11 module is"
        raise devices.ModuleMissing(f"{what} called {name}", next_step="Name the file with module-path=.")
    return found.pop()


def refusal(error: Exception, what: str) -> KeyRefused:
    """Return our error for what a module answered; ``what`` names the token or key."""
    from pkcs11 import exceptions as answers

    table: tuple[tuple[tuple[type[Exception], ...], type[KeyRefused], str], ...] = (
        ((answers.PinIncorrect,), devices.WrongPin, "refused the PIN"),
        ((answers.PinLocked, answers.PinExpired), devices.PinLocked, "does not take its PIN any more"),
        ((answers.PinLenRange, answers.PinInvalid), devices.PinRefused, "does not take a PIN of this form"),
        (
            (
                answers.DeviceRemoved,
                answers.TokenNotPresent,
                answers.SessionClosed,
                answers.SessionHandleInvalid,
                answers.ObjectHandleInvalid,
                answers.KeyHandleInvalid,
            ),
            devices.DeviceGone,
            "is gone",
        ),
    )
    for answered, kind, words in table:
        if isinstance(error, answered):
            return kind(f"{what} {words}")
    return devices.DeviceFailed(f"{what} failed: {type(error).__name__} {error}".rstrip())
