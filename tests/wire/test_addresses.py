"""Classic addresses against xrpl-py, and spellings that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrpl.core.addresscodec import decode_classic_address, encode_classic_address
from xrpl.core.keypairs import derive_classic_address

from sovbank.errors.wire import MalformedAddress
from sovbank.wire import addresses
from sovbank.wire.addresses import (
    address_of_public_key,
    decode_address,
    encode_address,
    is_address,
)

GENESIS = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
KNOWN = {
    "rrrrrrrrrrrrrrrrrrrrrhoLvTp": bytes(20),
    "rrrrrrrrrrrrrrrrrrrrBZbvji": bytes(19) + b"\x01",
    GENESIS: bytes.fromhex("B5F762798A53D543A014CAF8B297CFF8F2F937E8"),
}
MALFORMED = {
    "empty": "",
    "one letter": "r",
    "wrong checksum": GENESIS[:-1] + "g",
    "two letters swapped": "rHb9CJAWyB4rj91VRWn96DkukG4wbdtyTh",
    "cut short": GENESIS[:-1],
    "a letter more": GENESIS + "r",
    "leading space": " " + GENESIS,
    "line break": GENESIS + "\n",
    "letter outside the alphabet": GENESIS[:-1] + "0",
    "digit of another script": GENESIS[:-1] + "٩",
    "capitals": GENESIS.upper(),
    "X-address": "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi",
    "test X-address": "TVE26TYGhfLC7tQDno7G8dGtxSkYQn49b3qD26PK7FcGSKE",
    "family seed": "snoPBrXtMeMyMHUVTgbuqAfg1SUTb",
    "node public key": "n9KorY8QtTdRx7TVDpwnG9NvyxsDwHUKUEeDLY3AkiGncVaSXZi5",
    "another leading zero": "r" + GENESIS,
    "bitcoin's alphabet": "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "very long": "r" * 10_000,
}


@pytest.mark.parametrize("address", KNOWN)
def test_known_addresses(address: str) -> None:
    assert decode_address(address) == KNOWN[address]
    assert encode_address(KNOWN[address]) == address


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str) -> None:
    assert not is_address(MALFORMED[name])
    with pytest.raises(MalformedAddress) as caught:
        decode_address(MALFORMED[name])
    assert len(caught.value.message) < 200


@given(st.binary(min_size=20, max_size=20))
def test_round_trip_and_xrpl_py_agree(account_id: bytes) -> None:
    address = encode_address(account_id)
    assert address == encode_classic_address(account_id)
    assert decode_address(address) == decode_classic_address(address) == account_id


@given(st.binary(min_size=20, max_size=20), st.integers(0, 40), st.sampled_from(addresses._ALPHABET + "0OIl"))
def test_one_wrong_letter_is_always_noticed(account_id: bytes, at: int, letter: str) -> None:
    address = encode_address(account_id)
    at %= len(address)
    changed = address[:at] + letter + address[at + 1 :]
    assert is_address(changed) == (changed == address)


@given(st.text(max_size=50))
def test_any_text_is_answered(text: str) -> None:
    if is_address(text):
        assert encode_address(decode_address(text)) == text


@given(st.binary(max_size=40).filter(lambda data: len(data) != 20))
def test_other_lengths_have_no_address(data: bytes) -> None:
    with pytest.raises(MalformedAddress):
        encode_address(data)


@given(st.binary(min_size=32, max_size=32), st.sampled_from([b"\x02", b"\x03", b"\xed"]))
def test_addresses_of_keys(key: bytes, prefix: bytes) -> None:
    public_key = prefix + key
    assert address_of_public_key(public_key) == derive_classic_address(public_key.hex().upper())


def test_ripemd_without_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL 3 may come without RIPEMD-160; the other implementation gives the same."""
    data = b"The quick brown fox"
    usual = addresses._ripemd160(data)

    def refuse(*_: object) -> None:
        raise ValueError("unsupported hash type ripemd160")

    monkeypatch.setattr(addresses.hashlib, "new", refuse)
    assert addresses._ripemd160(data) == usual
