"""pkcs11: URIs: what RFC 7512 writes, what is refused, and that writing and reading agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.errors.base import ExitStatus
from sovbank.errors.devices import MalformedPkcs11Uri, PinInUri
from sovbank.errors.keys import MalformedKeyUri
from sovbank.keys.pkcs11_uri import Pkcs11Uri, parse_pkcs11_key, parse_pkcs11_token
from sovbank.keys.uri import parse_key_uri

ACCEPTED = {
    "label and object": ("pkcs11:token=bank;object=ceo", Pkcs11Uri(token="bank", label="ceo")),
    "another order": ("pkcs11:object=ceo;token=bank", Pkcs11Uri(token="bank", label="ceo")),
    "serial and id": ("pkcs11:serial=DECC0401648;id=%01%ff", Pkcs11Uri(serial="DECC0401648", id=b"\x01\xff")),
    "id in plain": ("pkcs11:token=bank;id=ceo-1", Pkcs11Uri(token="bank", id=b"ceo-1")),
    "id of a percent sign": ("pkcs11:token=bank;id=%25", Pkcs11Uri(token="bank", id=b"%")),
    "type": ("pkcs11:token=bank;object=ceo;type=private", Pkcs11Uri(token="bank", label="ceo")),
    "quoted": (
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;object=a%3Bb%2Fc",
        Pkcs11Uri(token="The Software PKCS#11 Softtoken", label="a;b/c"),
    ),
    "utf-8": ("pkcs11:token=bank;object=gr%C3%BCn", Pkcs11Uri(token="bank", label="grün")),
    "ampersand in the path": ("pkcs11:token=a&b;object=x", Pkcs11Uri(token="a&b", label="x")),
    "equals in a value": ("pkcs11:token=a=b;object=x", Pkcs11Uri(token="a=b", label="x")),
    "everything": (
        "pkcs11:token=t;serial=1;manufacturer=m;model=o;object=k;id=%00?module-path=/usr/lib/x.so",
        Pkcs11Uri("t", "1", "m", "o", "k", b"\0", None, "/usr/lib/x.so"),
    ),
    "module name": (
        "pkcs11:token=t;object=k?module-name=softhsm2",
        Pkcs11Uri(token="t", label="k", module_name="softhsm2"),
    ),
}
REFUSED = {
    "nothing": "pkcs11:",
    "another scheme": "keystore:ceo",
    "upper case": "PKCS11:token=t;object=k",
    "no token": "pkcs11:object=ceo",
    "a maker is no token": "pkcs11:manufacturer=m;object=ceo",
    "no key": "pkcs11:token=bank",
    "a type is no key": "pkcs11:token=bank;type=private",
    "twice": "pkcs11:token=bank;token=bank;object=ceo",
    "two objects": "pkcs11:token=bank;object=ceo;object=cfo",
    "empty": "pkcs11:token=;object=ceo",
    "no equals": "pkcs11:token;object=ceo",
    "unknown": "pkcs11:token=bank;object=ceo;x-colour=red",
    "slot": "pkcs11:token=bank;object=ceo;slot-id=1",
    "library": "pkcs11:token=bank;object=ceo;library-version=3",
    "misspelt": "pkcs11:token=bank;objet=ceo",
    "attribute in upper case": "pkcs11:token=bank;Object=ceo",
    "public key": "pkcs11:token=bank;object=ceo;type=public",
    "certificate": "pkcs11:token=bank;object=ceo;type=cert",
    "blank": "pkcs11:token=the bank;object=ceo",
    "slash in the path": "pkcs11:token=a/b;object=ceo",
    "raw utf-8": "pkcs11:token=bank;object=grün",
    "half an escape": "pkcs11:token=bank;object=%4",
    "no escape": "pkcs11:token=bank;object=%GG",
    "not utf-8": "pkcs11:token=bank;object=%FF",
    "nul": "pkcs11:token=bank;object=ceo%00",
    "line break": "pkcs11:token=bank;object=ceo%0A",
    "right-to-left": "pkcs11:token=bank;object=%E2%80%AEoec",
    "trailing blank": "pkcs11:token=bank%20;object=ceo",
    "trailing separator": "pkcs11:token=bank;object=ceo;",
    "doubled separator": "pkcs11:token=bank;;object=ceo",
    "long token": f"pkcs11:token={'x' * 33};object=ceo",
    "long serial": f"pkcs11:serial={'1' * 17};object=ceo",
    "long id": f"pkcs11:token=bank;id={'%00' * 65}",
    "long": f"pkcs11:token=bank;object={'x' * 500}",
    "fragment": "pkcs11:token=bank;object=ceo#x",
    "authority": "pkcs11://token=bank;object=ceo",
    "empty query": "pkcs11:token=bank;object=ceo?",
    "unknown query": "pkcs11:token=bank;object=ceo?debug=1",
    "query twice": "pkcs11:token=bank;object=ceo?module-name=a&module-name=b",
    "both modules": "pkcs11:token=bank;object=ceo?module-name=a&module-path=/b.so",
    "relative module": "pkcs11:token=bank;object=ceo?module-path=lib/evil.so",
    "name with a directory": "pkcs11:token=bank;object=ceo?module-name=../evil",
    "module in the path": "pkcs11:token=bank;object=ceo;module-path=x",
}
SECRETS = {
    "pin": "pkcs11:token=bank;object=ceo?pin-value=7391",
    "pin in the path": "pkcs11:token=bank;object=ceo;pin-value=7391",
    "pin before anything": "pkcs11:pin-value=7391",
    "pin file": "pkcs11:token=bank;object=ceo?pin-source=file:/home/ceo/7391",
    "pin after a module": "pkcs11:token=bank;object=ceo?module-name=x&pin-value=7391",
}
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    text, expected = ACCEPTED[name]
    assert parse_pkcs11_key(text) == expected
    assert parse_pkcs11_key(str(expected)) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(MalformedPkcs11Uri) as caught:
        parse_pkcs11_key(REFUSED[name])
    assert caught.value.exit_status is ExitStatus.KEY
    assert "pkcs11:token=" in caught.value.next_step


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_a_uri_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(PinInUri) as caught:
        parse_pkcs11_key(SECRETS[name])
    assert "7391" not in caught.value.message + caught.value.next_step


def test_a_malformed_uri_with_a_pin_is_not_repeated_either() -> None:
    with pytest.raises(MalformedKeyUri) as caught:
        parse_key_uri("pkcs11:token=the bank;pin-value=7391")
    assert "7391" not in caught.value.message


def test_a_token_alone_is_enough_for_a_list() -> None:
    assert parse_pkcs11_token("pkcs11:token=bank") == Pkcs11Uri(token="bank")


@given(
    token=TEXT,
    serial=st.none() | st.text("0123456789abcdef", min_size=1, max_size=16),
    label=st.none() | TEXT,
    key_id=st.binary(min_size=1, max_size=64),
)
def test_what_is_written_is_read_again(
    token: str, serial: str | None, label: str | None, key_id: bytes
) -> None:
    uri = Pkcs11Uri(token=token, serial=serial, label=label, id=key_id)
    assert parse_pkcs11_key(str(uri)) == uri


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for rest in (text, f"token=t;{text}", f"token=t;object=k?{text}"):
        try:
            parse_pkcs11_key(f"pkcs11:{rest}")
        except (MalformedPkcs11Uri, PinInUri):
            continue
