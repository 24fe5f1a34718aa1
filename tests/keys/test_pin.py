"""Which PINs are accepted, and where they come from."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import pytest

from sovbank.errors.base import ExitStatus
from sovbank.errors.devices import PinRefused, PinUnavailable
from sovbank.errors.keys import KeystoreUnsafe
from sovbank.keys.pin import PIN, check_pin

ACCEPTED = {
    "digits": (b"1234", b"1234"),
    "one": (b"7", b"7"),
    "line break": (b"1234\r\n", b"1234"),
    "blanks stay": (b" 12 34 ", b" 12 34 "),
    "not normalised": ("gru\u0308n".encode(), "gru\u0308n".encode()),
    "longest": (b"9" * 255, b"9" * 255),
}
REFUSED = {
    "empty": b"",
    "line break alone": b"\n",
    "too long": b"9" * 256,
    "two lines": b"1234\n5678\n",
    "not utf-8": b"secret\xff",
    "nul": b"12\x0034",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str, tmp_path: Path) -> None:
    given, expected = ACCEPTED[name]
    path = tmp_path / "pin"
    path.write_bytes(given)
    path.chmod(0o600)
    assert bytes(PIN.from_file(path)("the token").reveal()) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_refused_without_showing_it(name: str) -> None:
    with pytest.raises(PinRefused) as caught:
        check_pin(REFUSED[name])
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.exit_status is ExitStatus.KEY


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_bytes(b"1234")
    path.chmod(0o640)
    with pytest.raises(KeystoreUnsafe, match="the PIN file"):
        PIN.from_file(path)("the token")


def test_nobody_to_ask_names_the_flags(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(write)
    os.close(read)
    for source in (PIN.refuse_to_ask, PIN.from_file(tmp_path / "none"), PIN.from_descriptor(read)):
        with pytest.raises(PinUnavailable) as caught:
            source("the token")
        assert caught.value.exit_status is ExitStatus.USAGE
        assert "--pin-file" in caught.value.next_step
        assert "--pin-fd" in caught.value.next_step


def test_the_terminal_is_asked_without_echo() -> None:
    import pexpect

    script = "from sovbank.keys.pin import PIN\nprint(len(PIN.from_terminal('the token bank, serial 1')))\n"
    child = pexpect.spawn(sys.executable, ["-c", script], encoding="utf-8", timeout=20)
    child.expect("PIN of the token bank, serial 1: ")
    child.sendline("739155")
    child.expect(pexpect.EOF)
    assert "739155" not in child.before
    assert child.before.strip() == "6"
