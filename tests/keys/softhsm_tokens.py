"""Tokens of SoftHSM for tests: good keys, and one key for every reason to refuse a key.

Run ``python softhsm_tokens.py DIRECTORY``; afterwards SOFTHSM2_CONF=DIRECTORY/softhsm2.conf shows

- ``officers``: ceo (secp256k1), cold (Ed25519), and keys named after what is wrong with them,
- ``spare``, ``spoilt``: one key, for tests that spoil the login of their process,
- ``twin``: two tokens of this label with one key each.

The PIN is pin-836251 everywhere.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PIN, SO_PIN = "pin-836251", "12345678"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"  # where Debian's softhsm2 puts it
SECP256K1, ED25519 = bytes.fromhex("06052b8104000a"), bytes.fromhex("06032b6570")
P256 = bytes.fromhex("06082a8648ce3d030107")


def configure(directory: Path, **settings: str) -> None:
    """Write SoftHSM's configuration and point this process at it."""
    (directory / "tokens").mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [f"directories.tokendir = {directory / 'tokens'}", "log.level = ERROR"]
    lines += [f"{name.replace('__', '.')} = {value}" for name, value in settings.items()]
    (directory / "softhsm2.conf").write_text("\n".join(lines) + "\n")
    os.environ["SOFTHSM2_CONF"] = str(directory / "softhsm2.conf")


def new_token(label: str) -> None:
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def new_key(session: Any, label: str, key_id: bytes, curve: bytes = SECP256K1, **private: bool) -> Any:
    """Make a key pair; ``private`` are attributes of the private half that differ from a good key's."""
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    edwards = curve == ED25519
    kind = KeyType.EC_EDWARDS if edwards else KeyType.EC
    mechanism = Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else Mechanism.EC_KEY_PAIR_GEN
    template = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
    template |= {getattr(Attribute, name): value for name, value in private.items()}
    parameters = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: curve}, local=True)
    return parameters.generate_keypair(
        store=True,
        label=label,
        id=key_id,
        mechanism=mechanism,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template=template,
    )


def officers(session: Any) -> None:
    from pkcs11 import KeyType

    new_key(session, "ceo", b"\x01")
    new_key(session, "cold", b"\x02", ED25519)
    new_key(session, "twins", b"\x03")
    new_key(session, "twins", b"\x04")
    new_key(session, "extractable", b"\x05", EXTRACTABLE=True)
    new_key(session, "not-sensitive", b"\x06", SENSITIVE=False)
    new_key(session, "both", b"\x07", SENSITIVE=False, EXTRACTABLE=True)
    new_key(session, "p256", b"\x08", P256)
    new_key(session, "does-not-sign", b"\x09", SIGN=False)
    public, _ = new_key(session, "no-public-half", b"\x0a")
    public.destroy()
    new_key(session, "another-public-half", b"\x0b")[0].destroy()
    new_key(session, "donor", b"\x0c")[0].copy(
        {_attribute("ID"): b"\x0b", _attribute("LABEL"): "another-public-half"}
    )
    new_key(session, "two-public-halves", b"\x0d")[0].copy({_attribute("MODIFIABLE"): True})
    session.generate_keypair(KeyType.RSA, 2048, store=True, label="rsa", id=b"\x0e")
    new_key(session, "grün/ß ;=&?%", bytes(range(0xF8, 0x100)))
    new_key(session, "without-id", b"")


def _attribute(name: str) -> Any:
    from pkcs11 import Attribute

    return getattr(Attribute, name)


def main() -> None:
    configure(Path(sys.argv[1]))
    for label in ("officers", "spare", "spoilt", "twin", "twin"):
        new_token(label)
    import pkcs11

    for token in pkcs11.lib(MODULE).get_tokens():
        if token.label:
            with token.open(rw=True, user_pin=PIN) as session:
                if token.label == "officers":
                    officers(session)
                else:
                    new_key(session, "ceo", b"\x01")


if __name__ == "__main__":
    main()
