"""`sovbank key` with an HSM and with KMS: the real program, a process for each command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xrpl.core.keypairs import is_valid_message

TOKEN = "pkcs11:token=officers"
PIN = "pin-836251"
PROGRAM = str(Path(sys.executable).parent / "sovbank")


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    status: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        return dict(json.loads(self.out)["result"])

    @property
    def code(self) -> str:
        return str(json.loads(self.out)["error"]["code"])


@pytest.fixture
def run(tmp_path: Path, softhsm: Any) -> Callable[..., Ran]:
    """A home with a profile, and a PIN file that is given to every command."""
    passphrase, pin = tmp_path / "passphrase", tmp_path / "pin"
    passphrase.write_text("correct horse battery\n")
    pin.write_text(PIN + "\n")
    for path in (passphrase, pin):
        path.chmod(0o600)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOVBANK_")}
    environment |= {
        "SOVBANK_HOME": str(tmp_path / "home"),
        "SOVBANK_PASSPHRASE_FILE": str(passphrase),
        "SOVBANK_PIN_FILE": str(pin),
        "SOVBANK_PKCS11_MODULE": softhsm.module,
    }

    def call(*arguments: str, **variables: str) -> Ran:
        ran = subprocess.run(
            [PROGRAM, *arguments, "--no-input"],
            env={
                **environment,
                **{name: value for name, value in os.environ.items() if name[:4] == "AWS_"},
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
        assert PIN not in ran.stdout + ran.stderr
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    assert call("profile", "init").status == 0
    return call


def require_valid(tried: dict[str, Any], public_key: str) -> None:
    message, signature = bytes.fromhex(tried["message"]), bytes.fromhex(tried["signature"])
    assert is_valid_message(message, signature, public_key)


def test_a_key_is_made_listed_shown_and_tried(run: Callable[..., Ran]) -> None:
    uri = f"{TOKEN};object=made-by-command"
    made = run("key", "generate", uri, "--json").result
    assert made["device"].startswith("token officers, serial ")
    assert made["evm_address"].startswith("0x")
    listed = run("key", "list", TOKEN, "--json", SOVBANK_PIN_FILE="/nowhere").result
    row = next(row for row in listed["keys"] if row["name"] == "made-by-command")
    assert row["public_key"] == made["public_key"]
    assert listed["other_public_keys"] >= 2
    shown = run("key", "show", row["uri"], "--json", SOVBANK_PIN_FILE="/nowhere").result
    assert (shown["xrpl_address"], shown["evm_address"]) == (made["xrpl_address"], made["evm_address"])
    tried = run("key", "test", uri, "--json").result
    require_valid(tried, made["public_key"])
    again = run("key", "generate", uri, "--json")
    assert (again.status, again.code) == (4, "key.exists")
    assert made["xrpl_address"] in run("key", "list", TOKEN).out


def test_ed25519_in_the_token(run: Callable[..., Ran]) -> None:
    uri = f"{TOKEN};object=cold-by-command;id=%EE"
    made = run("key", "generate", uri, "--scheme", "ed25519", "--json").result
    assert made["public_key"].startswith("ED")
    tried = run("key", "test", uri, "--json").result
    require_valid(tried, made["public_key"])


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("pkcs11:token=nobody;object=ceo", "key.token-missing"),
        ("pkcs11:token=twin;object=ceo", "key.several-tokens"),
        (f"{TOKEN};object=nobody", "key.no-such-key"),
        (f"{TOKEN};object=twins", "key.several-keys"),
        (f"{TOKEN};object=extractable", "key.exportable"),
        (f"{TOKEN};object=p256", "key.wrong-curve"),
        (f"{TOKEN};object=ceo;pin-value=123457", "key.pin-in-uri"),
    ],
)
def test_refusals_exit_4_with_a_next_step(run: Callable[..., Ran], uri: str, code: str) -> None:
    ran = run("key", "test", uri, "--json")
    error = json.loads(ran.out)["error"]
    assert (ran.status, error["code"]) == (4, code)
    assert error["next"]
    assert "123457" not in ran.out + ran.err


def test_a_wrong_pin_is_tried_once_and_not_shown(run: Callable[..., Ran], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("739155")
    wrong.chmod(0o600)
    ran = run("key", "test", "pkcs11:token=spare;object=ceo", "--pin-file", str(wrong), "--json")
    assert (ran.status, ran.code) == (4, "key.wrong-pin")
    assert "739155" not in ran.out + ran.err
    wrong.chmod(0o644)
    ran = run("key", "test", "pkcs11:token=spare;object=ceo", "--pin-file", str(wrong), "--json")
    assert (ran.status, ran.code) == (4, "key.unsafe-permissions")
    assert run("key", "test", "pkcs11:token=spare;object=ceo").status == 0


def test_the_pin_is_asked_for_on_the_terminal(run: Callable[..., Ran], tmp_path: Path, softhsm: Any) -> None:
    import pexpect

    child = pexpect.spawn(
        PROGRAM,
        ["key", "test", f"{TOKEN};object=ceo"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("SOVBANK_")},
            "SOVBANK_HOME": str(tmp_path / "home"),
            "SOVBANK_PKCS11_MODULE": softhsm.module,
        },
        encoding="utf-8",
        timeout=30,
    )
    child.expect(r"PIN of the token officers, serial [0-9a-f]+: ")
    child.sendline(PIN)
    child.expect("two libraries accept its signature")
    child.expect(pexpect.EOF)
    assert PIN not in child.before


def test_kms_keys_are_shown_and_tried(run: Callable[..., Ran], kms: Any) -> None:
    arn = kms.create()
    shown = run("key", "show", f"awskms:{arn}", "--json").result
    tried = run("key", "test", f"awskms:{arn}", "--json")
    require_valid(tried.result, shown["public_key"])
    assert "canary" not in (tried.out + tried.err).lower()
    wrong = run("key", "test", f"awskms:{kms.create('ECC_NIST_P256')}", "--json")
    assert (wrong.status, wrong.code) == (4, "key.wrong-curve")
    kms.order("Sign", *["ThrottlingException"] * 9)
    throttled = run("key", "test", f"awskms:{arn}", "--json")
    assert (throttled.status, throttled.code) == (4, "key.kms-throttled")
    assert kms.calls()["Sign"] == 5
    made = run("key", "generate", "awskms:alias/new", "--json")
    assert (made.status, made.code) == (4, "key.made-elsewhere")
