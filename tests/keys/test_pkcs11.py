"""Keys in SoftHSM: the one that is meant is used, and every reason to refuse a key has its own error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sovbank.errors import devices
from sovbank.errors.base import ExitStatus, KeyRefused, SovbankError
from sovbank.errors.keys import KeyExists, MalformedPublicKey, NoSuchKey, PayloadRefused, SignatureInvalid
from sovbank.keys import pkcs11_module, pkcs11_token
from sovbank.keys.pkcs11 import Pkcs11Backend
from sovbank.keys.pkcs11_token import Token, read_public
from sovbank.keys.pkcs11_uri import Pkcs11Uri
from sovbank.keys.port import Scheme

CEO = "pkcs11:token=officers;object=ceo"
COLD = "pkcs11:token=officers;object=cold"


@pytest.fixture
def backend(softhsm: Any, pin: Any) -> Pkcs11Backend:
    return Pkcs11Backend(softhsm.module, pin=pin)


def test_keys_of_both_schemes_are_opened_with_one_pin(backend: Pkcs11Backend, pin: Any) -> None:
    ceo, cold = backend.open(CEO), backend.open(COLD)
    assert (ceo.public_key.scheme, cold.public_key.scheme) == (Scheme.SECP256K1, Scheme.ED25519)
    assert ceo.device == cold.device
    assert ceo.device == f"token officers, serial {ceo.token.serial}, model SoftHSM v2"
    assert len(pin.times) <= 1, "one login for the process, whoever asked first"
    assert backend.open("pkcs11:token=officers;id=%01").public_key == ceo.public_key
    serial = ceo.token.serial
    assert backend.open(f"pkcs11:serial={serial};object=ceo").public_key == ceo.public_key
    odd = "pkcs11:token=officers;object=gr%C3%BCn%2F%C3%9F%20%3B%3D%26%3F%25"
    assert backend.open(odd).sign(bytes(32))


def test_the_public_half_is_read_without_a_pin(softhsm: Any) -> None:
    def nobody(purpose: str, *, new: bool = False) -> Any:
        raise AssertionError(purpose)

    reader = Pkcs11Backend(softhsm.module, pin=nobody)
    key = reader.public_key(CEO)
    assert key is not None
    assert key.data[0] in (2, 3)
    for elsewhere in ("pkcs11:token=none;object=ceo", "pkcs11:token=officers;object=none"):
        assert reader.public_key(elsewhere) is None
    assert Pkcs11Backend(None, pin=nobody).public_key(CEO) is None
    listed = {item.label: item for item in reader.keys("pkcs11:token=officers")}
    assert listed["ceo"].public_key == key == reader.public_key(listed["ceo"].uri)
    assert listed["p256"].public_key is listed["rsa"].public_key is None


REFUSED: dict[str, tuple[str, type[KeyRefused], str]] = {
    "missing token": (
        "pkcs11:token=nobody;object=ceo",
        devices.TokenMissing,
        "no token nobody is plugged in",
    ),
    "another serial": ("pkcs11:token=officers;serial=00;object=ceo", devices.TokenMissing, "serial 00"),
    "another model": ("pkcs11:token=officers;model=YubiHSM;object=ceo", devices.TokenMissing, "YubiHSM"),
    "two tokens": ("pkcs11:token=twin;object=ceo", devices.SeveralTokens, "2 tokens"),
    "missing key": ("pkcs11:token=officers;object=nobody", NoSuchKey, "no private key nobody"),
    "another id": ("pkcs11:token=officers;object=ceo;id=%02", NoSuchKey, "no private key ceo, id 02"),
    "two keys": ("pkcs11:token=officers;object=twins", devices.SeveralKeys, "2 keys"),
    "extractable": ("pkcs11:token=officers;object=extractable", devices.KeyExportable, "read out"),
    "not sensitive": ("pkcs11:token=officers;object=not-sensitive", devices.KeyExportable, "read out"),
    "both": ("pkcs11:token=officers;object=both", devices.KeyExportable, "read out"),
    "wrong curve": ("pkcs11:token=officers;object=p256", devices.WrongCurve, "another curve than secp256k1"),
    "rsa": ("pkcs11:token=officers;object=rsa", devices.WrongCurve, "of type RSA"),
    "does not sign": ("pkcs11:token=officers;object=does-not-sign", devices.KeyCannotSign, "not a key that"),
    "no public half": ("pkcs11:token=officers;object=no-public-half", devices.PublicHalfMissing, "id 0a"),
    "two public halves": (
        "pkcs11:token=officers;object=two-public-halves",
        devices.SeveralKeys,
        "public key",
    ),
    "no id": ("pkcs11:token=officers;object=none-such;id=%01", NoSuchKey, "none-such"),
    "no module": ("pkcs11:token=x;object=x?module-path=/nowhere.so", devices.ModuleMissing, "/nowhere.so"),
    "unknown module": ("pkcs11:token=x;object=x?module-name=nowhere", devices.ModuleMissing, "nowhere"),
    "no library": ("pkcs11:token=x;object=x?module-path=/etc/passwd", devices.ModuleUnusable, "/etc/passwd"),
    "no pkcs11": (
        "pkcs11:token=x;object=x?module-path=/lib/x86_64-linux-gnu/libm.so.6",
        devices.ModuleUnusable,
        "libm",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(backend: Pkcs11Backend, name: str) -> None:
    uri, refusal, words = REFUSED[name]
    with pytest.raises(refusal) as caught:
        backend.open(uri)
    assert type(caught.value) is refusal
    assert words in caught.value.message
    assert caught.value.exit_status is ExitStatus.KEY
    assert caught.value.next_step


def test_no_module_at_all(pin: Any) -> None:
    with pytest.raises(devices.ModuleMissing) as caught:
        Pkcs11Backend(None, pin=pin).open(CEO)
    assert "SOVBANK_PKCS11_MODULE" in caught.value.next_step


def test_a_module_is_found_by_its_name(softhsm: Any, pin: Any) -> None:
    by_name = Pkcs11Backend(None, pin=pin).open("pkcs11:token=officers;object=ceo?module-name=softhsm2")
    assert by_name.token is Pkcs11Backend(softhsm.module, pin=pin).open(CEO).token


def test_a_module_that_is_there_twice_is_not_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "libhsm.so").touch()
    monkeypatch.setattr(pkcs11_module, "_DIRECTORIES", (str(tmp_path / "a"), str(tmp_path / "b")))
    with pytest.raises(devices.ModuleMissing, match="several"):
        pkcs11_module.module_of(Pkcs11Uri(token="t", module_name="hsm"), None)


def test_a_public_half_of_another_key_is_found_out_by_signing(backend: Pkcs11Backend) -> None:
    with pytest.raises(SignatureInvalid):
        backend.open("pkcs11:token=officers;object=another-public-half").sign(bytes(32))


def test_a_wrong_pin_is_tried_once(softhsm: Any, asking: Any) -> None:
    spare = "pkcs11:token=spare;object=ceo"
    wrong, right = asking(b"000000"), asking(b"pin-836251")
    for source in (wrong, wrong, right):
        with pytest.raises(devices.WrongPin) as caught:
            Pkcs11Backend(softhsm.module, pin=source).open(spare)
        assert caught.value.exit_status is ExitStatus.KEY
        assert "000000" not in caught.value.message
    assert len(wrong.times) == 1, "asked once, sent once"
    assert right.times == [], "not even the right PIN is sent after a wrong one"


@dataclass
class Fake:
    """A token whose flags are set, and which counts logins."""

    flags: Any
    answer: Exception | None = None
    label: str = "fake"
    serial: bytes = b"1"
    logins: list[str] = field(default_factory=list)

    slot_id = 7

    def get_token(self) -> Fake:
        return self

    def open(self, **arguments: Any) -> Any:
        self.logins.append(arguments["user_pin"])
        raise self.answer or AssertionError("logged in")


def token_with(fake: Fake) -> Token:
    module: Any = SimpleNamespace(slots=lambda: [fake])
    return Token(module, 7, "fake", "1", "model")


@pytest.mark.parametrize(
    ("flag", "refusal"),
    [
        ("USER_PIN_FINAL_TRY", devices.PinFinalTry),
        ("USER_PIN_LOCKED", devices.PinLocked),
        ("", devices.PinLocked),
    ],
)
def test_a_token_that_a_wrong_pin_would_lock_gets_none(
    pin: Any, flag: str, refusal: type[SovbankError]
) -> None:
    from pkcs11 import TokenFlag

    flags = TokenFlag.TOKEN_INITIALIZED
    if flag:
        flags |= TokenFlag.USER_PIN_INITIALIZED | TokenFlag[flag]
    fake = Fake(flags)
    with pytest.raises(refusal) as caught:
        token_with(fake).log_in(pin)
    assert caught.value.next_step
    assert fake.logins == pin.times == []


def test_a_low_count_is_no_reason_not_to_try_and_no_failure_is_tried_again(pin: Any) -> None:
    from pkcs11 import TokenFlag, exceptions

    flags = TokenFlag.USER_PIN_INITIALIZED | TokenFlag.USER_PIN_COUNT_LOW
    for answer, refusal in (
        (exceptions.PinIncorrect(), devices.WrongPin),
        (exceptions.PinLocked(), devices.PinLocked),
        (exceptions.PinLenRange(), devices.PinRefused),
        (exceptions.DeviceError(), devices.DeviceFailed),
        (exceptions.UserAlreadyLoggedIn(), devices.DeviceFailed),
    ):
        fake = Fake(flags, answer)
        token = token_with(fake)
        for _ in range(3):
            with pytest.raises(refusal):
                token.log_in(pin)
        assert fake.logins == ["pin-836251"]


def test_a_token_that_was_taken_out_is_gone(pin: Any) -> None:
    module: Any = SimpleNamespace(slots=list)
    with pytest.raises(devices.DeviceGone):
        Token(module, 7, "fake", "1", "model").log_in(pin)


def test_another_token_in_the_same_slot_is_not_taken_for_it(pin: Any) -> None:
    from pkcs11 import TokenFlag

    fake = Fake(TokenFlag.USER_PIN_INITIALIZED, serial=b"2")
    with pytest.raises(devices.DeviceGone):
        token_with(fake).log_in(pin)
    assert fake.logins == []


@pytest.mark.parametrize(
    "answer", ["DeviceRemoved", "SessionHandleInvalid", "TokenNotPresent", "SessionClosed"]
)
def test_a_token_taken_out_while_signing(backend: Pkcs11Backend, answer: str) -> None:
    from pkcs11 import exceptions

    signer = backend.open(CEO)

    def gone(*_: Any, **__: Any) -> bytes:
        raise getattr(exceptions, answer)

    signer._key = SimpleNamespace(sign=gone)
    with pytest.raises(devices.DeviceGone) as caught:
        signer.sign(bytes(32))
    assert "token officers" in caught.value.message


def test_what_a_token_returns_is_not_trusted(backend: Pkcs11Backend) -> None:
    signer = backend.open(CEO)
    honest = signer._key
    for lie in (
        lambda good: b"",
        lambda good: good[:63],
        lambda good: good + b"\0",
        lambda good: bytes(64),
        lambda good: b"\xff" * 64,
        lambda good: good[32:] + good[:32],
        lambda good: good[:31] + bytes([good[31] ^ 1]) + good[32:],
    ):
        spoilt = _spoiling(honest, lie)
        signer._key = SimpleNamespace(sign=spoilt)
        with pytest.raises(SignatureInvalid):
            signer.sign(b"\x05" * 32)
    cold = backend.open(COLD)
    cold._key = SimpleNamespace(sign=lambda *_, **__: bytes(64))
    with pytest.raises(SignatureInvalid):
        cold.sign(b"message")


def _spoiling(honest: Any, lie: Callable[[bytes], bytes]) -> Callable[..., bytes]:
    return lambda payload, **arguments: lie(honest.sign(payload, **arguments))


def test_only_digests_go_to_a_secp256k1_key(backend: Pkcs11Backend) -> None:
    signer = backend.open(CEO)
    for payload in (b"", bytes(31), bytes(33), b"STX\0 a whole transaction"):
        with pytest.raises(PayloadRefused):
            signer.sign(payload)


@pytest.mark.parametrize("scheme", Scheme)
def test_a_key_made_in_the_token_is_neither_readable_nor_made_twice(
    backend: Pkcs11Backend, scheme: Scheme
) -> None:
    from pkcs11 import Attribute

    uri = f"pkcs11:token=officers;object=new-{scheme.value}"
    made = backend.generate(uri, scheme)
    assert made.public_key == backend.public_key(uri)
    key = made._key
    for attribute, expected in (
        (Attribute.SENSITIVE, True),
        (Attribute.ALWAYS_SENSITIVE, True),
        (Attribute.EXTRACTABLE, False),
        (Attribute.NEVER_EXTRACTABLE, True),
        (Attribute.LOCAL, True),
        (Attribute.TOKEN, True),
        (Attribute.PRIVATE, True),
        (Attribute.SIGN, True),
        (Attribute.DERIVE, False),
        (Attribute.DECRYPT, False),
        (Attribute.UNWRAP, False),
    ):
        assert key[attribute] is expected, attribute
    same_id = "".join(f"%{byte:02x}" for byte in key[Attribute.ID])
    for taken in (uri, f"pkcs11:token=officers;object=other;id={same_id}", f"{uri};id=%99"):
        with pytest.raises(KeyExists):
            backend.generate(taken, scheme)


def test_the_id_can_be_chosen(backend: Pkcs11Backend) -> None:
    made = backend.generate("pkcs11:token=officers;id=%C0%DE", Scheme.SECP256K1)
    assert backend.open("pkcs11:token=officers;id=%c0%de").public_key == made.public_key


POINT = (
    "0450863ad64a87ae8a2fe83c1af1a8403cb53f53e486d8511dad8a04887e5b2352"
    "2cd470243453a299fa9e77237716103abc11a1df38855ed6f2ee187e9c582ba6"
)
SECP256K1 = "06052b8104000a"
PUBLIC_OBJECTS: dict[str, tuple[str, str, str, type[SovbankError]]] = {
    "raw point": ("EC", SECP256K1, POINT, MalformedPublicKey),
    "compressed": ("EC", SECP256K1, "042102" + POINT[2:66], MalformedPublicKey),
    "off the curve": ("EC", SECP256K1, "0441" + POINT[:-1] + "7", MalformedPublicKey),
    "hybrid": ("EC", SECP256K1, "044106" + POINT[2:], MalformedPublicKey),
    "trailing byte": ("EC", SECP256K1, "0441" + POINT + "00", MalformedPublicKey),
    "long length": ("EC", SECP256K1, "048141" + POINT, MalformedPublicKey),
    "nothing": ("EC", SECP256K1, "", MalformedPublicKey),
    "explicit parameters": ("EC", "3081e0020101", "0441" + POINT, devices.WrongCurve),
    "curve by name": ("EC", "1309736563703235366b31", "0441" + POINT, devices.WrongCurve),
    "ed25519 on the wrong type": ("EC", "06032b6570", "0441" + POINT, devices.WrongCurve),
    "edwards by name": ("EC_EDWARDS", "130c656477617264733235353139", "0420" + "d7" * 32, devices.WrongCurve),
    "ed448": ("EC_EDWARDS", "06032b6571", "0439" + "d7" * 57, devices.WrongCurve),
    "short edwards": ("EC_EDWARDS", "06032b6570", "041f" + "d7" * 31, MalformedPublicKey),
    "diffie-hellman": ("X9_42_DH", "06032b656e", "0420" + "d7" * 32, devices.WrongCurve),
}


@pytest.mark.parametrize("name", PUBLIC_OBJECTS)
def test_public_objects_in_another_form(name: str) -> None:
    from pkcs11 import Attribute, KeyType

    kind, parameters, point, refusal = PUBLIC_OBJECTS[name]
    key = {
        Attribute.KEY_TYPE: KeyType[kind],
        Attribute.EC_PARAMS: bytes.fromhex(parameters),
        Attribute.EC_POINT: bytes.fromhex(point),
    }
    with pytest.raises(refusal):
        read_public(key)


def test_known_public_objects() -> None:
    """Keys of "Mastering Bitcoin", chapter 4, and of RFC 8032, section 7.1, test 1."""
    from pkcs11 import Attribute, KeyType

    point = (
        "04f028892bad7ed57d2fb57bf33081d5cfcf6f9ed3d3d7f159c2e2fff579dc341a"
        "07cf33da18bd734c600b96a72bbc4749d5141c90ec8ac328ae52ddfe2e505bdb"
    )
    key = {
        Attribute.KEY_TYPE: KeyType.EC,
        Attribute.EC_PARAMS: bytes.fromhex(SECP256K1),
        Attribute.EC_POINT: bytes.fromhex("0441" + point),
    }
    compressed = "03f028892bad7ed57d2fb57bf33081d5cfcf6f9ed3d3d7f159c2e2fff579dc341a"
    assert read_public(key).data.hex() == compressed
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    key = {
        Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
        Attribute.EC_PARAMS: bytes.fromhex("06032b6570"),
        Attribute.EC_POINT: bytes.fromhex("0420" + public),
    }
    assert read_public(key).data.hex() == "ed" + public


def test_an_attribute_that_a_token_does_not_know_counts_against_the_key() -> None:
    from pkcs11 import Attribute
    from pkcs11.exceptions import AttributeTypeInvalid

    class Silent:
        def __getitem__(self, attribute: Any) -> Any:
            raise AttributeTypeInvalid

    assert pkcs11_token._flag(Silent(), Attribute.SENSITIVE) is False
    assert pkcs11_token._flag(Silent(), Attribute.EXTRACTABLE, unknown=True) is True


def test_answers_that_are_not_pkcs11_are_a_failure_of_the_token() -> None:
    with pytest.raises(devices.DeviceFailed), pkcs11_module.in_module("the token"):
        raise ValueError(0x80000001)
    with pytest.raises(devices.WrongCurve):
        read_public(_Unknown())


class _Unknown:
    def __getitem__(self, attribute: Any) -> Any:
        raise ValueError("4294967295 is not a valid KeyType")
