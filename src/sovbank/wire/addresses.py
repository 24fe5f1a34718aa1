"""Classic XRP Ledger addresses: base58check with the ledger's own alphabet (xrpl.org: Accounts).

Written here because xrpl-py's codec costs half a second to import and its X-addresses can smuggle
a destination tag into places that hold a bare account.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from sovbank.errors.wire import MalformedAddress

ACCOUNT_ID_BYTES = 20
_ALPHABET = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_DIGIT = {character: value for value, character in enumerate(_ALPHABET)}
_ACCOUNT_PREFIX = b"\0"
_CHECKSUM_BYTES = 4
_LONGEST_ADDRESS = 35


def _checksum(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:_CHECKSUM_BYTES]


@lru_cache(maxsize=65536)
def encode_address(account_id: bytes) -> str:
    """Return the classic address of a 20-byte AccountID."""
    if len(account_id) != ACCOUNT_ID_BYTES:
        raise MalformedAddress(f"an account id has 20 bytes, not {len(account_id)}")
    payload = _ACCOUNT_PREFIX + account_id
    data = payload + _checksum(payload)
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    leading_zeros = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * leading_zeros + text


@lru_cache(maxsize=65536)
def decode_address(text: str) -> bytes:
    """Return the 20-byte AccountID of a classic address.

    Raises
    ------
    MalformedAddress
        Wrong length, alphabet or checksum, an X-address, or anything but the one canonical spelling.
    """
    if not 25 <= len(text) <= _LONGEST_ADDRESS or not text.startswith("r"):
        raise MalformedAddress(f"not a classic address: {text[:64]!r}")
    number = 0
    for character in text:
        digit = _DIGIT.get(character)
        if digit is None:
            raise MalformedAddress(f"not a classic address: {text!r}")
        number = number * 58 + digit
    width = len(_ACCOUNT_PREFIX) + ACCOUNT_ID_BYTES + _CHECKSUM_BYTES
    if number.bit_length() > 8 * width:
        raise MalformedAddress(f"not a classic address: {text!r}")
    data = number.to_bytes(width, "big")
    payload, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if payload[:1] != _ACCOUNT_PREFIX or _checksum(payload) != checksum:
        raise MalformedAddress(f"the checksum of the address {text!r} does not match: a character is wrong")
    account_id = payload[1:]
    if encode_address(account_id) != text:
        raise MalformedAddress(f"not a classic address: {text!r}")
    return account_id


def is_address(text: str) -> bool:
    """Say whether the text is a classic address."""
    try:
        decode_address(text)
    except MalformedAddress:
        return False
    return True


def account_id_of_public_key(public_key: bytes) -> bytes:
    """Return the AccountID of a 33-byte public key: RIPEMD-160 of its SHA-256."""
    return _ripemd160(hashlib.sha256(public_key).digest())


def address_of_public_key(public_key: bytes) -> str:
    """Return the classic address of a 33-byte public key."""
    return encode_address(account_id_of_public_key(public_key))


def _ripemd160(data: bytes) -> bytes:
    try:
        return hashlib.new("ripemd160", data).digest()
    except ValueError:  # OpenSSL 3 without its legacy provider
        from Crypto.Hash import RIPEMD160

        return RIPEMD160.new(data).digest()
