"""Where passphrases come from, and which are accepted."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from sovbank.errors.base import ExitStatus
from sovbank.errors.keys import KeystoreUnsafe, PassphraseRefused, PassphraseUnavailable
from sovbank.keys.passphrase import PASSPHRASE, check_passphrase
from sovbank.keys.secret import Secret

ACCEPTED = {
    "plain": (b"eight ch", b"eight ch"),
    "final line break": (b"with a line\n", b"with a line"),
    "final carriage return": (b"with a line\r\n", b"with a line"),
    "composed": ("grün grün".encode(), "grün grün".encode()),
    "decomposed": ("gru\u0308n gru\u0308n".encode(), "grün grün".encode()),
    "longest": (b"x" * 1024, b"x" * 1024),
}
REFUSED = {
    "empty": b"",
    "line break alone": b"\n",
    "too short": b"seven c",
    "too long": b"x" * 1025,
    "not utf-8": b"secret-\xff\xfe-bytes",
    "two lines": b"first line\nsecond line\n",
    "escape": b"with \x1b escape",
    "nul": b"with a \0 nul",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str, tmp_path: Path) -> None:
    given, expected = ACCEPTED[name]
    assert bytes(check_passphrase(given).reveal()) == expected
    path = tmp_path / "passphrase"
    path.write_bytes(given)
    path.chmod(0o600)
    assert bytes(PASSPHRASE.from_file(path)("the keystore").reveal()) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_refused_without_showing_it(name: str) -> None:
    with pytest.raises(PassphraseRefused) as caught:
        check_passphrase(REFUSED[name])
    shown = "".join(traceback.format_exception(caught.value))
    assert "secret" not in shown
    assert caught.value.__cause__ is None


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"long enough")
    for mode in (0o644, 0o640, 0o602):
        path.chmod(mode)
        with pytest.raises(KeystoreUnsafe):
            PASSPHRASE.from_file(path)("the keystore")


def test_a_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(PassphraseUnavailable):
        PASSPHRASE.from_file(tmp_path / "none")("the keystore")
    with pytest.raises(PassphraseUnavailable):
        PASSPHRASE.from_file(tmp_path)("the keystore")


def test_a_descriptor_is_read_once_and_serves_every_keystore() -> None:
    read, write = os.pipe()
    os.write(write, b"long enough\n")
    os.close(write)
    source = PASSPHRASE.from_descriptor(read)
    first = source("one keystore")
    assert bytes(first.reveal()) == b"long enough"
    first.wipe()
    assert bytes(source("another").reveal()) == b"long enough"
    os.close(read)


def test_a_closed_descriptor_is_a_typed_error() -> None:
    read, write = os.pipe()
    os.close(write)
    os.close(read)
    with pytest.raises(PassphraseUnavailable):
        PASSPHRASE.from_descriptor(read)("the keystore")


def test_nobody_is_asked_with_no_input() -> None:
    with pytest.raises(PassphraseUnavailable) as caught:
        PASSPHRASE.refuse_to_ask("the keystore", new=True)
    assert caught.value.exit_status is ExitStatus.USAGE
    assert "--passphrase-file" in caught.value.next_step


def test_the_terminal_is_asked_without_echo() -> None:
    import sys

    import pexpect

    script = (
        "from sovbank.keys.passphrase import PASSPHRASE\n"
        "secret = PASSPHRASE.from_terminal('the keystore', new=True)\n"
        "print(len(secret), secret)\n"
    )
    child = pexpect.spawn(sys.executable, ["-c", script], encoding="utf-8", timeout=20)
    child.expect("New passphrase of the keystore: ")
    child.sendline("long enough")
    child.expect("again: ")
    child.sendline("long enough")
    child.expect(pexpect.EOF)
    assert "long enough" not in child.before
    assert "11 Secret(hidden)" in child.before


def test_two_entries_that_differ_and_no_terminal_at_all() -> None:
    import subprocess
    import sys

    import pexpect

    script = (
        "from sovbank.keys.passphrase import PASSPHRASE\n"
        "from sovbank.errors.base import SovbankError\n"
        "try:\n"
        "    PASSPHRASE.from_terminal('the keystore', new=True)\n"
        "except SovbankError as error:\n"
        "    print(error.code)\n"
    )
    child = pexpect.spawn(sys.executable, ["-c", script], encoding="utf-8", timeout=20)
    child.expect("keystore: ")
    child.sendline("long enough")
    child.expect("again: ")
    child.sendline("long enougH")
    child.expect("key.passphrase-refused")
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="long enough\nlong enough\n",
        capture_output=True,
        text=True,
        start_new_session=True,
        check=True,
    )
    assert done.stdout == "key.passphrase-unavailable\n"


def test_a_secret_shows_nothing_and_can_be_wiped() -> None:
    import copy
    import pickle

    secret = Secret(b"the bytes")
    buffer = secret.reveal()
    assert repr(secret) == str(secret) == "Secret(hidden)"
    for store in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            store(secret)
    kept = memoryview(bytes(buffer))
    assert bytes(kept) == b"the bytes"
    secret.wipe()
    assert buffer == bytearray()
    assert len(secret) == 0
