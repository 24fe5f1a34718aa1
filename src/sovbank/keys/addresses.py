"""The names that a public key has on the two ledgers."""

from __future__ import annotations

from sovbank.errors.keys import MalformedPublicKey, WrongKeyScheme
from sovbank.keys.port import PublicKey, Scheme
from sovbank.wire.addresses import address_of_public_key


def xrpl_address(key: PublicKey) -> str:
    """Return the classic XRP Ledger address of the account whose master key this is."""
    return address_of_public_key(key.data)


def evm_address(key: PublicKey) -> str:
    """Return the EIP-55 checksummed address of a secp256k1 key on an EVM chain.

    Raises
    ------
    WrongKeyScheme
        An Ed25519 key.
    MalformedPublicKey
        The bytes are no point of the curve.
    """
    import coincurve

    if key.scheme is not Scheme.SECP256K1:
        raise WrongKeyScheme("an Ed25519 key has no address on an EVM chain")
    try:
        point = coincurve.PublicKey(key.data).format(compressed=False)
    except ValueError as error:
        raise MalformedPublicKey(f"not a secp256k1 public key: {key.data.hex()}") from error
    digits = keccak256(point[1:])[-20:].hex()
    checksum = keccak256(digits.encode()).hex()
    cased = (
        digit.upper() if int(check, 16) >= 8 else digit
        for digit, check in zip(digits, checksum, strict=False)
    )
    return "0x" + "".join(cased)


def keccak256(data: bytes) -> bytes:
    """Return the Keccak-256 digest that EVM chains use (not SHA3-256)."""
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()
