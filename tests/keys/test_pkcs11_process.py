"""A token in one process: one login, many threads, and children that open everything again."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sovbank.keys.pkcs11 import Pkcs11Backend
from sovbank.wire.signatures import verify_digest

HERE = Path(__file__).parent
CEO = "pkcs11:token=officers;object=ceo"

# Signs, forks while another thread holds the lock, and signs in the child, in a grandchild and here again.
FORKING = """
import os, sys, threading, time
from sovbank.keys.pkcs11 import Pkcs11Backend
from sovbank.keys.pkcs11_module import in_module
from sovbank.keys.secret import Secret

asked = []
def pin(purpose, *, new=False):
    asked.append(os.getpid())
    return Secret(b"pin-836251")

signer = Pkcs11Backend(sys.argv[1], pin=pin).open("pkcs11:token=officers;object=ceo")
cold = Pkcs11Backend(sys.argv[1], pin=pin).open("pkcs11:token=officers;object=cold")
handle = signer._key
assert signer.sign(bytes(32)) and cold.sign(b"message")

def hold():
    with in_module("the token"):
        time.sleep(0.5)

def child():
    assert signer.sign(bytes(32)) and cold.sign(b"message")
    assert signer._key is not handle, "an inherited key was used"
    assert asked.count(os.getpid()) == 1, "one login in this process"

threading.Thread(target=hold).start()
time.sleep(0.1)
process = os.fork()
if process == 0:
    child()
    again = os.fork()
    if again == 0:
        child()
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(again, 0)[1]))
assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
assert signer.sign(bytes(32)) and signer._key is handle
assert asked == [os.getpid()]
print("signed")
"""

CROWD = 8


@pytest.mark.parametrize("reset_on_fork", ["true", "false"])
def test_a_forked_child_opens_the_token_again(softhsm: Any, tmp_path: Path, reset_on_fork: str) -> None:
    """Once with a module that notices the fork, once with one that does not."""
    configuration = tmp_path / "softhsm2.conf"
    settings = Path(softhsm.configuration).read_text()
    configuration.write_text(f"{settings}library.reset_on_fork = {reset_on_fork}\n")
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKING, softhsm.module],
        env={**os.environ, "SOFTHSM2_CONF": str(configuration)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (0, "signed\n"), ran.stderr


def test_many_threads_sign_with_one_login(softhsm: Any, pin: Any) -> None:
    backend = Pkcs11Backend(softhsm.module, pin=pin)

    def work(number: int) -> int:
        signer = backend.open(CEO)
        digests = [bytes([number, step]) * 16 for step in range(25)]
        return sum(verify_digest(signer.public_key.data, digest, signer.sign(digest)) for digest in digests)

    with ThreadPoolExecutor(CROWD) as pool:
        assert list(pool.map(work, range(CROWD))) == [25] * CROWD
    assert len(pin.times) <= 1


def test_a_module_without_its_configuration_is_a_typed_error(softhsm: Any, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from sovbank.errors.base import SovbankError\n"
        "from sovbank.keys.pin import PIN\n"
        "from sovbank.keys.pkcs11 import Pkcs11Backend\n"
        "try:\n"
        "    Pkcs11Backend(sys.argv[1], pin=PIN.refuse_to_ask).open('pkcs11:token=officers;object=ceo')\n"
        "except SovbankError as error:\n"
        "    print(error.code, int(error.exit_status))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, softhsm.module],
        env={**os.environ, "SOFTHSM2_CONF": str(tmp_path / "none")},
        capture_output=True,
        text=True,
    )
    assert ran.stdout == "key.module-unusable 4\n"
