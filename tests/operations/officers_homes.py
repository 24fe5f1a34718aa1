"""Officers at machines of their own: a key in SoftHSM, one in a KMS server process, one in a keystore.

Each officer's account on the issuer's signer list names the device's key as its regular key.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest
from bank_machine import PROGRAM, Bank

from sovbank.cli.demo.wallet import Wallet
from sovbank.keys.addresses import xrpl_address
from sovbank.keys.kms import KmsBackend
from sovbank.xrpl import builders

KEYS = Path(__file__).parent.parent / "keys"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
HSM_KEY = "pkcs11:token=officers;object=ceo"
PIN = "pin-836251"
COLUMNS = 80
AWS = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class OfficerHome:
    """One officer's machine: what it has on disk, and what its environment says of devices."""

    name: str
    path: Path
    environment: Mapping[str, str]

    def sign(self, file: Path, target: Path, answer: str) -> tuple[int, str]:
        """Sign a bundle at a terminal of 80 columns; return the status and everything on the screen."""
        child = pexpect.spawn(
            str(PROGRAM),
            ["multisig", "sign", str(file), "-o", str(target)],
            env=dict(self.environment),
            encoding="utf-8",
            timeout=60,
            dimensions=(70, COLUMNS),
        )
        child.expect("to go on: ")
        shown = str(child.before) + str(child.after)
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        return int(child.exitstatus if child.exitstatus is not None else -1), shown + str(child.before)


def require_packages() -> None:
    """Skip, naming what is missing."""
    if shutil.which("softhsm2-util") is None or not Path(MODULE).exists():
        pytest.skip("needs the Debian package softhsm2")
    if importlib.util.find_spec("moto") is None:
        pytest.skip("needs the Python package moto[server,kms]")


@contextmanager
def officers_homes(bank: Bank, folder: Path) -> Iterator[dict[str, OfficerHome]]:
    """Give ceo a key in SoftHSM, cfo one in KMS and ciso a keystore, each in a home that shares nothing."""
    hsm, kms = folder / "hsm", [sys.executable, str(KEYS / "kms_server.py")]
    subprocess.run([sys.executable, str(KEYS / "softhsm_tokens.py"), str(hsm)], check=True)
    with (
        subprocess.Popen(kms, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        assert server.stdout is not None
        aws = {**AWS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{int(server.stdout.readline())}"}
        devices = {"SOFTHSM2_CONF": str(hsm / "softhsm2.conf"), "SOVBANK_PKCS11_MODULE": MODULE}
        for name, value in {**aws, **devices}.items():
            patch.setenv(name, value)
        kms_key = f"awskms:{_new_kms_key()}"
        _use_regular_key(bank, "ceo", _hsm_address())
        _use_regular_key(bank, "cfo", xrpl_address(KmsBackend().open(kms_key).public_key))
        pin = folder / "pin"
        pin.write_text(PIN + "\n")
        pin.chmod(0o600)
        yield {
            "ceo": _home(bank, folder / "ceo", "ceo", HSM_KEY, {**devices, "SOVBANK_PIN_FILE": str(pin)}),
            "cfo": _home(bank, folder / "cfo", "cfo", kms_key, aws),
            "ciso": _home(bank, folder / "ciso", "ciso", "keystore:ciso", {}),
        }
        server.terminate()


def _hsm_address() -> str:
    """Read the key in a process of its own: this one may have loaded SoftHSM with other tokens."""
    code = (
        "from sovbank.keys.addresses import xrpl_address\n"
        "from sovbank.keys.pkcs11 import Pkcs11Backend\n"
        "from sovbank.keys.secret import Secret\n"
        f"backend = Pkcs11Backend({MODULE!r}, pin=lambda purpose, *, new=False: Secret({PIN.encode()!r}))\n"
        f"print(xrpl_address(backend.open({HSM_KEY!r}).public_key))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def _new_kms_key() -> str:
    import boto3

    made = boto3.session.Session().client("kms").create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


def _use_regular_key(bank: Bank, officer: str, key: str) -> None:
    entry = bank.house.officer(officer)
    bank.stage.fund(entry.account)
    wallet = Wallet(entry.account, bank.stage.run.wiring.keys.signer(entry.key), bank.house)
    wallet._send(lambda envelope: builders.set_regular_key(envelope, regular_key=key))


def _home(bank: Bank, home: Path, officer: str, key: str, devices: Mapping[str, str]) -> OfficerHome:
    keys = home / "data" / "keys" / "demo"
    for place in (home, home / "config", home / "config/profiles", home / "data", home / "data/keys", keys):
        place.mkdir(mode=0o700)
    profile = bank.stage.run.wiring.profile_path
    text = profile.read_text().replace(f'key = "keystore:{officer}"', f'key = "{key}"')
    (home / "config" / "profiles" / profile.name).write_text(text)
    if key.startswith("keystore:"):
        for name in ("keystore.json", f"{officer}.key"):
            shutil.copy(bank.stage.home / "data" / "keys" / "demo" / name, keys)
        shutil.copy(bank.stage.passphrase_file, home)
    environment = {**bank.environment(home), "TERM": "dumb", "NO_COLOR": "1"}
    for name in ("SOFTHSM2_CONF", "SOVBANK_PKCS11_MODULE", *AWS, "AWS_ENDPOINT_URL"):
        environment.pop(name, None)
    environment |= devices
    if not key.startswith("keystore:"):
        del environment["SOVBANK_PASSPHRASE_FILE"]
    subprocess.run([str(PROGRAM), "ledger", "init"], env=environment, check=True, capture_output=True)
    return OfficerHome(officer, home, environment)
