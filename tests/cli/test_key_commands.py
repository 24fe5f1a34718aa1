"""`sovbank key`: made, listed, shown and tried; refused where a production profile is chosen."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from xrpl.core.keypairs import derive_classic_address, is_valid_message

from sovbank.keys.trial import LABEL

pytestmark = pytest.mark.usefixtures("made")


@pytest.fixture
def made(run: Callable, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("profile", "init", "--json").status == 0
    monkeypatch.setenv("SOVBANK_PROFILE", "devnet")
    monkeypatch.delenv("SOVBANK_PKCS11_MODULE", raising=False)
    # AWS is not set up, whoever runs the tests.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


def test_generate_prints_both_addresses(run: Callable, home: Path) -> None:
    data = run("key", "generate", "audit", "--json").data["result"]
    assert data["uri"] == "keystore:audit"
    assert data["scheme"] == "secp256k1"
    assert data["xrpl_address"] == derive_classic_address(data["public_key"])
    assert data["evm_address"].startswith("0x")
    file = Path(data["keystore"]) / "audit.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ran = run("key", "generate", "audit")
    assert ran.status == 4
    assert "key.exists" in ran.err


def test_generate_an_ed25519_key(run: Callable) -> None:
    data = run("key", "generate", "audit", "--scheme", "ed25519", "--json").data["result"]
    assert data["public_key"].startswith("ED")
    assert data["evm_address"] is None
    assert "none: Ed25519" in run("key", "show", "audit").out


def test_list_needs_no_passphrase_and_shows_nothing_secret(
    run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOVBANK_PASSPHRASE_FILE")
    data = run("key", "list", "--no-input", "--json").data["result"]
    names = [key["name"] for key in data["keys"]]
    assert names == sorted(names)
    assert {"ceo", "issuer", "treasury"} <= set(names)
    assert data["keys"][names.index("issuer")]["used_by"] == ["account issuer"]
    assert set(data["keys"][0]) == {
        "name", "uri", "scheme", "xrpl_address", "evm_address", "public_key", "fingerprint", "created",
        "used_by",
    }  # fmt: skip
    shown = run("key", "list").out
    assert all(key["xrpl_address"] in shown and key["evm_address"] in shown for key in data["keys"])


def test_list_without_a_keystore(run: Callable, home: Path) -> None:
    import shutil

    shutil.rmtree(home / "data" / "keys" / "devnet")
    assert run("key", "list", "--json").data["result"]["keys"] == []
    assert "No keys in" in run("key", "list").out


def test_a_trial_signature_holds_and_is_no_transaction(run: Callable) -> None:
    public = run("key", "show", "ceo", "--json").data["result"]["public_key"]
    data = run("key", "test", "ceo", "--json").data["result"]
    message = bytes.fromhex(data["message"])
    assert message.startswith(LABEL)
    assert message[:4] not in (b"STX\0", b"SMT\0", b"TXN\0", b"CLM\0")
    assert is_valid_message(message, bytes.fromhex(data["signature"]), public)
    again = run("key", "test", "keystore:ceo", "--json").data["result"]
    assert again["message"] != data["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("test", "nobody"), "key.no-such-key"),
        (("test", "pkcs11:token=issuer;object=ceo"), "key.module-missing"),
        (("test", "pkcs11:token=issuer"), "key.malformed-pkcs11-uri"),
        (("test", "pkcs11:token=issuer;object=ceo;pin-value=1234"), "key.pin-in-uri"),
        (("list", "pkcs11:object=ceo"), "key.malformed-pkcs11-uri"),
        (("show", "awskms:alias/ceo"), "key.kms-not-configured"),
        (("show", "awskms:alias/aws/ebs"), "key.malformed-uri"),
        (("generate", "awskms:alias/ceo"), "key.made-elsewhere"),
        (("show", "file:/etc/passwd"), "key.malformed-uri"),
        (("show", "../ceo"), "key.malformed-uri"),
        (("generate", "CEO"), "key.malformed-name"),
    ],
)
def test_refusals_exit_4(run: Callable, arguments: tuple[str, ...], code: str) -> None:
    ran = run("key", *arguments, "--json")
    assert (ran.status, ran.data["error"]["code"]) == (4, code)


def test_a_wrong_passphrase_exits_4_and_is_not_shown(run: Callable, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("this is not it\n")
    wrong.chmod(0o600)
    ran = run("key", "test", "ceo", "--passphrase-file", str(wrong))
    assert ran.status == 4
    assert "key.wrong-passphrase" in ran.err
    assert "this is not it" not in ran.out + ran.err


def test_without_anybody_to_ask_the_flag_is_named(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOVBANK_PASSPHRASE_FILE")
    ran = run("key", "test", "ceo", "--no-input")
    assert ran.status == 2
    assert "--passphrase-file" in ran.err


def test_no_files_of_keys_for_production(run: Callable, home: Path) -> None:
    assert run("profile", "init", "bank", "--template", "mainnet").status == 0
    ran = run("key", "generate", "ceo", "--profile", "bank", "--json")
    assert (ran.status, ran.data["error"]["code"]) == (4, "key.keystore-in-production")
    assert not (home / "data" / "keys" / "bank").exists()
