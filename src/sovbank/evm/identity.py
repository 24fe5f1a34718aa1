"""How accounts, assets, requests and burns of the XRP Ledger are named on the control plane.

Pure and light: the same bytes as the contracts compute (``contracts/src/lib/Keys.sol`` and ``MintGuard``),
so that an id is known before the chain is asked. Keys of two ledgers do not mix, because every key begins
with the namespace of its network.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

from sovbank.core.ids import check_reference
from sovbank.errors.evm import MalformedEvmValue
from sovbank.evm.port import AssetId, BurnNotice, MintTerms
from sovbank.wire.addresses import decode_address
from sovbank.wire.currency import currency_bytes

MAX_AMOUNT_MICRO = 2**128 - 1
MAX_NETWORK_ID = 2**32 - 1
BURN_REASONS = ("redemption", "clawback", "direct-payment", "fee")
"""In the order of MintGuard's ``BurnReason``."""

_MINT_DOMAIN = b"sovbank/mint/v1".ljust(32, b"\0")
_BURN_DOMAIN = b"sovbank/burn/v1".ljust(32, b"\0")
_REFERENCE_DOMAIN = b"sovbank/bank-reference/v1\0"
_KYC_DOMAIN = b"sovbank/kyc/v1\0"
_REVOCATION_DOMAIN = b"sovbank/membership-revocation/v1\0"
_NAMESPACE = b"xrpl".ljust(32, b"\0")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_WORD = re.compile(r"(?:0x)?([0-9a-fA-F]{64})", re.ASCII)


def keccak256(data: bytes) -> bytes:
    """Return the Keccak-256 digest that EVM chains use (not SHA3-256)."""
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()


def checksum_address(text: str) -> str:
    """Return the address with the checksum in its letters (EIP-55).

    Raises
    ------
    MalformedEvmValue
        Not 0x and 40 hex digits, or mixed case that is not the checksum.
    """
    if not _ADDRESS.fullmatch(text):
        raise MalformedEvmValue(f"not an address of an EVM chain: {text[:80]!r}")
    digits = text[2:].lower()
    mask = keccak256(digits.encode()).hex()
    cased = "".join(
        digit.upper() if int(nibble, 16) > 7 else digit for digit, nibble in zip(digits, mask, strict=False)
    )
    if text[2:] not in (digits, digits.upper(), cased):
        raise MalformedEvmValue(f"the checksum of {text} does not match: a character is wrong")
    return "0x" + cased


def created_address(creator: str, nonce: int) -> str:
    """Return the address of the contract that ``creator`` creates with its transaction ``nonce``."""
    account = bytes.fromhex(checksum_address(creator)[2:])
    body = b"\x94" + account + _rlp_integer(nonce)
    return checksum_address("0x" + keccak256(bytes([0xC0 + len(body)]) + body)[-20:].hex())


def word(text: str, what: str) -> bytes:
    """Return the 32 bytes of 64 hex digits, with or without 0x.

    Raises
    ------
    MalformedEvmValue
        Naming ``what``.
    """
    match = _WORD.fullmatch(text)
    if match is None:
        raise MalformedEvmValue(f"{what} is not 64 hex digits: {text[:80]!r}")
    return bytes.fromhex(match[1])


def network_namespace(network_id: int) -> bytes:
    """Return the namespace that every key of one XRP Ledger network begins with."""
    if not 0 <= network_id <= MAX_NETWORK_ID:
        raise MalformedEvmValue(f"not a network id: {network_id}")
    return keccak256(_NAMESPACE + network_id.to_bytes(32, "big"))


@lru_cache(maxsize=4096)
def account_key(network_id: int, account: str) -> bytes:
    """Return the key of an account, given by its classic address. ``MalformedAddress`` passes through."""
    return keccak256(network_namespace(network_id) + decode_address(account))


@lru_cache(maxsize=256)
def asset_key(asset: AssetId) -> bytes:
    """Return the key of a token. ``MalformedAddress`` and ``MalformedCurrency`` pass through."""
    issuer = decode_address(asset.issuer)
    return keccak256(network_namespace(asset.network_id) + issuer + currency_bytes(asset.currency))


def bank_reference_hash(reference: str) -> bytes:
    """Return what stands for a bank reference on the chain. ``MalformedReference`` passes through."""
    return hashlib.sha256(_REFERENCE_DOMAIN + check_reference(reference).encode("ascii")).digest()


def kyc_key(kyc_id: str) -> bytes:
    """Return what stands for a KYC case on the chain. ``MalformedReference`` passes through."""
    return hashlib.sha256(_KYC_DOMAIN + check_reference(kyc_id).encode("ascii")).digest()


def revocation_reason(reason: str) -> bytes:
    """Return what stands on the chain for the reason of a revocation; zero when none is given."""
    return hashlib.sha256(_REVOCATION_DOMAIN + reason.encode()).digest() if reason else bytes(32)


def mint_request_id(terms: MintTerms) -> str:
    """Return the id of a mint: 64 lower-case hex digits, the same for every expiry.

    It is the operation id, the request id on MintGuard and the InvoiceID of the payment.

    Raises
    ------
    MalformedEvmValue
        The amount is not in 1..2^128-1 micro-units.
    """
    words = (
        _MINT_DOMAIN,
        asset_key(terms.asset),
        account_key(terms.asset.network_id, terms.destination),
        _amount(terms.amount_micro),
        bank_reference_hash(terms.bank_reference),
    )
    return _sha256(words).hex()


def redemption_key(notice: BurnNotice) -> bytes:
    """Return the 32 bytes of the redemption id; zero when the burn has none."""
    return word(notice.redemption_id, "redemption id") if notice.redemption_id else bytes(32)


def burn_reason(notice: BurnNotice) -> int:
    """Return MintGuard's number for the reason of a burn."""
    if notice.reason not in BURN_REASONS:
        known = ", ".join(BURN_REASONS)
        raise MalformedEvmValue(f"{notice.reason[:40]!r} is no reason for a burn (known: {known})")
    return BURN_REASONS.index(notice.reason)


def burn_record_id(notice: BurnNotice) -> bytes:
    """Return the id of a burn's record on MintGuard."""
    words = (
        _BURN_DOMAIN,
        redemption_key(notice),
        asset_key(notice.asset),
        _amount(notice.amount_micro),
        word(notice.xrpl_tx_hash, "XRP Ledger transaction hash"),
        burn_reason(notice).to_bytes(32, "big"),
    )
    return _sha256(words)


def _amount(amount_micro: int) -> bytes:
    if not 0 < amount_micro <= MAX_AMOUNT_MICRO:
        raise MalformedEvmValue(f"not an amount in micro-units: {amount_micro}")
    return amount_micro.to_bytes(32, "big")


def _sha256(words: Sequence[bytes]) -> bytes:
    return hashlib.sha256(b"".join(words)).digest()


def _rlp_integer(number: int) -> bytes:
    if number < 0:
        raise MalformedEvmValue(f"a nonce is not negative: {number}")
    if number == 0:
        return b"\x80"
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return digits if number < 0x80 else bytes([0x80 + len(digits)]) + digits
